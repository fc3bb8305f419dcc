"""Files of alphas: every kind is read, everything else is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres import load_alphas, paper_alphas
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

ALPHAS = np.array([0.5, 0.8, 1.25])


def write(path: Path) -> Path:
    if path.suffix == ".npy":
        np.save(path, ALPHAS)
    elif path.suffix == ".npz":
        np.savez(path, alphas=ALPHAS)
    elif path.suffix == ".json":
        path.write_text('{"alphas": [0.5, 0.8, 1.25]}')
    else:
        path.write_text("# a comment\nalpha\n0.5\n0.8\n\n1.25\n")
    return path


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.json", "a.csv", "A.CSV"])
def test_every_kind_of_file_is_read(tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(load_alphas(write(tmp_path / name)), ALPHAS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bare.json", "[0.5, 0.8, 1.25]"),
        ("row.csv", "0.5, 0.8, 1.25\n"),
        ("histogram.csv", "alpha,count\n0.5,1\n0.8,1\n1.25,1\n"),
    ],
)
def test_other_layouts(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    np.testing.assert_array_equal(load_alphas(tmp_path / name), ALPHAS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"0.5\n0.8\n"),
        ("a.npy", b"\x93NUMPY\x01\x00"),
        ("a.npy", b"not numpy"),
        ("a.npz", b"PK\x03\x04 truncated"),
        ("a.json", b'{"a": [1, 2], "b": [3, 4]}'),
        ("a.json", b'{"a": [1, "x"]}'),
        ("a.json", b"[0.5, NaN]"),
        ("a.json", b"[[0.5], [0.6, 0.7]]"),
        ("a.json", b"{}"),
        ("a.csv", b"0.5\nx\n"),
        ("a.csv", b"0.5,0.6\n0.7,0.8\n"),
        ("a.csv", b"alpha,count\n0.5,half\n0.6,2\n"),
        ("a.csv", b""),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", b"0.5\ninf\n"),
        ("a.json", b"[0.5]"),
        ("a.json", b'"text"'),
    ],
)
def test_foreign_and_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidArgumentError, match="alphas must be") as caught:
        load_alphas(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_missing_file_and_pickle_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="No such file"):
        load_alphas(tmp_path / "missing.npy")
    np.save(tmp_path / "objects.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidArgumentError, match="alphas must be"):
        load_alphas(tmp_path / "objects.npy")
    np.savez(tmp_path / "two.npz", a=ALPHAS, b=ALPHAS)
    with pytest.raises(InvalidArgumentError, match="exactly one array"):
        load_alphas(tmp_path / "two.npz")


def test_the_paper_s_histogram_has_500_coefficients() -> None:
    alphas = paper_alphas()
    assert alphas.shape == (500,)
    outside = (alphas > 1.0) | (alphas < 1.0 / 1.3**2)
    assert np.count_nonzero(outside) == 390
