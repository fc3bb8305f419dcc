"""Claims about the errors of a classifier on one sphere, as values: a quantity, a direction and a number.

What decides a claim is in :mod:`adversarial_spheres.numerics.verdicts.evidence`, how in
:mod:`~.verdicts.engine`. Distances are to the nearest error, in the unit of the radius and in the
metric of the evidence; a point that is an error counts as distance 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from ...theory.basics.arguments import check_flag, check_single, check_word
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import check_range

Relation: TypeAlias = Literal["at least", "at most"]


def check_relation(relation: str) -> None:
    """Refuse another relation than "at least" and "at most"."""
    check_word("relation", relation, ("at least", "at most"))


@dataclass(frozen=True)
class ErrorRateClaim:
    """ "The error rate is at most this" (or at least): a number in [0, 1] or a LogProbability.

    Examples
    --------
    >>> ErrorRateClaim(1e-6, "at least").in_words("euclidean")
    'the error rate is at least 1e-06'
    >>> ErrorRateClaim(LogProbability.from_log10(-400)).in_words("euclidean")
    'the error rate is at most 10^-400'
    """

    error_rate: float | LogProbability
    relation: Relation = "at most"
    key: ClassVar[str] = "error_rate"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_relation(self.relation)
        rate = LogProbability.of(self.error_rate, name="claim_error_rate")
        check_single("claim_error_rate", rate.log)

    @property
    def threshold(self) -> float:
        """Natural logarithm of the claimed error rate: the scale on which limits are compared."""
        return float(LogProbability.of(self.error_rate).log)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return "the error rate"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {probability_words(self.threshold)}"


@dataclass(frozen=True)
class PerfectionClaim:
    """ "There is no error at all".

    Examples
    --------
    >>> PerfectionClaim().in_words("euclidean")
    'there is no error'
    """

    relation: ClassVar[Relation] = "at most"
    key: ClassVar[str] = "perfection"
    unit: ClassVar[str] = ""
    threshold: ClassVar[float] = -float("inf")

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return "the error rate"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return "there is no error"


@dataclass(frozen=True)
class MeanDistanceClaim:
    """ "The mean distance to the nearest error is at least this" (or at most): finite, >= 0.

    Examples
    --------
    >>> MeanDistanceClaim(0.2).in_words("euclidean")
    'the mean euclidean distance to the nearest error is at least 0.2'
    """

    distance: float
    relation: Relation = "at least"
    key: ClassVar[str] = "mean_distance"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_relation(self.relation)
        _check_distance("claim_mean_distance", self.distance)

    @property
    def threshold(self) -> float:
        """The claimed distance."""
        return float(self.distance)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the mean {metric} distance to the nearest error"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {self.distance:.6g}"


@dataclass(frozen=True)
class QuantileDistanceClaim:
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

    quantile: float
    distance: float
    relation: Relation = "at least"
    key: ClassVar[str] = "quantile_distance"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_relation(self.relation)
        check_single(
            "claim_quantile", check_range("claim_quantile", self.quantile, 0.0, 1.0, low_open=True, high_open=True)
        )
        _check_distance("claim_quantile_distance", self.distance)

    @property
    def threshold(self) -> float:
        """The claimed distance."""
        return float(self.distance)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the {self.quantile:g}-quantile of the {metric} distance to the nearest error"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {self.distance:.6g}"


@dataclass(frozen=True)
class RobustAccuracyClaim:
    """ "At least this share of the points has no error within epsilon" (or at most); share in [0, 1], epsilon >= 0.

    Examples
    --------
    >>> RobustAccuracyClaim(0.9, 0.1).in_words("euclidean")
    'the accuracy robust to euclidean distance 0.1 is at least 0.9'
    """

    accuracy: float
    epsilon: float
    relation: Relation = "at least"
    key: ClassVar[str] = "robust_accuracy"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_relation(self.relation)
        _check_share("claim_robust_accuracy", self.accuracy)
        _check_distance("epsilon", self.epsilon)

    @property
    def threshold(self) -> float:
        """The claimed share."""
        return float(self.accuracy)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the accuracy robust to {metric} distance {self.epsilon:.6g}"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {self.accuracy:.6g}"


@dataclass(frozen=True)
class NearErrorsClaim:
    """ "At least this share of the points has an error within epsilon" (or at most): 1 minus the robust accuracy.

    Examples
    --------
    >>> NearErrorsClaim(0.9, 0.1).in_words("euclidean")
    'the share of points within euclidean distance 0.1 of an error is at least 0.9'
    """

    share: float
    epsilon: float
    relation: Relation = "at least"
    key: ClassVar[str] = "share_within_epsilon"
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_relation(self.relation)
        _check_share("claim_share", self.share)
        _check_distance("epsilon", self.epsilon)

    @property
    def threshold(self) -> float:
        """The claimed share."""
        return float(self.share)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the share of points within {metric} distance {self.epsilon:.6g} of an error"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {self.share:.6g}"


@dataclass(frozen=True)
class TightnessClaim:
    """ "The mean distance is at least this share of the isoperimetric bound at the classifier's error rate".

    Any finite number >= 0; more than 1 is impossible, and refuted.

    Examples
    --------
    >>> TightnessClaim(0.8).in_words("euclidean")
    'the mean euclidean distance is at least 0.8 times the isoperimetric bound'
    """

    share: float
    relation: Relation = "at least"
    key: ClassVar[str] = "tightness"
    unit: ClassVar[str] = " times the isoperimetric bound"

    def __post_init__(self) -> None:
        check_relation(self.relation)
        _check_distance("claim_tightness", self.share)

    @property
    def threshold(self) -> float:
        """The claimed share."""
        return float(self.share)

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the mean {metric} distance"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is {self.relation} {self.share:.6g}{self.unit}"


@dataclass(frozen=True)
class AttackClaim:
    """ "The mean distance that the attack found is possible at all": at most the isoperimetric bound.

    No set of errors is farther away, so that a longer mean proves the attack too weak; it says nothing against the
    theorem, nor about the classifier.

    Examples
    --------
    >>> AttackClaim().in_words("geodesic")
    'the mean geodesic distance that the attack found is at most the isoperimetric bound'
    """

    relation: ClassVar[Relation] = "at most"
    key: ClassVar[str] = "attack"
    unit: ClassVar[str] = " times the isoperimetric bound"
    threshold: ClassVar[float] = 1.0

    def quantity(self, metric: str) -> str:
        """What the claim is about, in words."""
        return f"the mean {metric} distance that the attack found"

    def in_words(self, metric: str) -> str:
        """The claim in words; ``metric`` is that of distances."""
        return f"{self.quantity(metric)} is at most the isoperimetric bound"


Claim: TypeAlias = (
    ErrorRateClaim
    | PerfectionClaim
    | MeanDistanceClaim
    | QuantileDistanceClaim
    | RobustAccuracyClaim
    | NearErrorsClaim
    | TightnessClaim
    | AttackClaim
)


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


def probability_words(log_probability: float) -> str:
    """A probability for people: 0, a plain number, or a power of ten where a double cannot carry it."""
    if log_probability == -float("inf"):
        return "0"
    log10 = float(LogProbability.from_log(log_probability).log10)
    return f"{10.0**log10:.6g}" if log10 > -300.0 else f"10^{log10:.6g}"


def _check_distance(name: str, value: float) -> None:
    check_single(name, check_range(name, value, 0.0, float("inf"), high_open=True))


def _check_share(name: str, value: float) -> None:
    check_single(name, check_range(name, value, 0.0, 1.0))


def _check_pair(first: str, value: float | None, second: str, other: float | None) -> None:
    if (value is None) != (other is None):
        missing = first if value is None else second
        raise InvalidArgumentError(missing, None, f"given, as {second if value is None else first} is")
