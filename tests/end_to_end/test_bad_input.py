"""Bad input: exit status 2, one clear line that names the argument, no traceback, nothing lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import refused

from adversarial_spheres.numerics.storage.records import Record, load_record, save_record

Cli = Callable[..., Any]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "alphas.npy"
    np.save(path, np.array([0.5, 1.2, 0.9]))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("bound", "--dim", "1_0", "--error-rate", "0.1"),
        ("bound", "--dim", "10", "--error-rate", "0.0_1"),
        ("bound", "--dim", "٣", "--error-rate", "0.1"),
        ("bound", "--dim", "10", "--error-rate", "0.1", "--seed", "1_0"),
        ("bound", "--dim", "10", "--error-rate", "0.1", "--confidence", "0.9_9"),
        ("sweep", "--dims", "6,1_0", "--out", "s"),
        ("attack-bench", "--points", "1_0", "--out", "s"),
        ("train", "--steps", "1_0", "--out", "s"),
    ],
)
def test_numbers_with_underscores_or_of_other_scripts_are_refused(
    cli: Cli, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """int("1_0") is 10, which nobody meant."""
    monkeypatch.chdir(tmp_path)
    refused(cli(*words), "_" if any("_" in word for word in words) else "٣")
    assert not Path("s").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--dim", 1, "--error-rate", 0.1), "dim"),
        (("--dim", 10**10, "--error-rate", 0.1), "dim"),
        (("--dim", 5, "--error-rate", 1.5), "error_rate"),
        (("--dim", 5, "--error-rate", -0.1), "error_rate"),
        (("--dim", 5, "--error-rate", "nan"), "error_rate"),
        (("--dim", 5, "--log10-error-rate", 1), "log10_error_rate"),
        (("--dim", 5, "--distance", -1), "distance"),
        (("--dim", 5, "--distance", 1.6, "--metric", "geodesic"), "distance"),
        (("--dim", 5, "--distance", "inf"), "distance"),
        (("--dim", 5, "--error-rate", 0.1, "--radius", 0), "radius"),
        (("--dim", 5, "--error-rate", 0.1, "--epsilon", -1), "epsilon"),
        (("--dim", 5, "--error-rate", 0.1, "--metric", "manhattan"), "--metric"),
        (("--dim", 5), "exactly one"),
        (("--dim", 5, "--error-rate", 0.1, "--distance", 0.1), "exactly one"),
        (("--dim", "five", "--error-rate", 0.1), "--dim"),
        (("--dim", 5, "--error-rate", "1e-400"), "--log10-error-rate"),
        (("--dim", 5, "--error-rate", "0." + 400 * "0" + "1"), "--log10-error-rate"),
        (("--dim", 5, "--error-rate", "1e-320"), "--log10-error-rate"),
        (("--dim", 5, "--distance", "1e-400"), "--distance"),
        (("--dim", 5, "--log10-error-rate", "-1e-400"), "--log10-error-rate"),
        (("--dim", 5, "--log10-error-rate", "-1e400"), "--log10-error-rate"),
    ],
)
def test_bound(cli: Cli, arguments: tuple[object, ...], word: str) -> None:
    refused(cli("bound", *arguments), word)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--outer-radius", 1), "outer_radius"),
        (("--outer-radius", 0.5), "outer_radius"),
        (("--outer-radius", "nan"), "outer_radius"),
        (("--confidence", 1), "confidence"),
        (("--samples", 0), "--samples"),
        (("--samples", 10**23), "samples"),
        (("--workers", 0), "--workers"),
        (("--workers", 10**5, "--samples", 10), "workers"),
    ],
)
def test_options_of_the_model_commands(cli: Cli, good: Path, arguments: tuple[object, ...], word: str) -> None:
    refused(cli("error-rate", "--alphas", good, *arguments), word)


@pytest.mark.parametrize("command", ["error-rate", "distances", "check"])
def test_files_that_are_not_alphas(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "text.npy").write_text("not an array")
    (tmp_path / "nan.json").write_text("[0.5, NaN]")
    for name in ("text.npy", "nan.json", "missing.npy"):
        refused(cli(command, "--alphas", tmp_path / name), "alphas", name)
    refused(cli(command), "exactly one of --alphas and --checkpoint")
    assert (tmp_path / "text.npy").read_text() == "not an array"


def test_damaged_checkpoints(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "network.checkpoint"
    assert cli("train", "--dim", 4, "--hidden", 6, "--steps", 5, "--out", path, "--quiet").status == 0
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b"", b"something else"):
        path.write_bytes(damaged)
        refused(cli("error-rate", "--checkpoint", path), "checkpoint")
        refused(
            cli("train", "--dim", 4, "--hidden", 6, "--steps", 9, "--out", path, "--resume", "--quiet"), "checkpoint"
        )
        assert path.read_bytes() == damaged


def test_resuming_with_another_configuration_names_the_difference(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "network.checkpoint"
    cli("train", "--dim", 4, "--hidden", 6, "--steps", 5, "--out", path, "--quiet")
    before = path.read_bytes()
    refused(cli("train", "--dim", 4, "--hidden", 7, "--steps", 9, "--out", path, "--resume", "--quiet"), "hidden")
    assert path.read_bytes() == before


def test_the_end_of_another_run_is_not_replaced(cli: Cli, tmp_path: Path) -> None:
    base = ("train", "--dim", 4, "--hidden", 6, "--quiet", "--out", tmp_path / "c", "--steps")
    assert cli(*base, 3).status == 0
    before = (tmp_path / "c").read_bytes()
    refused(cli(*base, 4), "a run of other options")
    assert cli(*base, 3).status == 0
    assert (tmp_path / "c").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--dim", 1), "dim"),
        (("--hidden", 0), "hidden"),
        (("--steps", -1), "steps"),
        (("--batch", 0), "batch"),
        (("--learning-rate", 0), "learning_rate"),
        (("--learning-rate", "nan"), "learning_rate"),
        (("--outer-radius", 1.0), "outer_radius"),
        (("--train-size", 0), "train_size"),
        (("--stop-below", 2), "stop_below"),
        (("--stop-below", "1e-400"), "--stop-below"),
        (("--init-scale", 2), "init_scale"),
        (("--schedule", "exponential"), "--schedule"),
        (("--ema-decay", 1), "ema_decay"),
        (("--ema-decay", 0), "ema_decay"),
        (("--init", "perfect", "--init-scale", 0), "init_scale"),
        (("--out", "/dev/full"), "regular file"),
        (("--out", "/dev/null"), "regular file"),
        (("--dim", 9, "--hidden", 4, "--init", "perfect"), "hidden"),
    ],
)
def test_train(cli: Cli, tmp_path: Path, arguments: tuple[object, ...], word: str) -> None:
    base = ("train", "--dim", 4, "--hidden", 6, "--steps", 3, "--quiet", "--out", tmp_path / "c")
    refused(cli(*base, *arguments), word)
    assert not (tmp_path / "c").exists()


def test_output_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    refused(cli("report", "--out", tmp_path / "file", "--quiet"), "out")
    refused(cli("report", "--out", tmp_path / "file" / "folder", "--quiet"), "out")
    refused(cli("train", "--dim", 4, "--steps", 1, "--out", tmp_path / "missing" / "c", "--quiet"), "checkpoint")
    refused(cli("train", "--dim", 4, "--steps", 1, "--out", tmp_path / "file", "--quiet"), "checkpoint")
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(cli: Cli, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    refused(cli("report", "--out", tmp_path / "folder", "--quiet"), "out")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs devices")
def test_devices_are_neither_folders_nor_files_to_read(cli: Cli, tmp_path: Path, good: Path) -> None:
    for command in ("report", "sweep"):
        refused(cli(command, "--out", "/dev/full", "--quiet"), "/dev/full")
    refused(cli("error-rate", "--checkpoint", "/dev/zero"), "checkpoint", "/dev/zero")
    refused(cli("compare", "/dev/zero", "/dev/zero"), "record", "/dev/zero")
    refused(cli("figures", "/dev/zero", "--out", tmp_path / "f"), "record", "/dev/zero")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(cli("check", "--alphas", tmp_path / "pipe.csv"), "alphas", "pipe.csv")
    (tmp_path / "device.npy").symlink_to("/dev/zero")
    refused(cli("check", "--alphas", tmp_path / "device.npy"), "alphas", "device.npy")


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("report", "--only", "clt-map", "--confidence", "nan"), "confidence"),
        (("sweep", "--executor", "dask"), "scheduler"),
        (("sweep", "--scheduler", "x"), "scheduler"),
        (("sweep", "--confidence", "nan"), "confidence"),
    ],
)
def test_no_folder_is_made_for_bad_options(cli: Cli, tmp_path: Path, command: tuple[str, ...], word: str) -> None:
    refused(cli(*command, "--out", tmp_path / "new", "--workers", 1, "--quiet"), word)
    assert not (tmp_path / "new").exists()


def test_figures_of_what_is_no_record(cli: Cli, tmp_path: Path) -> None:
    refused(cli("figures", tmp_path, "--out", tmp_path / "out"), "record")
    (tmp_path / "record.json").write_text("{}")
    refused(cli("figures", tmp_path, "--out", tmp_path / "out"), "record")
    refused(cli("figures", tmp_path, "--out", tmp_path / "out", "--format", "gif"), "format")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("values", [{"config": 3}, {"config": {}, "spheres": []}, {}])
@pytest.mark.parametrize("kind", ["quadratic-network", "width", "clt-map"])
def test_figures_of_a_record_whose_values_have_another_form(
    cli: Cli, tmp_path: Path, kind: str, values: dict[str, Any]
) -> None:
    save_record(Record(kind, values, {}), tmp_path / "record")
    refused(cli("figures", tmp_path / "record", "--out", tmp_path / "out"), "record")


@pytest.mark.parametrize("planes", [[], 3])
def test_figures_of_slices_without_their_planes(cli: Cli, tmp_path: Path, planes: Any) -> None:
    whole = load_record("docs/standard/experiments/decision-slices")
    for network in whole.values["networks"].values():
        network["planes"] = planes
    save_record(whole, tmp_path / "record")
    refused(cli("figures", tmp_path / "record", "--out", tmp_path / "out", "--format", "svg"), "record")


def test_names_that_are_too_long(cli: Cli, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 300)
    for arguments in (
        ("train", "--dim", 3, "--steps", 1, "--out", long),
        ("sweep", "--dims", 3, "--steps", 1, "--out", long),
        ("report", "--out", long),
        ("figures", "docs/standard/experiments/width", "--out", long),
        ("figures", long, "--out", tmp_path / "f"),
        ("compare", long, long),
        ("check", "--alphas", f"{long}.csv"),
        ("check", "--checkpoint", long),
    ):
        refused(cli(*arguments))
    assert list(tmp_path.iterdir()) == []


def test_more_than_the_memory_is_told_in_a_line(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr("adversarial_spheres.numerics.training.loop.train", too_much)
    outcome = cli("train", "--dim", 4, "--out", tmp_path / "c", "--quiet")
    assert outcome.status == 3
    asked = "asked for --dim 4; smaller numbers need less"
    assert outcome.err == f"Error: there is not enough memory: Unable to allocate 74.5 GiB ({asked})\n"
