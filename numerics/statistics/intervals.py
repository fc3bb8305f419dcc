"""What a finite sample may claim: intervals with a stated confidence, valid for every sample size.

Notation: n samples, confidence 1 - delta, d the ambient dimension, r the radius of the sphere.

References: [CP1934] Clopper and Pearson 1934; [MP2009] Maurer and Pontil 2009, theorem 4; [Led2001] Ledoux 2001,
chapter 5 (Herbst's argument for Lipschitz functions on the sphere).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainccinv, betaincinv

from ...theory.basics.arguments import check_integer, check_single, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, check_number, check_radius, check_range, scalar_if_0d
from ..storage.records import plain
from ..storage.results import Result, at_least, at_most, sure


@dataclass(frozen=True)
class Interval(Result):
    """An interval that holds the true value with at least the stated probability.

    Parameters
    ----------
    low, high
        Its ends; low <= high.
    confidence
        Probability, over the draw of the sample, that the true value lies inside.
    method
        Name of the construction.

    Examples
    --------
    >>> 0.2 in Interval(0.1, 0.3, 0.99, "by hand")
    True
    """

    low: float
    high: float
    confidence: float
    method: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def to_dict(self) -> dict[str, Any]:
        """Keys low, high, confidence, method; an end that is infinite is None."""
        values: dict[str, Any] = plain(asdict(self))
        return values

    def _shown(self) -> dict[str, Any]:
        return {
            "low": at_least(self.low),
            "high": at_most(self.high),
            "confidence": sure(self.confidence),
            "method": self.method,
        }


def check_confidence(confidence: float, *, name: str = "confidence") -> float:
    """Return a confidence level in (0, 1)."""
    return check_single(name, check_range(name, confidence, 0.0, 1.0, low_open=True, high_open=True))


def check_samples(samples: int, *, name: str = "samples", minimum: int = 1) -> int:
    """Return a number of samples, an integer of at least ``minimum`` and at most 2^53: counts must be doubles."""
    return check_integer(name, samples, minimum, 2**53, words=f"[{minimum}, 2^53]")


def clopper_pearson_limits(successes: ArrayLike, samples: ArrayLike, delta: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper confidence limit of a probability, each wrong with probability at most ``delta``.

    The quantiles B(k, n-k+1; delta) and B(k+1, n-k; 1 - delta) of beta distributions [CP1934].

    Parameters
    ----------
    successes, samples
        k and n, arrays with 0 <= k <= n, n > 0 (not checked; k need not be an integer, for projections).
    delta
        In (0, 1).
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(samples, dtype=np.float64)
    none, all_ = k <= 0.0, k >= n
    low = betaincinv(np.where(none, 1.0, k), n - k + 1.0, delta)
    high = betainccinv(k + 1.0, np.where(all_, 1.0, n - k), delta)
    return scalar_if_0d(np.where(none, 0.0, low)), scalar_if_0d(np.where(all_, 1.0, high))


def clopper_pearson_interval(errors: int, samples: int, confidence: float) -> Interval:
    """Two-sided interval for an error rate from ``errors`` among ``samples`` independent points.

    Source: [CP1934]; both limits at half of the error budget. Guarantee: coverage at least ``confidence`` for every
    error rate.

    Examples
    --------
    >>> interval = clopper_pearson_interval(0, 1000, 0.99)
    >>> interval.low, round(interval.high, 5)
    (0.0, 0.00528)
    """
    n = check_samples(samples)
    k = check_samples(errors, name="errors", minimum=0)
    if k > n:
        raise InvalidArgumentError("errors", errors, f"at most the number of samples ({n})")
    level = check_confidence(confidence)
    low, high = clopper_pearson_limits(k, n, (1.0 - level) / 2.0)
    return Interval(float(low), float(high), level, "Clopper-Pearson")


def concentration_width(samples: float, concentration: float, delta: float) -> float:
    """One-sided width sqrt(2 C log(1/delta) / n) for the mean of n true distances in a space of concentration C."""
    return float(np.sqrt(2.0 * concentration * np.log(1.0 / delta) / samples))


def lipschitz_width(samples: float, dim: int, delta: float, *, radius: float = 1.0) -> float:
    """One-sided width r sqrt(2 log(1/delta) / (n (d-1))): see :func:`lipschitz_half_width`."""
    return float(radius * concentration_width(samples * (dim - 1.0), 1.0, delta))


def lipschitz_half_width(samples: int, dim: int, confidence: float, *, radius: float = 1.0) -> float:
    """Half-width r sqrt(2 log(2/delta) / (n (d-1))) of the interval for a mean distance.

    x -> dist(x, E) is 1-Lipschitz in both metrics and the uniform measure of the unit sphere has log-Sobolev
    constant d - 1, so the mean of n independent TRUE distances to any fixed nonempty set E is within this much of
    its expectation with probability 1 - delta [Led2001]. It does not hold for distances found by an attack.

    Examples
    --------
    >>> round(lipschitz_half_width(1000, 500, 1 - 1e-6), 4)
    0.0076
    """
    n, level = check_samples(samples), check_confidence(confidence)
    r = check_single("radius", check_radius(radius))
    return lipschitz_width(n, single_dim(dim), (1.0 - level) / 2.0, radius=r)


def empirical_bernstein_width(variance: float, samples: float, value_range: float, delta: float) -> float:
    """One-sided width: see :func:`empirical_bernstein_half_width`; infinite for a single sample."""
    if samples < 2:
        return float("inf")
    log_term = np.log(2.0 / delta)
    return float(np.sqrt(2.0 * variance * log_term / samples) + 7.0 * value_range * log_term / (3.0 * (samples - 1.0)))


def empirical_bernstein_half_width(variance: float, samples: int, value_range: float, confidence: float) -> float:
    """Half-width of the two-sided empirical-Bernstein interval for the mean of values in an interval.

    sqrt(2 V log(4/delta) / n) + 7 b log(4/delta) / (3 (n-1)), V the sample variance (divisor n - 1), b the length
    of the interval that holds every value. Source: [MP2009], theorem 4, both sides with delta/2 each.

    Examples
    --------
    >>> round(empirical_bernstein_half_width(0.01, 1000, 2.0, 0.99), 4)
    0.0389
    """
    n = check_samples(samples, minimum=2)
    level = check_confidence(confidence)
    v = check_single("variance", check_range("variance", variance, 0.0, np.inf, high_open=True))
    b = check_single("value_range", check_range("value_range", value_range, 0.0, np.inf, high_open=True))
    return empirical_bernstein_width(v, n, b, (1.0 - level) / 2.0)


def one_sided_bernstein_width(spread: float, samples: float, reach: float, delta: float, guess: float) -> float:
    """One-sided width for the mean of values that are known to end on ONE side only: empirical Bernstein.

    (L + n p(t) S) / (n t) with L = log(1/delta), p(t) = (-log(1 - c t) - c t) / c^2, t = 1 / (c + sqrt(n g / (2 L))):
    less than sqrt(2 S L / n) + c L / n where S = g.

    Parameters
    ----------
    spread
        S, mean square of the sample's values about a centre that does not depend on the sample.
    samples
        n.
    reach
        c >= 0, how far beyond the centre a value may lie: below it for a lower limit, above it for an upper one.
    delta
        In (0, 1): probability that the mean lies farther out.
    guess
        g >= 0, of S, which may not depend on the sample; a bad one costs width alone, 0 all of it.

    Notes
    -----
    Proof: docs/theory/samples.md; the fixed-sample form of [HRMS2021], theorem 4.

    Examples
    --------
    >>> width = one_sided_bernstein_width(1e-4, 100_000, 1.0, 1e-3, 1e-4)
    >>> round(width, 5), round(empirical_bernstein_width(1e-4, 100_000, 1.0, 1e-3), 5)
    (0.00018, 0.0003)
    """
    if not guess > 0.0:
        return float("inf")
    log_term = -np.log(delta)
    rate = 1.0 / (reach + np.sqrt(samples * guess / (2.0 * log_term)))
    part = reach * rate
    # The second is larger, and keeps its digits where the difference of the first loses them.
    bend = (-np.log1p(-part) - part) / reach**2 if part > 1e-3 else 0.5 * rate**2 / (1.0 - part)
    return float((log_term / samples + bend * spread) / rate)


def mean_distance_interval(
    mean_low: float,
    mean_high: float,
    variance: float,
    samples: int,
    dim: int,
    confidence: float,
    *,
    radius: float = 1.0,
    largest_distance: float,
) -> Interval:
    """Interval for the mean distance to the nearest error from n true distances.

    The tighter of the Lipschitz and the empirical-Bernstein interval, each at half of the error budget.

    Parameters
    ----------
    mean_low, mean_high
        Sample means of the certified lower and upper bounds of the distances (equal where distances are exact).
    variance
        Sample variance of the distances.
    samples
        Number of independent points, at least 2.
    dim
        Ambient dimension, >= 2.
    confidence
        In (0, 1).
    radius
        Radius of the sphere, the unit of the distances.
    largest_distance
        Largest distance that is possible on the sphere: pi r (geodesic) or 2 r (euclidean).

    Examples
    --------
    >>> found = mean_distance_interval(0.3, 0.3, 0.01, 1000, 500, 0.99, largest_distance=2.0)
    >>> found.method, round(found.low, 4), round(found.high, 4)
    ('Lipschitz', 0.2951, 0.3049)
    """
    low, high = check_number("mean_low", mean_low), check_number("mean_high", mean_high)
    check_range("largest_distance", check_number("largest_distance", largest_distance), 0.0, np.inf)
    half_budget = 1.0 - (1.0 - check_confidence(confidence)) / 2.0
    lipschitz = lipschitz_half_width(samples, dim, half_budget, radius=radius)
    bernstein = empirical_bernstein_half_width(variance, samples, largest_distance, half_budget)
    width, method = min((lipschitz, "Lipschitz"), (bernstein, "empirical Bernstein"))
    return Interval(max(0.0, low - width), min(largest_distance, high + width), confidence, method)


def share_of_budget(confidence: float, checks: int) -> float:
    """Confidence of each of ``checks`` checks, so that together they hold with ``confidence``.

    Examples
    --------
    >>> round(share_of_budget(0.99, 10), 6)
    0.999
    """
    k, budget = check_samples(checks, name="checks"), 1.0 - check_confidence(confidence)
    each = 1.0 - budget / k
    if k * (1.0 - each) > budget * (1.0 + 1e-9):  # next to 1 there are too few doubles: take the next one
        each = float(np.nextafter(each, 1.0))
    return check_confidence(each, name="confidence of each check")
