"""Training on the two spheres: the loop, its checkpoints and its end.

A run is a function of its configuration: the data of a step depend on seed and step only, and the matrix products use
a fixed number of threads. Neither an interruption nor the moments at which checkpoints are written change a bit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...theory.basics.arguments import check_function, check_instance, check_integer, check_progress
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.validation import check_flag, check_number, check_range
from ..networks.protocols import Workspace
from ..sampling.blas import blas_threads
from ..sampling.threads import Team, available_cores
from ..storage.files import check_output_file
from .checkpoint import is_replaceable, load_checkpoint, save_checkpoint
from .config import TrainingConfig
from .data import BatchStream
from .objectives import OBJECTIVES
from .state import TrainingState

Visit: TypeAlias = Callable[[TrainingState], None]
"""Called with the run between two steps, which it may look at and not change."""

_PROGRESS_SECONDS = 0.1


def train(
    config: TrainingConfig,
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    checkpoint_seconds: float | None = 60.0,
    checkpoint_steps: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    visit: Visit | None = None,
    workers: int | None = None,
) -> TrainingState:
    """Train a network.

    Parameters
    ----------
    config
        What defines the run.
    checkpoint
        File that is replaced from time to time, and at the end, by the state of the run; None: no file.
    resume
        Go on from ``checkpoint`` if it exists (else start anew); its configuration must be ``config`` with at most as
        many steps.
    checkpoint_seconds, checkpoint_steps
        Write the checkpoint this often, in seconds and in steps; None: not for this reason. No influence on the
        result.
    progress
        Called about ten times a second, and after the last step, with (step, steps, loss).
    visit
        Called with the run as it starts or goes on, and after every step; no influence on the result.
    workers
        Threads that share each step (a further one draws the points ahead); no influence on the result. None: as many
        as there are cores, at most 4.

    Returns
    -------
    TrainingState
        Network, log and step at the end: after ``config.steps`` steps, or ``stopped`` where ``config.stop_below`` asked
        for it. The same configuration gives the same bits on the same machine, interrupted or not.

    Raises
    ------
    AccuracyError
        The loss or a parameter is no longer a finite number; the last good checkpoint stays.
    InvalidArgumentError
        The checkpoint can't be written, is none, is damaged, or belongs to another configuration; it stays as it is.

    Examples
    --------
    >>> state = train(TrainingConfig(dim=4, hidden=8, steps=20))
    >>> state.log.steps.tolist()
    [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20]
    """
    check_instance("config", config, TrainingConfig, "a TrainingConfig")
    check_progress(progress)
    check_function("visit", visit)
    check_flag("resume", resume)
    check_often(checkpoint_seconds, checkpoint_steps)
    threads = min(4, available_cores()) if workers is None else check_integer("workers", workers, 1, 256)
    saver = None if checkpoint is None else _Saver.of(checkpoint, checkpoint_seconds, checkpoint_steps)
    with blas_threads(config.blas_threads):
        state = _start(config, saver, resume)
        # Overflow is met by the test of the loss, with a message of its own.
        with (
            np.errstate(over="ignore", invalid="ignore"),
            BatchStream(config) as stream,
            Team(threads, blas_threads=config.blas_threads) as team,
        ):
            _run(state, stream, team, saver, progress, visit)
    state.optimizer.team = Team()  # the threads have ended; the caller may still take steps
    if saver is not None:
        saver.save(state)
    return state


def _start(config: TrainingConfig, saver: _Saver | None, resume: bool) -> TrainingState:
    if resume and saver is None:
        raise InvalidArgumentError("checkpoint", None, "the file to resume from")
    if saver is None:
        return TrainingState.initial(config)
    if resume and saver.path.exists():
        state = load_checkpoint(saver.path)
        state.extend(config)
        return state
    if not is_replaceable(saver.path):
        raise InvalidArgumentError("checkpoint", str(saver.path), "a new file or a checkpoint to replace")
    return TrainingState.initial(config)


def _run(
    state: TrainingState,
    stream: BatchStream,
    team: Team,
    saver: _Saver | None,
    progress: Callable[[int, int, float], None] | None,
    visit: Visit | None,
) -> None:
    config, objective = state.config, OBJECTIVES[state.config.objective]
    workspace: Workspace = state.network.workspace(config.batch_size, team)
    state.optimizer.team = team
    state.observe()
    if visit is not None:
        visit(state)
    reported, loss = time.monotonic(), float("nan")
    while not state.finished:
        loss = objective(workspace, *stream.batch(state.step), config)
        if not np.isfinite(loss):
            raise AccuracyError(f"the loss of step {state.step + 1} is {loss}: training diverged", loss)
        state.optimizer.learning_rate = config.learning_rate_at(state.step)
        state.optimizer.step(workspace.gradients)
        workspace.update_statistics(state.step)
        state.add_loss(loss, workspace.errors)
        state.average_parameters()
        state.observe()
        now = time.monotonic()
        if saver is not None and saver.is_due(state.step, now):
            saver.save(state)
        if visit is not None:
            visit(state)
        if progress is not None and (now - reported >= _PROGRESS_SECONDS or state.finished):
            progress(state.step, config.steps, loss)
            reported = now


def check_often(seconds: float | None, steps: int | None) -> None:
    """Refuse a rhythm of checkpoints that is none."""
    if seconds is not None:
        check_range("checkpoint_seconds", check_number("checkpoint_seconds", seconds), 0.0, np.inf, low_open=True)
    if steps is not None:
        check_integer("checkpoint_steps", steps, 1, 2**53)


@dataclass
class _Saver:
    """When and where checkpoints are written."""

    path: Path
    seconds: float | None
    steps: int | None
    last_time: float
    last_step: int | None = None

    @classmethod
    def of(cls, path: str | os.PathLike[str], seconds: float | None, steps: int | None) -> _Saver:
        return cls(check_output_file(path, name="checkpoint"), seconds, steps, time.monotonic())

    def is_due(self, step: int, now: float) -> bool:
        by_time = self.seconds is not None and now - self.last_time >= self.seconds
        return by_time or (self.steps is not None and step % self.steps == 0)

    def save(self, state: TrainingState) -> None:
        if self.last_step != state.step:
            save_checkpoint(self.path, state)
        self.last_time, self.last_step = time.monotonic(), state.step
