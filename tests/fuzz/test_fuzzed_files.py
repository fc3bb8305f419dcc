"""Every reader with every kind of damage: a right value or a refusal in one line; the file stays as it is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import playground
import pytest
import zoo
from damage import changed_tree, damaged
from playground import REPOSITORY
from running import complaints, run_here, run_process
from watching import Fault, told, watched

from adversarial_spheres import load_alphas, load_checkpoint, load_record
from adversarial_spheres.numerics.storage.records import Record, save_record, to_json
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

KINDS = sorted(path.parent for path in (REPOSITORY / "docs" / "standard").rglob("record.json"))
Judge = Callable[[Any], list[str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "playground"
    playground.build(folder)
    np.savez(folder / "alphas.npz", np.array([0.5, 1.2]))
    return folder


def read_faults(reader: Callable[[Path], Any], path: Path, judge: Judge) -> list[str]:
    """What is wrong with how a file is read."""
    before, answer, refused, wrong = path.read_bytes(), None, False, []
    with watched() as seen:
        try:
            answer = reader(path)
        except InvalidArgumentError as error:
            refused = True
            if any(ord(sign) < 32 for sign in str(error)) or error.argument not in ("alphas", "checkpoint", "record"):
                wrong.append(f"the refusal is not one line about the file: {str(error)!r}")
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {str(error)[:200]}")
    if path.read_bytes() != before:
        wrong.append("the file was changed")
    return wrong + seen.faults + ([] if refused or wrong or seen.faults else judge(answer))


def are_alphas(answer: Any) -> list[str]:
    """No checksum protects a file of alphas: what is read is at least an array of alphas."""
    right = answer.dtype == np.float64 and answer.ndim == 1 and answer.size >= 2 and np.isfinite(answer).all()
    return [] if right else [f"not alphas: {answer!r}"]


def refused(answer: Any) -> list[str]:
    """Nothing may be read."""
    return ["the file was read"]


def damage_faults(
    reader: Callable[[Path], Any], source: Path, others: Iterable[Path], place: Path, judge: Judge, number: int
) -> list[Fault]:
    """The faults of reading a file after damage at random; ``place`` says where the damaged file stands."""
    data, rest = source.read_bytes(), [path.read_bytes() for path in others]
    faults = []
    for seed in range(number):
        place.write_bytes(damaged(data, rest[seed % len(rest)], random.Random(f"{source.name} {seed}")))
        if place.read_bytes() != data:
            faults += [(f"{source.name}, seed {seed}", word) for word in read_faults(reader, place, judge)]
    place.write_bytes(data)
    return faults


def alphas_faults(files: Path, folder: Path, number: int) -> list[Fault]:
    names = ("alphas.npy", "alphas.npz", "alphas.csv", "alphas.json")
    paths = [files / name for name in names]
    return [
        fault
        for path in paths
        for fault in damage_faults(load_alphas, path, paths, folder / path.name, are_alphas, number)
    ]


def checkpoint_faults(files: Path, folder: Path, number: int) -> list[Fault]:
    paths = [files / "quadratic.checkpoint", files / "relu.checkpoint", files / "alphas.npz"]
    place = folder / "a.checkpoint"
    return [f for path in paths[:2] for f in damage_faults(load_checkpoint, path, paths, place, refused, number)]


def record_faults(files: Path, folder: Path, number: int) -> list[Fault]:
    source = KINDS[1]
    whole, faults = load_record(source), []

    def same(answer: Record) -> list[str]:
        equal = to_json(answer.values) == to_json(whole.values) and answer.kind == whole.kind
        return [] if equal and answer.arrays.keys() == whole.arrays.keys() else ["a changed record was read"]

    for name in ("record.json", "record.npz"):
        (folder / name).write_bytes((source / name).read_bytes())
    for name in ("record.json", "record.npz"):
        others = [source / name, files / "sweep" / name]
        faults += damage_faults(
            lambda path: load_record(path.parent), source / name, others, folder / name, same, number
        )
    return faults


@pytest.mark.parametrize("faults_of", [alphas_faults, checkpoint_faults, record_faults])
def test_damaged_files(files: Path, tmp_path: Path, faults_of: Callable[[Path, Path, int], list[Fault]]) -> None:
    faults = faults_of(files, tmp_path, 60)
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.parametrize("faults_of", [alphas_faults, checkpoint_faults, record_faults])
def test_many_damaged_files(files: Path, tmp_path: Path, faults_of: Callable[[Path, Path, int], list[Fault]]) -> None:
    faults = faults_of(files, tmp_path, 400)
    assert not faults, told(faults)


@pytest.mark.parametrize("name", sorted(zoo.ALPHAS))
def test_files_of_alphas_made_by_hand(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(zoo.ALPHAS[name])
    faults = [(name, word) for word in read_faults(load_alphas, tmp_path / name, refused)]
    assert not faults, told(faults)


@pytest.mark.parametrize("name", sorted(zoo.TAKEN))
def test_unusual_files_of_alphas_are_read(name: str, tmp_path: Path) -> None:
    data, alphas = zoo.TAKEN[name]
    (tmp_path / name).write_bytes(data)
    assert load_alphas(tmp_path / name).tolist() == alphas


def tree_faults(source: Path, folder: Path, seeds: range) -> list[Fault]:
    """Records that are whole, by their checksums, and say what no experiment found: drawn and compared."""
    whole, faults = load_record(source), []
    values = json.loads(to_json(whole.values))
    for seed in seeds:
        rng = random.Random(f"{whole.kind} {seed}")
        try:
            save_record(Record(whole.kind, changed_tree(values, rng), whole.arrays), folder / "record")
        except (InvalidArgumentError, ValueError):  # a record that cannot be written
            continue
        for line in (["figures", "record", "--out", "new", "--format", "svg"], ["compare", "record", str(source)]):
            ending = run_here(line, folder)
            faults += [(f"{ending}  # {whole.kind}, seed {seed}", word) for word in complaints(ending)]
    return faults


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("source", [path for path in KINDS if path.name in ("nearest-pair", "width")], ids=name_of)
def test_records_that_say_what_no_experiment_found(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    faults = tree_faults(source, tmp_path, range(3))
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.parametrize("source", KINDS, ids=name_of)
def test_many_records_that_say_what_no_experiment_found(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    faults = tree_faults(source, tmp_path, range(3, 6))
    assert not faults, told(faults)


def model_faults(name: str, folder: Path) -> list[Fault]:
    """A hostile module asked by a command, in a process of its own: it may change anything there."""
    (folder / f"hostile_{name}.py").write_text(zoo.MODULES[name])
    model = ["--model", f"hostile_{name}:logits", "--dim", "3", "--quiet", "--json"]
    ending = run_process(["check", *model, "--max-samples", "50", "--claim-error-rate", "0.9"], folder)
    return [(str(ending), word) for word in complaints(ending)]


@pytest.mark.parametrize("name", ["exits", "prints", "lines"])
def test_hostile_modules(name: str, tmp_path: Path) -> None:
    faults = model_faults(name, tmp_path)
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(zoo.MODULES))
def test_all_hostile_modules(name: str, tmp_path: Path) -> None:
    faults = model_faults(name, tmp_path)
    assert not faults, told(faults)


def _careless(path: Path) -> Any:
    return np.frombuffer(path.read_bytes()[: len(path.read_bytes()) // 8 * 8])


def test_a_planted_fault_is_found(files: Path, tmp_path: Path) -> None:
    source, place = files / "alphas.npy", tmp_path / "alphas.npy"
    assert "not alphas" in told(damage_faults(_careless, source, [source], place, are_alphas, 60))
    assert "was read" in told(damage_faults(lambda path: None, source, [source], place, refused, 5))
    assert "was changed" in told(
        damage_faults(lambda path: path.write_bytes(b""), source, [source], place, lambda _: [], 5)
    )
    assert "ZeroDivisionError" in told(damage_faults(lambda path: 1 / 0, source, [source], place, refused, 5))
