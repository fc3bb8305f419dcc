"""Every function that takes a path takes text and os.PathLike, and nothing that Python would take for an open file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import load_alphas
from adversarial_spheres.figures import save_figures
from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.numerics.storage.comparison import compare
from adversarial_spheres.numerics.storage.files import (
    check_output_file,
    open_to_read,
    read_file,
    write_atomically,
)
from adversarial_spheres.numerics.storage.records import Record, load_record, load_versions, save_record
from adversarial_spheres.numerics.training.checkpoint import is_replaceable, load_checkpoint, save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.report.job import Settings, run_report
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.unfinished import refuse_other_checkpoint

CONFIG = TrainingConfig(3, 3, 1)
STATE = TrainingState.initial(CONFIG)
RECORD = Record("test", {}, {})
CALLS: dict[str, Callable[[Any], Any]] = {
    "load_alphas": load_alphas,
    "load_checkpoint": load_checkpoint,
    "save_checkpoint": lambda path: save_checkpoint(path, STATE),
    "is_replaceable": is_replaceable,
    "load_record": load_record,
    "load_versions": load_versions,
    "save_record": lambda path: save_record(RECORD, path),
    "compare first": lambda path: compare(path, "docs/standard"),
    "compare second": lambda path: compare("docs/standard", path),
    "train": lambda path: train(CONFIG, checkpoint=path, resume=True),
    "save_figures": lambda path: save_figures(RECORD, path),
    "run_cells": lambda path: run_cells([], path),
    "run_report": lambda path: run_report(Settings("quick"), path),
    "refuse_other_checkpoint": lambda path: refuse_other_checkpoint(path, CONFIG),
    "write_atomically": lambda path: write_atomically(path, b""),
    "read_file": read_file,
    "open_to_read": lambda path: open_to_read(path).__enter__(),
    "check_output_file": check_output_file,
}


class Odd:
    """A path that is none."""

    def __init__(self, path: Any) -> None:
        self._path = path

    def __fspath__(self) -> Any:
        return self._path

    def __repr__(self) -> str:
        return f"Odd({self._path!r})"


NO_PATHS = [3, 0, 1, True, False, None, b"", b"x", "", "a\0b", 1.5, ["x"], np.int64(1), Odd(3), Odd(b"x"), Odd("")]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("value", NO_PATHS, ids=repr)
@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_path_is_refused(tmp_path: Path, name: str, value: Any) -> None:
    if name == "train" and value is None:
        pytest.skip("None asks for no checkpoint")
    before = [os.fstat(stream) for stream in (0, 1, 2)]
    with pytest.raises(InvalidArgumentError, match="must be a path"):
        CALLS[name](value)
    assert [os.fstat(stream) for stream in (0, 1, 2)] == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", CALLS)
def test_names_that_are_too_long_are_refused_in_a_line(tmp_path: Path, name: str) -> None:
    for path in ("x" * 300, tmp_path / ("y" * 300), "x" * 300 + "/z", "/".join(["d" * 200] * 40)):
        with pytest.raises(InvalidArgumentError) as caught:
            CALLS[name](path)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", CALLS)
def test_links_in_a_circle_and_newlines_are_refused_in_a_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "a\nb").symlink_to(tmp_path / "a\nb")
    for path in (tmp_path / "a\nb", "a\nb", "a\nb/c"):
        with pytest.raises(InvalidArgumentError) as caught:
            CALLS[name](path)
        assert "\n" not in str(caught.value)


def test_paths_of_any_kind_are_taken(tmp_path: Path) -> None:
    for index, path in enumerate((str(tmp_path / "0"), tmp_path / "1", Odd(str(tmp_path / "2")))):
        record = save_record(RECORD, path)
        assert load_record(path).kind == "test"
        assert compare(path, record).equal
        train(CONFIG, checkpoint=tmp_path / str(index) / "run")
        assert load_checkpoint(Odd(str(tmp_path / str(index) / "run"))).step == 1


def test_standard_output_is_still_open_after_a_mistake() -> None:
    """Python takes True for the file descriptor 1, reads it, and closes it."""
    for value in (True, 1):
        with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a path"):
            load_checkpoint(value)  # type: ignore[arg-type]
    os.fstat(1)


def test_names_that_are_no_text_are_kept_in_provenance(tmp_path: Path) -> None:
    """A file name may hold bytes that are no UTF-8; Python stands lone surrogates in for them."""
    name = os.fsdecode(b"\xff")
    save_record(Record("test", {"file": name}, {}), tmp_path / "r", provenance={"command": f"--out {name}"})
    assert load_record(tmp_path / "r").values["file"] == name
