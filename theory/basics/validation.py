"""Checks of arguments, shared by all rooms: each names the argument, the value and the allowed range."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidArgumentError

BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Literal["geodesic", "euclidean"]
Sphere: TypeAlias = Literal["inner", "outer"]

MAX_DIM = 10**9
"""Largest ambient dimension for which the accuracy of this package is tested."""
MAX_RADIUS = 1e300
"""Largest radius of a sphere: its diameter and half its circumference are still finite."""

_EXACT = 2**53  # doubles hold all integers up to this size
_SMALLEST = float(np.finfo(np.float64).smallest_normal)
_MOST_AXES = 64  # of an array of NumPy


def check_finite(name: str, value: ArrayLike) -> FloatArray:
    """Return ``value`` as a float64 array of finite numbers.

    Examples
    --------
    >>> check_finite("points", [1, 2]).tolist()
    [1.0, 2.0]
    """
    array = check_real(name, value)
    if not np.all(np.isfinite(array)):
        raise InvalidArgumentError(name, _first(array, ~np.isfinite(array)), "finite")
    return array


def check_real(name: str, value: ArrayLike) -> FloatArray:
    """Return ``value`` as a float64 array of real numbers; infinities pass, NaN does not.

    Taken are floats, integers and booleans of Python and NumPy, alone, in nested sequences and in arrays. A float of
    another width is rounded to the nearest double, as a decimal in a program is; refused is what a double cannot be
    near (1e-400 is no zero, 1e400 not infinite), an integer that it does not hold exactly, and an array with a mask.
    Other kinds of numbers (fractions, decimals, those of mpmath and SymPy) are refused: ``float`` rounds them, by the
    caller's own decision.

    Examples
    --------
    >>> check_real("largest", np.inf).tolist()
    inf
    """
    raw = as_array(name, value)
    integers_beyond_64_bits = raw.dtype.kind == "O" and all(isinstance(entry, int | float) for entry in raw.flat)
    if raw.dtype.kind not in "biuf" and not integers_beyond_64_bits:
        raise InvalidArgumentError(name, value, "a real number or an array of real numbers")
    if raw.dtype.kind in "iuO":
        _check_integers(name, raw)
    with np.errstate(over="ignore", under="ignore"):
        array = np.asarray(raw, dtype=np.float64)
    if raw.dtype.itemsize > array.dtype.itemsize:
        _check_nothing_lost(name, raw, array)
    if np.any(np.isnan(array)):
        raise InvalidArgumentError(name, _first(array, np.isnan(array)), "a number (not NaN)")
    return array


def as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return an array of whatever type, without a mask.

    Raises
    ------
    InvalidArgumentError
        Rows of different lengths, a masked array, or an integer that NumPy would round silently.

    Examples
    --------
    >>> as_array("points", [[1, 2]]).shape
    (1, 2)
    """
    if not isinstance(value, np.ndarray | np.generic) or isinstance(value, np.ma.MaskedArray):
        _check_members(name, value)
    try:
        return np.asarray(value)
    except MemoryError:
        raise
    except Exception as error:  # a value of another library may raise anything while it is turned into an array
        raise InvalidArgumentError(name, value, "a number or a rectangular array of numbers") from error


