"""Statements about the sphere: caps, the isoperimetric bounds, and their comparison with Gauss space."""

from __future__ import annotations

import sympy as sp

from .notation import (
    Phi,
    angle,
    cap_angle,
    deviation,
    dim,
    distance,
    epsilon,
    error_rate,
    failure,
    height,
    named,
    polar_density,
    quantile_angle,
    radius,
    samples,
    score,
    varphi,
)
from .statement import Statement

_MEAN_GEODESIC = named(r"\bar{d}_{\mathrm{geodesic}}(E)")
_MEAN_EUCLIDEAN = named(r"\bar{d}_{\mathrm{euclidean}}(E)")
_CAP = r"$d \ge 2$, $\phi$ the angular radius of the cap of the same measure as $E$"
_ISOPERIMETRY = ("Gil2018", "Lev1951", "FLM1977")
_TURN = sp.Max(0, quantile_angle - cap_angle)
_LAW = {"cap_angle": cap_angle, "dim": dim, "radius": radius}


def _beyond(turn: object) -> object:
    """Fraction of the sphere farther than phi + turn from the centre of the cap."""
    return sp.Integral(polar_density(angle), (angle, sp.Min(cap_angle + turn, sp.pi), sp.pi))


CAPS = (
    Statement.of(
        "polar_density",
        "Density of the angle between a uniform point of the sphere and a fixed one",
        sp.Function("p_{d}")(angle),
        polar_density(angle),
        symbols={"angle": angle, "dim": dim},
        domain=r"$d \ge 2$, $0 \le \theta \le \pi$",
        computed_by="theory.caps.cap.cap_measure",
    ),
    Statement.of(
        "cap_measure_integral",
        "Measure of the cap of angular radius phi",
        error_rate,
        sp.Integral(polar_density(angle), (angle, 0, cap_angle)),
        symbols={"cap_angle": cap_angle, "dim": dim},
        sources=("Lev1951",),
        domain=r"$d \ge 2$, $0 \le \phi \le \pi$",
        computed_by="theory.caps.cap.cap_log_measure_from_angle",
    ),
    Statement.of(
        "cap_measure",
        "Measure of the cap of height h = cos(phi), by the regularised incomplete beta function",
        error_rate,
        (1 - sp.sign(height) * sp.betainc_regularized(sp.Rational(1, 2), (dim - 1) / sp.Integer(2), 0, height**2)) / 2,
        symbols={"height": height, "dim": dim},
        sources=("Lev1951",),
        domain=r"$d \ge 2$, $-1 \le h \le 1$",
        computed_by="theory.caps.cap.cap_measure",
    ),
)

