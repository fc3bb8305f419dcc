r"""From the errors near random points to the data point itself: what is proved, and what is an estimate.

Random points lie about a centre x, on a sphere of radius r or in Gaussian noise of standard deviation s, and a share mu
of them are errors. The bounds of the space are about THEM. Of the centre less is known:

- proved: its nearest error is at most s chi away, chi the value that the norm of n normal numbers exceeds with
  probability mu, about s sqrt(n) (were all errors farther away, fewer points would be errors), and at most r;
- an estimate: -s Phi^-1(mu), the distance from x to a half-space that such a share of the noise falls into, exact where
  the boundary of the errors is flat [FGCC2019]; on the sphere the height of the cap of measure mu, times r.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.normal_tail import normal_score
from ...theory.basics.validation import FloatArray, scalar_if_0d
from ...theory.caps.cap import cap_of_measure
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere

_SCIPY_DIM, _SCIPY_ERROR = 10**6, 3e-6
"""Beyond that dimension SciPy's quantiles of chi^2 were seen to miss by up to 2.7e-6."""


def half_space_distance(space: Space, error_rate: ArrayLike | LogProbability) -> FloatArray:
    """Distance from the centre to the half-space that holds such a share of the random points.

    Parameters
    ----------
    space
        A sphere, or Gaussian noise of norm 2; the centre is its origin.
    error_rate
        In [0, 1], or a LogProbability.

    Returns
    -------
    ndarray
        **Guarantee**: an estimate of the Euclidean distance from the centre to the nearest error, exact where the
        errors are a half-space; 0 from an error rate of 1/2 on, +inf at error rate 0.

    Raises
    ------
    InvalidArgumentError
        Another space, or a bad error rate.

    Examples
    --------
    >>> round(float(half_space_distance(Gaussian(784, 0.1), 0.01)), 6)
    0.232635
    >>> round(float(half_space_distance(Sphere(784, 2.8), 0.01)), 6)  # noise of that norm, nearly the same
    0.232456
    """
    rate = LogProbability.of(error_rate)
    about = _about_a_centre(space)
    if isinstance(about, Gaussian):
        return scalar_if_0d(about.sigma * np.maximum(normal_score(rate), 0.0))
    empty = np.isneginf(rate.log)
    cap = cap_of_measure(LogProbability(np.where(empty, 0.0, rate.log), rate.log_complement), about.dim)
    return scalar_if_0d(np.where(empty, np.inf, about.radius * np.maximum(cap.height, 0.0)))


def centre_distance_bound(space: Space, error_rate: ArrayLike) -> FloatArray:
    """Largest distance from the centre to the nearest error at an error rate of the random points about it.

    Parameters
    ----------
    space
        A sphere, or Gaussian noise of norm 2; the centre is its origin.
    error_rate
        In [0, 1].

    Returns
    -------
    ndarray
        **Guarantee**: an upper bound on the Euclidean distance for any classifier, to a relative error of 1e-10 (in
        more than 10^6 dimensions of 6e-6, upwards), attained where the errors are all points outside of a ball; +inf at
        error rate 0.

    Raises
    ------
    InvalidArgumentError
        Another space, or a bad error rate.

    Examples
    --------
    >>> round(float(centre_distance_bound(Gaussian(784, 0.1), 0.01)), 6)
    2.964876
    >>> float(centre_distance_bound(Sphere(784, 2.8), 0.01))
    2.8
    """
    rate = np.asarray(LogProbability.of(error_rate).probability)
    about = _about_a_centre(space)
    if isinstance(about, Sphere):
        return scalar_if_0d(np.where(rate > 0.0, about.radius, np.inf))
    with np.errstate(divide="ignore"):
        chi = np.sqrt(special.chdtri(about.dim, rate)) * (1.0 if about.dim <= _SCIPY_DIM else 1.0 + _SCIPY_ERROR)
    return scalar_if_0d(np.where(rate > 0.0, about.sigma * chi, np.inf))


def _about_a_centre(space: Space) -> Sphere | Gaussian:
    if isinstance(space, Gaussian) and space.norm != 2.0:
        raise InvalidArgumentError("space", f"norm {space.norm}", "noise whose distances are Euclidean: norm 2")
    if isinstance(space, Sphere | Gaussian):
        return space
    raise InvalidArgumentError("space", space, "a Sphere or Gaussian")
