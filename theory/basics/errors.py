"""The errors that the package raises on purpose.

Three kinds matter to a caller: the input was wrong (:class:`InvalidArgumentError`, exit status 2 at the command
line), a value could not be computed to the promised accuracy (:class:`AccuracyError`, exit status 3), or a disk did
not take what was to be written (:class:`NotWrittenError`, exit status 3).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any


class SpheresError(Exception):
    """Base class of every error that this package raises on purpose.

    Examples
    --------
    >>> issubclass(InvalidArgumentError, SpheresError), issubclass(InvalidArgumentError, ValueError)
    (True, True)
    """


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

    Examples
    --------
    >>> print(InvalidArgumentError("dim", 1, "an integer from 2 to 10^9"))
    dim must be an integer from 2 to 10^9, got 1
    """

    def __init__(self, argument: str, value: object, allowed: str) -> None:
        self.argument = argument
        self.value = value
        self.allowed = allowed
        super().__init__(f"{argument} must be {allowed}, got {self._shown(value)}")

    def __reduce__(self) -> tuple[type[InvalidArgumentError], tuple[str, object, str]]:
        return type(self), (self.argument, self.value, self.allowed)

    @staticmethod
    def _shown(value: object) -> str:
        return _shortened(value)


class ModelError(InvalidArgumentError):
    """A model answered with something that is no answer (wrong shape, NaN, an exception, ...); says what it was.

    Examples
    --------
    >>> print(ModelError("logits of my model", (3, 2), "of shape (3,)"))
    logits of my model must be of shape (3,), got (3, 2)
    """

    @staticmethod
    def _shown(value: object) -> str:
        # Words say what went wrong, in a user's exception, say: they are needed in full.
        return repr(value) if isinstance(value, str) else _shortened(value)


class AccuracyError(SpheresError, ArithmeticError):
    """A value could not be computed to the promised accuracy.

    Parameters
    ----------
    message
        What was to be computed and what stood in the way.
    best_estimate
        The best value found; it does NOT meet the promise.

    Examples
    --------
    >>> AccuracyError("the iteration did not converge", 0.5).best_estimate
    0.5
    """

    def __init__(self, message: str, best_estimate: object = None) -> None:
        self.message = message
        self.best_estimate = best_estimate
        super().__init__(message)

    def __reduce__(self) -> tuple[type[AccuracyError], tuple[Any, ...]]:
        return type(self), (self.message, self.best_estimate)


class NotWrittenError(SpheresError, OSError):
    """A disk is full or fails: no argument is wrong, and what was written before is kept.

    Parameters
    ----------
    errno, strerror, filename
        As of any ``OSError``.

    Examples
    --------
    >>> print(NotWrittenError(28, "No space left on device", "network.checkpoint"))
    'network.checkpoint' cannot be written: No space left on device
    """

    def __str__(self) -> str:
        return f"{self.filename!r} cannot be written: {self.strerror}"


class RefutedError(SpheresError, AssertionError):
    """A claim was refuted: one line for each refuted check says why.

    Examples
    --------
    >>> issubclass(RefutedError, AssertionError)
    True
    """


class InconclusiveError(SpheresError, ValueError):
    """A verdict was asked for yes or no where the evidence decides nothing.

    Examples
    --------
    >>> issubclass(InconclusiveError, ValueError)
    True
    """


def described(error: BaseException) -> str:
    """Kind and words of an error; one of a user may fail to say anything.

    Examples
    --------
    >>> described(KeyError("weights")), described(SystemExit())
    ("KeyError: 'weights'", 'SystemExit')
    """
    words = ""
    with suppress(BaseException):
        words = str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _in_a_line(value: object) -> str:
    """The value as Python shows it, in one line; the value of a user may fail to show anything."""
    try:
        return " ".join(line.strip() for line in repr(value).splitlines())
    except Exception:
        return f"<{type(value).__name__}>"


def _shortened(value: object) -> str:
    text = _in_a_line(value)
    # Both ends are kept: a long path is known by its last part.
    return text if len(text) <= 80 else f"{text[:30]}...{text[-47:]}"
