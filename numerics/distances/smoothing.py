r"""Randomised smoothing: evidence from noisy copies of a data point about ANOTHER classifier than the one counted.

Let f be the classifier whose errors were counted in Gaussian noise of standard deviation s. The smoothed classifier
gives a point the label that f gives most of its noisy copies. Where a share of at most mu < 1/2 of the copies of x has
another label, at most Phi(Phi^-1(mu) + t/s) of those of a point at distance t has [CRK2019], theorem 1: the smoothed
classifier keeps the label within s Phi^-1(1 - mu) of x. Of f itself nothing follows: f may err right beside x.

What is promised, and what is not. The theorem is about real numbers: f a function of real points, the noise normal,
the sum exact. The numbers that are computed here are rounded to the safe side, by more than their error: the error rate
up, the distance down (certificates that were not have been broken [JOR2024]). Noise in floating point is another
matter: its sums with two points are different sets of numbers, and a classifier that looks at last digits can tell
them apart, for which the distance is wrong [VH2023]. So it holds for an f whose answers the rounding of its inputs does
not steer; one that is made to look at it is not excluded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.normal_tail import normal_score
from ...theory.basics.validation import FloatArray, scalar_if_0d
from ...theory.spaces.gaussian import Gaussian

__all__ = ["smoothed_distance_bound"]

_ROUNDING = 1e-10
"""More than the relative error of a limit of an error rate, and of a quantile of the normal law."""


def smoothed_distance_bound(space: Gaussian, error_rate: ArrayLike) -> FloatArray:
    r"""Distance from the centre within which the SMOOTHED classifier does not err: :math:`\sigma \Phi^{-1}(1 - \mu)`.

    Source: [CRK2019], theorem 1; what it holds for, and how it is rounded: the top of the module.

    Parameters
    ----------
    space
        Gaussian noise about the centre, of norm 2.
    error_rate
        An upper limit of the error rate in that noise, in [0, 1]: the upper end of the interval of
        :func:`~.error_rates.counting.count_errors`, say [CP1934].

    Returns
    -------
    ndarray
        **Guarantee**: a lower bound on the Euclidean distance to the nearest error of the smoothed classifier, no
        statement about the classifier itself; 0 where nothing is known, from an error rate of 1/2 on; +inf at 0. With
        the interval of a count it holds at the confidence of that interval.

    Raises
    ------
    InvalidArgumentError
        Another space, or a bad error rate.

    Examples
    --------
    >>> from adversarial_spheres import around, count_errors
    >>> problem = around(lambda points: points, [3.0, 0.0], label=0, noise=1.0)  # an error is x < y, 2.1213 away
    >>> counted = count_errors(problem, samples=10_000, seed=0)
    >>> round(float(smoothed_distance_bound(problem.space, counted.interval.high)), 2)
    2.05
    """
    if not isinstance(space, Gaussian) or space.norm != 2.0:
        raise InvalidArgumentError("space", space, "Gaussian noise whose distances are Euclidean: norm 2")
    rate = np.asarray(LogProbability.of(error_rate).probability)
    score = normal_score(LogProbability.of(np.minimum(rate * (1.0 + _ROUNDING), 1.0)))
    return scalar_if_0d(space.sigma * np.maximum(score, 0.0) * (1.0 - _ROUNDING))
