r"""A proved lower bound of the mean distance from normal points to where a quadratic function is at least 0.

Any multiplier m proves dist(x)^2 >= d_m(x), with d_m(x) = m B - m^2 sum (g_i/2)^2/D_i of :mod:`.quadric`, which is
itself a quadratic function of the point x: in the eigenbasis

    d_m(x) = -m [ sum (l_i x_i^2 + b_i x_i)/D_i + c + m sum b_i^2/(4 D_i) ],    D_i = 1 - m l_i > 0.

So P(dist > r) >= P(d_m > r^2), a tail that is known exactly, for whatever m; and the mean, the integral of P(dist > r),
is at least the sum of (r_k - r_(k-1)) P(dist > r_k) over any grid. Grid and multipliers are read off given points: they
make the bound good, nothing else. For a linear function the best m at r makes each of the tails exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_instance
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.validation import FloatArray, check_finite
from ..quadratic.function import QuadraticFunction
from .quadric import multipliers

__all__ = ["dual_function", "mean_positive_distance_lower_bound"]

_LEVELS = 40


def mean_positive_distance_lower_bound(
    function: QuadraticFunction, normal: ArrayLike, factor: ArrayLike = 1.0
) -> float:
    """A number that the mean Euclidean distance from normal points to {q >= 0} is not below; points inside count as 0.

    Parameters
    ----------
    function
        q, of the points x.
    normal
        Points g that are typical of standard normal ones, shape (n, dim): a thousand random ones, say. Whatever they
        are, the bound is proved.
    factor
        L: the points are L g, g standard normal; as for :meth:`~.quadratic.function.QuadraticFunction.image`.

    Returns
    -------
    float
        Guarantee: lower bound, proved, roundings included. +inf where it is proved that q is nowhere positive. A few
        percent below the mean where ``normal`` is typical, as the grid has 40 steps; 0 where no tail could be computed
        to its accuracy.

    Raises
    ------
    InvalidArgumentError
        A factor or points that do not fit.

    Examples
    --------
    >>> plane = QuadraticFunction([0.0, 0.0], [1.0, 0.0], -2.0)  # x >= 2: the mean of (2 - x)+ is 2.00849
    >>> typical = np.random.default_rng(0).standard_normal((1000, 2))
    >>> round(mean_positive_distance_lower_bound(plane, typical), 2)
    1.95
    """
    check_instance("function", function, QuadraticFunction, "a QuadraticFunction")
    function.image(factor)  # refuses a factor that does not fit
    g = check_finite("normal", normal)
    if g.ndim != 2 or g.shape[1] != function.dim or not len(g):
        raise InvalidArgumentError("normal", g.shape, f"of shape (n, {function.dim})")
    if function.is_never_positive:
        return np.inf
    function = function.balanced
    distance, m = multipliers(g @ _full(factor, function.dim).T, function)
    order = np.argsort(distance)
    distance, m = distance[order], m[order]
    ranks, width = np.unique(np.linspace(0, len(g) - 1, _LEVELS + 1).astype(int)), max(len(g) // _LEVELS, 1)
    levels = ranks[(distance[ranks] > 0.0) & np.isfinite(distance[ranks])]
    total, last = 0.0, 0.0
    for rank in levels:
        near, reach = m[max(0, rank - width) : rank + width], float(distance[rank])
        total += (reach - last) * _least_share(function, factor, float(np.median(near[near > 0.0])), reach)
        last = reach
    return total * (1.0 - 1e-12)


def _full(factor: ArrayLike, dim: int) -> FloatArray:
    f = np.asarray(factor, dtype=np.float64)
    return f if f.ndim == 2 else np.diag(np.broadcast_to(f, (dim,)))


def _least_share(function: QuadraticFunction, factor: ArrayLike, m: float, reach: float) -> float:
    """Lower bound of P(dist > reach), by one multiplier."""
    try:
        return dual_function(function, m, reach).image(factor).positive_at_least
    except AccuracyError:
        return 0.0


def dual_function(function: QuadraticFunction, m: float, reach: float) -> QuadraticFunction:
    """d_m - reach^2: where it is positive, the distance is above ``reach``; what rounding moved q by is in its sizes.

    Examples
    --------
    >>> plane = QuadraticFunction([0.0, 0.0], [1.0, 0.0], -2.0)
    >>> dual_function(plane, 2.0, 1.0).values([[1.0, 0.0], [0.0, 0.0]]).tolist()  # (2 - x) m - m^2/4 - 1
    [0.0, 2.0]
    """
    lam, basis, b = function.spectrum
    d = 1.0 - m * lam
    diagonal, slope = -m * lam / d, -m * b / d
    level = -m * (function.constant + 0.25 * m * float(np.sum(b * b / d))) - reach * reach
    matrix = diagonal if basis is None else (basis * diagonal) @ basis.T
    linear = slope if basis is None else basis @ slope
    s2, s1, s0 = function.sizes or (0.0, 0.0, 0.0)
    own = float(np.linalg.norm(diagonal)), float(np.linalg.norm(slope)), abs(level) + 2.0 * reach * reach
    meant = 2.0 * m * s2, m * s1, m * (s0 + s1 * reach + 2.0 * s2 * reach * reach)
    return QuadraticFunction(matrix, linear, level, tuple(x + y for x, y in zip(own, meant, strict=True)))  # type: ignore[arg-type]
