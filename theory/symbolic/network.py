"""Statements about quadratic networks: their forms, error rates, losses, and how many hidden units they need."""

from __future__ import annotations

import sympy as sp

from .notation import (
    Phi,
    alphas,
    bias,
    coefficients,
    coordinates,
    cumulants,
    deviation,
    dim,
    eigenvalues,
    equal_alpha,
    hidden,
    index,
    named,
    outer_radius,
    over_coordinates,
    radius,
    saddle,
)
from .statement import Statement

_LOGIT = sp.Function("L")(sp.Symbol("z"))
_INNER, _OUTER = named(r"\mu_{\mathrm{inner}}"), named(r"\mu_{\mathrm{outer}}")
_TAIL = named(r"\mathbb{P}\left(\sum_{i} c_{i} u_{i}^{2} > 0\right)")
_FORM = {"coefficients": coefficients, "dim": dim}
_LINE = saddle + sp.I * deviation
_HALF = sp.Rational(1, 2)
_RHO = outer_radius ** (-2 * hidden / (dim - hidden - 2))
_EQUAL = r"$k$ alphas equal to $a \ge 1$, the others 0; $1 \le k < d$"

largest_eigenvalue = named(r"\max_{i} a_{i}")
smallest_eigenvalue = named(r"\min_{i} a_{i}")
shrinking = sp.Symbol("rho", positive=True)

FORMS = (
    Statement.of(
        "homogeneous_form",
        "Logit on the sphere of radius r as a homogeneous quadratic form",
        _LOGIT,
        over_coordinates((eigenvalues[index] + bias / radius**2) * coordinates[index] ** 2),
        symbols={"eigenvalues": eigenvalues, "bias": bias, "coordinates": coordinates, "radius": radius, "dim": dim},
        sources=("Gil2018",),
        domain=r"$\sum_i z_i^2 = r^2$, every sign of $b$; $L(z) = \sum_i a_i z_i^2 + b$",
        computed_by="theory.quadratic.classifier.QuadraticClassifier.logits",
    ),
    Statement.of(
        "alpha_form",
        "Logit by the alphas: the boundary is the ellipsoid on which the bracket vanishes",
        _LOGIT,
        -bias * (over_coordinates(alphas[index] * coordinates[index] ** 2) - 1),
        symbols={"alphas": alphas, "bias": bias, "coordinates": coordinates, "dim": dim},
        sources=("Gil2018",),
        domain=r"$b < 0$, $\alpha_i = -a_i / b$",
        computed_by="theory.quadratic.classifier.QuadraticClassifier.logits",
    ),
    Statement.of(
        "inner_error_coefficient",
        "Error coefficients of the inner sphere: an error is a unit vector with a positive form",
        coefficients[index],
        eigenvalues[index] + bias,
        symbols={"eigenvalues": eigenvalues, "bias": bias, "index": index},
        sources=("Gil2018",),
        domain=r"radius 1",
        computed_by="theory.quadratic.classifier.QuadraticClassifier.error_coefficients",
    ),
    Statement.of(
        "outer_error_coefficient",
        "Error coefficients of the outer sphere: an error is a unit vector with a form that is not negative",
        coefficients[index],
        -(eigenvalues[index] * outer_radius**2 + bias),
        symbols={"eigenvalues": eigenvalues, "bias": bias, "outer_radius": outer_radius, "index": index},
        sources=("Gil2018",),
        domain=r"radius $R > 1$",
        computed_by="theory.quadratic.classifier.QuadraticClassifier.error_coefficients",
    ),
    Statement.of(
        "worst_case_loss_inner",
        "Largest sigmoid cross-entropy on the inner sphere",
        named(r"\max_{|z| = 1} \ell(z)"),
        sp.log(1 + sp.exp(largest_eigenvalue + bias)),
        symbols={"largest_eigenvalue": largest_eigenvalue, "bias": bias},
        sources=("Gil2018",),
        domain=r"the extreme over all $d$ eigenvalues, zeros included",
        computed_by="theory.quadratic.error_rate.worst_case_loss",
    ),
    Statement.of(
        "worst_case_loss_outer",
        "Largest sigmoid cross-entropy on the outer sphere",
        named(r"\max_{|z| = R} \ell(z)"),
        sp.log(1 + sp.exp(-(outer_radius**2 * smallest_eigenvalue + bias))),
        symbols={"smallest_eigenvalue": smallest_eigenvalue, "bias": bias, "outer_radius": outer_radius},
        sources=("Gil2018",),
        domain=r"the extreme over all $d$ eigenvalues, zeros included",
        computed_by="theory.quadratic.error_rate.worst_case_loss",
    ),
)

