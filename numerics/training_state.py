"""A training run between two steps: all that the rest of the run depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..theory.errors import AccuracyError
from .networks.quadratic import QuadraticNetwork
from .optimizer import Adam
from .training_config import TrainingConfig
from .training_log import TrainingLog, is_scheduled, measure


@dataclass
class TrainingState:
    """A run after ``step`` steps.

    Parameters
    ----------
    config
        What defines the run.
    network
        The trained network.
    optimizer
        Adam on the network's parameters.
    log
        Entries so far.
    step
        Number of steps taken.
    loss_sum, loss_count
        Sum and number of the batch losses since the last scheduled entry of the log.
    stopped
        Whether the error rates of both spheres have fallen below ``config.stop_below``.
    """

    config: TrainingConfig
    network: QuadraticNetwork
    optimizer: Adam
    log: TrainingLog
    step: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    stopped: bool = False

    @classmethod
    def initial(cls, config: TrainingConfig) -> Self:
        """The state before the first step."""
        network = config.initial_network()
        optimizer = Adam(network.parameters, learning_rate=config.learning_rate)
        return cls(config, network, optimizer, TrainingLog(config.outer_radius))

    @property
    def finished(self) -> bool:
        """Whether no step is left to take."""
        return self.stopped or self.step >= self.config.steps

    @property
    def is_finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(bool(np.all(np.isfinite(parameter))) for parameter in self.network.parameters)

    def extend(self, config: TrainingConfig) -> None:
        """Go on with a configuration that differs at most in a larger number of steps.

        Raises
        ------
        InvalidArgumentError
            Another field differs.
        """
        config.check_resumable_from(self.config)
        # The entry of the last step is there only because the run ended: without it, and as it doesn't restart the
        # mean of the losses, the longer run has the log of an uninterrupted one.
        if config.steps > self.step and not self.stopped and not is_scheduled(self.step) and self._is_logged():
            self.log.entries.pop()
        self.config = config

    def add_loss(self, loss: float) -> None:
        """Count one step, taken at the batch loss ``loss``."""
        self.step += 1
        self.loss_sum += loss
        self.loss_count += 1

    def observe(self) -> None:
        """Enter the network in the log where the schedule, the end or the stopping rule asks for it.

        Raises
        ------
        AccuracyError
            A parameter to be measured is not a finite number.
        """
        config = self.config
        due = is_scheduled(self.step)
        check = config.stop_below is not None and self.step % config.check_every == 0
        if self._is_logged() or not (due or check or self.step >= config.steps):
            return
        if not self.is_finite:
            raise AccuracyError(f"the parameters after step {self.step} are not finite: training diverged")
        mean_loss = self.loss_sum / self.loss_count if self.loss_count else float("nan")
        entry = measure(self.network, self.step, mean_loss, config.outer_radius)
        self.stopped = check and config.stop_below is not None and entry.is_below(config.stop_below)
        if due or self.finished:
            self.log.entries.append(entry)
        if due:
            self.loss_sum, self.loss_count = 0.0, 0

    def _is_logged(self) -> bool:
        return bool(self.log.entries) and self.log.entries[-1].step == self.step
