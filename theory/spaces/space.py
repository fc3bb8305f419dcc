"""A space: where points are random and how distance is measured, with the bound that holds for every classifier there.

One fact carries all: if for every set of measure mu the measure of its t-neighbourhood is at least N(mu, t), then the
distance of a random point to ANY set of errors of rate mu is at most, in law, the distance whose survival function is
1 - N(mu, t). Its mean, its quantiles and the robust accuracy bound those of every classifier; the bound on the mean,
inverted, gives the largest error rate at a mean distance. A space knows N, and whether some set attains it.

At error rate 0 there is no error to be near: bounds of distances are +inf; at error rate 1 they are 0. Points that are
errors themselves count as distance 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, check_range, scalar_if_0d


class Space(ABC):
    """Random points, a distance, and the largest distances to errors that any classifier can have.

    Attributes
    ----------
    dim
        Number of coordinates of a point.
    sharp
        Whether some set of every error rate attains the bounds.
    assumption
        What must hold for the bounds to, in words.
    sources
        Keys of the bibliography.

    Examples
    --------
    >>> from adversarial_spheres.theory.spaces.gaussian import Gaussian
    >>> noise = Gaussian(784, 0.1)
    >>> round(float(noise.mean_distance_bound(0.003)), 4)
    0.2749
    >>> round(float(noise.max_error_rate(0.3).log10), 4)
    -2.8692
    """

    dim: int
    sharp: ClassVar[bool]
    assumption: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def concentration(self) -> float:
        """C such that the mean of n independent distances is within sqrt(2 C log(2/delta) / n) of its expectation.

        With probability 1 - delta, for true distances to any fixed set: a distance is 1-Lipschitz [Led2001].
        """

    @property
    @abstractmethod
    def largest_distance(self) -> float:
        """No two points are farther apart; +inf in unbounded spaces."""

    @property
    def largest_mean_distance(self) -> float:
        """No set of points, not even a single one, is farther away on average; :meth:`max_error_rate` takes it."""
        return self.largest_distance

    @property
    def metric(self) -> str:
        """How distance is measured, in a word."""
        return "euclidean"

    @abstractmethod
    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """Least measure of the points within a distance of an error set.

        Parameters
        ----------
        error_rate
            Measure of the set, in [0, 1], or a LogProbability; broadcasts against ``distance``.
        distance
            At least 0, +inf included, in the unit of the space.

        Returns
        -------
        LogProbability
            Lower bound for every set, attained where the space is ``sharp``; 0 at error rate 0.

        Raises
        ------
        InvalidArgumentError
            A bad error rate, or a negative distance.
        """

    @abstractmethod
    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """Natural logarithm of :meth:`mean_distance_bound`, for rates so close to 1 that the bound underflows."""

    @abstractmethod
    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """Largest quantile of the distance to the nearest error at an error rate.

        Parameters
        ----------
        quantile
            Levels in [0, 1], or a LogProbability; 0.5 for the median. Broadcasts against ``error_rate``.
        error_rate
            In [0, 1], or a LogProbability.

        Returns
        -------
        ndarray
            Upper bound for any classifier; 0 where the quantile is at most the error rate, +inf at error rate 0.
        """

    @abstractmethod
    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """Largest error rate that is compatible with a mean distance: the bound on the mean, inverted.

        Parameters
        ----------
        mean_distance
            At least 0, and at most what the space allows.

        Returns
        -------
        LogProbability
            Upper bound for any classifier; 1 at distance 0.

        Raises
        ------
        InvalidArgumentError
            A distance that is negative or too large for any nonempty set.
        """

    def mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """Largest mean distance to the nearest error that any classifier with this error rate can have.

        Parameters
        ----------
        error_rate
            In [0, 1], or a LogProbability.

        Returns
        -------
        ndarray
            Upper bound, in the unit of the space; +inf at error rate 0, 0 at error rate 1.
        """
        return scalar_if_0d(np.exp(self.log_mean_distance_bound(error_rate)))

    def max_robust_accuracy(self, error_rate: ArrayLike | LogProbability, epsilon: ArrayLike) -> LogProbability:
        """Largest share of points without an error within ``epsilon``, at an error rate.

        Parameters
        ----------
        error_rate
            In [0, 1], or a LogProbability; broadcasts against ``epsilon``.
        epsilon
            Size of the perturbation, at least 0, in the unit of the space.

        Returns
        -------
        LogProbability
            Upper bound for any classifier; 1 at error rate 0.
        """
        return self.neighbourhood(error_rate, check_range("epsilon", epsilon, 0.0, np.inf)).complement
