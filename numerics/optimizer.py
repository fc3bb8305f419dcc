"""Adam, in place ([KB2015], algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import daxpy, saxpy

from ..theory.errors import InvalidArgumentError
from ..theory.validation import check_range
from .arguments import RealArray
from .lanes import Lanes, equal_slices

# A NumPy call costs as much as 500 numbers, so that small blocks are slow; large ones leave the caches between the
# seven passes, and whole parameters would leave nothing to share.
_BLOCK = 2**18

# The sums are rescaled before their scale leaves a factor of this: it costs none of the range of single precision that
# gradients use.
_LARGEST_SCALE = 1e3


@dataclass(frozen=True)
class _Coefficients:
    """Numbers of one step; M and V are the sums of :class:`Adam`."""

    decay1: float  # M and V are multiplied by these first; 1.0 where they are not rescaled
    decay2: float
    weight1: float  # of the gradient in M
    weight2: float  # of its square in V
    rate: float
    epsilon: float


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
    lanes
        Threads that share a step; no influence on the result.

    Attributes
    ----------
    steps
        Number of steps taken, t.
    origin
        Step at which the sums were last rescaled; a multiple of ``period`` (or the step at which they were set).
    period
        Steps between two rescalings, a function of the decays alone: resumed runs rescale at the same steps.
    first, second
        The running sums M = m / (1 - beta1) / beta1^(t - origin) and V = v / (1 - beta2) / beta2^(t - origin), one
        array for each parameter: scaled so, they do not decay from step to step, and each needs one pass less.

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
        lanes: Lanes | None = None,
    ) -> None:
        self.learning_rate = float(check_range("learning_rate", learning_rate, 0.0, 1e3, low_open=True))
        self.beta1 = float(check_range("beta1", beta1, 0.0, 1.0, high_open=True))
        self.beta2 = float(check_range("beta2", beta2, 0.0, 1.0, high_open=True))
        self.epsilon = float(check_range("epsilon", epsilon, 0.0, 1.0, low_open=True))
        for parameter in parameters:
            if parameter.dtype not in (np.float32, np.float64):
                raise InvalidArgumentError("parameters", parameter.dtype, "arrays of float32 or float64")
            if not parameter.flags.c_contiguous:
                raise InvalidArgumentError("parameters", parameter.strides, "C-contiguous arrays")
        self.parameters = list(parameters)
        self.first = [np.zeros_like(p) for p in self.parameters]
        self.second = [np.zeros_like(p) for p in self.parameters]
        self.steps = self.origin = 0
        smallest = min(self.beta1, self.beta2)
        self.period = max(1, int(-math.log(_LARGEST_SCALE) / math.log(smallest))) if smallest > 0.0 else 1
        self.lanes = Lanes() if lanes is None else lanes

    def step(self, gradients: Sequence[RealArray]) -> None:
        """Take one step along ``gradients``, arrays shaped like the parameters; they are OVERWRITTEN."""
        coefficients = self._next_coefficients()
        work = [
            (block, [array.reshape(-1) for array in arrays])
            for arrays in zip(self.parameters, gradients, self.first, self.second, strict=True)
            for block in equal_slices(arrays[0].size, _BLOCK)
        ]
        self.lanes.map(_update, work, coefficients)

    def _next_coefficients(self) -> _Coefficients:
        self.steps += 1
        age, decay1, decay2 = self.steps - self.origin, 1.0, 1.0
        if self.steps % self.period == 0:
            decay1, decay2 = self.beta1**age, self.beta2**age
            self.origin, age = self.steps, 0
        # m_hat / (sqrt(v_hat) + eps) = (1 - beta1)/(1 - beta1^t) beta1^age / s * M / (sqrt(V) + eps/s),
        # s^2 = (1 - beta2)/(1 - beta2^t) beta2^age.
        scale = math.sqrt((1.0 - self.beta2) / (1.0 - self.beta2**self.steps) * self.beta2**age)
        rate = self.learning_rate * (1.0 - self.beta1) / (1.0 - self.beta1**self.steps) * self.beta1**age / scale
        return _Coefficients(
            decay1, decay2, self.beta1**-age, self.beta2**-age, rate=rate, epsilon=self.epsilon / scale
        )


def _update(work: tuple[slice, list[RealArray]], c: _Coefficients) -> None:
    block, arrays = work
    parameter, gradient, first, second = (array[block] for array in arrays)
    # y <- a x + y in one pass; NumPy needs two.
    number, add = (np.float32, saxpy) if parameter.dtype == np.float32 else (np.float64, daxpy)
    if c.decay1 != 1.0 or c.decay2 != 1.0:
        first *= number(c.decay1)
        second *= number(c.decay2)
    add(gradient, first, a=c.weight1)
    np.square(gradient, out=gradient)
    add(gradient, second, a=c.weight2)
    # The gradient's own memory takes the change: one array less in the caches.
    change = np.sqrt(second, out=gradient)
    change += number(c.epsilon)
    np.divide(first, change, out=change)
    add(change, parameter, a=-c.rate)
