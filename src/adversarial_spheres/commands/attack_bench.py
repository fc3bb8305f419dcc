"""``attack-bench``: attacks against problems whose every nearest error is known."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from .common import INTEGER, IntegerRange, Listed, common_options, echo, emit, telling_what_is_kept
from .sweep import CELLS, FIGURES, INTEGERS

if TYPE_CHECKING:
    from pathlib import Path

    from ..numerics.bench.bench import BenchConfig

QUICK_POINTS = 20


@click.command("attack-bench", short_help="Attacks against problems whose nearest errors are known.")
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    metavar="NAME|MODULE:FUNCTION",
    help="An attack of the bench, or a function of model and points; may be repeated.  [default: ours]",
)
@click.option("--problems", type=Listed(click.STRING), help="Families of problems, comma-separated.  [default: all]")
@click.option("--dims", type=INTEGERS, help="Dimensions, 10 to 10,000, comma-separated.  [default: 50,500]")
@click.option("--points", type=INTEGER, default=QUICK_POINTS, show_default=True, help="Points of each problem.")
@click.option("--quick", is_flag=True, help="Only the problem easy at dimension 50, unless others are named: seconds.")
@click.option("--out", required=True, metavar="DIR", help="Folder for cells, record and figures; made if missing.")
@click.option("--resume", is_flag=True, help="Add to what DIR holds, whatever else is in it.")
@click.option(
    "--workers",
    type=IntegerRange(1),
    default=1,
    show_default=True,
    help="Processes; several make the times longer, and change no other number.",
)
@common_options(unused=("confidence",), without=("workers", "format"))
def attack_bench(
    attacks: tuple[str, ...],
    problems: tuple[str, ...] | None,
    dims: tuple[int, ...] | None,
    points: int,
    quick: bool,
    out: str,
    resume: bool,
    workers: int,
    as_json: bool,
    quiet: bool,
    seed: int,
) -> None:
    """Let attacks run on problems whose every nearest error is known, and score what they find.

    Every point is verified. The distance is compared with the exact one, and a counting model knows the queries. Each
    score is kept in DIR/cells as it ends, so an interrupted bench goes on where it was by the same command. An attack
    that raises, or returns something else, has failed; the status is 0.
    """
    from ..numerics.bench.bench import KIND, BenchConfig, bench_cells
    from ..numerics.bench.families import FAMILIES
    from ..numerics.cells.run import check_executor
    from ..numerics.cells.store import CellStore
    from ..numerics.storage.files import check_path
    from ..progress import progress
    from ..unfinished import check_folder

    default = BenchConfig()
    config = BenchConfig(
        attacks=attacks or default.attacks,
        families=problems or (("easy",) if quick else tuple(FAMILIES)),
        dims=dims or ((50,) if quick else default.dims),
        points=points,
        seed=seed,
    )
    cells = bench_cells(config)
    folder = check_path(out, name="out")
    check_executor(workers=workers)
    check_folder(folder, config, kind=KIND, own=(CELLS, FIGURES), resume=resume)
    store = CellStore(folder / CELLS)

    def kept() -> str:
        done = sum(store.is_done(cell) for cell in cells)
        return f"{done} of {len(cells)} scores are kept in {store.folder}; the same command goes on"

    with telling_what_is_kept(kept), progress(quiet=quiet) as say:
        written = run_bench(config, folder, workers=workers, say=say)
    if as_json:
        emit(written, as_json=True)
    else:
        print_bench(written)


def run_bench(config: BenchConfig, out: Path, *, workers: int, say: Any) -> dict[str, Any]:
    """Run what is missing, and write record and figures; returns their paths and the scores."""
    from ..figures import save_figures
    from ..numerics.bench.bench import assemble, bench_cells
    from ..numerics.cells.run import run_cells
    from ..numerics.cells.store import CellStore
    from ..numerics.storage.files import make_folder
    from ..numerics.storage.records import library_versions, save_record
    from ..report.provenance import Clock, machine

    clock, cells, store = Clock(), bench_cells(config), CellStore(out / CELLS)
    make_folder(out)
    there = sum(store.is_done(cell) for cell in cells)
    record = assemble(config, run_cells(cells, store.folder, workers=workers, progress=say))
    provenance = {
        "command": command_of(config),
        "started": clock.started.isoformat(timespec="seconds"),
        "seconds": clock.seconds,
        "workers": workers,
        "scores_computed": len(cells) - there,
        "machine": machine(),
        "versions": library_versions(),
    }
    path = save_record(record, out, provenance=provenance)
    return {
        "record": str(path),
        "cells": str(store.folder),
        "figures": [str(figure) for figure in save_figures(record, out / FIGURES)],
        "attacks": record.values["rows"],
        "scores_computed": len(cells) - there,
        "scores_found": there,
        "seconds": clock.seconds,
    }


def print_bench(written: dict[str, Any]) -> None:
    """The scores for people, a line each."""
    from ..numerics.storage.results import between

    rows = written["attacks"]
    width, wide = (max(len(key), *(len(row[key]) for row in rows)) for key in ("attack", "problem"))
    means = [between(row["mean_ratio"], row["mean_ratio_upper"], 5) for row in rows]
    long = max(len(mean) for mean in ("mean ratio", *means))
    columns = f"{'found':>6}  {'within 1%':>9}  {'mean ratio':>{long}}  {'worst':>8}  {'queries':>9}  {'seconds':>8}"
    echo(f"{'attack':<{width}}  {'problem':<{wide}}  {columns}")
    for row, mean in zip(rows, means, strict=True):
        worst = between(row["worst_ratio"], None, 5)
        shares = f"{row['success']:>6.1%}  {row['share_within']:>9.1%}  {mean:>{long}}  {worst:>8}"
        costs = f"{row['queries']:>9,}  {row['seconds']:>8.2f}"
        note = f"  ({row['note']})" if row["note"] else ""
        echo(f"{row['attack']:<{width}}  {row['problem']:<{wide}}  {shares}  {costs}{note}")
    echo(f"record: {written['record']}")


def command_of(config: BenchConfig) -> str:
    """The command line that gives this configuration."""
    words = ["adversarial-spheres", "attack-bench"]
    for name in config.attacks:
        words += ["--attack", name]
    for option, values in (("--problems", config.families), ("--dims", config.dims)):
        words += [option, ",".join(str(value) for value in values)]
    return shlex.join([*words, "--points", str(config.points), "--seed", str(config.seed), "--out", "DIR"])
