"""Checks of arguments: what is taken is returned as it is needed, all else is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.sampling.points import check_rng
from adversarial_spheres.theory.basics.arguments import (
    check_dtype,
    check_instance,
    check_integer,
    check_key,
    check_progress,
    check_sequence,
    check_single,
    single_dim,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import as_array, check_flag, check_number


def test_what_is_taken() -> None:
    assert [check_dtype(kind).name for kind in ("float32", np.float64, np.dtype("f4"))] == [
        "float32",
        "float64",
        "float32",
    ]
    assert check_integer("n", np.int64(3), 1) == 3
    assert check_number("x", np.float32(0.5)) == 0.5
    assert check_single("x", np.array(2.0)) == 2.0
    assert single_dim(5.0) == 5  # type: ignore[arg-type]
    assert check_flag("b", np.True_) is True
    assert (check_key(3), check_key((1, 2)), check_key(())) == ((3,), (1, 2), ())
    assert as_array("a", [[1, 2]]).shape == (1, 2)
    check_instance("v", 1, int, "a number")
    check_sequence("s", (1, 2), int, "numbers")
    check_rng(np.random.default_rng(0))
    check_progress(None)
    check_progress(print)


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: check_dtype("float16"), "dtype must be float32 or float64, got 'float16'"),
    (lambda: check_dtype(np.array(["a"])), "dtype must be float32 or float64"),  # type: ignore[arg-type]
    (lambda: check_integer("n", True, 0), "n must be an integer of at least 0, got True"),
    (lambda: check_integer("n", 2.0, 0, 5), "n must be an integer in [0, 5], got 2.0"),  # type: ignore[arg-type]
    (lambda: check_integer("n", 9, 0, 5, "few"), "n must be an integer in few, got 9"),
    (lambda: check_number("x", math.inf), "x must be finite, got inf"),
    (lambda: check_number("x", [1.0]), "x must be a single number, not an array, got (1,)"),
    (lambda: check_single("x", np.ones((2, 3))), "x must be a single number, got (2, 3)"),
    (lambda: single_dim([3]), "dim must be a single number, got (1,)"),  # type: ignore[arg-type]
    (lambda: single_dim(0, minimum=1, name="hidden"), "hidden must be an integer from 1 to 10^9, got 0"),
    (lambda: check_flag("b", 1), "b must be True or False, got 1"),  # type: ignore[arg-type]
    (lambda: check_key((1, -1)), "key must be an integer in [0, 2^32), got -1"),
    (lambda: check_key("12"), "key must be an integer in [0, 2^32), got '12'"),  # type: ignore[arg-type]
    (lambda: as_array("a", [[1, 2], [3]]), "a must be a number or a rectangular array of numbers, got [[1, 2], [3]]"),
    (lambda: check_instance("v", "1", int, "a number"), "v must be a number, got '1'"),
    (lambda: check_sequence("s", [1, "2"], int, "numbers"), "s must be numbers, got [1, '2']"),
    (lambda: check_sequence("s", "12", str, "words"), "s must be words, got '12'"),
    (lambda: check_rng(0), "rng must be a numpy.random.Generator, got 0"),  # type: ignore[arg-type]
    (lambda: check_progress(3), "progress must be None or a function, got 3"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    assert str(caught.value).startswith(message)
