"""Exact twins of Harper's bound on {0, 1}^n, in integers: the cascade of Kruskal and Katona, one step at a time.

Sizes of sets are integers, so that nothing is rounded. The part of layer k of an initial segment, m points, seen from
the zeros is a first part of the (n - k)-subsets in the order of Kruskal and Katona: with j = n - k the size has one
expansion m = C(a_j, j) + C(a_(j-1), j-1) + ... of falling a_i, and one flip reaches
C(a_j, j-1) + C(a_(j-1), j-2) + ... points of the next layer.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb


def widened(size: int, dim: int, distance: int) -> int:
    """Twin of the neighbourhood: the least number of points within a distance of ``size`` points.

    Examples
    --------
    >>> [widened(size, 4, 1) for size in (1, 2, 5, 6)]
    [5, 8, 11, 13]
    """
    for _ in range(distance):
        size = _one_flip(size, dim)
    return size


def mean_distance(size: int, dim: int) -> Fraction:
    """Twin of the largest mean distance to a set of ``size`` points.

    Examples
    --------
    >>> mean_distance(1, 4)
    Fraction(2, 1)
    """
    total = 0
    while size < 2**dim:
        total += 2**dim - size
        size = _one_flip(size, dim)
    return Fraction(total, 2**dim)


def quantile_distance(share: Fraction, size: int, dim: int) -> int:
    """Twin of the largest quantile: the least distance within which a share lies.

    Examples
    --------
    >>> quantile_distance(Fraction(1, 2), 1, 4)
    2
    """
    distance = 0
    while size < share * 2**dim:
        size, distance = _one_flip(size, dim), distance + 1
    return distance


def _one_flip(size: int, dim: int) -> int:
    if size == 0:
        return 0
    layer, below = 0, 0
    while layer <= dim and below + comb(dim, layer) <= size:
        below += comb(dim, layer)
        layer += 1
    if layer > dim:
        return size
    return below + comb(dim, layer) + _shadow(size - below, dim - layer)


def _shadow(size: int, zeros: int) -> int:
    """Sets with one zero fewer that one flip reaches from the first ``size`` sets of this many zeros."""
    total = 0
    while size > 0 and zeros > 0:
        a = zeros
        while comb(a + 1, zeros) <= size:
            a += 1
        total += comb(a, zeros - 1)
        size, zeros = size - comb(a, zeros), zeros - 1
    return total
