"""Models by name: what is found, and what is said where nothing fit is found."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.inputs import load_model
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

MODULE = """
import numpy as np
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

class Cap:
    def logits(self, points):
        return points[:, 0] - 0.5

class Votes:
    def labels(self, points):
        return points[:, 0] > 0.5

class Shelf:
    cap = Cap()

cap, votes = Cap(), Votes()
quadratic = QuadraticClassifier.from_alphas([0.5, 1.2, 1.0])
number = 3

def function(points):
    return points[:, 0] - 0.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "users_models.py").write_text(MODULE)
    (tmp_path / "broken_models.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_objects_functions_and_labels() -> None:
    before = list(sys.path)
    points = np.array([[0.6, 0.8], [0.0, 1.0]])
    for name in ("cap", "votes", "function", "Shelf.cap"):
        model = load_model(f"users_models:{name}")
        assert isinstance(model, CheckedModel)
        assert model.labels(points).tolist() == [1, 0]
    assert isinstance(load_model("users_models:quadratic"), QuadraticClassifier)
    assert sys.path[: len(before)] == before
    assert sys.path[len(before) :] in ([], [str(Path.cwd())])  # the last place, for what functions import later


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("users_models", "MODULE:NAME"),
        (":cap", "MODULE:NAME"),
        ("users_models:", "MODULE:NAME"),
        ("users_models:nothing", "nothing"),
        ("users_models:Shelf.nothing", "nothing"),
        ("users_models:number", "int"),
        ("users_models:Cap", "type"),
        ("no_such_module_at_all:cap", "No module named"),
        ("broken_models:cap", "no licence"),
    ],
)
def test_what_is_no_model(reference: str, word: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        load_model(reference)
    assert word in str(caught.value)
    assert caught.value.argument == "model"


def test_a_module_of_the_same_name_in_another_folder_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python would hand out the first one again: a verdict on another model than the one in the working directory.
    load_model("users_models:cap")
    monkeypatch.chdir(folder)
    load_model("users_models:cap")  # the same file
    other = tmp_path / "other"
    other.mkdir()
    (other / "users_models.py").write_text("def function(points):\n    return points[:, 0] - 0.1\n")
    monkeypatch.chdir(other)
    with pytest.raises(InvalidArgumentError) as caught:
        load_model("users_models:function")
    for file in (folder / "users_models.py", other / "users_models.py"):
        assert str(file) in str(caught.value)


def test_a_file_that_has_the_name_of_an_imported_module_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "statistics.py").write_text("def logits(points):\n    return points[:, 0]\n")
    monkeypatch.chdir(tmp_path)
    __import__("statistics")
    with pytest.raises(InvalidArgumentError, match="another name"):
        load_model("statistics:logits")


def test_modules_without_a_file_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType("made_here")
    made.function = lambda points: points[:, 0]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_here", made)
    assert load_model("made_here:function").logits(np.array([[0.6, 0.8]])) == [0.6]
