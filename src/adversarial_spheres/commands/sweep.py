"""``sweep``: training runs over dimensions, training sets, seeds, networks and objectives, and their summary."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import INTEGER, REAL, IntegerRange, Listed, common_options, emit, executor_options, telling_what_is_kept

if TYPE_CHECKING:
    from ..numerics.experiments.sweep import Run, SweepConfig
    from ..numerics.storage.records import Record

CELLS, FIGURES = "cells", "figures"
INTEGERS = Listed(IntegerRange(0))


@click.command(short_help="Many training runs, resumable, on one machine or a cluster.")
@click.option("--dims", type=INTEGERS, default="60", show_default=True, help="Dimensions, comma-separated.")
@click.option("--seeds", "--seed", type=INTEGERS, default="0", show_default=True, help="Seeds, comma-separated.")
@click.option(
    "--train-sizes",
    type=Listed(IntegerRange(1), {"online": None}),
    default="online",
    show_default=True,
    help='Sizes of fixed training sets; "online" draws fresh points at every step.',
)
@click.option(
    "--networks",
    type=Listed(click.Choice(["quadratic", "relu"])),
    default="quadratic",
    show_default=True,
    help="quadratic, relu.",
)
@click.option(
    "--objectives",
    type=Listed(click.Choice(["average", "worst-case", "pgd"])),
    default="average",
    show_default=True,
    help="average, worst-case (quadratic), pgd.",
)
@click.option("--hidden", type=INTEGER, help="Hidden units, of each layer  [default: twice the dimension]")
@click.option("--steps", type=INTEGER, default=5000, show_default=True, help="Steps of each run.")
@click.option("--batch", type=INTEGER, default=50, show_default=True, help="Points a step.")
@click.option("--learning-rate", type=REAL, default=1e-3, show_default=True, help="Of Adam.")
@click.option("--outer-radius", type=REAL, default=1.3, show_default=True, help="Radius of the outer sphere.")
@click.option(
    "--monte-carlo-samples",
    type=INTEGER,
    default=100_000,
    show_default=True,
    help="Points a sphere to count errors with.",
)
@click.option(
    "--distance-samples",
    type=INTEGER,
    default=2000,
    show_default=True,
    help="Points a sphere for exact distances (quadratic); 0: none.",
)
@click.option(
    "--attack-points",
    type=INTEGER,
    default=200,
    show_default=True,
    help="Points a sphere for distances by attack, an upper bound (relu).",
)
@click.option(
    "--rare-event-runs",
    type=INTEGER,
    default=10,
    show_default=True,
    help="Runs of splitting where too few errors are counted (relu); 0: none.",
)
@click.option("--out", required=True, metavar="DIR", help="Folder for cells, record and figures; made if missing.")
@executor_options
@click.option("--resume", is_flag=True, help="Go on with what DIR holds or add to it, whatever else is in it.")
@common_options(without=("seed",))
def sweep(
    dims: tuple[int, ...],
    seeds: tuple[int, ...],
    train_sizes: tuple[int | None, ...],
    networks: tuple[str, ...],
    objectives: tuple[str, ...],
    hidden: int | None,
    steps: int,
    batch: int,
    learning_rate: float,
    outer_radius: float,
    monte_carlo_samples: int,
    distance_samples: int,
    attack_points: int,
    rare_event_runs: int,
    out: str,
    executor: str,
    scheduler: str | None,
    resume: bool,
    as_json: bool,
    quiet: bool,
    workers: int,
    confidence: float,
) -> None:
    """Train and measure every combination of the lists, each once.

    Each run is kept in DIR/cells as it ends; what is there is not computed again, so an interrupted sweep, run again
    with --resume, computes only what is missing. DIR gets the summary, one row a run (record.json, record.npz), and
    figures.
    """
    from ..numerics.cells.run import check_executor
    from ..numerics.cells.store import CellStore
    from ..numerics.experiments.sweep import SweepConfig, sweep_cells
    from ..numerics.storage.files import check_path
    from ..progress import progress
    from ..unfinished import check_folder, marked_as_unfinished

    config = SweepConfig(
        dims=dims,
        train_sizes=train_sizes,
        seeds=seeds,
        networks=networks,
        objectives=objectives,
        hidden=hidden,
        steps=steps,
        batch_size=batch,
        learning_rate=learning_rate,
        outer_radius=outer_radius,
        monte_carlo_samples=monte_carlo_samples,
        distance_samples=distance_samples,
        attack_points=attack_points,
        rare_event_runs=rare_event_runs,
        confidence=confidence,
    )
    cells = sweep_cells(config)
    folder = check_path(out, name="out")
    check_executor(workers=workers, executor=executor, scheduler=scheduler)
    check_folder(folder, config, kind="sweep", own=(CELLS, FIGURES), resume=resume)
    store = CellStore(folder / CELLS)

    def kept() -> str:
        done = sum(store.is_done(cell) for cell in cells)
        return f"{done} of {len(cells)} runs are kept in {store.folder}; the same command with --resume goes on"

    with telling_what_is_kept(kept), marked_as_unfinished(folder, resume=resume), progress(quiet=quiet) as say:
        written = run_sweep(config, cells, folder, workers=workers, executor=executor, scheduler=scheduler, say=say)
    emit(written, as_json=as_json)


def run_sweep(
    config: SweepConfig,
    cells: Sequence[Run],
    out: Path,
    *,
    workers: int,
    executor: str,
    scheduler: str | None,
    say: Any,
) -> dict[str, Any]:
    """Run what is missing, and write summary and figures; returns their paths and a summary."""
    from ..figures import save_figures
    from ..numerics.cells.run import run_cells
    from ..numerics.cells.store import CellStore
    from ..numerics.experiments.sweep import summarise
    from ..numerics.storage.files import make_folder
    from ..numerics.storage.records import library_versions, save_record
    from ..report.provenance import Clock, machine

    clock = Clock()
    make_folder(out)
    store = CellStore(out / CELLS)
    there = sum(store.is_done(cell) for cell in cells)
    records = run_cells(cells, store.folder, workers=workers, executor=executor, scheduler=scheduler, progress=say)
    record = summarise(config, records)
    provenance = {
        "command": command_of(config),
        "started": clock.started.isoformat(timespec="seconds"),
        "seconds": clock.seconds,
        "cpu_seconds": clock.cpu_seconds,
        "executor": executor,
        "workers": workers if executor == "local" else None,
        "runs_computed": len(cells) - there,
        "machine": machine(),
        "versions": library_versions(),
    }
    path = save_record(record, out, provenance=provenance)
    figures = [str(figure) for figure in save_figures(record, out / FIGURES)]
    return {
        "record": str(path),
        "cells": str(store.folder),
        "figures": figures,
        "runs": rows_of(record),
        "runs_computed": len(cells) - there,
        "runs_found": there,
        "seconds": clock.seconds,
    }


def rows_of(record: Record) -> list[dict[str, Any]]:
    """What a summary says of each run in a few numbers; null where an error rate or a distance is not known."""
    from ..numerics.runs.values import finite_or_none

    def row(index: int) -> dict[str, Any]:
        cell = record.values["cells"][index]
        found: dict[str, Any] = {"label": cell["label"], "folder": cell["key"]}
        for side, sphere in enumerate(("inner", "outer")):
            found[sphere] = {
                name: finite_or_none(float(record.arrays[name][side, index]))
                for name in ("log10_error_rate", "log10_error_rate_high", "mean_distance", "bound")
            }
        return {**found, "distance_guarantee": cell["distance_guarantee"]}

    return [row(index) for index in range(len(record.values["cells"]))]


def command_of(config: SweepConfig) -> str:
    """The command line that gives this configuration."""
    from dataclasses import asdict

    words = ["adversarial-spheres", "sweep"]
    for name, value in asdict(config).items():
        option = "--" + {"batch_size": "batch"}.get(name, name).replace("_", "-")
        if isinstance(value, tuple):
            words += [option, ",".join("online" if item is None else str(item) for item in value)]
        elif value is not None:
            words += [option, str(value)]
    return shlex.join([*words, "--out", "DIR"])