TAILS = (
    Statement.of(
        "cumulant_function",
        "Cumulant generating function of the form, for a standard normal vector u",
        sp.Function("K")(saddle),
        cumulants(saddle),
        symbols={"saddle": saddle, **_FORM},
        sources=("LR1980",),
        domain=r"$2 s c_i < 1$ for all $i$",
        computed_by="theory.quadratic.form.positive_probability",
    ),
    Statement.of(
        "clt_mean",
        "Mean of the form",
        sp.Symbol("m_Q"),
        over_coordinates(coefficients[index]),
        symbols=_FORM,
        sources=("Gil2018",),
        domain=r"$u$ standard normal",
        computed_by="theory.quadratic.form.clt_probability",
    ),
    Statement.of(
        "clt_variance",
        "Variance of the form",
        sp.Symbol("sigma_Q") ** 2,
        2 * over_coordinates(coefficients[index] ** 2),
        symbols=_FORM,
        sources=("Gil2018",),
        domain=r"$u$ standard normal",
        computed_by="theory.quadratic.form.clt_probability",
    ),
    Statement.of(
        "clt_error_rate_inner",
        "Central limit estimate of the inner error rate",
        _INNER,
        Phi(over_coordinates(alphas[index] - 1) / sp.sqrt(2 * over_coordinates((alphas[index] - 1) ** 2))),
        symbols={"alphas": alphas, "dim": dim},
        kind="estimate",
        sources=("Gil2018",),
        domain=r"$b < 0$, not all $\alpha_i = 1$; wrong by orders of magnitude in the tail",
        computed_by="theory.quadratic.error_rate.clt_error_rate",
    ),
    Statement.of(
        "clt_error_rate_outer",
        "Central limit estimate of the outer error rate",
        _OUTER,
        Phi(
            over_coordinates(outer_radius**-2 - alphas[index])
            / sp.sqrt(2 * over_coordinates((outer_radius**-2 - alphas[index]) ** 2))
        ),
        symbols={"alphas": alphas, "outer_radius": outer_radius, "dim": dim},
        kind="estimate",
        sources=("Gil2018",),
        domain=r"$b < 0$, not all $\alpha_i = 1/R^2$; wrong by orders of magnitude in the tail",
        computed_by="theory.quadratic.error_rate.clt_error_rate",
    ),
    Statement.of(
        "exact_tail",
        "Exact error rate as an integral along a line to the right of the pole",
        _TAIL,
        sp.Integral(sp.exp(cumulants(_LINE)) / _LINE, (deviation, -sp.oo, sp.oo)) / (2 * sp.pi),
        symbols={"saddle": saddle, **_FORM},
        sources=("LR1980",),
        domain=r"any $s$ with $0 < s < 1 / (2 \max_i c_i)$, coefficients of both signs",
        computed_by="theory.quadratic.form.positive_probability",
    ),
    Statement.of(
        "chernoff_bound",
        "Chernoff's bound on the logarithm of the error rate",
        sp.log(_TAIL),
        cumulants(saddle),
        symbols={"saddle": saddle, **_FORM},
        kind="upper bound",
        sources=("Che1952",),
        domain=r"any $s$ with $0 \le s < 1 / (2 \max_i c_i)$",
        computed_by="theory.quadratic.form.chernoff_log_bound",
    ),
)

HIDDEN_UNITS = (
    Statement.of(
        "equal_alphas_error_rate_inner",
        "Inner error rate of equal alphas",
        _INNER,
        sp.betainc_regularized(_HALF * (dim - hidden), _HALF * hidden, 0, 1 - 1 / equal_alpha),
        symbols={"alpha": equal_alpha, "hidden": hidden, "dim": dim},
        domain=_EQUAL,
        computed_by="theory.quadratic.hidden_units.equal_alphas_error_rates",
    ),
    Statement.of(
        "equal_alphas_error_rate_outer",
        "Outer error rate of equal alphas",
        _OUTER,
        sp.betainc_regularized(_HALF * hidden, _HALF * (dim - hidden), 0, 1 / (equal_alpha * outer_radius**2)),
        symbols={"alpha": equal_alpha, "hidden": hidden, "dim": dim, "outer_radius": outer_radius},
        domain=_EQUAL,
        computed_by="theory.quadratic.hidden_units.equal_alphas_error_rates",
    ),
    Statement.of(
        "equal_alphas_ratio",
        "The ratio by which the best equal alpha is given",
        shrinking,
        _RHO,
        symbols={"hidden": hidden, "dim": dim, "outer_radius": outer_radius},
        domain=r"$d - k \ge 3$",
        computed_by="theory.quadratic.hidden_units.best_equal_alpha",
    ),
    Statement.of(
        "best_equal_alpha",
        "The equal alpha with the least sum of both error rates",
        equal_alpha,
        (1 - shrinking / outer_radius**2) / (1 - shrinking),
        symbols={"ratio": shrinking, "outer_radius": outer_radius},
        domain=r"$d - k \ge 3$; that equal alphas are the best of all is not proved",
        computed_by="theory.quadratic.hidden_units.best_equal_alpha",
    ),
)
