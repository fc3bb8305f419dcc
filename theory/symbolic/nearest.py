"""Statements about the distance to the nearest error of a quadratic network, and its mean."""

from __future__ import annotations

import sympy as sp

from .notation import (
    alphas,
    coefficients,
    coordinates,
    dim,
    dual_function,
    error_rate,
    index,
    multiplier,
    named,
    over_coordinates,
    sine_square,
)
from .statement import Statement

_SINE = sp.sin(named(r"\theta_{E}")) ** 2
_POINT = {"multiplier": multiplier, "coefficients": coefficients, "coordinates": coordinates, "dim": dim}
_RANGE = r"$|z| = 1$, $0 \le m < 1 / \max_i c_i$, $\max_i c_i > 0$"
_PSI = sp.Function("psi")

DISTANCES = (
    Statement.of(
        "dual_function",
        "Dual function: its least value is the squared cosine of the angle to the nearest error",
        _PSI(multiplier),
        dual_function(multiplier),
        symbols=_POINT,
        sources=("PT2007",),
        domain=_RANGE + r"; $\sum_i c_i z_i^2 < 0$",
        computed_by="theory.nearest.on_sphere.nearest_error",
    ),
    Statement.of(
        "dual_slope",
        "Slope of the dual function: zero at the multiplier of the nearest error, and increasing",
        sp.Derivative(_PSI(multiplier), multiplier),
        over_coordinates(coefficients[index] * coordinates[index] ** 2 / (1 - multiplier * coefficients[index]) ** 2),
        symbols=_POINT,
        sources=("PT2007",),
        domain=_RANGE,
        computed_by="theory.nearest.on_sphere.nearest_error",
    ),
    Statement.of(
        "nearest_error_certificate",
        "Certificate: every multiplier proves that no error is nearer",
        _SINE,
        -multiplier
        * over_coordinates(coefficients[index] * coordinates[index] ** 2 / (1 - multiplier * coefficients[index])),
        symbols=_POINT,
        kind="lower bound",
        sources=("PT2007",),
        domain=_RANGE + r"; $\theta_E$ the angle to the nearest error, attained at $\psi'(m) = 0$",
        computed_by="theory.nearest.on_sphere.nearest_error",
    ),
    Statement.of(
        "nearest_boundary_certificate",
        "Certificate of the distance in space to the boundary",
        named(r"\mathrm{dist}{\left(z, \partial E\right)}^{2}"),
        multiplier
        - multiplier * over_coordinates(alphas[index] * coordinates[index] ** 2 / (1 - multiplier * alphas[index])),
        symbols={"multiplier": multiplier, "alphas": alphas, "coordinates": coordinates, "dim": dim},
        kind="lower bound",
        sources=("PT2007",),
        domain=r"$0 \le m < 1 / \max_i \alpha_i$ from inside, $m \le 0$ (as long as all $m \alpha_i < 1$) from outside",
        computed_by="theory.nearest.in_space.nearest_boundary_point",
    ),
    Statement.of(
        "jensen_sine_square",
        "Mean squared sine of the angle to the nearest error",
        named(r"\mathbb{E} \sin^{2} \theta_{E}"),
        1 - over_coordinates(1 / (1 - multiplier * coefficients[index])) / dim,
        symbols={"multiplier": multiplier, "coefficients": coefficients, "dim": dim},
        kind="lower bound",
        domain=r"any $m$ with $0 \le m < 1 / \max_i c_i$, $\max_i c_i > 0$",
        computed_by="theory.predicted.mean_distance.jensen_sine_square",
    ),
    Statement.of(
        "mean_angle_lower_bound",
        "Mean angle to the nearest error, from the mean squared sine e and the error rate",
        named(r"\mathbb{E} \theta_{E}"),
        sp.asin(sp.sqrt(sp.Max(0, sine_square - (1 - error_rate - sine_square) / (2 * dim)))),
        symbols={"sine_square": sine_square, "error_rate": error_rate, "dim": dim},
        kind="lower bound",
        sources=("Led2001",),
        domain=r"$e = \mathbb{E} \sin^2 \theta_E$ and $\mu$, or lower bounds on either; $\max_i c_i > 0$",
        computed_by="theory.predicted.mean_distance.mean_angle_lower_bound",
    ),
)
