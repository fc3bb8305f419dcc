"""What is known about a network along its training, step by step.

Of the quadratic network spectrum, exact error rates and losses (:class:`TrainingLog`); of any other network what its
batches have shown (:class:`BatchLog`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray, Sphere, check_sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.errors import rates_of
from ..networks.quadratic import QuadraticNetwork

SPHERES: tuple[Sphere, ...] = get_args(Sphere)
"""Order of the two spheres in arrays: inner, outer."""


@dataclass(frozen=True)
class BatchLogEntry:
    """What the batches have shown after ``step`` steps.

    Parameters
    ----------
    step
        Number of steps taken.
    mean_loss
        Mean loss of the batches since the previous entry, each before its step; NaN at step 0, which has none.
    training_error
        Share of their points that were misclassified then, as training saw them (with the statistics of the batch; the
        attacked points where the objective attacks them); NaN at step 0.
    """

    step: int
    mean_loss: float
    training_error: float

    def is_possible(self, dim: int) -> bool:
        """Whether training in this dimension can have made this entry."""
        share = self.training_error
        return _is_mean(self.mean_loss, self.step) and _is_mean(share, self.step) and not share > 1.0


@dataclass(frozen=True, eq=False)
class LogEntry(ByValue):
    """The quadratic network after ``step`` steps.

    Parameters
    ----------
    step
        Number of steps taken.
    mean_loss
        Mean loss of the batches since the previous entry, each before its step; NaN at step 0, which has none.
    eigenvalues
        Of w W^T W, double precision, shape (dim,), as :class:`~.QuadraticClassifier` orders them.
    bias
        b.
    log_error_rates
        Shape (2, 2): for the inner and the outer sphere log(error rate) and log(1 - error rate). Exact.
    worst_case_losses
        Shape (2,): largest loss on the inner and on the outer sphere. Exact.
    alphas_outside
        Number of alphas outside [1/R^2, 1]; -1 where the bias is not negative and no alphas exist.
    """

    step: int
    mean_loss: float
    eigenvalues: FloatArray
    bias: float
    log_error_rates: FloatArray
    worst_case_losses: FloatArray
    alphas_outside: int

    def is_possible(self, dim: int) -> bool:
        """Whether training in this dimension can have made this entry."""
        arrays = ((self.eigenvalues, (dim,)), (self.log_error_rates, (2, 2)), (self.worst_case_losses, (2,)))
        return (
            _is_mean(self.mean_loss, self.step)
            and all(array.shape == shape and array.dtype == np.float64 for array, shape in arrays)
            and bool(np.all(np.isfinite(self.eigenvalues)))
            and isinstance(self.bias, float)
            and math.isfinite(self.bias)
            and bool(np.all(self.log_error_rates <= 0.0) and np.all(self.worst_case_losses >= 0.0))
            and type(self.alphas_outside) is int
            and -1 <= self.alphas_outside <= dim
        )

    def is_below(self, error_rate: float) -> bool:
        """Whether the exact error rates of both spheres are below ``error_rate``."""
        return bool(np.all(self.log_error_rates[:, 0] < np.log(error_rate)))


def _is_mean(value: float, step: int) -> bool:
    """Whether this is a mean of nonnegative numbers; there is none before the first step."""
    return isinstance(value, float) and (value >= 0.0 or (step == 0 and math.isnan(value)))


def measure(network: QuadraticNetwork, step: int, mean_loss: float, outer_radius: float) -> LogEntry:
    """Measure a network exactly.

    Parameters
    ----------
    network
        As it is after ``step`` steps.
    step, mean_loss
        Entered as they are.
    outer_radius
        R > 1.

    Returns
    -------
    LogEntry
        Exact up to rounding, see :func:`~.theory.quadratic.error_rate.exact_error_rate`.
    """
    classifier = network.classifier()
    errors = [classifier.errors_on(sphere, outer_radius) for sphere in SPHERES]
    return LogEntry(
        step=step,
        mean_loss=mean_loss,
        eigenvalues=classifier.eigenvalues,
        bias=float(classifier.bias),
        log_error_rates=np.array([[rate.log, rate.log_complement] for rate in rates_of(errors)], dtype=np.float64),
        worst_case_losses=np.array([one.worst_loss for one in errors]),
        alphas_outside=int(classifier.alphas_outside(outer_radius)) if classifier.bias < 0 else -1,
    )


def is_scheduled(step: int) -> bool:
    """Whether a training log has an entry at this step whatever the length of the run: 0 and round(10^(k/10))."""
    return step in _SCHEDULE


_SCHEDULE = frozenset({0} | {round(10.0 ** (k / 10.0)) for k in range(160)})
"""Up to the largest number of steps, 2^53: asked after every step, so a look and no logarithm."""


Entry = TypeVar("Entry", LogEntry, BatchLogEntry)


@dataclass
class _Log(Generic[Entry]):
    """Entries in the order of their steps; columns over all entries as arrays.

    Parameters
    ----------
    outer_radius
        R > 1.
    entries
        Grows during training.
    """

    outer_radius: float
    entries: list[Entry] = field(default_factory=list)

    entry_type: ClassVar[type[Any]]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def check(self, *, dim: int, step: int, outer_radius: float) -> None:
        """Refuse a log that no run in this dimension has after ``step`` steps.

        Raises
        ------
        InvalidArgumentError
            It is of another outer radius, or an entry of it is impossible.
        """
        if self.outer_radius != outer_radius:
            raise InvalidArgumentError("log", self.outer_radius, f"of the outer radius {outer_radius}")
        before = -1
        for entry in self.entries:
            if type(entry.step) is not int or not before < entry.step <= step:
                raise InvalidArgumentError("log", entry.step, f"of integer steps that rise, up to {step}")
            if not entry.is_possible(dim):
                raise InvalidArgumentError("log", f"the entry of step {entry.step}", "of numbers that training finds")
            before = entry.step

    @property
    def steps(self) -> NDArray[np.int64]:
        """Steps of the entries, shape (n,)."""
        return np.array([entry.step for entry in self.entries], dtype=np.int64)

    @property
    def mean_losses(self) -> FloatArray:
        """Mean training loss since the previous entry, shape (n,); NaN at step 0."""
        return np.array([entry.mean_loss for entry in self.entries], dtype=np.float64)

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """The entries as arrays that :meth:`from_arrays` takes back without loss."""
        names = self.entry_type.__annotations__
        columns: dict[str, NDArray[Any]] = {
            n: np.array([getattr(e, n) for e in self.entries], dtype=_column(kind)) for n, kind in names.items()
        }
        return {**columns, "outer_radius": np.array([self.outer_radius])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Inverse of :meth:`as_arrays`.

        Raises
        ------
        ValueError
            Other names than there are, or columns of different lengths.
        """
        names: dict[str, Any] = cls.entry_type.__annotations__
        if set(arrays) != {*names, "outer_radius"}:
            raise ValueError(f"the columns of its log are {sorted(arrays)}"[:200])
        if any(arrays[name].dtype != _column(kind) for name, kind in names.items()):
            raise ValueError("the columns of its log are of other types")
        if len({array.shape[:1] for name, array in arrays.items() if name in names}) != 1 or arrays["step"].ndim != 1:
            raise ValueError("the columns of its log differ in length")
        if arrays["outer_radius"].shape != (1,) or arrays["outer_radius"].dtype != np.float64:
            raise ValueError("the log has no outer radius")
        entries = [cls.entry_type(**{n: _value(arrays[n][i]) for n in names}) for i in range(len(arrays["step"]))]
        return cls(float(arrays["outer_radius"][0]), entries)


