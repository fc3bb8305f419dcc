r"""The product of many factors (1 - i t k)^(-1/2) at many t: large k one by one, the others by their moments.

With K the largest abs(k) of the others, k = K sin(phi), s = t K/(1 + sqrt(1 + t^2 K^2)) and so t K = 2 s/(1 - s^2),

    (1 - s^2) (1 - i t k) = 1 - s^2 - 2 i s sin(phi) = (1 - s exp(i phi)) (1 + s exp(-i phi)),
    log(1 - i t k) = sum_{j >= 1} s^(2j) 2 sin(j phi)^2 / j - 2 i sum_{j >= 0} s^(2j+1) sin((2j+1) phi) / (2j+1).

s lies in the unit disc for all t but the cuts beyond i/K and -i/K. Where t is real no terms of the first sum cancel.
The second sum less its first order, -i t k, has sin((2j+1) phi) - (2j+1) x for the sine, with x = sin(phi). So moments,
which do not depend on t, take the place of d functions at each t: summed over the k,

    A_j = sum 2 sin(j phi)^2,                 0 <= A_j <= 2 d,
    B_j = sum (sin((2j+1) phi) - (2j+1) x),   abs(B_j) <= d + (2j+1) sum abs(x).

Rounding, with u half a unit in the last place: S = 2 sin(j phi)^2 and s = sin((2j+1) phi) come by steps S += 2 x s,
s += 2 x (1 - S) that turn a vector. An error of S is in S after n steps at most 2n + 1 times as large, one of s at most
2n abs(x) times. As S <= 2 j^2 x^2 and abs(s) <= (2j+1) abs(x), the error of S is at most u x^2 c_j with
c_j = j (j^3 + 10 j^2 + 20 j - 19)/3. And abs(sin(n phi) - n x) <= (n^3 - n)/6 abs(x)^3. The rounding of x changes what
x^2 and abs(x)^3 bound by at most 2u and 3u of these bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .by_value import ByValue
from .double_double import rounded_sum
from .validation import FloatArray

__all__ = ["RootProduct"]

_REACH = 2.5  # abs(t k) up to which k counts as small
_WORTH = 1 << 15  # factors that moments must save
_TARGET = 40.0  # what moments leave out is below exp(-40) beside a function that falls
_FALL = 36.0  # to exp(-36) at the last t, like a Gaussian
_POWER = {"f": 12.0, "c": 40.0}  # roundings of s^2 and of a product by it, in u, of real and of complex numbers


@dataclass(frozen=True, eq=False)
class RootProduct(ByValue):
    """prod_k (1 - i t k)^(-1/2) for each of n rows of k at m points t = tau - i eta; all but two are (n, m).

    Parameters
    ----------
    log_size, phase
        Of the product.
    single, logs
        The k treated one by one, (n, some), and the sum of the sizes of the real parts of their logarithms.
    linear, error
        Half the sum of the other k, (n, 1), and a bound on the error of the product by their moments, relative and in
        units of 2^-52: what is left out, which is little beside a function that falls like a Gaussian to exp(-36) at
        the last t, and what is rounded, but for the first order, if sums along the last axis are pairwise and roots of
        complex numbers right to two units.

    Examples
    --------
    >>> product = RootProduct.at(np.array([[1.0, -0.5]]), np.array([[0.1, 1.0]]), None, np.empty((4, 4)))
    >>> exact = (1 - 1j) ** -0.5 * (1 + 0.5j) ** -0.5
    >>> bool(abs(np.exp(product.log_size + 1j * product.phase)[0, 1] / exact - 1.0) < 1e-15)
    True
    """

    log_size: FloatArray
    phase: FloatArray
    single: FloatArray
    logs: FloatArray
    linear: FloatArray
    error: FloatArray

    @classmethod
    def at(cls, kappa: FloatArray, tau: FloatArray, eta: FloatArray | None, scratch: FloatArray) -> RootProduct:
        """At points whose distance grows along a row.

        Parameters
        ----------
        kappa
            (n, d).
        tau, eta
            (n, m), 0 <= eta <= tau in size; None where all eta are 0.
        scratch
            (4, n d) or more: large arrays live there, as fresh ones would cost more in page faults than the arithmetic.
        """
        far = tau[:, -1:] if eta is None else np.hypot(tau[:, -1:], eta[:, -1:])
        small = np.abs(kappa) * far <= _REACH
        if np.count_nonzero(small) * tau.shape[1] < _WORTH:
            log_size, phase, logs = _one_by_one(kappa, tau, eta, scratch)
            nothing = np.zeros((len(kappa), 1))
            return cls(log_size, phase, kappa, logs, nothing, nothing)
        single, others = _packed(kappa, ~small), np.where(small, kappa, 0.0)
        log_size, phase, logs = _one_by_one(single, tau, eta, scratch)
        size, turn, error = _by_moments(others, tau if eta is None else tau - 1j * eta, scratch)
        linear = 0.5 * _sum(others, scratch)
        log_size += size if eta is None else size + linear * eta
        return cls(log_size, phase + (turn + linear * tau), single, logs, linear, error)


def _sum(terms: FloatArray, scratch: FloatArray) -> FloatArray:
    copy, rest = (part[: terms.size].reshape(terms.shape) for part in scratch[:2])
    np.copyto(copy, terms)
    return rounded_sum(copy, np.abs(terms).max(axis=-1, keepdims=True), rest)[:, None]


def _packed(values: FloatArray, chosen: NDArray[np.bool_]) -> FloatArray:
    """The chosen ones of each row, with zeros after them, (n, at least 1)."""
    counts = chosen.sum(axis=-1)
    result = np.zeros((len(values), max(1, int(counts.max()))))
    result[np.arange(result.shape[1]) < counts[:, None]] = values[chosen]
    return result


def _one_by_one(
    kappa: FloatArray, tau: FloatArray, eta: FloatArray | None, scratch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log size, phase, and sum of the sizes of the logs, (n, m) each, in blocks."""
    parts = np.empty((3, *tau.shape))
    block = max(1, scratch.shape[-1] // kappa.size)
    for part in (slice(i, i + block) for i in range(0, tau.shape[1], block)):
        parts[:, :, part] = _factors(kappa, tau[:, part], None if eta is None else eta[:, part], scratch)
    log_size, phase, logs = parts
    return log_size, phase, logs


def _factors(
    kappa: FloatArray, tau: FloatArray, eta: FloatArray | None, scratch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log size and phase of prod_i (1 - i t kappa_i)^(-1/2) at t = tau - i eta, and the sum of the sizes of the logs.

    All large arrays live in scratch: fresh ones would cost more in page faults than the arithmetic on them.
    """
    k, tau = kappa[:, None, :], tau[:, :, None]
    shape = (*tau.shape[:2], k.shape[-1])
    size = tau.size * k.shape[-1]
    tk, excess, modulus, shift = (part[:size].reshape(shape) for part in scratch)
    np.multiply(tau, k, out=tk)
    if eta is None:
        np.multiply(tk, tk, out=excess)
        phase = 0.5 * rounded_sum(np.arctan(tk, out=tk), 2.0, modulus)
        log_size = -0.25 * rounded_sum(np.log1p(excess, out=excess), 128.0, modulus)
        return log_size, phase, -log_size
    eta = eta[:, :, None]
    # abs(1 - i t kappa)^2 - 1 = kappa (abs(t)^2 kappa - 2 eta)
    np.multiply(tau * tau + eta * eta, k, out=excess)
    excess -= 2.0 * eta
    excess *= k
    # Half the argument of a complex number z is atan(Im z / (abs(z) + Re z)): one branch for all of (-pi, pi).
    np.add(excess, 1.0, out=modulus)
    np.sqrt(modulus, out=modulus)
    modulus += 1.0
    modulus -= np.multiply(eta, k, out=shift)
    tk /= modulus
    phase = rounded_sum(np.arctan(tk, out=tk), 2.0, modulus)
    np.log1p(excess, out=excess)
    sizes = 0.25 * np.abs(excess, out=shift).sum(axis=-1)
    return -0.25 * rounded_sum(excess, 128.0, modulus), phase, sizes


def _by_moments(
    kappa: FloatArray, t: FloatArray | NDArray[np.complex128], scratch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log size and phase of prod_k (1 - i t k)^(-1/2) exp(-i t k/2) and a bound on their error, (n, m) each."""
    unit, dim = np.abs(kappa).max(axis=-1, keepdims=True), kappa.shape[-1]
    h = t * unit
    s = h / (1.0 + np.sqrt(1.0 + h * h))
    size = np.abs(s)
    count = _count(size, np.abs(h), dim)
    x = kappa / np.where(unit > 0.0, unit, 1.0)
    even, odd, spread, square, cube = _moments(x, count, scratch)
    powers = np.multiply.accumulate(np.broadcast_to(s * s, (count, *s.shape)), axis=0)
    first = powers[0] * even[0] + (powers[1:] * even[1:]).sum(axis=0)
    second = s * (powers * odd).sum(axis=0)
    per_square, per_cube = _roundings(count, dim, _POWER[s.dtype.kind])
    sizes = np.abs(powers)
    rounded = square * np.tensordot(per_square, sizes, 1) + cube * size * np.tensordot(per_cube, sizes, 1)
    left_out = size ** (2 * count + 2) / (1.0 - size * size)
    left_out *= dim / (count + 1) + size * (dim / (2 * count + 3) + spread)
    return -first.real - second.imag, second.real - first.imag, rounded + 2.0**52 * np.expm1(left_out)


def _count(size: FloatArray, h: FloatArray, dim: int) -> int:
    """How many moments leave out little: d s^(2 count) against what is allowed where the integrand has fallen."""
    allowed = _TARGET + np.log(dim) - _FALL * (h / np.maximum(h[:, -1:], 1e-300)) ** 2
    return max(1, int(np.ceil((allowed / (-2.0 * np.log(np.maximum(size, 1e-300)))).max())))


def _moments(x: FloatArray, count: int, scratch: FloatArray) -> tuple[FloatArray, ...]:
    """A_j/(2j) and B_j/(2j+1), (count, n, 1) each; the sums of abs(x), x^2 and abs(x)^3, (n, 1) each."""
    double, sine, square, step = (part[: x.size].reshape(x.shape) for part in scratch)
    spread = np.abs(x, out=sine).sum(axis=-1)
    np.multiply(x, x, out=step)
    cube = np.multiply(sine, step, out=square).sum(axis=-1)
    first = rounded_sum(step, 1.0, square)
    np.multiply(x, 2.0, out=double)
    np.copyto(sine, x)
    square.fill(0.0)
    even, odd = np.empty((2, count, len(x)))
    for even_sum, odd_sum in zip(even, odd, strict=True):
        square += np.multiply(double, sine, out=step)
        square.sum(axis=-1, out=even_sum)
        np.multiply(double, square, out=step).sum(axis=-1, out=odd_sum)
        sine += double
        sine -= step
    j = np.arange(1.0, count + 1.0)[:, None]
    even /= 2.0 * j
    even[0] = first
    odd = -np.cumsum(odd, axis=0) / (2.0 * j + 1.0)
    return tuple(part[..., None] for part in (even, odd, spread, first, cube))


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