def check_range(
    name: str,
    value: ArrayLike,
    low: float,
    high: float,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> FloatArray:
    """Return ``value`` as a float64 array within [low, high], with open ends where asked.

    Examples
    --------
    >>> check_range("error_rate", 0.5, 0.0, 1.0).tolist()
    0.5
    """
    array = check_real(name, value)
    below = array <= low if low_open else array < low
    above = array >= high if high_open else array > high
    if np.any(below | above):
        allowed = f"in {'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"
        raise InvalidArgumentError(name, _first(array, below | above), allowed)
    return array


def check_dim(dim: ArrayLike, *, minimum: int = 2, name: str = "dim") -> FloatArray:
    """Return ambient dimensions as a float64 array of integers in [minimum, 10^9].

    Examples
    --------
    >>> check_dim(500).tolist()
    500.0
    """
    array = check_real(name, dim)
    bad = (array < minimum) | (array > MAX_DIM) | (array != np.floor(array))
    if np.any(bad):
        value = _first(array, bad)
        shown = int(value) if value.is_integer() and abs(value) < 2.0**53 else value
        raise InvalidArgumentError(name, shown, f"an integer from {minimum} to 10^9")
    return array


def check_radius(radius: ArrayLike, *, name: str = "radius") -> FloatArray:
    """Return radii as a float64 array of numbers in (0, 1e300].

    Examples
    --------
    >>> check_radius([1.0, 1.3]).tolist()
    [1.0, 1.3]
    """
    array = check_finite(name, radius)
    if np.any(array <= 0):
        raise InvalidArgumentError(name, _first(array, array <= 0), "positive")
    if np.any(array > MAX_RADIUS):
        raise InvalidArgumentError(name, _first(array, array > MAX_RADIUS), f"at most {MAX_RADIUS:g}")
    return array


def check_number(name: str, value: ArrayLike, *, finite: bool = True) -> float:
    """Return one number, finite unless infinities are asked for.

    Examples
    --------
    >>> check_number("bias", -1)
    -1.0
    """
    array = check_finite(name, value) if finite else check_real(name, value)
    if array.ndim != 0:
        raise InvalidArgumentError(name, array.shape, "a single number, not an array")
    return float(array)


def check_outer_radius(outer_radius: float) -> float:
    """Return the radius of the outer sphere, a finite number above 1 (the radius of the inner sphere).

    Examples
    --------
    >>> check_outer_radius(1.3)
    1.3
    """
    radius = check_number("outer_radius", outer_radius)
    if not radius > 1.0:
        raise InvalidArgumentError("outer_radius", radius, "a number above 1 (the inner radius)")
    return radius


def check_metric(metric: str) -> Metric:
    """Return the metric, "geodesic" or "euclidean".

    Examples
    --------
    >>> check_metric("geodesic")
    'geodesic'
    """
    for known in get_args(Metric):
        if isinstance(metric, str) and metric == known:
            return known  # type: ignore[no-any-return]
    raise InvalidArgumentError("metric", metric, '"geodesic" or "euclidean"')


def check_sphere(sphere: str) -> Sphere:
    """Return the sphere, "inner" (radius 1) or "outer" (the larger radius).

    Examples
    --------
    >>> check_sphere("inner")
    'inner'
    """
    for known in get_args(Sphere):
        if isinstance(sphere, str) and sphere == known:
            return known  # type: ignore[no-any-return]
    raise InvalidArgumentError("sphere", sphere, '"inner" or "outer"')


def check_flag(name: str, value: bool) -> bool:
    """Return True or False; nothing else is taken for either.

    Examples
    --------
    >>> check_flag("resume", np.True_)
    True
    """
    if not isinstance(value, bool | np.bool_):
        raise InvalidArgumentError(name, value, "True or False")
    return bool(value)


def check_coefficients(name: str, value: ArrayLike, *, minimum: int = 1) -> FloatArray:
    """Return finite coefficients of shape (..., dim) with dim >= minimum.

    Examples
    --------
    >>> check_coefficients("alphas", [0.9, 1.1]).tolist()
    [0.9, 1.1]
    """
    array = check_finite(name, value)
    if array.ndim < 1 or array.shape[-1] < minimum:
        raise InvalidArgumentError(name, array.shape, f"an array whose last axis holds at least {minimum} coefficients")
    return array


def broadcast(**arrays: FloatArray) -> tuple[FloatArray, ...]:
    """Return the arrays, named as the caller's arguments, broadcast against one another.

    Examples
    --------
    >>> [x.tolist() for x in broadcast(height=np.array([0.0, 0.5]), dim=np.array(3.0))]
    [[0.0, 0.5], [3.0, 3.0]]
    """
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError as error:
        shapes = tuple(array.shape for array in arrays.values())
        raise InvalidArgumentError(", ".join(arrays), shapes, "of shapes that broadcast together") from error


def scalar_if_0d(array: ArrayLike) -> FloatArray:
    """Return a NumPy scalar for an array without axes, so that numbers in give numbers out.

    Examples
    --------
    >>> scalar_if_0d(np.array(0.5)).item(), scalar_if_0d(np.array([0.5])).tolist()
    (0.5, [0.5])
    """
    result: FloatArray = np.asarray(array, dtype=np.float64)[()]
    return result


def _check_members(name: str, value: object, axes: int = 0) -> None:
    """Refuse, in nested sequences, what NumPy would change without a word: masks, and large integers beside floats."""
    if isinstance(value, np.ma.MaskedArray):
        raise InvalidArgumentError(name, "a masked array", "without a mask: give x.compressed() or x.filled(value)")
    if isinstance(value, int):
        _check_integer(name, value)
    if isinstance(value, list | tuple) and axes < _MOST_AXES:
        for member in value:
            _check_members(name, member, axes + 1)


def _check_integers(name: str, raw: NDArray[Any]) -> None:
    if raw.dtype.kind == "O" or (raw.size and not -_EXACT <= int(raw.min()) <= int(raw.max()) <= _EXACT):
        for entry in raw.ravel().tolist():
            if isinstance(entry, int):
                _check_integer(name, entry)


def _check_integer(name: str, value: int) -> None:
    if -_EXACT <= value <= _EXACT:
        return
    try:
        exact = int(float(value)) == value
    except OverflowError as error:
        raise InvalidArgumentError(name, "an integer beyond that", "a number of at most 1.8e308 in size") from error
    if not exact:
        raise InvalidArgumentError(name, value, "a float, or an integer that a double holds exactly")


def _check_nothing_lost(name: str, raw: NDArray[Any], array: FloatArray) -> None:
    """Refuse floats wider than doubles that became 0, infinite or short of digits."""
    lost = (array != raw) & ((np.abs(array) < _SMALLEST) | np.isinf(array)) & ~np.isnan(array)
    if raw.dtype.kind == "f" and np.any(lost):
        raise InvalidArgumentError(name, str(raw[lost].flat[0]), "0, or of a size from 2.3e-308 to 1.7e308")


def _first(array: FloatArray, mask: NDArray[np.bool_]) -> float:
    return float(array[mask].flat[0]) if array.ndim else float(array)
