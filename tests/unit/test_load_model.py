"""Models by name: what is found, and what is said where nothing fit is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.inputs import load_model
from adversarial_spheres.numerics.models import CheckedModel
from adversarial_spheres.theory.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic_network import QuadraticClassifier

MODULE = """
import numpy as np
from adversarial_spheres.theory.quadratic_network import QuadraticClassifier

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
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "users_models.py").write_text(MODULE)
    (tmp_path / "broken_models.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("users_models", "broken_models"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("folder")
def test_objects_functions_and_labels() -> None:
    before = list(sys.path)
    points = np.array([[0.6, 0.8], [0.0, 1.0]])
    for name in ("cap", "votes", "function", "Shelf.cap"):
        model = load_model(f"users_models:{name}")
        assert isinstance(model, CheckedModel)
        assert model.labels(points).tolist() == [1, 0]
    assert isinstance(load_model("users_models:quadratic"), QuadraticClassifier)
    assert sys.path == before


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
