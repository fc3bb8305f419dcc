"""The experiments of a report: their cells run together, each is assembled as its last one ends, failures are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..numerics.cells.cell import Cell, cell_key
from ..numerics.cells.run import run_cells
from ..numerics.cells.store import CellStore
from ..numerics.runs.experiment import Experiment
from ..numerics.storage.records import save_record
from ..theory.basics.arguments import Progress
from ..theory.basics.errors import AccuracyError

CELLS, EXPERIMENTS = "cells", "experiments"


@dataclass(frozen=True)
class Executor:
    """Who runs the cells."""

    name: str = "local"
    scheduler: str | None = None
    workers: int = 1


@dataclass(frozen=True)
class Plan:
    """An experiment with its configuration and its cells."""

    experiment: Experiment[Any]
    config: Any
    cells: Sequence[Cell]

    @classmethod
    def of(cls, experiment: Experiment[Any], profile: str, seed: int, confidence: float) -> Plan:
        """The plan for a profile."""
        config = with_seed(experiment.profiles[profile], seed, confidence)
        return cls(experiment, config, list(experiment.cells(config)))


def with_seed(config: Any, seed: int, confidence: float) -> Any:
    """A configuration, and those of other experiments within it, with another seed and confidence."""
    inner = {
        field.name: with_seed(part, seed, confidence)
        for field in fields(config)
        if hasattr(part := getattr(config, field.name), "seed") and hasattr(part, "confidence")
    }
    return replace(config, seed=seed, confidence=confidence, **inner)


def run_plans(
    plans: Sequence[Plan],
    folder: Path,
    executor: Executor,
    progress: Progress | None = None,
    ready: Callable[[str], None] | None = None,
) -> dict[str, str]:
    """Run what is missing, assemble and save every experiment.

    Parameters
    ----------
    plans
        The experiments.
    folder
        Of the report: results of cells in ``cells``, records in ``experiments/KIND``.
    executor
        Who runs the cells.
    progress
        Passed on.
    ready
        Called with each kind of experiment as soon as its record is saved, while others still run.

    Returns
    -------
    dict
        Why it failed, for each kind of experiment that could not be computed to its promise.
    """
    work = _Assembly(plans, folder, ready or (lambda kind: None))
    reason = ""
    try:
        run_cells(
            [cell for plan in plans for cell in plan.cells],
            folder / CELLS,
            workers=executor.workers,
            executor=executor.name,
            scheduler=executor.scheduler,
            progress=progress,
            done=work.cell_done,
        )
    except AccuracyError as error:  # raised when all other cells are done
        reason = str(error)
    return work.failures | work.unfinished(reason)


def record_folder(folder: Path, kind: str) -> Path:
    """Where the record of a kind stands in the folder of a report."""
    return folder / EXPERIMENTS / kind


class _Assembly:
    """Experiments wait for their cells; each is assembled and saved as the last of them ends."""

    def __init__(self, plans: Sequence[Plan], folder: Path, ready: Callable[[str], None]) -> None:
        self._folder, self._store, self._ready = folder, CellStore(folder / CELLS), ready
        self._missing = [(plan, {cell_key(cell): cell for cell in plan.cells}) for plan in plans]
        self.failures: dict[str, str] = {}
        self._settle()

    def cell_done(self, key: str) -> None:
        """The result of this cell is on disk."""
        for _, cells in self._missing:
            cells.pop(key, None)
        self._settle()

    def unfinished(self, reason: str) -> dict[str, str]:
        """By kind, which cells could not be computed."""
        return {
            plan.experiment.kind: f"{'; '.join(cell.label for cell in cells.values())} could not be computed ({reason})"
            for plan, cells in self._missing
        }

    def _settle(self) -> None:
        whole = [plan for plan, cells in self._missing if not cells]
        self._missing = [(plan, cells) for plan, cells in self._missing if cells]
        for plan in whole:
            kind = plan.experiment.kind
            try:
                records = [record for cell in plan.cells if (record := self._store.load(cell)) is not None]
                record = plan.experiment.assemble(plan.config, records)
            except AccuracyError as error:
                self.failures[kind] = str(error)
            else:
                save_record(record, record_folder(self._folder, kind))
                self._ready(kind)
