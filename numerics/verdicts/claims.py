"""Claims as values: a quantity, a direction and a number; and what a user claims of a classifier at once."""

from __future__ import annotations

from dataclasses import dataclass

from ...theory.basics.arguments import check_instance, check_word
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import check_flag
from .quantities import (
    AttackedMean,
    ErrorRate,
    MeanDistance,
    NearErrors,
    Perfection,
    QuantileDistance,
    RobustAccuracy,
    Tightness,
)
from .quantity import Quantity, Relation


@dataclass(frozen=True)
class Claim:
    """ "This quantity is at least this number" (or at most).

    Parameters
    ----------
    quantity
        What is claimed about; see :mod:`~.verdicts.quantities`.
    relation
        "at least" or "at most".
    number
        The claimed number; a LogProbability where the quantity is an error rate too small for a double.

    Raises
    ------
    InvalidArgumentError
        A number that the quantity cannot have, or another relation.

    Examples
    --------
    >>> Claim(MeanDistance(), "at least", 0.2).in_words("euclidean")
    'the mean euclidean distance to the nearest error is at least 0.2'
    """

    quantity: Quantity
    relation: Relation
    number: float | LogProbability

    def __post_init__(self) -> None:
        check_instance("quantity", self.quantity, Quantity, "a quantity: MeanDistance(), say")
        check_word("relation", self.relation, ("at least", "at most"))
        self.quantity.check(self.number)

    @property
    def key(self) -> str:
        """Short and stable, for scripts."""
        return self.quantity.key

    @property
    def threshold(self) -> float:
        """The claimed number on the scale on which limits are compared: of error rates the natural logarithm."""
        return self.quantity.scale(self.number)

    @property
    def claimed(self) -> float | None:
        """The claimed number, where there was a choice."""
        return float(self.number) if self.quantity.own_number is None else None

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return self.quantity.claim(self.relation, self.threshold, metric)


def ErrorRateClaim(error_rate: float | LogProbability, relation: Relation = "at most") -> Claim:  # noqa: N802
    """ "The error rate is at most this" (or at least): a number in [0, 1] or a LogProbability.

    Examples
    --------
    >>> ErrorRateClaim(1e-6, "at least").in_words("euclidean")
    'the error rate is at least 1e-06'
    >>> ErrorRateClaim(LogProbability.from_log10(-400)).in_words("euclidean")
    'the error rate is at most 10^-400'
    """
    return Claim(ErrorRate(), relation, error_rate)


def PerfectionClaim() -> Claim:  # noqa: N802
    """ "There is no error at all".

    Examples
    --------
    >>> PerfectionClaim().in_words("euclidean")
    'there is no error'
    """
    return Claim(Perfection(), "at most", 0.0)


def MeanDistanceClaim(distance: float, relation: Relation = "at least") -> Claim:  # noqa: N802
    """ "The mean distance to the nearest error is at least this" (or at most): finite, >= 0.

    Examples
    --------
    >>> MeanDistanceClaim(0.2).in_words("euclidean")
    'the mean euclidean distance to the nearest error is at least 0.2'
    """
    return Claim(MeanDistance(), relation, distance)


def QuantileDistanceClaim(quantile: float, distance: float, relation: Relation = "at least") -> Claim:  # noqa: N802
    """ "The quantile of the distance to the nearest error is at least this" (or at most).

    Parameters
    ----------
    quantile
        In (0, 1); 0.5 is the median.
    distance
        Finite, >= 0.

    Examples
    --------
    >>> QuantileDistanceClaim(0.5, 0.2, "at most").in_words("geodesic")
    'the 0.5-quantile of the geodesic distance to the nearest error is at most 0.2'
    """
    return Claim(QuantileDistance(quantile), relation, distance)


def RobustAccuracyClaim(accuracy: float, epsilon: float, relation: Relation = "at least") -> Claim:  # noqa: N802
    """ "At least this share of the points has no error within epsilon" (or at most); share in [0, 1], epsilon >= 0.

    Examples
    --------
    >>> RobustAccuracyClaim(0.9, 0.1).in_words("euclidean")
    'the accuracy robust to euclidean distance 0.1 is at least 0.9'
    """
    return Claim(RobustAccuracy(epsilon), relation, accuracy)


