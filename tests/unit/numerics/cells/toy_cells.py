"""A cell for the tests of sweeps: quick, with checkpoints, and with every way to end badly.

A module of its own, because worker processes import it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from adversarial_spheres.numerics.cells.store import CellStore
from adversarial_spheres.numerics.storage.files import write_atomically
from adversarial_spheres.numerics.storage.records import Record
from adversarial_spheres.theory.basics.arguments import Progress
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError


@dataclass(frozen=True)
class Toy:
    """A logistic map, ``steps`` of ``pause`` seconds each; a checkpoint after every step.

    ``ending``: "well", "invalid", "inaccurate" or "bug" (raises), or "dies" (its process is killed, always), or a path:
    its process is killed in the middle unless that file exists, and makes it.
    """

    KIND: ClassVar[str] = "toy"
    VERSION: ClassVar[int] = 1

    number: int
    steps: int = 4
    pause: float = 0.0
    ending: str = "well"

    @property
    def cost(self) -> float:
        return self.steps * self.pause + 1e-3

    @property
    def label(self) -> str:
        return f"toy number {self.number}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        if self.ending == "dies":
            _die()
        states = [0.1 + self.number / 100]
        if checkpoint is not None and checkpoint.exists():
            states = [float.fromhex(text) for text in checkpoint.read_text(encoding="ascii").split()]
        while len(states) <= self.steps:
            time.sleep(self.pause)
            states.append(3.9 * states[-1] * (1.0 - states[-1]))
            if checkpoint is not None:
                write_atomically(checkpoint, " ".join(state.hex() for state in states).encode())
            if len(states) == self.steps // 2:
                self._end_badly()
        return Record("toy", {"number": self.number, "last": states[-1]}, {"states": np.array(states)})

    def _end_badly(self) -> None:
        if self.ending == "invalid":
            raise InvalidArgumentError("ending", self.ending, "well")
        if self.ending == "inaccurate":
            raise AccuracyError("it diverged", 1.5)
        if self.ending == "bug":
            raise RuntimeError("a bug")
        if os.sep in self.ending and not Path(self.ending).exists():
            Path(self.ending).touch()
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def bytes_of(folder: Path, cells: Sequence[Toy]) -> list[bytes]:
    """What must not depend on where and when cells ran."""
    places = [CellStore(folder).place(cell) for cell in cells]
    return [(place / name).read_bytes() for place in places for name in ("record.json", "record.npz", "cell.json")]
