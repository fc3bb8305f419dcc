"""Checks of arguments: what passes, what is refused, and what the refusal says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import (
    MAX_DIM,
    check_coefficients,
    check_dim,
    check_finite,
    check_metric,
    check_outer_radius,
    check_radius,
    check_range,
    check_real,
    check_sphere,
    scalar_if_0d,
)


def closed(value: Any) -> Any:
    return check_range("x", value, 0.0, 1.0)


def open_below(value: Any) -> Any:
    return check_range("x", value, 0.0, 1.0, low_open=True)


def open_above(value: Any) -> Any:
    return check_range("x", value, 0.0, 1.0, high_open=True)


def finite(value: Any) -> Any:
    return check_finite("x", value)


def real(value: Any) -> Any:
    return check_real("x", value)


def coefficients(value: Any) -> Any:
    return check_coefficients("x", value)


REFUSED: list[tuple[Callable[[Any], Any], Any, str]] = [
    (real, np.nan, "x must be a number (not NaN), got nan"),
    (real, [1.0, np.nan], "x must be a number (not NaN), got nan"),
    (real, "one", "x must be a real number or an array of real numbers, got 'one'"),
    (real, 1j, "x must be a real number or an array of real numbers, got 1j"),
    (real, [[1.0], [1.0, 2.0]], "x must be a number or a rectangular array of numbers, got [[1.0], [1.0, 2.0]]"),
    (finite, [1.0, np.inf, -np.inf], "x must be finite, got inf"),
    (finite, -np.inf, "x must be finite, got -inf"),
    (finite, None, "x must be a real number or an array of real numbers, got None"),
    (closed, [0.5, -0.25, 2.0], "x must be in [0, 1], got -0.25"),
    (closed, 1.25, "x must be in [0, 1], got 1.25"),
    (open_below, 0.0, "x must be in (0, 1], got 0.0"),
    (open_above, 1.0, "x must be in [0, 1), got 1.0"),
    (check_dim, 1, "dim must be an integer from 2 to 10^9, got 1"),
    (check_dim, [3, 2.5], "dim must be an integer from 2 to 10^9, got 2.5"),
    (check_dim, MAX_DIM + 1, "dim must be an integer from 2 to 10^9, got 1000000001"),
    (check_dim, 5e27, "dim must be an integer from 2 to 10^9, got 5e+27"),
    (check_dim, [3, -(10**400)], "dim must be a number of at most 1.8e308 in size, got 'an integer beyond that'"),
    (
        real,
        [2**70, "one"],
        "x must be a real number or an array of real numbers, got [1180591620717411303424, 'one']",
    ),
    (lambda v: check_dim(v, minimum=3, name="d"), [3, 2], "d must be an integer from 3 to 10^9, got 2"),
    (check_radius, [1.0, 0.0], "radius must be positive, got 0.0"),
    (check_radius, -1.0, "radius must be positive, got -1.0"),
    (check_radius, np.inf, "radius must be finite, got inf"),
    (lambda v: check_radius(v, name="r"), 0.0, "r must be positive, got 0.0"),
    (check_outer_radius, 1.0, "outer_radius must be a number above 1 (the inner radius), got 1.0"),
    (check_outer_radius, [1.3], "outer_radius must be a single number, not an array, got (1,)"),
    (check_outer_radius, np.inf, "outer_radius must be finite, got inf"),
    (check_metric, "Geodesic", 'metric must be "geodesic" or "euclidean", got \'Geodesic\''),
    (check_sphere, "outside", 'sphere must be "inner" or "outer", got \'outside\''),
    (coefficients, 1.0, "x must be an array whose last axis holds at least 1 coefficients, got ()"),
    (coefficients, np.zeros((2, 0)), "x must be an array whose last axis holds at least 1 coefficients, got (2, 0)"),
    (coefficients, [1.0, np.inf], "x must be finite, got inf"),
    (
        lambda v: check_coefficients("alphas", v, minimum=2),
        [1.0],
        "alphas must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
]


@pytest.mark.parametrize(("check", "value", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_what_is_refused_and_how(check: Callable[[Any], Any], value: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (real, [np.inf, -np.inf, 0.0]),
        (real, [True, False]),
        (real, np.arange(3, dtype=np.uint8)),
        (finite, [[1, 2], [3, 4]]),
        (closed, [0.0, 1.0]),
        (open_below, 1.0),
        (open_above, 0.0),
        (check_dim, [2, MAX_DIM]),
        (lambda v: check_dim(v, minimum=1), 1),
        (check_radius, 1e-300),
        (coefficients, [0.0]),
        (coefficients, np.ones((2, 3))),
    ],
)
def test_what_passes_comes_back_as_doubles(check: Callable[[Any], Any], value: Any) -> None:
    found = check(value)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.asarray(value, dtype=np.float64))


def test_words_and_single_numbers() -> None:
    assert [check_metric(m) for m in ("geodesic", "euclidean")] == ["geodesic", "euclidean"]
    assert [check_sphere(s) for s in ("inner", "outer")] == ["inner", "outer"]
    assert check_outer_radius(1.3) == 1.3
    assert check_outer_radius(float(np.nextafter(1.0, 2.0))) > 1.0
    assert isinstance(scalar_if_0d(np.array(1)), np.float64)
    assert scalar_if_0d([1, 2]).tolist() == [1.0, 2.0]