def NearErrorsClaim(share: float, epsilon: float, relation: Relation = "at least") -> Claim:  # noqa: N802
    """ "At least this share of the points has an error within epsilon" (or at most): 1 minus the robust accuracy.

    Examples
    --------
    >>> NearErrorsClaim(0.9, 0.1).in_words("euclidean")
    'the share of points within euclidean distance 0.1 of an error is at least 0.9'
    """
    return Claim(NearErrors(epsilon), relation, share)


def TightnessClaim(share: float, relation: Relation = "at least") -> Claim:  # noqa: N802
    """ "The mean distance is at least this share of the isoperimetric bound at the classifier's error rate".

    Any finite number >= 0; more than 1 is impossible, and refuted.

    Examples
    --------
    >>> TightnessClaim(0.8).in_words("euclidean")
    'the mean euclidean distance is at least 0.8 times the isoperimetric bound'
    """
    return Claim(Tightness(), relation, share)


def AttackClaim() -> Claim:  # noqa: N802
    """ "The mean distance that the attack found is possible at all": at most the isoperimetric bound.

    Examples
    --------
    >>> AttackClaim().in_words("geodesic")
    'the mean geodesic distance that the attack found is at most the isoperimetric bound'
    """
    return Claim(AttackedMean(), "at most", 1.0)


@dataclass(frozen=True)
class Claims:
    """What a user claims of a classifier, on each sphere; None where nothing is claimed.

    Parameters
    ----------
    error_rate
        "The error rate is at most this", in [0, 1].
    mean_distance
        "The mean distance to the nearest error is at least this", in the unit of the radii.
    robust_accuracy, epsilon
        "At least this share of the points has no error within epsilon" (both or none).
    quantile, quantile_distance
        "This quantile of the distance to the nearest error is at least this" (both or none).
    tightness
        "The mean distance is at least this share of the isoperimetric bound".
    perfect
        "There is no error at all".

    Raises
    ------
    InvalidArgumentError
        A number that no classifier could be said to have (a negative distance, an error rate above 1, NaN), or half
        of a pair; the message calls the field by its option, ``claim_mean_distance``.

    Examples
    --------
    >>> [claim.in_words("euclidean") for claim in Claims(error_rate=1e-6, perfect=True).values()]
    ['there is no error', 'the error rate is at most 1e-06']
    """

    error_rate: float | LogProbability | None = None
    mean_distance: float | None = None
    robust_accuracy: float | None = None
    epsilon: float | None = None
    quantile: float | None = None
    quantile_distance: float | None = None
    tightness: float | None = None
    perfect: bool = False

    def __post_init__(self) -> None:
        _check_pair("claim_robust_accuracy", self.robust_accuracy, "epsilon", self.epsilon)
        _check_pair("claim_quantile", self.quantile, "claim_quantile_distance", self.quantile_distance)
        check_flag("claim_perfect", self.perfect)
        self.values()

    def values(self) -> list[Claim]:
        """The claims, one by one."""
        found: list[Claim] = []
        if self.perfect:
            found.append(PerfectionClaim())
        if self.error_rate is not None:
            found.append(ErrorRateClaim(self.error_rate))
        if self.mean_distance is not None:
            found.append(MeanDistanceClaim(self.mean_distance))
        if self.quantile is not None and self.quantile_distance is not None:
            found.append(QuantileDistanceClaim(self.quantile, self.quantile_distance))
        if self.robust_accuracy is not None and self.epsilon is not None:
            found.append(RobustAccuracyClaim(self.robust_accuracy, self.epsilon))
        if self.tightness is not None:
            found.append(TightnessClaim(self.tightness))
        return found


def _check_pair(first: str, value: float | None, second: str, other: float | None) -> None:
    if (value is None) != (other is None):
        missing = first if value is None else second
        raise InvalidArgumentError(missing, None, f"given, as {second if value is None else first} is")
