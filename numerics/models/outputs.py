"""How the outputs of a function are read as scores: one number or two columns, logits or probabilities.

The same lines read arrays of NumPy, JAX and PyTorch: they use nothing but shapes, slices and arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_integer, check_word
from ...theory.basics.errors import InvalidArgumentError, ModelError

Returns: TypeAlias = Literal["logits", "probabilities"]
_HALF = 0.5


@dataclass(frozen=True)
class Reading:
    """What a function takes and returns.

    Parameters
    ----------
    returns
        "logits": the score is the output, or the second column minus the first. "probabilities" of "outer", or of
        (inner, outer): the score is what the first exceeds 1/2 by, or half the difference. A tie, P = 1/2, is the
        answer "inner", as the logit 0 is.
    classes
        Which columns stand for inner and outer; None: the only one, or the two.
    shape
        Shape of a single point as the function takes it; None: (dim,).
    label
        Column of the class that is held against the largest of all others: the score is what it exceeds that by.

    Examples
    --------
    >>> Reading("probabilities").scores(np.array([0.75, 0.25]), 2).tolist()
    [0.25, -0.25]
    >>> Reading(classes=(2, 0)).scores(np.array([[3.0, 9.0, 1.0]]), 1).tolist()
    [2.0]
    """

    returns: Returns = "logits"
    classes: tuple[int, int] | None = None
    shape: tuple[int, ...] | None = None
    label: int | None = None

    @classmethod
    def of(cls, returns: Any, classes: Any, shape: Any) -> Reading:
        """A reading from what a user gave."""
        check_word("returns", returns, ("logits", "probabilities"))
        columns = None if classes is None else _columns(classes)
        return cls(returns, columns, None if shape is None else sizes(shape))

    def shaped(self, points: Any) -> Any:
        """Points (n, dim) as the function takes them: (n, ...) with the shape of one point."""
        if self.shape is None:
            return points
        count, dim = points.shape
        if math.prod(self.shape) != dim:
            raise ModelError("shape", self.shape, f"of {dim} numbers in all, the dimension of the points")
        return points.reshape((count, *self.shape))

    def scores(self, output: Any, count: int) -> Any:
        """Scores (count,) from an output of shape (count,), (count, 1) or (count, 2).

        With ``classes`` (count, k). One point may come without its axis, as ``squeeze`` leaves it.
        """
        output = real_numbers(output)
        shape = tuple(getattr(output, "shape", (None,)))
        if count == 1 and len(shape) < 2 and None not in shape:
            output, shape = output.reshape((1, -1)), (1, math.prod(shape))
        if self.label is not None:
            return self._against_the_rest(output, shape, count, self.label)
        if self.classes is not None and len(shape) == 2 and shape[0] == count and shape[1] > max(self.classes):
            return self._difference(output[:, self.classes[0]], output[:, self.classes[1]])
        if self.classes is None and shape[:1] == (count,):
            if math.prod(shape[1:]) == 1:
                column = output.reshape((count,))
                return column - _HALF if self.returns == "probabilities" else column
            if shape == (count, 2):
                return self._difference(output[:, 0], output[:, 1])
        raise ModelError("model", _described(output, shape), f"a function that returns shape {self._allowed(count)}")

    def _against_the_rest(self, output: Any, shape: tuple[Any, ...], count: int, label: int) -> Any:
        if len(shape) != 2 or shape[0] != count or shape[1] < 2:
            allowed = f"a function that returns the scores of all classes, shape ({count}, classes)"
            raise ModelError("model", _described(output, shape), allowed)
        if not 0 <= label < shape[1]:
            raise ModelError("label", label, f"a column of its {shape[1]} classes, counted from 0")
        largest = output[:, [column for column in range(shape[1]) if column != label]].max(1)
        return output[:, label] - getattr(largest, "values", largest)  # PyTorch tells where it is, too

    def _difference(self, inner: Any, outer: Any) -> Any:
        return (outer - inner) / 2 if self.returns == "probabilities" else outer - inner

    def _allowed(self, count: int) -> str:
        if self.classes is not None:
            return f"({count}, k) with k > {max(self.classes)}, the last of its classes"
        return f"({count},), ({count}, 1) or ({count}, 2), or has classes=(inner, outer) named"

    def checked(self, scores: NDArray[Any]) -> NDArray[Any]:
        """The scores, refused where they come from numbers that are no probabilities."""
        if self.returns == "probabilities" and np.any(np.abs(scores) > _HALF):
            found = float(scores[np.argmax(np.abs(scores))]) + _HALF
            raise ModelError("model", found, "a function that returns probabilities, in [0, 1]")
        return scores


def real_numbers(output: Any) -> Any:
    """Whole numbers and truth values as floating-point numbers; the differences of whole ones would wrap around.

    Examples
    --------
    >>> votes = real_numbers(np.array([3, 5], dtype=np.uint8))
    >>> float(votes[0] - votes[1])
    -2.0
    """
    if not str(getattr(output, "dtype", "")).removeprefix("torch.").startswith(("int", "uint", "bool")):
        return output
    return output.double() if hasattr(output, "double") else output.astype(float)


def _columns(classes: Any) -> tuple[int, int]:
    allowed = "two different columns (inner, outer), counted from 0"
    if not isinstance(classes, Sequence) or len(classes) != 2 or isinstance(classes, str | bytes):
        raise InvalidArgumentError("classes", classes, allowed)
    inner, outer = (check_integer("classes", index, 0) for index in classes)
    if inner == outer:
        raise InvalidArgumentError("classes", classes, allowed)
    return inner, outer


def sizes(shape: Any) -> tuple[int, ...]:
    """The shape of a point, after checking it.

    Examples
    --------
    >>> sizes([1, 28, 28])
    (1, 28, 28)
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str | bytes) or not shape:
        raise InvalidArgumentError("shape", shape, "the shape of one point, as (1, 28, 28)")
    return tuple(check_integer("shape", size, 1) for size in shape)


def _described(output: Any, shape: tuple[int | None, ...]) -> str:
    return type(output).__name__ if None in shape else f"shape {shape}"


def floating_type(dtype: Any) -> np.dtype[Any]:
    """A type of real floating-point numbers: in any other one the points would not be on their sphere."""
    allowed = "a type of real floating-point numbers"
    try:
        kind = np.dtype(dtype)
    except Exception as error:  # NumPy looks for many things in what is no type
        raise InvalidArgumentError("dtype", dtype, allowed) from error
    if kind.kind != "f" and kind.name != "bfloat16":  # which NumPy knows as no number
        raise InvalidArgumentError("dtype", dtype, allowed)
    return kind
