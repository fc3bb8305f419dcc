"""Modules of PyTorch as models, with gradients by automatic differentiation."""

from __future__ import annotations

import threading
from typing import Any

from numpy.typing import NDArray

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_flag
from .checked import MAX_BATCH, Adapter, CheckedModel, plain_array
from .outputs import Reading, floating_type


def from_torch(
    module: Any,
    *,
    classes: tuple[int, int] | None = None,
    returns: str = "logits",
    shape: tuple[int, ...] | None = None,
    device: Any = None,
    dtype: Any = None,
    max_batch: int = MAX_BATCH,
    gradient: bool = True,
) -> CheckedModel:
    """A model from a PyTorch module, with gradients by automatic differentiation.

    The module is in evaluation mode during each call, so that dropout and batch normalisation are deterministic;
    afterwards each of its parts is in the mode that it was in before.

    Parameters
    ----------
    module
        Takes a tensor of shape (n, dim); returns logits of shape (n,) or (n, 1), or scores of the classes (inner,
        outer) of shape (n, 2), whose difference is the logit.
    classes
        Which columns of the output are the scores of (inner, outer), counted from 0; other columns are not looked at.
    returns
        "logits", or "probabilities": those of "outer", outer where above 1/2, or those of both classes.
    shape
        Shape of one point as the module takes it, (channels, height, width), say; default (dim,).
    device
        Where to compute, and where the module is moved to (in place); default where its first parameter is.
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
    model = torch_model(module, Reading.of(returns, classes, shape), device=device, dtype=dtype)
    return CheckedModel(model if gradient else _WithoutGradient(model), max_batch=max_batch)


def torch_model(module: Any, reading: Reading, *, device: Any = None, dtype: Any = None) -> _TorchModel:
    """The model of a module whose output is read as told; arguments as for :func:`from_torch`."""
    import torch

    if not callable(module):
        raise InvalidArgumentError("module", type(module).__name__, "a torch.nn.Module or a function of tensors")
    own = module if isinstance(module, torch.nn.Module) else torch.nn.Module()
    if device is not None:
        own.to(device)
    place = next((parameter.device for parameter in own.parameters()), "cpu") if device is None else device
    return _TorchModel(module, own, reading, _kind(own, dtype), place)


class _TorchModel(Adapter):
    """Scores and their gradients, of points in NumPy."""

    def __init__(self, module: Any, own: Any, reading: Reading, kind: Any, device: Any) -> None:
        self._module, self._mode, self._reading = module, _EvaluationMode(own), reading
        self._to = {"dtype": kind, "device": device}
        self._resolution, self.scale_is_known = 0.0, reading.returns != "logits"

    @property
    def resolution(self) -> float:
        return self._resolution

    def logits(self, points: NDArray[Any]) -> NDArray[Any]:
        import torch

        with torch.no_grad(), self._mode:
            return self._reading.checked(self._plain(self._scores(torch.as_tensor(points, **self._to))))

    def input_gradient(self, points: NDArray[Any]) -> NDArray[Any]:
        import torch

        with torch.enable_grad(), self._mode:
            leaf = torch.as_tensor(points, **self._to).requires_grad_(True)
            # A layer that works in place may write on a copy, never on the leaf. Logits of different points do not
            # depend on each other, so that the gradient of the sum holds them all.
            (found,) = torch.autograd.grad(self._scores(leaf.clone()).sum(), leaf)
        return self._plain(found)

    def _scores(self, tensor: Any) -> Any:
        return self._reading.scores(self._module(self._reading.shaped(tensor)), len(tensor))

    def _plain(self, tensor: Any) -> NDArray[Any]:
        array, resolution = plain_array(tensor, "logits")
        self._resolution = max(self._resolution, resolution)
        return array


class _WithoutGradient(Adapter):
    """The scores alone."""

    def __init__(self, model: _TorchModel) -> None:
        self._model, self.scale_is_known = model, model.scale_is_known

    def logits(self, points: NDArray[Any]) -> NDArray[Any]:
        return self._model.logits(points)

    @property
    def resolution(self) -> float:
        return self._model.resolution


class _EvaluationMode:
    """A module in evaluation mode for as long as any thread is inside; its parts then are what they were before."""

    def __init__(self, module: Any) -> None:
        self._module, self._lock = module, threading.Lock()
        self._inside, self._training = 0, list[Any]()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._training = [part for part in self._module.modules() if part.training]
                if self._training:
                    self._module.eval()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                for part in self._training:
                    part.training = True


def _kind(module: Any, dtype: Any) -> Any:
    """The type of the tensors that a module sees."""
    import torch

    if dtype is not None:
        name = dtype if isinstance(dtype, torch.dtype | str) else floating_type(dtype).name
        found = getattr(torch, name, None) if isinstance(name, str) else name
        if not isinstance(found, torch.dtype) or not found.is_floating_point:
            raise InvalidArgumentError("dtype", dtype, "a floating-point type of PyTorch")
        return found
    for parameter in module.parameters():
        if parameter.is_floating_point():
            return parameter.dtype
    return torch.float64
