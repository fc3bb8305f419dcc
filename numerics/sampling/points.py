"""The two concentric spheres: seeded generators and uniform points.

The inner sphere has radius 1 (label 0), the outer one radius R > 1 (label 1), both labels are equally likely, and a
point is a standard normal vector divided by its norm, times its radius ([Gil2018], section 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...theory.basics.arguments import RealArray, check_dtype, check_integer, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_outer_radius

_CACHED_NUMBERS = 32768


def block_generator(seed: int, *key: int) -> np.random.Generator:
    """Random generator of one block of work: the same (seed, key) gives the same numbers on every machine.

    Parameters
    ----------
    seed
        Integer in [0, 2^128).
    key
        Integers in [0, 2^32) that name the block, for example (purpose, block index). Generators of different keys,
        or of keys of different length, are independent streams.

    Returns
    -------
    numpy.random.Generator
        PCG64DXSM seeded by ``SeedSequence(seed, spawn_key=key)``.

    Raises
    ------
    InvalidArgumentError
        Seed or key is not an integer in its range.

    Notes
    -----
    Whatever is computed block by block depends neither on the order of the blocks nor on the number of workers, and
    a resumed computation needs no state of a generator.

    Examples
    --------
    >>> first = block_generator(7, 0, 3).standard_normal()
    >>> bool(first == block_generator(7, 0, 3).standard_normal())
    True
    """
    entropy = check_seed(seed)
    # A key word of 2^32 or more would be split in two and could equal another, longer key.
    spawn_key = tuple(check_integer("key", part, 0, 2**32 - 1, "[0, 2^32)") for part in key)
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy, spawn_key=spawn_key)))


def check_seed(seed: int) -> int:
    """Return a seed, an integer in [0, 2^128)."""
    return check_integer("seed", seed, 0, 2**128 - 1, "[0, 2^128)")


def sample_unit_vectors(count: int, dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> RealArray:
    """Draw independent points, uniform on the unit sphere of R^dim.

    Parameters
    ----------
    count
        Number of points, >= 0.
    dim
        Ambient dimension, >= 2.
    rng
        Generator; it is advanced.
    dtype
        float64 or float32 (drawn in that precision, about twice as fast in the second).

    Returns
    -------
    ndarray, shape (count, dim)
        Norm 1 up to rounding: within 2 units in the last place of ``dtype`` for each coordinate.

    Raises
    ------
    InvalidArgumentError
        ``count`` is negative, ``dim`` below 2, or ``dtype`` another one.

    Examples
    --------
    >>> points = sample_unit_vectors(3, 500, block_generator(0))
    >>> bool(np.allclose(np.linalg.norm(points, axis=1), 1.0, rtol=0.0, atol=1e-15))
    True
    """
    points, norms = _normal_vectors(count, dim, rng, dtype)
    points /= norms[:, None].astype(points.dtype)
    return points


def sample_two_spheres(
    count: int,
    dim: int,
    outer_radius: float,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> tuple[RealArray, NDArray[np.bool_]]:
    """Draw labelled points of the two spheres, both labels equally likely.

    Parameters
    ----------
    count
        Number of points, >= 0.
    dim
        Ambient dimension, >= 2.
    outer_radius
        R > 1; the inner sphere has radius 1.
    rng
        Generator; it is advanced.
    dtype
        float64 or float32.

    Returns
    -------
    points : ndarray, shape (count, dim)
        Norm 1 or R up to rounding.
    labels : ndarray of bool, shape (count,)
        True on the outer sphere.

    Raises
    ------
    InvalidArgumentError
        An argument is out of its range.

    Examples
    --------
    >>> points, labels = sample_two_spheres(4, 3, 1.3, block_generator(1))
    >>> bool(np.allclose(np.linalg.norm(points, axis=1), np.where(labels, 1.3, 1.0)))
    True
    """
    radius = check_outer_radius(outer_radius)
    largest = float(np.sqrt(np.finfo(check_dtype(dtype)).max))
    if radius > largest:
        allowed = f"at most {largest:.2g} in {np.dtype(dtype)}, which must hold the squares of coordinates"
        raise InvalidArgumentError("outer_radius", radius, allowed)
    points, norms = _normal_vectors(count, dim, rng, dtype)
    labels = rng.integers(0, 2, size=len(points), dtype=np.int8).astype(np.bool_)
    norms /= np.where(labels, radius, 1.0)
    points /= norms[:, None].astype(points.dtype)
    return points, labels


def _normal_vectors(
    count: int, dim: int, rng: np.random.Generator, dtype: DTypeLike
) -> tuple[RealArray, NDArray[np.float64]]:
    """Standard normal vectors, none of them zero, and their norms in double precision."""
    check_rng(rng)
    rows, columns = check_integer("count", count, 0, 2**63 - 1, "[0, 2^63)"), single_dim(dim)
    kind = check_dtype(dtype)
    points: RealArray = rng.standard_normal((rows, columns), dtype=kind.type)
    norms = _norms(points)
    while np.any(zero := norms == 0.0):
        points[zero] = rng.standard_normal((int(zero.sum()), columns), dtype=kind.type)
        norms[zero] = _norms(points[zero])
    return points, norms


def _norms(points: RealArray) -> NDArray[np.float64]:
    # Squares in double precision, summed pairwise (NumPy's reduction along contiguous rows), a cache-full at a time.
    squares = np.empty(len(points))
    rows = max(1, _CACHED_NUMBERS // points.shape[1])
    for start in range(0, len(points), rows):
        part = slice(start, start + rows)
        squares[part] = np.add.reduce(np.square(points[part], dtype=np.float64), axis=1)
    norms: NDArray[np.float64] = np.sqrt(squares)
    return norms


def check_rng(rng: np.random.Generator) -> None:
    """Refuse what is not a random generator of NumPy."""
    if not callable(getattr(rng, "standard_normal", None)):
        raise InvalidArgumentError("rng", rng, "a numpy.random.Generator")
