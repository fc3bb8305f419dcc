"""Classifiers of other libraries as models; the libraries are imported where they are used.

Each function returns a :class:`~.models.CheckedModel`: float64 arrays of shape (n, dim) in, float64 out, every answer
checked. The class "outer" is the positive one: logit > 0, label 1, the second class of two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..theory.errors import InvalidArgumentError, ModelError
from .arguments import check_flag
from .models import MAX_BATCH, CheckedModel

Function = Callable[[NDArray[Any]], Any]
_TWO_CLASSES = 2


class _Logits:
    """A model from functions."""

    def __init__(self, logits: Function, gradient: Function | None = None) -> None:
        self.logits = logits
        if gradient is not None:
            self.input_gradient = gradient


class _Labels:
    """A model of labels from a function."""

    def __init__(self, labels: Function) -> None:
        self.labels = labels


def from_callable(
    function: Function,
    *,
    returns: Literal["logits", "labels"] = "logits",
    gradient: Function | None = None,
    dtype: Any = None,
    max_batch: int = MAX_BATCH,
) -> CheckedModel:
    """A model from a function of points.

    Parameters
    ----------
    function
        Takes an array of shape (n, dim) and returns logits or labels of shape (n,).
    returns
        "logits": finite numbers, outer where positive. "labels": 1 for outer, 0 for inner.
    gradient
        Takes the same points and returns the gradients of the logits, shape (n, dim); only with logits.
    dtype
        Type of the points that the functions see, one of real floating-point numbers; default float64.
    max_batch
        Most points at once.

    Examples
    --------
    >>> model = from_callable(lambda x: (x**2).sum(axis=1) - 1.3, gradient=lambda x: 2 * x)
    >>> model.logits(np.array([[1.0, 0.0], [0.0, 1.3]])).round(2).tolist()
    [-0.3, 0.39]
    """
    for name, value in (("function", function), ("gradient", gradient)):
        if value is not None and not callable(value):
            raise InvalidArgumentError(name, value, "a function of points")
    if function is None:
        raise InvalidArgumentError("function", function, "a function of points")
    if returns not in ("logits", "labels"):
        raise InvalidArgumentError("returns", returns, '"logits" or "labels"')
    if returns == "labels":
        if gradient is not None:
            raise InvalidArgumentError("gradient", gradient, "None for a function that returns labels")
        return CheckedModel(_Labels(_in_type(function, dtype)), max_batch=max_batch)
    inner = None if gradient is None else _in_type(gradient, dtype)
    return CheckedModel(_Logits(_in_type(function, dtype), inner), max_batch=max_batch)


def _in_type(function: Function, dtype: Any) -> Function:
    if dtype is None:
        return function
    kind = _floating_type(dtype)
    return lambda points: function(points.astype(kind))


def _floating_type(dtype: Any) -> np.dtype[Any]:
    """A type of real floating-point numbers: in any other one the points would not be on their sphere."""
    allowed = "a type of real floating-point numbers"
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError("dtype", dtype, allowed) from error
    if kind.kind != "f":
        raise InvalidArgumentError("dtype", dtype, allowed)
    return kind


def from_sklearn(estimator: Any, *, max_batch: int = MAX_BATCH) -> CheckedModel:
    """A model from a fitted binary classifier of scikit-learn (or one with the same methods).

    ``decision_function`` where the estimator has it; else the log-odds of ``predict_proba``, its probabilities held off
    0 and 1 by 1e-300 and 2^-53; else the labels of ``predict``. The second of ``classes_``, the larger one, is "outer".

    Raises
    ------
    ModelError
        The estimator is not fitted, has not two classes, or has none of the methods.

    Examples
    --------
    >>> class Fitted:
    ...     classes_ = ("inner", "outer")
    ...     def decision_function(self, points):
    ...         return points[:, 0] - 0.5
    >>> from_sklearn(Fitted()).labels(np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [0, 1]
    """
    classes = getattr(estimator, "classes_", None)
    if classes is None or np.shape(classes) != (_TWO_CLASSES,):
        given = f"{type(estimator).__name__} with classes_ = {classes!r}"
        raise ModelError("estimator", given, "a fitted classifier with two classes, inner before outer")
    if callable(getattr(estimator, "decision_function", None)):
        return CheckedModel(_Logits(estimator.decision_function), max_batch=max_batch)
    if callable(getattr(estimator, "predict_proba", None)):
        return CheckedModel(_Logits(lambda points: _log_odds(estimator.predict_proba(points))), max_batch=max_batch)
    if callable(getattr(estimator, "predict", None)):
        outer = classes[1]
        return CheckedModel(_Labels(lambda points: np.asarray(estimator.predict(points)) == outer), max_batch=max_batch)
    raise ModelError("estimator", type(estimator).__name__, "one with decision_function, predict_proba or predict")


def _log_odds(probabilities: Any) -> NDArray[np.float64]:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] != _TWO_CLASSES:
        raise ModelError("estimator", f"shape {p.shape}", "one whose predict_proba returns shape (n, 2)")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise ModelError("estimator", p, "one whose predict_proba returns numbers in [0, 1]")
    p = np.maximum(p, 1e-300)
    return np.asarray(np.log(p[:, 1]) - np.log(p[:, 0]))


def from_torch(
    module: Any, *, device: Any = "cpu", dtype: Any = None, max_batch: int = MAX_BATCH, gradient: bool = True
) -> CheckedModel:
    """A model from a PyTorch module, with gradients by automatic differentiation.

    The module is moved to the device (in place) and put in evaluation mode before each call, so that dropout and
    batch normalisation are deterministic.

    Parameters
    ----------
    module
        Takes a tensor of shape (n, dim); returns logits of shape (n,) or (n, 1), or scores of the classes (inner,
        outer) of shape (n, 2), whose difference is the logit.
    device
        Where to compute.
    dtype
        Type of the tensor that the module sees; default that of its first floating-point parameter, else float64.
    max_batch
        Most points at once.
    gradient
        Whether the model has gradients; False for a module that is not differentiable.

    Examples
    --------
    >>> from adversarial_spheres import from_torch
    >>> model = from_torch(lambda points: points[:, 0] - 0.1)  # doctest: +SKIP
    >>> model.logits([[0.3, 0.4]])  # doctest: +SKIP
    array([0.2])
    """
    check_flag("gradient", gradient)
    import torch

    if not callable(module):
        raise InvalidArgumentError("module", type(module).__name__, "a torch.nn.Module or a function of tensors")
    is_module = isinstance(module, torch.nn.Module)
    if is_module:
        module.to(device)
    kind = _torch_type(module if is_module else None, dtype, torch)

    def answer(points: NDArray[Any], differentiate: bool) -> tuple[Any, Any]:
        if is_module:
            module.eval()
        tensor = torch.as_tensor(points, dtype=kind, device=device).requires_grad_(differentiate)
        return tensor, _logit_column(module(tensor), len(points))

    def logits(points: NDArray[Any]) -> NDArray[Any]:
        with torch.no_grad():
            return np.asarray(answer(points, False)[1].to("cpu").numpy())

    def input_gradient(points: NDArray[Any]) -> NDArray[Any]:
        with torch.enable_grad():
            tensor, values = answer(points, True)
            # Logits of different points do not depend on each other, so that the gradient of the sum holds them all.
            (found,) = torch.autograd.grad(values.sum(), tensor)
        return np.asarray(found.to("cpu").numpy())

    return CheckedModel(_Logits(logits, input_gradient if gradient else None), max_batch=max_batch)


def _torch_type(module: Any, dtype: Any, torch: Any) -> Any:
    if dtype is not None:
        name = dtype if isinstance(dtype, torch.dtype | str) else _floating_type(dtype).name
        found = getattr(torch, name, None) if isinstance(name, str) else name
        if not isinstance(found, torch.dtype) or not found.is_floating_point:
            raise InvalidArgumentError("dtype", dtype, "a floating-point type of PyTorch")
        return found
    for parameter in [] if module is None else module.parameters():
        if parameter.is_floating_point():
            return parameter.dtype
    return torch.float64


def from_jax(function: Callable[[Any], Any], *, dtype: Any = None, max_batch: int = MAX_BATCH) -> CheckedModel:
    """A model from a JAX function, with gradients by automatic differentiation.

    Parameters
    ----------
    function
        Takes an array of shape (n, dim), each row on its own; returns logits of shape (n,) or (n, 1), or scores of
        the classes (inner, outer) of shape (n, 2). It is compiled for each number of points once, so that batches are
        filled up to powers of two.
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
    kind = jax.dtypes.canonicalize_dtype(np.float32 if dtype is None else _floating_type(dtype))

    def logit_sum(points: Any) -> Any:
        return _logit_column(function(points), len(points)).sum()

    compiled = jax.jit(lambda points: _logit_column(function(points), len(points)))
    differentiated = jax.jit(jax.grad(logit_sum))

    def filled(run: Callable[[Any], Any]) -> Function:
        def call(points: NDArray[Any]) -> NDArray[Any]:
            count = len(points)
            full = np.concatenate([points, np.repeat(points[-1:], (1 << (count - 1).bit_length()) - count, axis=0)])
            return np.asarray(run(full.astype(kind)))[:count]

        return call

    return CheckedModel(_Logits(filled(compiled), filled(differentiated)), max_batch=max_batch)


def _logit_column(output: Any, count: int) -> Any:
    """Logits (n,) from outputs of shape (n,), (n, 1) or (n, 2)."""
    shape = tuple(getattr(output, "shape", ()))
    if shape == (count,):
        return output
    if shape == (count, 1):
        return output[:, 0]
    if shape == (count, _TWO_CLASSES):
        return output[:, 1] - output[:, 0]
    given = f"shape {shape}" if hasattr(output, "shape") else type(output).__name__
    raise ModelError("model", given, f"a function that returns shape ({count},), ({count}, 1) or ({count}, 2)")
