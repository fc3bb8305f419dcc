"""The sphere: uniform points, caps as the farthest error sets (Lévy; Figiel, Lindenstrauss and Milman)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_single, single_dim
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, Metric, check_metric, check_radius
from ..caps.distance import single_point_mean_distance
from . import isoperimetry
from .space import Space


@dataclass(frozen=True)
class Sphere(Space):
    """Uniform points of the sphere of a radius in R^dim.

    Parameters
    ----------
    dim
        Ambient dimension, an integer from 2 to 10^9.
    radius
        Its radius, > 0, which sets the unit.
    metric
        "euclidean" (chords) or "geodesic" (arcs).

    Raises
    ------
    InvalidArgumentError
        A bad dimension, radius or metric.

    Notes
    -----
    The bounds are those of :mod:`.spaces.isoperimetry`: exact for caps to a relative error of 1e-12.

    Examples
    --------
    >>> sphere = Sphere(500)
    >>> round(float(sphere.mean_distance_bound(0.001)), 6), sphere.sharp
    (0.138054, True)
    >>> round(float(sphere.max_robust_accuracy(0.01, 0.2)), 6)
    0.015765
    """

    dim: int
    radius: float = 1.0
    metric: Metric = "euclidean"
    sharp: ClassVar[bool] = True
    assumption: ClassVar[str] = "points are uniform on the sphere"
    sources: ClassVar[tuple[str, ...]] = ("Lev1951", "FLM1977")

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", single_dim(self.dim))
        object.__setattr__(self, "radius", check_single("radius", check_radius(self.radius)))
        check_metric(self.metric)

    @property
    def concentration(self) -> float:
        """r^2 / (d - 1): the sphere has log-Sobolev constant (d - 1) / r^2 [Led2001]."""
        return self.radius * self.radius / (self.dim - 1.0)

    @property
    def largest_distance(self) -> float:
        """Half the circumference, or the diameter."""
        return float(self.radius * (np.pi if self.metric == "geodesic" else 2.0))

    @property
    def largest_mean_distance(self) -> float:
        """Mean distance to a single point."""
        return float(single_point_mean_distance(self.dim, **self._where))

    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """Measure of the cap of measure ``error_rate``, widened; see :meth:`.Space.neighbourhood`."""
        return isoperimetry.cap_distance_survival(distance, error_rate, self.dim, **self._where).complement

    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """See :func:`.spaces.isoperimetry.log_mean_distance_bound`."""
        return isoperimetry.log_mean_distance_bound(error_rate, self.dim, **self._where)

    def mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """See :func:`.spaces.isoperimetry.mean_distance_bound`."""
        return isoperimetry.mean_distance_bound(error_rate, self.dim, **self._where)

    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """See :func:`.spaces.isoperimetry.quantile_distance_bound`."""
        return isoperimetry.quantile_distance_bound(quantile, error_rate, self.dim, **self._where)

    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """See :func:`.spaces.isoperimetry.max_error_rate`."""
        return isoperimetry.max_error_rate(mean_distance, self.dim, **self._where)

    @property
    def _where(self) -> dict[str, Any]:
        return {"radius": self.radius, "metric": self.metric}
