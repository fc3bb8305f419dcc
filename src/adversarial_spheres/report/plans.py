"""The experiments of a report: their cells run together, then each assembled; what fails is named, the others stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..numerics.cells.cell import Cell
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
    plans: Sequence[Plan], folder: Path, executor: Executor, progress: Progress | None = None
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

    Returns
    -------
    dict
        Why it failed, for each kind of experiment that could not be computed to its promise.
    """
    failures: dict[str, str] = {}
    reason = _run_cells([cell for plan in plans for cell in plan.cells], folder / CELLS, executor, progress)
    store = CellStore(folder / CELLS)
    for plan in plans:
        records = [store.load(cell) for cell in plan.cells]
        missing = [cell.label for cell, record in zip(plan.cells, records, strict=True) if record is None]
        try:
            if missing:
                raise AccuracyError(f"{'; '.join(dict.fromkeys(missing))} could not be computed ({reason})")
            record = plan.experiment.assemble(plan.config, [record for record in records if record is not None])
        except AccuracyError as error:
            failures[plan.experiment.kind] = str(error)
        else:
            save_record(record, record_folder(folder, plan.experiment.kind))
    return failures


def record_folder(folder: Path, kind: str) -> Path:
    """Where the record of a kind stands in the folder of a report."""
    return folder / EXPERIMENTS / kind


def _run_cells(cells: Sequence[Cell], folder: Path, executor: Executor, progress: Progress | None) -> str:
    """Run all cells; returns why one failed, in which case all others are done and kept."""
    try:
        run_cells(
            cells,
            folder,
            workers=executor.workers,
            executor=executor.name,
            scheduler=executor.scheduler,
            progress=progress,
        )
    except AccuracyError as error:
        return str(error)
    return ""
