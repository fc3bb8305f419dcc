"""A small convolutional network of PyTorch for images of 8 x 8 pixels, trained; the library is an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["answers", "fit", "own_randomness"]

_PASSES, _BATCH, _RATE, _MOMENTUM = 40, 50, 0.02, 0.9


def fit(pixels: NDArray[np.float64], digits: NDArray[np.int64]) -> Any:
    """A module from flat images, shape (n, 64), to the scores of ten classes, by gradient steps with momentum.

    Its random numbers are those of PyTorch, see :func:`own_randomness`; its optimisers are not used: to
    import them takes longer than this training.
    """
    import torch
    from torch import nn

    module = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 4 * 4, 10)),
    ).double()
    steps = [torch.zeros_like(weights) for weights in module.parameters()]
    images, labels = torch.as_tensor(pixels, dtype=torch.float64), torch.as_tensor(digits)
    for _ in range(_PASSES):
        for batch in torch.randperm(len(images)).split(_BATCH):
            loss = nn.functional.cross_entropy(module(images[batch]), labels[batch])
            slopes = torch.autograd.grad(loss, list(module.parameters()))
            with torch.no_grad():
                for weights, step, slope in zip(module.parameters(), steps, slopes, strict=True):
                    weights.sub_(step.mul_(_MOMENTUM).add_(slope, alpha=_RATE))
    return module.eval()


def answers(module: Any, pixels: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class of the largest score of each image, shape (n,)."""
    import torch

    with torch.no_grad():
        return np.asarray(module(torch.as_tensor(pixels, dtype=torch.float64)).argmax(dim=1).numpy())


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """PyTorch's random numbers of a seed, and one thread; what the user had is there again at the end.

    Sums depend on the number of threads, and where others compute, too, several threads took 20 times as long.
    """
    import torch

    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
