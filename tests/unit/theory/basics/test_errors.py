"""Errors: what they say, what they carry, and that they survive a trip between processes."""

from __future__ import annotations

import pickle

import pytest

from adversarial_spheres.theory.basics.errors import (
    AccuracyError,
    InvalidArgumentError,
    ModelError,
    SpheresError,
)


def test_a_bad_argument_is_named_with_its_value_and_range() -> None:
    error = InvalidArgumentError("dim", 1, "an integer from 2 to 10^9")
    assert str(error) == "dim must be an integer from 2 to 10^9, got 1"
    assert (error.argument, error.value, error.allowed) == ("dim", 1, "an integer from 2 to 10^9")


def test_kinds_of_errors() -> None:
    assert issubclass(InvalidArgumentError, SpheresError)
    assert issubclass(InvalidArgumentError, ValueError)
    assert issubclass(AccuracyError, SpheresError)
    assert issubclass(AccuracyError, ArithmeticError)
    assert AccuracyError("no digits").best_estimate is None


@pytest.mark.parametrize("length", [78, 79])
def test_a_long_value_keeps_both_of_its_ends(length: int) -> None:
    value = "".join(chr(ord("a") + i % 26) for i in range(length))
    shown = str(InvalidArgumentError("out", value, "a file")).removeprefix("out must be a file, got ")
    whole = repr(value)  # two quotes longer
    assert shown == (whole if length == 78 else f"{whole[:30]}...{whole[-47:]}")
    assert len(shown) == 80


@pytest.mark.parametrize("kind", [InvalidArgumentError, ModelError])
def test_a_bad_argument_can_be_pickled(kind: type[InvalidArgumentError]) -> None:
    error = kind("radius", -1.0, "positive")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (str(copy), copy.argument, copy.value, copy.allowed) == (str(error), "radius", -1.0, "positive")


def test_an_accuracy_error_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(AccuracyError("no digits left", 0.25)))
    assert type(copy) is AccuracyError
    assert (str(copy), copy.message, copy.best_estimate) == ("no digits left", "no digits left", 0.25)
