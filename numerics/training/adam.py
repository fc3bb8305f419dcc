"""Adam, in place ([KB2015], algorithm 1).

With numba installed (extra ``fast``) a step is compiled into one pass. Both ways do the same operations in the same
order on each number, each of them correctly rounded (IEEE 754), so that they give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from ...theory.basics.arguments import RealArray, check_sequence, check_single
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_range
from ..sampling.threads import Team, equal_slices

# A NumPy call costs as much as 500 numbers, so that small blocks are slow; large ones leave the caches between the ten
# passes, and whole parameters would leave nothing to share.
_BLOCK = 2**18

Update: TypeAlias = Callable[..., None]


class Adam:
    """Adam with bias correction, changing the parameters in place.

    m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
    parameter <- parameter - rate * m_hat / (sqrt(v_hat) + epsilon), where m_hat = m / (1 - beta1^t) and
    v_hat = v / (1 - beta2^t).

    Parameters
    ----------
    parameters
        C-contiguous arrays of float32 or float64; they are changed by :meth:`step`.
    learning_rate
        Step size, > 0.
    beta1, beta2
        Decay of the two averages, in [0, 1).
    epsilon
        > 0; added to the root of the second average.
    team
        Threads that share a step; no influence on the result.

    Attributes
    ----------
    steps
        Number of steps taken, t.
    first, second
        The running sums m / (1 - beta1) and v / (1 - beta2), one array for each parameter: scaled so, each needs one
        pass less, and the step is the same one.

    Examples
    --------
    >>> x = np.array([3.0])
    >>> adam = Adam([x], learning_rate=0.1)
    >>> for _ in range(500):
    ...     adam.step([2.0 * x])
    >>> bool(abs(x[0]) < 1e-3)
    True
    """

    def __init__(
        self,
        parameters: Sequence[RealArray],
        *,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        team: Team | None = None,
    ) -> None:
        self.learning_rate = check_single(
            "learning_rate", check_range("learning_rate", learning_rate, 0.0, 1e3, low_open=True)
        )
        self.beta1 = check_single("beta1", check_range("beta1", beta1, 0.0, 1.0, high_open=True))
        self.beta2 = check_single("beta2", check_range("beta2", beta2, 0.0, 1.0, high_open=True))
        self.epsilon = check_single("epsilon", check_range("epsilon", epsilon, 0.0, 1.0, low_open=True))
        check_sequence("parameters", parameters, np.ndarray, "a list of arrays")
        for parameter in parameters:
            if not parameter.flags.c_contiguous or parameter.dtype not in (np.float32, np.float64):
                given = f"{parameter.dtype} {parameter.strides}"
                raise InvalidArgumentError("parameters", given, "C-contiguous arrays of float32 or float64")
        self.parameters = list(parameters)
        self.first = [np.zeros_like(p) for p in self.parameters]
        self.second = [np.zeros_like(p) for p in self.parameters]
        self.steps = 0
        self._blocks = [equal_slices(p.size, _BLOCK) for p in self.parameters]
        self.team = Team() if team is None else team

    def step(self, gradients: Sequence[RealArray]) -> None:
        """Take one step along ``gradients``, arrays shaped like the parameters; they are OVERWRITTEN."""
        self.steps += 1
        # With the scaled sums M, V: m_hat / (sqrt(v_hat) + eps) = (1 - beta1)/(1 - beta1^t)/s * M / (sqrt(V) + eps/s),
        # s^2 = (1 - beta2)/(1 - beta2^t).
        scale = np.sqrt((1.0 - self.beta2) / (1.0 - self.beta2**self.steps))
        rate = self.learning_rate * (1.0 - self.beta1) / (1.0 - self.beta1**self.steps) / scale
        update = compiled_update() or update_in_passes
        for blocks, *arrays in zip(self._blocks, self.parameters, gradients, self.first, self.second, strict=True):
            flat = [array.reshape(-1) for array in arrays]
            number = flat[0].dtype.type
            numbers = [number(value) for value in (self.beta1, self.beta2, rate, self.epsilon / scale)]
            self.team.map(_update_block, blocks, update, flat, numbers)


def _update_block(block: slice, update: Update, arrays: list[RealArray], numbers: list[np.floating[Any]]) -> None:
    update(*(array[block] for array in arrays), *numbers)


def update_in_passes(
    parameter: RealArray,
    gradient: RealArray,
    first: RealArray,
    second: RealArray,
    beta1: np.floating[Any],
    beta2: np.floating[Any],
    rate: np.floating[Any],
    epsilon: np.floating[Any],
) -> None:
    """One step on flat arrays by NumPy, all but ``gradient`` updated, which is overwritten."""
    first *= beta1
    first += gradient
    second *= beta2
    second += np.square(gradient, out=gradient)
    # The gradient's own memory takes the change: one array less in the caches.
    change = np.sqrt(second, out=gradient)
    change += epsilon
    np.divide(first, change, out=change)
    change *= rate
    parameter -= change


@cache
def compiled_update() -> Update | None:
    """The same step compiled into one pass, to the same bits; None where numba is not installed."""
    try:
        import numba
    except ImportError:
        return None

    def update(parameter, gradient, first, second, beta1, beta2, rate, epsilon):
        for i in range(parameter.size):
            first[i] = first[i] * beta1 + gradient[i]
            second[i] = second[i] * beta2 + gradient[i] * gradient[i]
            parameter[i] -= first[i] / (math.sqrt(second[i]) + epsilon) * rate

    # The default error model tests every division for zero; without "fastmath" nothing is fused or reordered.
    compiled: Update = numba.njit(update, nogil=True, error_model="numpy")
    return compiled
