r"""Normal points of any covariance: half-spaces stay the farthest error sets, in the norm's own worst direction.

Notation. x = A g with g standard normal and A A' = S the covariance, q the exponent dual to p. A distance in l_p
changes by at most \|A\|_(2 -> p) times as much as g moves in l_2, so that the bounds are those of Gaussian space at
that scale. The signed distance in l_p of x to the half-space {w'x >= c} is (c - w'x) / \|w\|_q, of the standard
deviation sqrt(w'S w) / \|w\|_q; the largest of these over w is \|A'\|_(q -> 2) = \|A\|_(2 -> p), the same number:
half-spaces attain the bounds for every p.

- p = 2: the root of the largest eigenvalue, w the eigenvector;
- p = inf: the root of the largest variance, w the coordinate (the convex w'S w is largest at a vertex of the l_1 ball);
- S diagonal, variances v_i: for p >= 2 the same coordinate, as \|w\|_2 <= \|w\|_q; for p < 2, Hölder's inequality for
  sum v_i w_i^2 with exponents p/(2-p) and q/2 gives the l_(p/(2-p)) norm of v, under the root.

For other p a full matrix leaves a problem without a known solution (p = 1 is a maximal cut): it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_single
from ..basics.by_value import ByValue, frozen_copy
from ..basics.errors import InvalidArgumentError
from ..basics.validation import MAX_RADIUS, FloatArray, check_finite, check_range
from .compared import ComparedSpace
from .gaussian import Gaussian
from .space import Space

_ROUNDING = 1e-12
"""By which a matrix that was computed may miss being symmetric or not negative, relative to its largest entry."""


@dataclass(frozen=True, eq=False)
class AnisotropicGaussian(ByValue, ComparedSpace):
    """Normal points with a covariance: correlated coordinates, or coordinates of unequal variance.

    Parameters
    ----------
    covariance
        Matrix of shape (dim, dim), symmetric and positive semidefinite; or the variances of independent coordinates,
        shape (dim,), at least 0. Not all 0.
    norm
        p in [1, inf]: distances are in l_p. A matrix takes 2 and inf.

    Raises
    ------
    InvalidArgumentError
        No covariance, or a norm that is bad or has no known bound for a matrix.

    Notes
    -----
    Attained by half-spaces: see the module. Accuracy: that of :class:`~.gaussian.Gaussian`, and the rounding of the
    largest eigenvalue, a relative error of 1e-15 times the dimension.

    Examples
    --------
    >>> noise = AnisotropicGaussian([[2.0, 1.0], [1.0, 2.0]])
    >>> round(noise.scale, 12) == round(3.0**0.5, 12)
    True
    >>> round(float(AnisotropicGaussian([9.0, 16.0], norm=1).scale), 12)  # 3, 4, 5
    5.0
    """

    covariance: FloatArray
    norm: float = 2.0
    dim: int = field(init=False, repr=False)
    sharp: ClassVar[bool] = True
    assumption: ClassVar[str] = "points are normal, with this covariance"
    sources: ClassVar[tuple[str, ...]] = ("Bor1975", "ST1978")

    def __post_init__(self) -> None:
        covariance = _checked(self.covariance)
        object.__setattr__(self, "covariance", frozen_copy(covariance))
        object.__setattr__(self, "dim", len(covariance))
        object.__setattr__(self, "norm", check_single("norm", check_range("norm", self.norm, 1.0, np.inf)))
        if covariance.ndim == 2 and self.norm not in (2.0, np.inf):
            raise InvalidArgumentError("norm", self.norm, "2 or inf for a matrix; others for variances alone")
        if covariance.ndim == 2 and float(self._spectrum[0].min()) < -_ROUNDING * self.dim:
            lowest = float(self._spectrum[0].min() * np.max(np.abs(covariance)))
            raise InvalidArgumentError("covariance", lowest, "of eigenvalues that are at least 0")

    @property
    def scale(self) -> float:
        """Largest standard deviation of the signed distance to a half-space."""
        largest = float(np.max(np.abs(self.covariance)))
        relative = np.asarray(self.covariance) / largest  # squares and sums of it neither overflow nor vanish
        if self.covariance.ndim == 2:
            top = float(np.diag(relative).max() if self.norm == np.inf else self._spectrum[0].max())
        elif self.norm >= 2.0:
            top = 1.0
        else:
            power = self.norm / (2.0 - self.norm)
            top = float(np.sum(relative**power) ** (1.0 / power))
        return float(np.sqrt(largest) * np.sqrt(top))

    @property
    def metric(self) -> str:
        """ "euclidean", or l_p."""
        return "euclidean" if self.norm == 2.0 else f"l_{self.norm:g}"

    @property
    def comparison(self) -> tuple[Space, float]:
        """Standard Gaussian space, of which the points are a linear image."""
        return Gaussian(self.dim), self.scale

    def from_standard(self, normal: ArrayLike) -> FloatArray:
        """The points A g of standard normal vectors g, both of shape (n, dim)."""
        g = check_finite("normal", normal)
        if g.ndim != 2 or g.shape[1] != self.dim:
            raise InvalidArgumentError("normal", g.shape, f"of shape (n, {self.dim})")
        if self.covariance.ndim == 1:
            return np.asarray(g * np.sqrt(self.covariance))
        values, vectors = self._spectrum
        largest = np.sqrt(np.max(np.abs(self.covariance)))
        return np.asarray((g * np.sqrt(np.maximum(values, 0.0))) @ vectors.T * largest)

    @cached_property
    def _spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues, relative to the largest entry, and eigenvectors of a matrix."""
        values, vectors = np.linalg.eigh(self.covariance / np.max(np.abs(self.covariance)))
        return values, vectors


def _checked(covariance: ArrayLike) -> FloatArray:
    """Variances, or a symmetric matrix."""
    s = check_finite("covariance", covariance)
    if s.ndim not in (1, 2) or s.size == 0 or (s.ndim == 2 and s.shape[0] != s.shape[1]):
        raise InvalidArgumentError("covariance", s.shape, "of shape (dim,) or (dim, dim)")
    largest = float(np.max(np.abs(s)))
    if not 0.0 < largest <= MAX_RADIUS:
        raise InvalidArgumentError("covariance", largest, f"of a largest entry above 0, at most {MAX_RADIUS:g}")
    if s.ndim == 1:
        return check_range("covariance", s, 0.0, np.inf)
    skew = float(np.max(np.abs(s - s.T)))
    if skew > _ROUNDING * largest:
        raise InvalidArgumentError("covariance", skew, "symmetric: no two opposite entries apart")
    return np.asarray(0.5 * (s + s.T))
