r"""Products of many factors 1 - i t k by moments of the k, which do not depend on t, in place of d functions at each t.

With K the largest abs(k), k = K sin(phi) and s = t K/(1 + sqrt(1 + t^2 K^2)), which is t K = 2 s/(1 - s^2),

    (1 - s^2) (1 - i t k) = 1 - s^2 - 2 i s sin(phi) = (1 - s exp(i phi)) (1 + s exp(-i phi)),
    log(1 - i t k) = sum_{j >= 1} s^(2j) 2 sin(j phi)^2 / j - 2 i sum_{j >= 0} s^(2j+1) sin((2j+1) phi) / (2j+1).

s lies in the unit disc for all t but the cuts beyond i/K and -i/K. Where t is real no two terms of the first sum cancel.
The second sum less its first order, -i t k, has sin((2j+1) phi) - (2j+1) x for the sine, with x = sin(phi). So the
moments are, all summed over the k,

    A_j = sum 2 sin(j phi)^2,  0 <= A_j <= 2 d,    B_j = sum (sin((2j+1) phi) - (2j+1) x),  abs(B_j) <= d + (2j+1) sum abs(x).

Rounding, with u half a unit in the last place: S = 2 sin(j phi)^2 and sin((2j+1) phi) come by steps S += 2 x s,
s += 2 x (1 - S) that turn a vector: an error of S is in S after n steps at most 2n + 1 times as large, one of s 2n abs(x)
times. As S <= 2 j^2 x^2 and abs(s) <= (2j+1) abs(x), the error of S is at most u x^2 c_j, 3 c_j = j (j^3 + 10 j^2 + 20 j - 19);
and abs(sin(n phi) - n x) <= (n^3 - n)/6 abs(x)^3. Both grow by at most 2u and 3u of themselves where x is rounded.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .double_double import rounded_sum
from .validation import FloatArray

__all__ = ["log_product_beyond_linear"]

Times: TypeAlias = FloatArray | NDArray[np.complex128]
_TARGET = 40.0  # what is left out is below exp(-40) beside a function that falls
_FALL = 36.0  # to exp(-36) at the largest t, like a Gaussian
_POWER = {"f": 12.0, "c": 40.0}  # roundings of s^2 and of a product by it, in u, of real and of complex numbers


def log_product_beyond_linear(
    kappa: FloatArray, t: Times, scratch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Log size and phase of prod_k (1 - i t k)^(-1/2) exp(-i t k/2), and a bound on their error.

    Parameters
    ----------
    kappa
        The k, (n, d).
    t
        (n, m), real, or complex with real parts not below the sizes of the imaginary parts.
    scratch
        Working memory, (4, n d) or more.

    Returns
    -------
    tuple of ndarray
        Log size, phase and error, (n, m) each. The error is that of the product relative to it, in units of 2^-52: what
        the series leaves out, which is little beside a function that falls like a Gaussian to exp(-36) at the last t,
        and what is rounded, if sums along the last axis are pairwise and complex roots are right to two units.

    Examples
    --------
    >>> k, t = np.array([[1.0, -0.5]]), np.array([[0.1, 1.0]])
    >>> size, phase, error = log_product_beyond_linear(k, t, np.empty((4, 2)))
    >>> exact = (1 - 0.1j) ** -0.5 * (1 + 0.05j) ** -0.5 * np.exp(-0.025j)
    >>> bool(abs(np.exp(size + 1j * phase)[0, 0] / exact - 1.0) < 2.0**-52 * error[0, 0] < 1e-15)
    True
    """
    unit, dim = np.abs(kappa).max(axis=-1, keepdims=True), kappa.shape[-1]
    h = t * unit
    s = h / (1.0 + np.sqrt(1.0 + h * h))
    size = np.abs(s)
    count = _count(size, np.abs(h), dim)
    x = kappa / np.where(unit > 0.0, unit, 1.0)
    spread = np.abs(x).sum(axis=-1)[:, None]
    even, odd, square, cube = _moments(x, count, scratch)
    powers = np.multiply.accumulate(np.broadcast_to(s * s, (count, *s.shape)), axis=0)
    first = powers[0] * even[0] + (powers[1:] * even[1:]).sum(axis=0)
    second = s * (powers * odd).sum(axis=0)
    sizes, next_power = np.abs(powers), size ** (2 * count + 2) / (1.0 - size * size)
    left_out = next_power * (dim / (count + 1) + size * (dim / (2 * count + 3) + spread))
    per_square, per_cube = _roundings(count, dim, _POWER[s.dtype.kind])
    rounded = square * np.tensordot(per_square, sizes, 1) + cube * size * np.tensordot(per_cube, sizes, 1)
    return -first.real - second.imag, second.real - first.imag, rounded + 2.0**52 * np.expm1(left_out)


def _count(size: FloatArray, h: FloatArray, dim: int) -> int:
    """How many moments leave out little: d s^(2 count) against what is allowed where the integrand has fallen."""
    allowed = _TARGET + np.log(dim) - _FALL * (h / np.maximum(h.max(axis=-1, keepdims=True), 1e-300)) ** 2
    return max(1, int(np.ceil((allowed / (-2.0 * np.log(np.maximum(size, 1e-300)))).max())))


def _moments(x: FloatArray, count: int, scratch: FloatArray) -> tuple[FloatArray, ...]:
    """A_j/(2j) and B_j/(2j+1), (count, n, 1) each; the sums of x^2 and abs(x)^3, (n, 1) each."""
    double, sine, square, step = (part[: x.size].reshape(x.shape) for part in scratch)
    np.multiply(x, x, out=step)
    cube = np.multiply(np.abs(x, out=sine), step, out=square).sum(axis=-1)
    first = rounded_sum(step, 1.0, square)
    np.multiply(x, 2.0, out=double)
    np.copyto(sine, x)
    square.fill(0.0)
    even, odd = np.empty((2, count, len(x)))
    for j in range(count):
        square += np.multiply(double, sine, out=step)
        square.sum(axis=-1, out=even[j])
        np.multiply(double, square, out=step).sum(axis=-1, out=odd[j])
        sine += double
        sine -= step
    j = np.arange(1.0, count + 1.0)[:, None]
    even /= 2.0 * j
    even[0] = first
    odd = -np.cumsum(odd, axis=0) / (2.0 * j + 1.0)
    return even[..., None], odd[..., None], first[:, None], cube[:, None]


def _roundings(count: int, dim: int, power: float) -> tuple[FloatArray, FloatArray]:
    """Bounds on the roundings of both sums, term by term, in units of 2^-52 of x^2 s^(2j) and abs(x)^3 s^(2j+1)."""
    j = np.arange(1.0, count + 1.0)
    turned = j * (j**3 + 10.0 * j**2 + 20.0 * j - 19.0) / 3.0
    pairwise = 28.0 + max(0.0, np.log2(dim / 128.0))
    common = power * j + pairwise + count + 10.0
    even = (2.0 * j**2 * common + turned) / (2.0 * j)
    even[0] = power + 8.0
    cubic = 2.0 / 3.0 * j * (j + 1.0) * (2.0 * j + 1.0)
    odd = ((common + power + j) * cubic + 2.0 * np.cumsum(turned)) / (2.0 * j + 1.0)
    return 0.5 * even, 0.5 * odd
