"""Evidence about the errors of a classifier in one space, as values; what it can prove is in its type.

=====================  ============================================  ==============================
evidence               holds                                         limits the distances
=====================  ============================================  ==============================
ExactErrorRate         the error rate itself, by proof               from above, by geometry
ErrorCounts            errors among independent random points        from above, by geometry
ExactDistances         certified two-sided distances                 from both sides
SummarisedDistances    the same, summed up in constant memory        from both sides
AttackDistances        upper bounds only: errors that were found     from above
LowerCertificates      lower bounds only: proved to be free          from below
ProvedMeanDistance     a proved lower bound of the mean              from below, by proof
PlannedDistances       nothing yet; keeps its share of the budget    not at all
=====================  ============================================  ==============================

An attack has no lower limits to give, so that it can verify "the mean distance is at most the bound" and refute "the
mean distance is at least x", never the reverse; a certificate is its mirror image. Distances enter as *lengths*, one
for each independent random point: on a sphere angles in radians, in any other space distances in its own unit, whose
``largest`` is then that of the space. A point that is an error has length 0.

``anytime=True`` says that the number of points was not fixed beforehand: somebody looked, and stopped or went on. Its
limits are then taken from a confidence sequence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_sequence, check_single
from ...theory.basics.by_value import ShortRepr, frozen_copy
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.metrics import angle_from_distance, distance_from_angle
from ...theory.basics.validation import FloatArray, as_array, check_flag, check_range, check_real
from ...theory.spaces.even_sphere import even_space
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from ..distances.statistics import DistanceStatistics
from ..models.problem import check_scale
from ..statistics.intervals import check_samples

_LARGEST_ANGLE = float(np.pi)


@dataclass(frozen=True)
class ExactErrorRate:
    """The exact error rate.

    Parameters
    ----------
    rate
        A number in [0, 1] or a LogProbability.
    log_error
        How far the logarithms of the rate and of its complement may be off, as they are computed; a claim that is
        nearer to the rate than this is not decided by it.
    touches
        Whether there are errors though their measure is 0: the logit is 0 somewhere on the outer sphere.

    Examples
    --------
    >>> ExactErrorRate(LogProbability.from_log10(-400)).is_zero, ExactErrorRate(0.0).is_zero
    (False, True)
    """

    rate: LogProbability
    log_error: float = 0.0
    touches: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", LogProbability.of(self.rate))
        check_single("error_rate", self.rate.log)
        check_single("log_error", check_range("log_error", self.log_error, 0.0, np.inf, high_open=True))
        if check_flag("touches", self.touches) and not self.is_zero:
            raise InvalidArgumentError("touches", self.touches, "False where the error rate is above 0")

    @property
    def is_zero(self) -> bool:
        """Whether the errors have measure 0."""
        return float(self.rate.log) == -np.inf


@dataclass(frozen=True)
class ErrorCounts:
    """Number of errors among independent uniform points of the sphere.

    Examples
    --------
    >>> ErrorCounts(errors=3, samples=1000)
    ErrorCounts(errors=3, samples=1000, anytime=False)
    """

    errors: int
    samples: int
    anytime: bool = False

    def __post_init__(self) -> None:
        n = check_samples(self.samples)
        check_flag("anytime", self.anytime)
        if check_samples(self.errors, name="errors", minimum=0) > n:
            raise InvalidArgumentError("errors", self.errors, f"at most the number of samples ({n})")


@dataclass(frozen=True, eq=False)
class ExactDistances(ShortRepr):
    """Certified distances: each true length lies in [lower, upper]; shape (n,) each.

    Examples
    --------
    >>> ExactDistances([0.1, 0.2], [0.1, 0.2]).upper
    array([0.1, 0.2])
    """

    lower: FloatArray
    upper: FloatArray
    anytime: bool = False
    largest: float = _LARGEST_ANGLE

    def __post_init__(self) -> None:
        largest = _check_piece(self)
        low, high = (_check_lengths(name, getattr(self, name), largest) for name in ("lower", "upper"))
        if low.shape != high.shape or np.any(low > high):
            raise InvalidArgumentError("lower", "bounds of the angles", "below the upper bounds, of the same shape")
        object.__setattr__(self, "lower", low)
        object.__setattr__(self, "upper", high)

    @property
    def found_errors(self) -> bool:
        """Errors exist: the distances to them are finite."""
        return True


@dataclass(frozen=True, eq=False)
class SummarisedDistances:
    """Certified distances of any number of points, summed up in constant memory; on a sample of fixed size."""

    statistics: DistanceStatistics
    anytime: ClassVar[bool] = False
    largest: ClassVar[float] = _LARGEST_ANGLE
    found_errors: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.statistics.samples < 1 or self.statistics.no_errors:
            raise InvalidArgumentError("statistics", self.statistics.samples, "of at least one point near an error")


@dataclass(frozen=True, eq=False)
class AttackDistances(ShortRepr):
    """Lengths at which an attack found an error, shape (n,): upper bounds of the true ones.

    Parameters
    ----------
    upper
        Lengths; +inf or NaN where the attack failed. A failed attack enters as the largest possible length: it is
        counted, never dropped.
    succeeded
        Where given, says for each point whether the attack succeeded; the length of a failed one is not looked at.
    no_errors
        How many of the failed attacks returned a point that is no error of the model.
    largest
        The largest possible length: pi, of angles; in other spaces the largest distance, +inf in unbounded ones.

    Examples
    --------
    >>> AttackDistances([0.3, np.inf]).failed
    1
    """

    upper: FloatArray
    succeeded: NDArray[np.bool_] | None = None
    anytime: bool = False
    no_errors: int = 0
    largest: float = _LARGEST_ANGLE

    def __post_init__(self) -> None:
        largest = _check_piece(self)
        check_samples(self.no_errors, name="no_errors", minimum=0)
        given = as_array("upper", self.upper)
        if given.dtype.kind not in "fiub":
            raise InvalidArgumentError("upper", self.upper, "an array of real numbers")
        won = np.isfinite(given) if self.succeeded is None else as_array("succeeded", self.succeeded)
        if won.dtype.kind != "b" or won.shape != given.shape:
            raise InvalidArgumentError("succeeded", won.shape, f"booleans of shape {given.shape}")
        object.__setattr__(self, "upper", _check_lengths("upper", np.where(won, given, largest), largest))
        object.__setattr__(self, "succeeded", frozen_copy(won))

    @property
    def failed(self) -> int:
        """Number of failed attacks."""
        return int(np.count_nonzero(~np.asarray(self.succeeded)))

    @property
    def found_errors(self) -> bool:
        """Whether the attack found any error."""
        return self.failed < len(self.upper)


@dataclass(frozen=True, eq=False)
class LowerCertificates(ShortRepr):
    """Lengths within which no error exists, by proof, shape (n,); 0 where nothing is proved.

    A certificate beyond the largest length (no error anywhere) enters as that.

    Examples
    --------
    >>> LowerCertificates([0.0, 0.1]).lower
    array([0. , 0.1])
    """

    lower: FloatArray
    anytime: bool = False
    largest: float = _LARGEST_ANGLE

    def __post_init__(self) -> None:
        largest = _check_piece(self)
        given = check_real("lower", self.lower)
        object.__setattr__(self, "lower", _check_lengths("lower", np.minimum(given, largest), largest))


@dataclass(frozen=True)
class ProvedMeanDistance:
    """A proved lower bound of the mean distance, >= 0, in the unit and metric of the space.

    Examples
    --------
    >>> ProvedMeanDistance(0.1).at_least
    0.1
    """

    at_least: float

    def __post_init__(self) -> None:
        check_single("at_least", check_range("at_least", self.at_least, 0.0, np.inf, high_open=True))


@dataclass(frozen=True)
class PlannedDistances:
    """Evidence about distances that is still to come: an attack ("above") or certificates ("below").

    It limits nothing, but keeps its share of the error budget for the look at which it comes: the shares must not
    depend on what was seen before.

    Examples
    --------
    >>> PlannedDistances("above").limits_from
    'above'
    """

    limits_from: Literal["above", "below"]


ErrorRateEvidence: TypeAlias = ExactErrorRate | ErrorCounts
DistanceEvidence: TypeAlias = (
    ExactDistances | SummarisedDistances | AttackDistances | LowerCertificates | ProvedMeanDistance | PlannedDistances
)
FromAbove: TypeAlias = ExactDistances | SummarisedDistances | AttackDistances
FromBelow: TypeAlias = ExactDistances | SummarisedDistances | LowerCertificates


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known about the errors in one space.

    Parameters
    ----------
    space
        Where points are random and how distance is measured. A sphere has a radius in [1e-100, 1e100], and other
        spaces have distances of that size, so that their squares are doubles.
    error_rate
        The exact error rate, or a count; None where nothing is known.
    distances
        Any number of pieces of evidence about distances, each from its own or from common points.
    even
        Whether -x is known to be an error where x is one, on a sphere: less is possible then.

    Raises
    ------
    InvalidArgumentError
        Among others where the largest length of a piece of evidence is not that of the space: angles belong to spheres.

    Examples
    --------
    >>> from adversarial_spheres import Sphere
    >>> known = Evidence(Sphere(500), error_rate=ErrorCounts(3, 1000), distances=(AttackDistances([0.1, 0.2]),))
    >>> known.some_errors, known.no_errors, len(known.from_above), len(known.from_below)
    (True, False, 1, 0)
    """

    space: Space
    error_rate: ErrorRateEvidence | None = None
    distances: tuple[DistanceEvidence, ...] = field(default=())
    even: bool = False

    def __post_init__(self) -> None:
        check_scale(self.space)
        check_flag("even", self.even)
        if self.error_rate is not None:
            check_instance("error_rate", self.error_rate, ErrorRateEvidence, "an ExactErrorRate, ErrorCounts or None")
        check_sequence("distances", self.distances, DistanceEvidence, "a tuple of evidence about distances")
        object.__setattr__(self, "distances", tuple(self.distances))
        for piece in self.distances:
            largest = getattr(piece, "largest", self.largest_length)
            if largest != self.largest_length:
                raise InvalidArgumentError("largest", largest, f"{self.largest_length:.6g}, that of the space")

    @property
    def sphere(self) -> Sphere:
        """The space, where it has to be a sphere."""
        if not isinstance(self.space, Sphere):
            raise InvalidArgumentError("space", type(self.space).__name__, "a Sphere")
        return self.space

    @cached_property
    def geometry(self) -> Space:
        """The space whose bounds limit the errors: that of even error sets, where they are even."""
        return even_space(self.sphere.dim, self.sphere.radius, self.sphere.metric) if self.even else self.space

    @property
    def largest_length(self) -> float:
        """The largest length: pi on a sphere, where lengths are angles."""
        return _LARGEST_ANGLE if isinstance(self.space, Sphere) else self.space.largest_distance

    def distance(self, lengths: ArrayLike) -> FloatArray:
        """Lengths as distances of the space."""
        if isinstance(self.space, Sphere):
            return distance_from_angle(lengths, radius=self.space.radius, metric=self.space.metric)
        return np.asarray(lengths, dtype=np.float64)

    def lengths(self, distances: ArrayLike) -> FloatArray:
        """Distances of the space as lengths."""
        if isinstance(self.space, Sphere):
            return angle_from_distance(distances, radius=self.space.radius, metric=self.space.metric, name="epsilon")
        return np.asarray(distances, dtype=np.float64)

    @property
    def no_errors(self) -> bool:
        """Whether it is proved that there is no error, not even one of measure 0."""
        rate = self.error_rate
        return isinstance(rate, ExactErrorRate) and rate.is_zero and not rate.touches

    @property
    def best_rate(self) -> LogProbability | None:
        """The exact error rate, or the share of errors that was counted."""
        rate = self.error_rate
        if rate is None:
            return None
        return rate.rate if isinstance(rate, ExactErrorRate) else LogProbability.of(rate.errors / rate.samples)

    @property
    def some_errors(self) -> bool:
        """Whether an error was seen, or is proved to exist."""
        rate = self.error_rate
        if isinstance(rate, ExactErrorRate) and not self.no_errors:
            return True
        if isinstance(rate, ErrorCounts) and rate.errors > 0:
            return True
        return any(
            isinstance(d, ExactDistances | SummarisedDistances | AttackDistances) and d.found_errors
            for d in self.distances
        )

    @property
    def from_above(self) -> list[FromAbove]:
        """What limits the distances from above, point by point."""
        return [d for d in self.distances if isinstance(d, ExactDistances | SummarisedDistances | AttackDistances)]

    @property
    def from_below(self) -> list[FromBelow]:
        """What limits the distances from below, point by point."""
        return [d for d in self.distances if isinstance(d, ExactDistances | SummarisedDistances | LowerCertificates)]


def _check_piece(piece: ExactDistances | AttackDistances | LowerCertificates) -> float:
    """The largest length, after checking it and whether the number of points was fixed beforehand."""
    check_flag("anytime", piece.anytime)
    return check_single("largest", check_range("largest", piece.largest, 0.0, np.inf, low_open=True))


def _check_lengths(name: str, value: ArrayLike, largest: float) -> FloatArray:
    lengths = check_real(name, value)
    if lengths.ndim != 1 or not len(lengths):
        raise InvalidArgumentError(name, lengths.shape, "lengths of shape (n,), n >= 1")
    # Angles are computed; a double may round pi up by one unit in the last place.
    beyond = ~((lengths >= 0.0) & (lengths <= np.nextafter(largest, np.inf)))
    if np.any(beyond):
        allowed = "in [0, pi]" if largest == _LARGEST_ANGLE else f"in [0, {largest:g}]"
        raise InvalidArgumentError(name, float(lengths[beyond][0]), allowed)
    return np.minimum(lengths, largest)