def _column(kind: str) -> type:
    """What a column holds; ``kind`` is the annotation of its field, which is text in this module."""
    return np.int64 if kind == "int" else np.float64


def _value(item: Any) -> Any:
    """A number as a plain one, an array as a copy of its own."""
    return item.copy() if isinstance(item, np.ndarray) else item.item()


class BatchLog(_Log[BatchLogEntry]):
    """What the batches of any network have shown."""

    entry_type = BatchLogEntry

    @property
    def training_errors(self) -> FloatArray:
        """Share of misclassified training points since the previous entry, shape (n,); NaN at step 0."""
        return np.array([entry.training_error for entry in self.entries], dtype=np.float64)


class TrainingLog(_Log[LogEntry]):
    """What is exactly known about the quadratic network."""

    entry_type = LogEntry

    @property
    def alphas_outside(self) -> NDArray[np.int64]:
        """Number of alphas outside [1/R^2, 1], shape (n,); -1 where no alphas exist."""
        return np.array([entry.alphas_outside for entry in self.entries], dtype=np.int64)

    def classifier(self) -> QuadraticClassifier:
        """All networks of the log as one classifier with a leading axis: eigenvalues (n, dim), biases (n,)."""
        self._check_not_empty()
        biases = np.array([entry.bias for entry in self.entries])
        return QuadraticClassifier(np.stack([entry.eigenvalues for entry in self.entries]), biases)

    def error_rate(self, sphere: Sphere) -> LogProbability:
        """Exact error rates on one sphere, shape (n,)."""
        self._check_not_empty()
        logs = np.stack([entry.log_error_rates for entry in self.entries])[:, SPHERES.index(check_sphere(sphere))]
        return LogProbability(logs[:, 0], logs[:, 1])

    def worst_case_loss(self, sphere: Sphere) -> FloatArray:
        """Largest loss on one sphere, shape (n,)."""
        self._check_not_empty()
        losses: FloatArray = np.stack([entry.worst_case_losses for entry in self.entries])
        return losses[:, SPHERES.index(check_sphere(sphere))]

    def _check_not_empty(self) -> None:
        if not self.entries:
            raise InvalidArgumentError("log", self.entries, "a log with at least one entry")
