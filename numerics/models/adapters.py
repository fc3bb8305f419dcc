"""Classifiers of other libraries as models; the libraries are imported where they are used.

Each function returns a :class:`~.models.checked.CheckedModel`: float64 arrays of shape (n, dim) in, float64 out, every
answer checked. The class "outer" is the positive one: logit > 0, label 1, the second class of two, unless it is named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_word
from ...theory.basics.errors import InvalidArgumentError, ModelError
from .adapters_sklearn import from_sklearn
from .adapters_torch import from_torch
from .checked import MAX_BATCH, Adapter, CheckedModel, is_model, plain_array
from .outputs import Reading, floating_type
from .users_code import users_code

__all__ = ["as_model", "from_callable", "from_jax", "from_sklearn", "from_torch", "kind_of"]

Kind: TypeAlias = Literal["module", "model", "estimator", "function"]
Function = Callable[[NDArray[Any]], Any]


class _Logits(Adapter):
    """A model from functions."""

    def __init__(self, logits: Function, gradient: Function | None, *, scale_is_known: bool) -> None:
        self.logits, self.scale_is_known = logits, scale_is_known
        if gradient is not None:
            self.input_gradient = gradient


class _Labels:
    """A model of labels from a function."""

    def __init__(self, labels: Function) -> None:
        self.labels = labels


def as_model(model: Any) -> CheckedModel:
    """The model that an object is: of this package's kind, of another library, or a plain function.

    Parameters
    ----------
    model
        An object with ``logits`` or ``labels``; a PyTorch module (as by :func:`from_torch`); a fitted classifier of
        scikit-learn's kind (as by :func:`from_sklearn`); or a function of points (as by :func:`from_callable`).

    Raises
    ------
    ModelError
        It is none of them.

    Examples
    --------
    >>> as_model(lambda points: points[:, 0] - 0.1).logits(np.array([[0.3, 0.4]])).round(2).tolist()
    [0.2]
    """
    if isinstance(model, CheckedModel):
        return model
    adapters: dict[Kind, Callable[[Any], CheckedModel]] = {
        "module": from_torch,
        "model": CheckedModel,
        "estimator": from_sklearn,
        "function": from_callable,
    }
    return adapters[kind_of(model)](model)


def kind_of(model: Any) -> Kind:
    """What an object is: a PyTorch module, a model, an estimator of scikit-learn's kind, or a function.

    Raises
    ------
    ModelError
        It is none of them.

    Examples
    --------
    >>> kind_of(lambda points: points[:, 0])
    'function'
    """
    with users_code("model", _ALLOWED):  # attributes may be computed, and raise
        kind = None if isinstance(model, type) else _kind_of_instance(model)
    if kind is None:
        found = f"the type {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise ModelError("model", found, _ALLOWED)
    return kind


def _kind_of_instance(model: Any) -> Kind | None:
    if _is_module(model):
        return "module"
    if is_model(model):
        return "model"
    if hasattr(model, "classes_") or all(hasattr(model, name) for name in ("fit", "predict", "get_params")):
        return "estimator"
    return "function" if callable(model) else None


_ALLOWED = (
    "an object with a method logits(points) or labels(points), a function of points, a PyTorch module, a fitted "
    "classifier of scikit-learn, or what from_callable, from_torch, from_jax or from_sklearn return"
)


def _is_module(model: Any) -> bool:
    """Whether it is a PyTorch module that is no model by a method of its own; a layer may be called "logits"."""
    torch = sys.modules.get("torch")
    own = any(callable(getattr(type(model), name, None)) for name in ("logits", "labels"))
    return torch is not None and isinstance(model, torch.nn.Module) and not own


def from_callable(
    function: Function,
    *,
    returns: Literal["logits", "probabilities", "labels"] = "logits",
    gradient: Function | None = None,
    classes: tuple[int, int] | None = None,
    shape: tuple[int, ...] | None = None,
    dtype: Any = None,
    max_batch: int = MAX_BATCH,
) -> CheckedModel:
    """A model from a function of points.

    Parameters
    ----------
    function
        Takes an array of shape (n, dim); returns logits, probabilities or labels of shape (n,) or (n, 1), or the logits
        or probabilities of the classes (inner, outer), shape (n, 2), of which the larger one is the answer.
    returns
        "logits": finite numbers, outer where positive. "probabilities": those of "outer", in [0, 1], outer where above
        1/2; the score is what they exceed 1/2 by. "labels": 1 for outer, 0 for inner. A tie (logit 0, probability
        1/2, two equal numbers) is the answer "inner": an error on the outer sphere alone.
    gradient
        Takes the same points and returns the gradients of the logits, or of the probabilities of "outer", shape
        (n, dim); not with labels.
    classes
        Which columns of the output stand for (inner, outer), counted from 0, other columns are not looked at; not with
        labels.
    shape
        Shape of one point as the functions take it, (channels, height, width), say; default (dim,).
    dtype
        Type of the points that the functions see, one of real floating-point numbers; default float64.
    max_batch
        Most points at once.

    Examples
    --------
    >>> model = from_callable(lambda x: (x**2).sum(axis=1) - 1.3, gradient=lambda x: 2 * x)
    >>> model.logits(np.array([[1.0, 0.0], [0.0, 1.3]])).round(2).tolist()
    [-0.3, 0.39]
    >>> certain = from_callable(lambda x: 1 / (1 + np.exp(-x[:, 0])), returns="probabilities")
    >>> certain.labels(np.array([[1.0, 0.0], [0.0, 1.3], [-1.0, 0.0]])).tolist()
    [1, 0, 0]
    """
    for name, value in (("function", function), ("gradient", gradient)):
        if value is not None and not callable(value):
            raise InvalidArgumentError(name, value, "a function of points")
    if function is None:
        raise InvalidArgumentError("function", function, "a function of points")
    check_word("returns", returns, ("logits", "probabilities", "labels"), '"logits", "probabilities" or "labels"')
    for name, given in {"gradient": gradient, "classes": classes}.items():
        if returns == "labels" and given is not None:
            raise InvalidArgumentError(name, given, "None for a function that returns labels")
    reading = Reading.of("logits" if returns == "labels" else returns, classes, shape)
    prepared = _prepared(reading, dtype)

    def scores(points: NDArray[Any]) -> NDArray[Any]:
        output = function(prepared(points))
        array = output if hasattr(output, "shape") else plain_array(output, returns)[0]
        return reading.scores(array, len(points))

    def gradients(points: NDArray[Any]) -> NDArray[Any]:
        array, _ = plain_array(gradient(prepared(points)), "gradients")  # type: ignore[misc]
        return array.reshape(points.shape) if shape is not None or len(points) == 1 else array

    if returns == "labels":
        return CheckedModel(_Labels(scores), max_batch=max_batch)
    logits = _Logits(
        scores if returns == "logits" else lambda points: reading.checked(plain_array(scores(points), returns)[0]),
        None if gradient is None else gradients,
        scale_is_known=returns != "logits",
    )
    return CheckedModel(logits, max_batch=max_batch)


def _prepared(reading: Reading, dtype: Any) -> Function:
    kind = np.dtype(np.float64) if dtype is None else floating_type(dtype)
    return lambda points: reading.shaped(points.astype(kind, copy=False))


def from_jax(
    function: Callable[[Any], Any],
    *,
    classes: tuple[int, int] | None = None,
    returns: str = "logits",
    shape: tuple[int, ...] | None = None,
    dtype: Any = None,
    max_batch: int = MAX_BATCH,
) -> CheckedModel:
    """A model from a JAX function, with gradients by automatic differentiation.

    Parameters
    ----------
    function
        Takes an array of shape (n, dim), each row on its own; returns logits of shape (n,) or (n, 1), or scores of
        the classes (inner, outer) of shape (n, 2). It is compiled for each number of points once, so that batches are
        filled up to powers of two.
    classes
        Which columns of the output are the scores of (inner, outer), counted from 0; other columns are not looked at.
    returns
        "logits", or "probabilities": those of "outer", outer where above 1/2, or those of both classes.
    shape
        Shape of one point as the function takes it, (height, width, channels), say; default (dim,).
    dtype
        Type of the array that the function sees; default float32, JAX's own (float64 only where JAX has it enabled).
    max_batch
        Most points at once.

    Examples
    --------
    >>> from adversarial_spheres import from_jax
    >>> model = from_jax(lambda points: points[:, 0] - 0.1)  # doctest: +SKIP
    >>> model.logits([[0.3, 0.4]])  # doctest: +SKIP
    array([0.2])
    """
    import jax

    if not callable(function):
        raise InvalidArgumentError("function", type(function).__name__, "a function of JAX arrays")
    reading = Reading.of(returns, classes, shape)
    kind = jax.dtypes.canonicalize_dtype(np.float32 if dtype is None else floating_type(dtype))

    def scores(points: Any) -> Any:
        return reading.scores(function(reading.shaped(points)), len(points))

    compiled = jax.jit(scores)
    differentiated = jax.jit(jax.grad(lambda points: scores(points).sum()))

    def filled(run: Callable[[Any], Any]) -> Function:
        def call(points: NDArray[Any]) -> NDArray[Any]:
            count = len(points)
            full = np.concatenate([points, np.repeat(points[-1:], (1 << (count - 1).bit_length()) - count, axis=0)])
            return np.asarray(run(full.astype(kind)))[:count]

        return call

    def logits(points: NDArray[Any]) -> NDArray[Any]:
        return reading.checked(filled(compiled)(points))

    model = _Logits(logits, filled(differentiated), scale_is_known=returns != "logits")
    return CheckedModel(model, max_batch=max_batch)
