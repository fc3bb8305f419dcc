"""Scoring somebody else's adversarial points against the exact optimum of a quadratic classifier.

Attacks find some error near a point; for a quadratic classifier the nearest one is known, with a certificate. So a
candidate can be told off at once: it is no error, it is not on the sphere, or it is farther away than it need be. A
candidate that seems closer than the optimum is not on the sphere or no error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.arguments import check_single
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.sphere import misclassified, sphere_radius
from ...theory.basics.validation import (
    BoolArray,
    FloatArray,
    Metric,
    Sphere,
    as_array,
    check_finite,
    check_range,
    check_real,
)
from ...theory.nearest.on_sphere import NearestError, nearest_error
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from .geometry import angles_between, unit_rows

TOLERANCE = 1e-6
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class CandidateScores(ByValue):
    """What candidates are worth, one entry for each attacked point.

    Parameters
    ----------
    sphere, radius, tolerance
        The sphere, and the largest relative difference between a candidate's norm and the radius "on the sphere".
    given
        Whether there is a candidate at all (no NaN in its row).
    on_sphere
        Whether it lies on the sphere within the tolerance.
    is_error
        Whether the classifier is wrong at the candidate as it is, on the sphere or off it.
    is_error_projected
        Whether it is wrong after the candidate was moved on the sphere along its ray.
    beats_optimum
        The candidate's angle, or for one off the sphere its Euclidean distance, is below the certified lower bound:
        then it is off the sphere or no error there. It never holds together with ``succeeded``.
    angle
        Angles (radians) from the attacked points to the candidates' directions; NaN where not given.
    ambient_distance
        Euclidean distances |candidate - attacked point|; NaN where not given.
    optimum
        The certified angles of the nearest errors.
    ratio
        Candidate's angle over the exact angle (the certified upper bound), for those that succeeded; 1 where both are
        0; NaN elsewhere.
    """

    sphere: Sphere
    radius: float
    tolerance: float
    given: BoolArray
    on_sphere: BoolArray
    is_error: BoolArray
    is_error_projected: BoolArray
    beats_optimum: BoolArray
    angle: FloatArray
    ambient_distance: FloatArray
    optimum: NearestError
    ratio: FloatArray

    @property
    def succeeded(self) -> BoolArray:
        """Errors on the sphere: on it within the tolerance, and wrong both as they are and exactly on it."""
        return self.given & self.on_sphere & self.is_error & self.is_error_projected

    def distance(self, *, metric: Metric) -> FloatArray:
        """Distances along the sphere of the successful candidates; NaN elsewhere."""
        angle = np.where(self.succeeded, self.angle, 0.0)
        return np.where(self.succeeded, distance_from_angle(angle, radius=self.radius, metric=metric), np.nan)

    def summary(self) -> CandidateSummary:
        """Shares and ratios over all candidates."""
        ratios = self.ratio[self.succeeded]
        finite = ratios[np.isfinite(ratios)]
        return CandidateSummary(
            candidates=len(self.given),
            missing=int(np.count_nonzero(~self.given)),
            success_share=float(np.mean(self.succeeded)),
            off_sphere=int(np.count_nonzero(self.given & ~self.on_sphere)),
            not_errors=int(np.count_nonzero(self.given & ~self.is_error)),
            not_errors_projected=int(np.count_nonzero(self.given & ~self.is_error_projected)),
            beat_optimum=int(np.count_nonzero(self.beats_optimum)),
            mean_ratio=float(np.mean(finite)) if finite.size else None,
            worst_ratio=float(np.max(finite)) if finite.size else None,
            certificate_gap_max=float(np.max(self.optimum.gap)),
        )


@dataclass(frozen=True)
class CandidateSummary:
    """Candidates in a few numbers.

    success_share counts errors on the sphere among ALL candidates; the ratios are over those. beat_optimum counts
    candidates that seem closer than any error is: each is off the sphere or no error. not_errors_projected counts those
    that are no errors after they were moved on the sphere along their rays.
    """

    candidates: int
    missing: int
    success_share: float
    off_sphere: int
    not_errors: int
    not_errors_projected: int
    beat_optimum: int
    mean_ratio: float | None
    worst_ratio: float | None
    certificate_gap_max: float


def score_candidates(
    points: ArrayLike,
    candidates: ArrayLike,
    classifier: QuadraticClassifier,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    tolerance: float = TOLERANCE,
) -> CandidateScores:
    """Score adversarial points that any attack found, against the exact optimum.

    Parameters
    ----------
    points
        The attacked points, shape (n, dim), in the classifier's eigenbasis, on the sphere within ``tolerance``.
    candidates
        The found points, same shape and basis; a row of NaN where the attack found none.
    classifier
        One classifier. For a network in its own basis see
        :func:`adversarial_spheres.theory.quadratic.classifier.eigenbasis_of_weights`.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``).
    tolerance
        Largest relative difference between norm and radius of a point that counts as on the sphere.

    Returns
    -------
    CandidateScores
        The optimum is certified (see :func:`~.nearest.on_sphere.nearest_error`), so a ratio is
        exact up to the certificate's gap and the rounding of the candidate's own angle.

    Raises
    ------
    InvalidArgumentError
        Shapes differ, a point is not on the sphere, or a candidate is infinite.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([2.0, 0.5])
    >>> found = score_candidates([[0.0, 1.0]], [[0.6, 0.8]], classifier, "inner")
    >>> round(float(found.ratio[0]), 4), found.summary().success_share
    (1.0455, 1.0)
    """
    radius = sphere_radius(sphere, outer_radius)
    check_single_classifier(classifier)
    limit = check_single("tolerance", check_range("tolerance", tolerance, 0.0, 0.5))
    z, x, given = _checked_pairs(points, candidates, classifier.dim, radius, limit)
    optimum = nearest_error(z, classifier.errors_on(sphere, outer_radius))
    units = unit_rows(x)
    angle, ambient = angles_between(unit_rows(z), units), np.linalg.norm(x - z, axis=1)
    on_sphere = given & (np.abs(np.linalg.norm(x, axis=1) / radius - 1.0) <= limit)
    is_error = given & misclassified(classifier.logits(x), sphere)
    projected = given & misclassified(classifier.logits(radius * units), sphere)
    return CandidateScores(
        sphere=sphere,
        radius=radius,
        tolerance=limit,
        given=given,
        on_sphere=on_sphere,
        is_error=is_error,
        is_error_projected=projected,
        beats_optimum=given & _too_close(angle, ambient, on_sphere, optimum, radius),
        angle=np.where(given, angle, np.nan),
        ambient_distance=np.where(given, ambient, np.nan),
        optimum=optimum,
        ratio=_ratios(angle, np.asarray(optimum.angle_upper), on_sphere & is_error & projected),
    )


def _too_close(
    angle: FloatArray, ambient: FloatArray, on_sphere: BoolArray, optimum: NearestError, radius: float
) -> BoolArray:
    """Whether candidates are closer than any error of the sphere, by more than rounding."""
    least = np.asarray(optimum.angle_lower)
    chord = np.where(np.isinf(least), np.inf, 2.0 * radius * np.sin(0.5 * np.minimum(least, np.pi)))
    near_angle = angle < least * (1.0 - _ROUNDING) - _ROUNDING
    near_chord = ambient < chord * (1.0 - _ROUNDING) - _ROUNDING
    return np.asarray(near_angle | (~on_sphere & near_chord))


def _ratios(angle: FloatArray, optimum: FloatArray, counts: BoolArray) -> FloatArray:
    ratio = np.full_like(angle, np.nan)
    both_zero = counts & (angle == 0.0) & (optimum == 0.0)
    moved = counts & ~both_zero
    with np.errstate(divide="ignore"):
        ratio[moved] = angle[moved] / optimum[moved]
    ratio[both_zero] = 1.0
    return ratio


def _checked_pairs(
    points: ArrayLike, candidates: ArrayLike, dim: int, radius: float, tolerance: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    z, x = check_finite("points", points), as_array("candidates", candidates)
    if x.dtype.kind not in "buif":
        raise InvalidArgumentError("candidates", x.dtype.name, "real numbers, NaN where there is no candidate")
    if z.ndim != 2 or z.shape[1] != dim or not len(z):
        raise InvalidArgumentError("points", z.shape, f"of shape (n, {dim}), like the classifier")
    if x.shape != z.shape:
        raise InvalidArgumentError("candidates", x.shape, f"of shape {z.shape}, one for each point")
    worst = float(np.max(np.abs(np.linalg.norm(z, axis=1) / radius - 1.0)))
    if worst > tolerance:
        allowed = f"on the sphere of radius {radius:g} within {tolerance:g} of it"
        raise InvalidArgumentError("points", f"a norm off by {worst:.3g}", allowed)
    given = np.asarray(~np.isnan(x).any(axis=1))
    x = check_real("candidates", np.where(given[:, None], x, radius))
    return z, check_finite("candidates", x), given
