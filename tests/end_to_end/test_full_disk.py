"""A disk that is full or fails is no bad input: status 3, a line that says what is kept, and nothing lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.cli import main
from adversarial_spheres.numerics.storage import files
from adversarial_spheres.numerics.storage.files import write_atomically
from adversarial_spheres.numerics.storage.records import make_folder
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, NotWrittenError
from adversarial_spheres.unfinished import MARKER

Cli = Callable[..., Any]
resource = pytest.importorskip("resource", reason="limits of POSIX")
TRAIN = ("train", "--dim", 4, "--hidden", 6, "--steps", 5, "--quiet")
SWEEP = ("sweep", "--dims", "3,4", "--steps", 2, "--monte-carlo-samples", 10, "--distance-samples", 4, "--quiet")
FULL = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG]


def fills_up(monkeypatch: pytest.MonkeyPatch, *, after: int = 0, code: int = errno.ENOSPC) -> None:
    """Let that many files be written, and no more."""
    left, sync = [after], os.fsync

    def fsync(descriptor: int) -> None:
        if not os.path.isdir(f"/proc/self/fd/{descriptor}"):
            left[0] -= 1
        if left[0] < 0:
            raise OSError(code, os.strerror(code))
        sync(descriptor)

    monkeypatch.setattr(files.os, "fsync", fsync)


@pytest.mark.parametrize("code", FULL)
def test_writing_says_that_it_is_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    write_atomically(tmp_path / "file", b"old")
    fills_up(monkeypatch, code=code)
    with pytest.raises(NotWrittenError) as caught:
        write_atomically(tmp_path / "file", b"new")
    assert caught.value.errno == code
    assert os.strerror(code) in str(caught.value)
    assert str(tmp_path / "file") in str(caught.value)
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_other_reasons_are_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    fills_up(monkeypatch, code=code)
    with pytest.raises(InvalidArgumentError):
        write_atomically(tmp_path / "file", b"new")


def test_a_folder_that_finds_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(NotWrittenError):
        make_folder(tmp_path / "folder")


def told(outcome: Any, *words: str) -> None:
    assert (outcome.status, outcome.out) == (3, "")
    (line,) = outcome.err.splitlines()
    for word in ("No space left on device", *words):
        assert word in line


def test_training_tells_what_is_kept(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c"
    with monkeypatch.context() as patch:
        fills_up(patch)
        told(cli(*TRAIN, "--out", path), "nothing of this run is kept")
    assert list(tmp_path.iterdir()) == []
    assert cli(*TRAIN, "--out", path).status == 0
    before = path.read_bytes()
    fills_up(monkeypatch)
    longer = ("--steps", 9, "--resume", "--out", path)
    told(cli(*TRAIN, *longer), str(path), "step 5 of 9", "--resume")
    assert path.read_bytes() == before


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_sweep_tells_what_is_kept_and_goes_on(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    out, whole = tmp_path / "s", tmp_path / "whole"
    if workers == 2:  # the runs are written by other processes; the summary is not
        assert cli(*SWEEP, "--out", out, "--workers", 2).status == 0
        (out / "record.json").unlink()
    with monkeypatch.context() as patch:
        fills_up(patch, after=7 if workers == 1 else 1)
        kept = "1 of 2 runs are kept" if workers == 1 else "2 of 2 runs are kept"
        told(cli(*SWEEP, "--out", out, "--workers", workers), kept, "--resume")
    assert (out / MARKER).exists()
    assert cli(*SWEEP, "--out", out).status == 2
    assert cli(*SWEEP, "--out", out, "--resume").status == 0
    assert cli(*SWEEP, "--out", whole).status == 0
    assert (out / "record.json").read_bytes() == (whole / "record.json").read_bytes()


def test_figures_and_reports(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fills_up(monkeypatch, after=1)
    told(cli("figures", "docs/standard/experiments/width", "--out", tmp_path / "f", "--format", "svg"))
    told(cli("report", "--only", "nearest-pair", "--out", tmp_path / "r", "--quiet"), "--resume")


def test_what_other_libraries_write_meets_the_same_disk(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def body(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(main.commands["bound"], "callback", body)
    told(cli("bound", "--dim", 5, "--error-rate", 0.1))


def test_a_limit_of_the_system_on_the_size_of_files(tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    command = [sys.executable, "-B", "-m", "adversarial_spheres", *map(str, TRAIN), "--out", str(tmp_path / "c")]
    ended = subprocess.run(command, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "File too large" in ended.stderr
    assert list(tmp_path.iterdir()) == []
