"""The folder in which command lines are fuzzed: inputs of every kind, good and bad, and models that misbehave."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

from adversarial_spheres.numerics.storage.records import Record, save_record
from adversarial_spheres.numerics.training.checkpoint import save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train

REPOSITORY = Path(__file__).parents[2]
MODELS = """
import sys, warnings
import numpy as np
from adversarial_spheres import QuadraticClassifier

quadratic = QuadraticClassifier.from_alphas([0.5, 1.2, 1.0, 0.8])
nothing = None

class Cap:
    def logits(self, points):
        return points[:, 0] - 0.5

class Labels:
    def labels(self, points):
        return points[:, 0] > 0.5

cap, labels = Cap(), Labels()

def nan(points): return points[:, 0] * np.nan
def column(points): return np.zeros((len(points), 7))
def raising(points): raise KeyError("weights\\nof the layer")
def leaving(points): sys.exit(0)
def text(points): return ["x"] * len(points)
def none(points): return None
def random(points): return np.random.default_rng().standard_normal(len(points))
def interrupting(points): raise KeyboardInterrupt
def stopping(points): raise StopIteration
def exhausting(points): raise MemoryError

def printing(points):
    print("a line of the model")
    return points[:, 0] - 0.5

def warning(points):
    warnings.warn("a warning of the model")
    return points[:, 0] - 0.5
"""


def build(folder: Path) -> None:
    """Fill a new folder."""
    folder.mkdir(parents=True)
    alphas = np.array([0.5, 1.2, 0.9, 0.7])
    np.save(folder / "alphas.npy", alphas)
    (folder / "alphas.csv").write_text("alpha,count\n0.5,2\n1.2,1\n")
    (folder / "ünï cödé.csv").write_text("0.5\n1.2\n")
    (folder / "alphas.json").write_text("[0.5, 1.2, 0.9]")
    (folder / "text.txt").write_text("precious")
    (folder / "empty.npy").touch()
    (folder / "playground_models.py").write_text(MODELS)
    (folder / "leaving_at_import.py").write_text(
        "import argparse\nargparse.ArgumentParser().parse_args()\nraise SystemExit(0)\n"
    )
    (folder / "syntax_error.py").write_text("def f(:\n")
    _networks(folder)
    save_record(Record("something", {"x": [1, 2.5, None]}, {"a": np.arange(3.0)}), folder / "sweep")
    shutil.copytree(REPOSITORY / "docs" / "standard" / "experiments" / "nearest-pair", folder / "record")
    (folder / "folder.npy").mkdir()
    (folder / "loop.npy").symlink_to("loop.npy")
    (folder / "dangling.csv").symlink_to("nowhere/at-all.csv")
    os.mkfifo(folder / "pipe.npy")


def _networks(folder: Path) -> None:
    """Checkpoints: two of finished runs, one of an interrupted one."""
    quadratic = train(TrainingConfig(dim=3, hidden=4, steps=3))
    save_checkpoint(folder / "quadratic.checkpoint", quadratic)
    save_checkpoint(folder / "relu.checkpoint", train(TrainingConfig(dim=3, hidden=4, steps=3, network="relu")))
    longer = TrainingConfig(dim=3, hidden=4, steps=9)
    state = train(TrainingConfig(dim=3, hidden=4, steps=3))
    state.config = longer  # type: ignore[misc]
    save_checkpoint(folder / "unfinished.checkpoint", state)
