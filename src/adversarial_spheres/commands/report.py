"""``report``: the paper, reproduced: from training to one page with figures and verdicts."""

from __future__ import annotations

import click

from ..theory.basics.errors import AccuracyError
from .common import common_options, emit, executor_options, telling_what_is_kept


@click.command(short_help="The paper, reproduced: train, measure, check, report.")
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "paper"]),
    default="quick",
    show_default=True,
    help="How far to train and how much to measure: under 5 minutes, under an hour, days.",
)
@click.option("--out", required=True, metavar="DIR", help="Folder for page, figures and record; made if missing.")
@click.option(
    "--resume", is_flag=True, help="Go on where an interrupted run in DIR ended: training, measurements, cells."
)
@click.option(
    "--figure-formats",
    "formats",
    metavar="FORMAT[,FORMAT]",
    help="Figures as pdf, png or pgf, too; PDF and PGF can then be saved from the page.",
)
@click.option("--only", metavar="KIND[,KIND]", help="Run these experiments alone; the page shows no others.")
@executor_options
@common_options()
def report(
    profile: str,
    out: str,
    resume: bool,
    formats: str | None,
    only: str | None,
    executor: str,
    scheduler: str | None,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
) -> None:
    """Reproduce the paper: train, predict, measure, check, and write a report.

    Writes report.html (one self-contained page), figures/ (drawn as soon as there is something to draw), tables/, the
    record of each experiment in experiments/, and what they were made from in cells/, the trained networks among it.

    Results of cells that DIR holds already are used; to compute one anew, remove its folder in cells/. An experiment
    that cannot be computed to its promise is named on the page, the others are reported, and the exit status is 3.

    An interrupted report goes on with --resume; without it, it is not overwritten.
    """
    from ..progress import progress
    from ..report.job import Settings, run_report
    from ..report.plans import Executor

    kinds = tuple(kind.strip() for kind in only.split(",")) if only is not None else ()
    wanted = tuple(name.strip().lower() for name in formats.split(",")) if formats is not None else ()
    settings = Settings(profile, seed, confidence, kinds, resume, wanted)
    kept = f"{out} holds what is done; the same command with --resume goes on"
    with telling_what_is_kept(lambda: kept), progress(quiet=quiet) as say:
        written = run_report(settings, out, executor=Executor(executor, scheduler, workers), progress=say)
    emit(written, as_json=as_json)
    if written["failures"]:
        raise AccuracyError("; ".join(f"{kind}: {reason}" for kind, reason in written["failures"].items()))
    if written["verdict"] == "refuted":
        click.get_current_context().exit(1)
