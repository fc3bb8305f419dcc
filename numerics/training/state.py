"""A training run between two steps: all that the rest of the run depends on."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from ...theory.basics.arguments import RealArray, check_integer
from ...theory.basics.by_value import ShortRepr
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.validation import check_flag
from ..networks.quadratic import QuadraticNetwork
from ..networks.relu import ReluNetwork
from .adam import Adam
from .config import TrainingConfig
from .data import first_points
from .log import BatchLog, BatchLogEntry, TrainingLog, is_scheduled, measure

_STATISTICS_POINTS = 2**14
"""The statistics of an averaged network come from this many points."""


@dataclass
class TrainingState(ShortRepr):
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
        Entries so far: a TrainingLog for the quadratic network, else a BatchLog.
    step
        Number of steps taken.
    loss_sum, loss_count, error_count
        Sum and number of the batch losses since the last scheduled entry of the log, and number of the misclassified
        points of these batches.
    stopped
        Whether the error rates of both spheres have fallen below ``config.stop_below``.
    average
        The moving averages of the network's parameters, with ``config.ema_decay``; else empty.
    """

    config: TrainingConfig
    network: QuadraticNetwork | ReluNetwork
    optimizer: Adam
    log: TrainingLog | BatchLog
    step: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    error_count: int = 0
    stopped: bool = False
    average: list[RealArray] = field(default_factory=list)

    @classmethod
    def initial(cls, config: TrainingConfig) -> Self:
        """The state before the first step."""
        network = config.initial_network()
        optimizer = Adam(network.parameters, learning_rate=config.learning_rate)
        log = TrainingLog if isinstance(network, QuadraticNetwork) else BatchLog
        average = [] if config.ema_decay is None else [parameter.copy() for parameter in network.parameters]
        return cls(config, network, optimizer, log(config.outer_radius), average=average)

    def trained_network(self) -> QuadraticNetwork | ReluNetwork:
        """The network that the run gives so far: the one that is trained, or the average over its steps.

        Returns
        -------
        QuadraticNetwork or ReluNetwork
            With ``config.ema_decay`` a network of the averaged parameters; the means and variances of its hidden units
            are computed afresh, layer by layer, from the first points that the run was trained on.
        """
        if self.config.ema_decay is None:
            return self.network
        network = copy.deepcopy(self.network)
        for parameter, average in zip(network.parameters, self.average, strict=True):
            parameter[...] = average
        if isinstance(network, ReluNetwork):
            network.set_statistics(first_points(self.config, _STATISTICS_POINTS))
        return network

    def quadratic(self) -> tuple[QuadraticNetwork, TrainingLog]:
        """Network and log of a run of the quadratic network.

        Raises
        ------
        InvalidArgumentError
            The run trains another network.
        """
        network = self.trained_network()
        if not isinstance(network, QuadraticNetwork) or not isinstance(self.log, TrainingLog):
            raise InvalidArgumentError("network", self.config.network, '"quadratic" here')
        return network, self.log

    @property
    def finished(self) -> bool:
        """Whether no step is left to take."""
        return self.stopped or self.step >= self.config.steps

    @property
    def is_finite(self) -> bool:
        """Whether every parameter, every running statistic and the sum of the losses is a finite number."""
        arrays = self.network.parameters + self.network.statistics + self.average
        return bool(np.isfinite(self.loss_sum)) and all(bool(np.all(np.isfinite(array))) for array in arrays)

    def check(self) -> None:
        """Refuse a state in which no run of this configuration can be between two steps.

        Raises
        ------
        InvalidArgumentError
            Names the first field that no run can have.
        """
        config, step = self.config, check_integer("step", self.step, 0, self.config.steps)
        check_integer("optimizer_steps", self.optimizer.steps, step, step)
        count = check_integer("loss_count", self.loss_count, 0, step)
        check_integer("error_count", self.error_count, 0, count * config.batch_size)
        if not self.loss_sum >= 0.0 or (count == 0 and self.loss_sum > 0.0):
            raise InvalidArgumentError("loss_sum", self.loss_sum, "a sum of losses")
        if check_flag("stopped", self.stopped) and config.stop_below is None:
            raise InvalidArgumentError("stopped", self.stopped, "False in a run that nothing stops")
        if not all(np.all(np.isfinite(array)) for array in self.optimizer.first):
            raise InvalidArgumentError("optimizer", "a first moment that is not finite", "Adam of this run")
        if not all(np.all(array >= 0.0) for array in self.optimizer.second):
            raise InvalidArgumentError("optimizer", "a negative second moment", "Adam of this run")
        if not all(np.all(array[1] >= 0.0) for array in self.network.statistics):
            raise InvalidArgumentError("network", "a negative variance", "one of this run")
        self.log.check(dim=config.dim, step=step, outer_radius=config.outer_radius)

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

    def average_parameters(self) -> None:
        """Take the parameters after this step into their averages: all steps evenly at first, then by the decay."""
        decay = self.config.ema_decay
        if decay is None:
            return
        share = max(1.0 - decay, 1.0 / self.step)
        for average, parameter in zip(self.average, self.network.parameters, strict=True):
            average[...] += average.dtype.type(share) * (parameter - average)

    def add_loss(self, loss: float, errors: int) -> None:
        """Count one step, taken at the batch loss ``loss`` with ``errors`` misclassified points."""
        self.step += 1
        self.loss_sum += loss
        self.loss_count += 1
        self.error_count += errors

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
        self._enter(kept=due, check=check)
        if due:
            self.loss_sum, self.loss_count, self.error_count = 0.0, 0, 0

    def _enter(self, *, kept: bool, check: bool) -> None:
        """Apply the stopping rule where ``check``, and make an entry at the end and where ``kept``."""
        config, count = self.config, self.loss_count
        mean_loss = self.loss_sum / count if count else float("nan")
        if isinstance(self.log, TrainingLog):
            entry = measure(self.quadratic()[0], self.step, mean_loss, config.outer_radius)
            self.stopped = check and config.stop_below is not None and entry.is_below(config.stop_below)
            if kept or self.finished:
                self.log.entries.append(entry)
        else:
            share = self.error_count / (count * config.batch_size) if count else float("nan")
            self.log.entries.append(BatchLogEntry(self.step, mean_loss, share))

    def _is_logged(self) -> bool:
        return bool(self.log.entries) and self.log.entries[-1].step == self.step