BOUNDS = (
    Statement.of(
        "distance_survival_geodesic",
        "Law of the geodesic distance t to the nearest error: at most that of the cap",
        named(r"\mathbb{P}\left(d_{\mathrm{geodesic}}(x, E) > t\right)"),
        _beyond(distance / radius),
        symbols={"distance": distance, **_LAW},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP,
        computed_by="theory.spaces.isoperimetry.cap_distance_survival",
    ),
    Statement.of(
        "distance_survival_euclidean",
        "Law of the Euclidean distance t to the nearest error: at most that of the cap",
        named(r"\mathbb{P}\left(d_{\mathrm{euclidean}}(x, E) > t\right)"),
        _beyond(2 * sp.asin(distance / (2 * radius))),
        symbols={"distance": distance, **_LAW},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP + r", $0 \le t \le 2r$",
        computed_by="theory.spaces.isoperimetry.cap_distance_survival",
    ),
    Statement.of(
        "mean_distance_geodesic",
        "Mean geodesic distance to the nearest error",
        _MEAN_GEODESIC,
        radius * sp.Integral(distance * polar_density(cap_angle + distance), (distance, 0, sp.pi - cap_angle)),
        symbols=_LAW,
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP,
        computed_by="theory.spaces.isoperimetry.mean_distance_bound",
    ),
    Statement.of(
        "mean_distance_euclidean",
        "Mean Euclidean distance to the nearest error",
        _MEAN_EUCLIDEAN,
        radius
        * sp.Integral(2 * sp.sin(distance / 2) * polar_density(cap_angle + distance), (distance, 0, sp.pi - cap_angle)),
        symbols=_LAW,
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP,
        computed_by="theory.spaces.isoperimetry.mean_distance_bound",
    ),
    Statement.of(
        "quantile_distance_geodesic",
        "Quantile of level q of the geodesic distance to the nearest error",
        named(r"Q_{\mathrm{geodesic}}(q)"),
        radius * _TURN,
        symbols={"quantile_angle": quantile_angle, "cap_angle": cap_angle, "radius": radius},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP + r", $\phi_{q}$ that of the cap of measure $q$",
        computed_by="theory.spaces.isoperimetry.quantile_distance_bound",
    ),
    Statement.of(
        "quantile_distance_euclidean",
        "Quantile of level q of the Euclidean distance to the nearest error",
        named(r"Q_{\mathrm{euclidean}}(q)"),
        2 * radius * sp.sin(_TURN / 2),
        symbols={"quantile_angle": quantile_angle, "cap_angle": cap_angle, "radius": radius},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP + r", $\phi_{q}$ that of the cap of measure $q$",
        computed_by="theory.spaces.isoperimetry.quantile_distance_bound",
    ),
    Statement.of(
        "robust_accuracy_geodesic",
        "Robust accuracy against geodesic perturbations of size epsilon",
        named(r"\mathrm{accuracy}_{\mathrm{geodesic}}(\epsilon)"),
        1 - sp.Integral(polar_density(angle), (angle, 0, sp.Min(cap_angle + epsilon / radius, sp.pi))),
        symbols={"epsilon": epsilon, **_LAW},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP,
        computed_by="theory.spaces.isoperimetry.max_robust_accuracy",
    ),
    Statement.of(
        "robust_accuracy_euclidean",
        "Robust accuracy against Euclidean perturbations of size epsilon that stay on the sphere",
        named(r"\mathrm{accuracy}_{\mathrm{euclidean}}(\epsilon)"),
        1
        - sp.Integral(polar_density(angle), (angle, 0, sp.Min(cap_angle + 2 * sp.asin(epsilon / (2 * radius)), sp.pi))),
        symbols={"epsilon": epsilon, **_LAW},
        kind="upper bound",
        sources=_ISOPERIMETRY,
        domain=_CAP + r", $0 \le \epsilon \le 2r$",
        computed_by="theory.spaces.isoperimetry.max_robust_accuracy",
    ),
    Statement.of(
        "lipschitz_half_width",
        "Distance of the mean of n independent true distances from its expectation, at confidence 1 - delta",
        named(r"\left|\bar{d}_{n}(E) - \bar{d}(E)\right|"),
        radius * sp.sqrt(2 * sp.log(2 / failure) / (samples * (dim - 1))),
        symbols={"failure": failure, "samples": samples, "dim": dim, "radius": radius},
        kind="upper bound",
        sources=("Led2001",),
        domain=r"$d \ge 2$, $0 < \delta < 1$, either metric, with probability at least $1 - \delta$",
        computed_by="numerics.statistics.intervals.lipschitz_half_width",
    ),
)

GAUSSIAN = (
    Statement.of(
        "gaussian_limit",
        "The polar angle's deviation from the equator, times sqrt(d), becomes standard normal",
        sp.Limit(sp.Function("p_{d}")(sp.pi / 2 + deviation / sp.sqrt(dim)) / sp.sqrt(dim), dim, sp.oo, dir="-"),
        varphi(deviation),
        symbols={"deviation": deviation},
        sources=("Lev1951",),
        domain=r"$t$ real",
        computed_by="theory.caps.cap.cap_measure",
    ),
    Statement.of(
        "normal_score",
        "Score of an error rate",
        score,
        sp.sqrt(2) * sp.erfinv(1 - 2 * error_rate),
        symbols={"error_rate": error_rate},
        domain=r"$0 < \mu < 1$; $z = \Phi^{-1}(1 - \mu)$",
        computed_by="theory.basics.normal_tail.normal_score",
    ),
    Statement.of(
        "explicit_mean_distance",
        "Explicit bound on the mean distance to the nearest error, in both metrics",
        named(r"\bar{d}(E)"),
        radius * (score * Phi(score) + varphi(score)) / sp.sqrt(dim - 2),
        symbols={"score": score, "dim": dim, "radius": radius},
        kind="upper bound",
        sources=("BL1996",),
        domain=r"$d \ge 3$, $z = \Phi^{-1}(1 - \mu)$",
        computed_by="theory.spaces.comparison.explicit_mean_distance_bound",
    ),
    Statement.of(
        "asymptotic_mean_distance",
        "The asymptote of the bound for large dimension; it is not itself a bound",
        named(r"\bar{d}_{\mathrm{cap}}(\mu)"),
        radius * score / sp.sqrt(dim),
        symbols={"score": score, "dim": dim, "radius": radius},
        kind="asymptotic",
        sources=("Gil2018",),
        domain=r"$z = \Phi^{-1}(1 - \mu)$, first $d \to \infty$, where the mean tends to "
        r"$r (z \Phi(z) + \varphi(z)) / \sqrt{d}$, then $z \to \infty$",
        computed_by="theory.spaces.comparison.asymptotic_mean_distance",
    ),
)
