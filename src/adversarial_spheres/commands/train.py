"""``train``: train a network on the two spheres, with a log of its error rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import INTEGER, REAL, common_options, emit, telling_what_is_kept

if TYPE_CHECKING:
    from ..numerics.training.state import TrainingState


@click.command(short_help="Train a network.")
@click.option(
    "--network", type=click.Choice(["quadratic", "relu"]), default="quadratic", show_default=True, help="Architecture."
)
@click.option("--dim", type=INTEGER, default=500, show_default=True, help="Ambient dimension.")
@click.option("--hidden", type=INTEGER, default=1000, show_default=True, help="Hidden units, of each layer.")
@click.option("--depth", type=INTEGER, help="Hidden layers  [default: 2 for relu; the quadratic network has 1]")
@click.option("--steps", type=INTEGER, default=30_000, show_default=True, help="Steps at most.")
@click.option("--batch", type=INTEGER, default=50, show_default=True, help="Points a step.")
@click.option("--learning-rate", type=REAL, default=1e-3, show_default=True, help="Of Adam.")
@click.option(
    "--schedule",
    type=click.Choice(["constant", "linear", "cosine"]),
    default="constant",
    show_default=True,
    help="Of the learning rate; the others fall to 0 over the steps.",
)
@click.option(
    "--ema-decay", type=REAL, help="Decay in (0, 1) of a moving average of the weights, 0.999, say: it is the result."
)
@click.option("--outer-radius", type=REAL, default=1.3, show_default=True, help="Radius of the outer sphere.")
@click.option("--train-size", type=INTEGER, help="Size of a fixed training set  [default: fresh points at every step]")
@click.option(
    "--init",
    type=click.Choice(["random", "random-dim", "perfect"]),
    default="random",
    show_default=True,
    help="Where training starts.",
)
@click.option(
    "--init-scale", type=REAL, default=1.0, show_default=True, help="Factor of the logit that `perfect` starts with."
)
@click.option(
    "--objective",
    type=click.Choice(["average", "worst-case", "pgd"]),
    default="average",
    show_default=True,
    help="Loss of the batch, of the worst points of both spheres (quadratic), or of the batch after an attack.",
)
@click.option("--pgd-steps", type=INTEGER, default=10, show_default=True, help="Steps of the attack of `pgd`.")
@click.option("--pgd-step", type=REAL, default=0.05, show_default=True, help="Their length, in units of the radius.")
@click.option(
    "--stop-below", type=REAL, help="Stop when the exact error rates of BOTH spheres are below this (quadratic)."
)
@click.option("--out", required=True, metavar="FILE", help="Checkpoint to write.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, to the same bits as without a break.")
@common_options(unused=("confidence",))
def train(
    network: str,
    dim: int,
    hidden: int,
    depth: int | None,
    steps: int,
    batch: int,
    learning_rate: float,
    schedule: str,
    ema_decay: float | None,
    outer_radius: float,
    train_size: int | None,
    init: str,
    init_scale: float,
    objective: str,
    pgd_steps: int,
    pgd_step: float,
    stop_below: float | None,
    out: str,
    resume: bool,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
) -> None:
    """Train a network by Adam on the cross-entropy; a checkpoint is written every minute and at the end.

    An interrupted run goes on with --resume; without it, it is not overwritten.
    """
    from ..numerics.training.config import TrainingConfig
    from ..numerics.training.loop import train as run_training
    from ..progress import progress
    from ..rendering.answers import training_answer
    from ..unfinished import refuse_other_checkpoint

    config = TrainingConfig(
        dim=dim,
        hidden=hidden,
        network=network,
        depth=depth,
        steps=steps,
        batch_size=batch,
        learning_rate=learning_rate,
        schedule=schedule,
        ema_decay=ema_decay,
        outer_radius=outer_radius,
        train_size=train_size,
        init=init,
        init_scale=init_scale,
        objective=objective,
        pgd_steps=pgd_steps,
        pgd_step=pgd_step,
        stop_below=stop_below,
        seed=seed,
    )
    if not resume:
        refuse_other_checkpoint(out, config, name="out")
    before = _identity(out)
    with telling_what_is_kept(lambda: _kept(out, steps, before, resume=resume)), progress(quiet=quiet) as say:
        result = run_training(
            config,
            checkpoint=out,
            resume=resume,
            workers=workers,
            progress=lambda step, total, loss: say("training", step, total, f"loss {loss:.3g}"),
        )
    emit({"checkpoint": out, **describe_training(result, outer_radius)}, as_json=as_json, words=training_answer)


def _identity(path: str) -> tuple[int, int] | None:
    """What changes when a file is replaced; None where there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _kept(out: str, steps: int, before: tuple[int, int] | None, *, resume: bool) -> str:
    """What an interrupted run leaves on disk."""
    from ..numerics.training.checkpoint import load_checkpoint

    now = _identity(out)
    if now is None or (now == before and not resume):
        untouched = "" if now is None else f"; {out} is as it was"
        return f"nothing of this run is kept, its first checkpoint was still to come{untouched}"
    return f"{out} holds step {load_checkpoint(out).step:,} of {steps:,}; the same command with --resume goes on"


def describe_training(result: TrainingState, outer_radius: float) -> dict[str, Any]:
    """How training ended, as plain values; null is what is known for quadratic networks only."""
    from ..numerics.runs.values import error_rate_values, finite_or_none, unknown_error_rate_values
    from ..numerics.training.log import BatchLog

    ended: dict[str, Any] = {
        "network": result.config.network,
        "steps": result.step,
        "final_loss": result.log.entries[-1].mean_loss,
    }
    if isinstance(result.log, BatchLog):
        error = finite_or_none(result.log.entries[-1].training_error)
        unknown = {sphere: unknown_error_rate_values() for sphere in ("inner", "outer")}
        return {**ended, "training_error": error, "alphas_outside": None, **unknown}
    classifier = result.quadratic()[0].classifier()
    return {
        **ended,
        "training_error": None,
        "alphas_outside": int(classifier.alphas_outside(outer_radius)) if float(classifier.bias) < 0 else None,
        "inner": error_rate_values(classifier.errors_on("inner", outer_radius)),
        "outer": error_rate_values(classifier.errors_on("outer", outer_radius)),
    }
