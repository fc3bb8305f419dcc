"""Atomic writing: old or new, never in between; clear refusals."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from adversarial_spheres.numerics.storage import files
from adversarial_spheres.numerics.storage.files import check_output_file, read_file, write_atomically
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, NotWrittenError


def test_creates_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a file [1].bin"
    for data in (b"", b"first", b"second, longer"):
        write_atomically(target, data)
        assert target.read_bytes() == data
    assert os.listdir(tmp_path) == [target.name]


def test_permissions_are_those_of_a_new_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "ours", b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_follows_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_missing_folder_and_folder_as_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="folder that exists"):
        write_atomically(tmp_path / "missing" / "file", b"x")
    with pytest.raises(InvalidArgumentError, match="not a folder"):
        write_atomically(tmp_path, b"x")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(InvalidArgumentError, match="folder that exists"):
        write_atomically(tmp_path / "file" / "below", b"x")


def test_devices_are_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidArgumentError, match="a regular file"):
        write_atomically(tmp_path / "pipe", b"x")
    assert (tmp_path / "pipe").is_fifo()


def test_folder_without_write_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Patched, not chmod: the tests may run as a user whom permissions don't stop.
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(InvalidArgumentError, match="can be written"):
        check_output_file(tmp_path / "file", name="out")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, step, full)
    with pytest.raises(NotWrittenError, match="No space left on device"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_partial_files_of_killed_writers_are_removed_once_old(tmp_path: Path) -> None:
    target = tmp_path / "file"
    stale, young, foreign = (tmp_path / n for n in (".file.1.partial", ".file.2.partial", ".other.3.partial"))
    for leftover in (stale, young, foreign):
        leftover.write_bytes(b"half")
    for old in (stale, foreign):
        os.utime(old, (time.time() - 3600.0,) * 2)
    write_atomically(target, b"x")
    assert sorted(os.listdir(tmp_path)) == [".file.2.partial", ".other.3.partial", "file"]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A device may have no end, and a pipe nobody at its other end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InvalidArgumentError, match=r"^data must be a regular file"):
            read_file(path, name="data")
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file")):
        with pytest.raises(InvalidArgumentError, match=rf"^data must be a file that can be read .*{why}"):
            read_file(path, name="data")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"content")
    assert read_file(tmp_path / "link") == b"content"


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / ("x" * 5000), "a\0b", tmp_path / "loop", 7):
        with pytest.raises(InvalidArgumentError, match=r"^out must be"):
            check_output_file(path, name="out")  # type: ignore[arg-type]
