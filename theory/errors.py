"""The errors that the package raises on purpose.

Two kinds matter to a caller: the input was wrong (:class:`InvalidArgumentError`, exit status 2 at the command
line), or a value could not be computed to the promised accuracy (:class:`AccuracyError`, exit status 3).
"""

from __future__ import annotations

from typing import Any


class SpheresError(Exception):
    """Base class of every error that this package raises on purpose."""


class InvalidArgumentError(SpheresError, ValueError):
    """An argument lies outside its allowed range.

    Parameters
    ----------
    argument
        Name of the argument, as the caller wrote it.
    value
        What was given.
    allowed
        The allowed range, in words that complete "must be ...".
    """

    def __init__(self, argument: str, value: object, allowed: str) -> None:
        self.argument = argument
        self.value = value
        self.allowed = allowed
        super().__init__(f"{argument} must be {allowed}, got {_shortened(value)}")

    def __reduce__(self) -> tuple[type[InvalidArgumentError], tuple[str, object, str]]:
        return type(self), (self.argument, self.value, self.allowed)


class ModelError(InvalidArgumentError):
    """A model answered with something that is no answer (wrong shape, NaN, an exception, ...); says what it was."""


class AccuracyError(SpheresError, ArithmeticError):
    """A value could not be computed to the promised accuracy.

    Parameters
    ----------
    message
        What was to be computed and what stood in the way.
    best_estimate
        The best value found; it does NOT meet the promise.
    """

    def __init__(self, message: str, best_estimate: object = None) -> None:
        self.message = message
        self.best_estimate = best_estimate
        super().__init__(message)

    def __reduce__(self) -> tuple[type[AccuracyError], tuple[Any, ...]]:
        return type(self), (self.message, self.best_estimate)


def _shortened(value: object) -> str:
    text = repr(value)
    # Both ends are kept: a long path is known by its last part.
    return text if len(text) <= 80 else f"{text[:30]}...{text[-47:]}"
