r"""The means of sin theta and 1 - cos theta, theta the angle to the nearest error, as exact integrals.

Notation as in :mod:`~.predicted.mean_distance`: A = 1 - psi(m) and N = max(-psi'(m), 0) are a quadratic form and the
negative part of one, sin^2 theta is the integral of N over 0 < m < 1. With f = sqrt(x) and
1 - sqrt(1 - x) in the formula there,

    E sin theta = 1/2 integral of E[A^(-1/2) N] dm,        E(1 - cos theta) = 1/2 integral of E[psi^(-1/2) N] dm.

An inverse root is an integral, S^(-1/2) = (2/sqrt(pi)) integral over t > 0 of exp(-t^2 S) dt, and what is left is a
Gaussian mean: for g standard normal, S = sum s_i g_i^2, w_i = 1 + 2 t^2 s_i and h_i = g_i sqrt(w_i),

    E[exp(-t^2 S(g)) N(g)] = prod w_i^(-1/2) E[N(h / sqrt(w))],

which is one line integral (:func:`~.negative_part.damped_negative_part`). For S = psi all w_i are at least 1. A is no
positive form; but A = B + m N where N > 0, with B = sum (m l_i/(1 - m l_i))^2 g_i^2, so that t^2 B in the exponent
takes its place, and N comes with exp(-m t^2 N). The powers of |g| separate as in :mod:`.negative_part`.

In t = T sinh x the trapezoid rule converges geometrically, as the integrand is even and analytic near the axis. The
error at a step is about the square of that at twice the step: ten times that square is what is said of it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray
from .negative_part import damped_negative_part
from .quadrature import DualNodes, by_chunks, dual_forms

__all__ = ["mean_roots"]

_STEP, _INNER_STEP = 0.25, 1.0 / 6.0
_MAX_NODES = 200
_AT_ONCE, _CHUNK_ENTRIES = 12, 2**15
_NEGLIGIBLE = 1e-10  # of an integral
_LEAST_ERROR = 1e-8  # relative: more than what rounding and the inner rule leave
_TURNED = 0.1  # a w_i below it, of the form A, would lose digits
_FAR = 600.0  # a product of w_i below exp(-600) would soon have no inverse root


def mean_roots(found: DualNodes) -> tuple[FloatArray, FloatArray]:
    """E sin theta and E(1 - cos theta), and estimates of their errors.

    Parameters
    ----------
    found
        Nodes along the dual variable with the moments 0 and 1 at least.

    Returns
    -------
    tuple
        The two means, and their errors, shape (2,) each. Guarantee: estimate of an exact formula.

    Raises
    ------
    AccuracyError
        An integral did not converge.

    Examples
    --------
    >>> from adversarial_spheres.theory.predicted.quadrature import dual_nodes
    >>> means, errors = mean_roots(dual_nodes(np.array([1.0, -1.0]), 1))
    >>> exact = np.array([2.0 - 2.0**0.5, np.pi / 2 - 2.0**0.5]) / np.pi  # the angle is uniform up to pi/4
    >>> bool(np.all(np.abs(means / exact - 1.0) < 1e-9)), bool(errors.max() < 1e-7)
    (True, True)
    """
    share = found.weights * found.moments[0]
    some = share > _NEGLIGIBLE * share.sum()
    values = np.zeros((4, len(share)))
    kept = found.m[some], found.w[some], found.moments[0, some], found.unit * found.moments[1, some]
    values[:, some] = by_chunks(lambda *rows: _roots_at(found.lam, *rows), found.lam.size, *kept)
    (means, double_step), (errors, _) = (x.reshape(2, 2) for x in found.integrals(values))
    missed = 10.0 * (double_step / means - 1.0) ** 2 + _LEAST_ERROR
    return 0.5 * means, 0.5 * (errors + missed * means)


def _roots_at(lam: FloatArray, m: FloatArray, w: FloatArray, zeroth: FloatArray, first: FloatArray) -> FloatArray:
    """E[A^(-1/2) N] and E[psi^(-1/2) N] on the sphere, and by the double step: shape (4, nodes).

    The moments say how large A is where N > 0.
    """
    forms, sines = dual_forms(lam, m, w)
    radius = np.exp(gammaln(0.5 * lam.size + 0.5) - gammaln(0.5 * lam.size)) * np.sqrt(2.0)
    size = np.clip(first / zeroth, 1e-300, 1.0)
    by_sine = _inverse_root_means(forms, sines, sines**2, m, lam.size * size)
    by_cosine = _inverse_root_means(
        forms, 1.0 - sines, 1.0 - sines, m, lam.size * np.maximum(1.0 - size, 1.0 / lam.size)
    )
    return np.asarray(np.array([by_sine[0], by_cosine[0], by_sine[1], by_cosine[1]]) / radius)


def _inverse_root_means(
    forms: FloatArray, weights: FloatArray, safe: FloatArray, m: FloatArray, sizes: FloatArray
) -> FloatArray:
    """E[S(g)^(-1/2) N(g)], S the form of the weights, S = safe + m N where N > 0; and the same by the double step."""
    unit = 1.0 / np.sqrt(2.0 * sizes)
    total, coarse, live = np.zeros(len(m)), np.zeros(len(m)), np.arange(len(m))
    at_once = 2 * max(1, min(_AT_ONCE, _CHUNK_ENTRIES // forms.size) // 2)
    for start in range(0, _MAX_NODES, at_once):
        x = _STEP * np.arange(start, start + at_once)
        rows = np.tile(live, at_once)
        t, speed = (np.outer(f(x), unit[live]).ravel() for f in (np.sinh, np.cosh))
        terms = _STEP * speed * _damped_mean(forms[rows], weights[rows], safe[rows], m[rows], t**2)
        terms = terms.reshape(at_once, -1)
        if start == 0:
            terms[0] *= 0.5
        total[live] += terms.sum(axis=0)
        coarse[live] += 2.0 * terms[::2].sum(axis=0)
        live = live[terms[-1] > _NEGLIGIBLE * total[live]]
        if len(live) == 0:
            break
    else:
        raise AccuracyError("the mean of an inverse root did not converge", total)
    return np.asarray(2.0 / np.sqrt(np.pi) * np.array([total, coarse]))


def _damped_mean(forms: FloatArray, weights: FloatArray, safe: FloatArray, m: FloatArray, t2: FloatArray) -> FloatArray:
    """E[exp(-t^2 S(g)) N(g)]."""
    w = 1.0 + 2.0 * t2[:, None] * weights
    turned = w.min(axis=1) < _TURNED
    w[turned] = 1.0 + 2.0 * t2[turned, None] * safe[turned]
    logs = np.log(w).sum(axis=1)
    far = logs < -_FAR
    w[far] = 1.0 + 2.0 * t2[far, None] * safe[far]
    logs[far] = np.log(w[far]).sum(axis=1)
    means = damped_negative_part(forms / w, np.where(turned | far, t2 * m, 0.0), step=_INNER_STEP, last=_NEGLIGIBLE)
    return np.asarray(means * np.exp(-0.5 * logs))
