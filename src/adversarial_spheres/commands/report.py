"""``report``: the main job, from training to one page with figures and verdicts."""

from __future__ import annotations

import click

from .common import common_options, emit


@click.command(short_help="The main job: train, measure, check, report.")
@click.option(
    "--profile",
    type=click.Choice(["quick", "standard", "paper"]),
    default="quick",
    show_default=True,
    help="How far to train and how much to measure: minutes, under an hour, days.",
)
@click.option("--out", required=True, metavar="DIR", help="Folder for page, figures and record; made if missing.")
@click.option("--resume", is_flag=True, help="Go on with the training that an interrupted run left in DIR.")
@common_options()
def report(
    profile: str, out: str, resume: bool, as_json: bool, quiet: bool, seed: int, workers: int, confidence: float
) -> None:
    """Train the quadratic network at the paper's size, predict, measure, check, and write a report.

    Writes report.html (one self-contained page), figures/, tables/, the record (record.json and record.npz) and the
    trained network (network.checkpoint).
    """
    from ..progress import progress
    from ..report.job import run_report

    with progress(quiet=quiet) as say:
        written = run_report(
            profile, out, seed=seed, confidence=confidence, workers=workers, resume=resume, progress=say
        )
    emit(written, as_json=as_json)
    if written["verdict"] == "refuted":
        click.get_current_context().exit(1)
