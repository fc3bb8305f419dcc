"""What SymPy can derive of the statements is derived: they follow from definitions and from one another."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from adversarial_spheres.theory.symbolic import STATEMENTS
from adversarial_spheres.theory.symbolic import notation as symbol


def right(key: str) -> Any:
    return symbol.spell_out(STATEMENTS[key].expression.rhs)


@pytest.mark.parametrize("dim", range(2, 9))
def test_the_density_integrates_to_one(dim: int) -> None:
    total = right("cap_measure_integral").subs({symbol.dim: dim, symbol.cap_angle: sp.pi}).doit()
    assert sp.simplify(total.rewrite(sp.gamma)) == 1


def test_the_derivative_of_the_cap_measure_is_the_density() -> None:
    by_angle = right("cap_measure_integral").diff(symbol.cap_angle).doit()
    assert sp.simplify(by_angle - symbol.polar_density(symbol.cap_angle)) == 0
    # By the height, for every dimension at once: d mu / dh = -p(theta) / sin(theta) at h = cos(theta).
    h = sp.Symbol("h", positive=True)
    by_height = right("cap_measure").subs(symbol.height, h).diff(h).rewrite(sp.gamma)
    expected = -((1 - h**2) ** ((symbol.dim - 3) / sp.Integer(2))) * symbol.polar_density(sp.pi / 2).rewrite(sp.gamma)
    # powers of 1 - h^2 and of (1 - h) (1 + h) meet after the logarithm
    ratio = sp.expand_log(sp.log(sp.factor(-by_height)) - sp.log(sp.factor(-expected)), force=True)
    assert sp.simplify(sp.gammasimp(ratio).subs(h, sp.Rational(3, 5))) == 0
    assert sp.simplify(sp.expand_log(sp.factor(ratio.diff(h)))) == 0


@pytest.mark.parametrize("dim", [3, 4, 5])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_robust_accuracy_is_the_survival_at_epsilon(dim: int, metric: str) -> None:
    # inside the sphere: the smaller of phi + epsilon and pi is the former
    values = {symbol.dim: dim, symbol.cap_angle: sp.pi / 3, symbol.radius: 1}
    size = sp.Rational(2, 5)
    robust = right(f"robust_accuracy_{metric}").subs({**values, symbol.epsilon: size}).doit()
    survives = right(f"distance_survival_{metric}").subs({**values, symbol.distance: size}).doit()
    assert sp.simplify((robust - survives).rewrite(sp.gamma)) == 0
    everything = right(f"robust_accuracy_{metric}").subs({**values, symbol.epsilon: 2, symbol.cap_angle: 2}).doit()
    assert sp.simplify(everything.rewrite(sp.gamma)) == 0


@pytest.mark.parametrize("dim", [3, 4, 5])
def test_the_mean_distance_is_the_integral_of_the_survival(dim: int) -> None:
    phi = sp.Symbol("phi", positive=True)
    mean = right("mean_distance_geodesic").subs({symbol.dim: dim, symbol.cap_angle: phi}).doit()
    beyond = 1 - right("cap_measure_integral").subs(symbol.dim, dim).doit()
    integral = symbol.radius * sp.integrate(beyond, (symbol.cap_angle, phi, sp.pi))
    assert sp.simplify((mean - integral).rewrite(sp.gamma)) == 0


def test_the_polar_angle_becomes_normal() -> None:
    density = symbol.polar_density(sp.pi / 2 + symbol.deviation / sp.sqrt(symbol.dim)) / sp.sqrt(symbol.dim)
    dim, t = sp.Symbol("d", positive=True), symbol.deviation
    shape, constant = density.subs(symbol.dim, dim).rewrite(sp.gamma).as_independent(t)[::-1]
    assert sp.simplify(shape - sp.cos(t / sp.sqrt(dim)) ** (dim - 2)) == 0
    log_shape = sp.limit((dim - 2) * sp.log(sp.cos(t / sp.sqrt(dim))), dim, sp.oo)
    # Gamma(x + 1/2) / Gamma(x) ~ sqrt(x) at x = (d - 1)/2
    x = sp.Symbol("x", positive=True)
    gammas = sp.exp(sp.loggamma(x + sp.Rational(1, 2)) - sp.loggamma(x) - sp.log(x) / 2)
    assert sp.limit(gammas, x, sp.oo) == 1
    at = sp.gamma(x + sp.Rational(1, 2)) / (sp.gamma(x) * sp.sqrt(sp.pi))
    assert sp.simplify(constant.subs(dim, 2 * x + 1) - at / sp.sqrt(2 * x + 1)) == 0
    limit = sp.exp(log_shape) * sp.limit(sp.sqrt(x) / (sp.sqrt(sp.pi) * sp.sqrt(2 * x + 1)), x, sp.oo)
    assert sp.simplify(limit - right("gaussian_limit")) == 0


def test_the_explicit_bound_is_the_mean_distance_to_a_half_space() -> None:
    x, z = symbol.deviation, symbol.score
    mean = sp.integrate((z + x) * sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi), (x, -z, sp.oo))
    scale = symbol.radius / sp.sqrt(symbol.dim - 2)
    assert sp.simplify(sp.expand_func((mean * scale - right("explicit_mean_distance")).rewrite(sp.erf))) == 0


def test_the_asymptote_is_the_bound_for_large_scores_only() -> None:
    ratio = right("explicit_mean_distance") / right("asymptotic_mean_distance")
    z = sp.Symbol("z", positive=True)
    by_score = sp.limit(ratio, symbol.dim, sp.oo).subs(symbol.score, z)
    assert sp.limit(by_score, z, sp.oo) == 1
    assert by_score.subs(z, 1).evalf() > sp.Rational(108, 100)


def test_the_mean_and_the_variance_come_from_the_cumulants() -> None:
    cumulants = right("cumulant_function")
    for order, key in ((1, "clt_mean"), (2, "clt_variance")):
        derivative = cumulants.diff(symbol.saddle, order).subs(symbol.saddle, 0)
        assert sp.simplify(derivative.doit() - right(key)) == 0


@pytest.mark.parametrize(("sphere", "shift"), [("inner", -1), ("outer", -(symbol.outer_radius**-2))])
def test_the_central_limit_estimate_is_that_of_the_moments(sphere: str, shift: Any) -> None:
    sign = 1 if sphere == "inner" else -1
    c = {symbol.coefficients[i]: sign * (symbol.alphas[i] + shift) for i in range(1, 4)}
    moments = [right(key).subs(symbol.dim, 3).doit().subs(c) for key in ("clt_mean", "clt_variance")]
    estimate = STATEMENTS[f"clt_error_rate_{sphere}"].expression.rhs.args[0].subs(symbol.dim, 3).doit()
    assert sp.simplify(estimate**2 - moments[0] ** 2 / moments[1]) == 0
    assert (
        sp.simplify(estimate.subs(symbol.outer_radius, 2).subs({symbol.alphas[i]: 5 for i in range(1, 4)})) * sign > 0
    )


def test_both_forms_of_the_logit_are_the_logit() -> None:
    z, a = [symbol.coordinates[i] for i in (1, 2, 3)], [symbol.eigenvalues[i] for i in (1, 2, 3)]
    logit = sum(x * y**2 for x, y in zip(a, z, strict=True)) + symbol.bias
    norm = sp.sqrt(sum(x**2 for x in z))
    form = right("homogeneous_form").subs({symbol.dim: 3, symbol.radius: norm}).doit()
    assert sp.simplify(form - logit) == 0
    alphas = {symbol.alphas[i]: -symbol.eigenvalues[i] / symbol.bias for i in (1, 2, 3)}
    assert sp.simplify(right("alpha_form").subs(symbol.dim, 3).doit().subs(alphas) - logit) == 0


def test_error_coefficients_are_the_homogeneous_form_up_to_a_positive_factor() -> None:
    form = symbol.eigenvalues[symbol.index] + symbol.bias / symbol.radius**2
    assert sp.simplify(right("inner_error_coefficient") - form.subs(symbol.radius, 1)) == 0
    outer = -(symbol.outer_radius**2) * form.subs(symbol.radius, symbol.outer_radius)
    assert sp.simplify(right("outer_error_coefficient") - outer) == 0


def test_the_best_equal_alpha_is_stationary() -> None:
    x, y = sp.symbols("x y", positive=True)  # R^2 = 1 + x, rho = 1 / (1 + y): every R > 1 and rho in (0, 1)
    rho, alpha = STATEMENTS["best_equal_alpha"].symbols["ratio"], symbol.equal_alpha
    inner, outer = (right(f"equal_alphas_error_rate_{sphere}").diff(alpha) for sphere in ("inner", "outer"))
    log_ratio = sp.expand_log(sp.log((-inner / outer).rewrite(sp.gamma)), force=True)
    best = right("best_equal_alpha").subs(rho, 1 / (1 + y))
    at_best = log_ratio.subs(alpha, best).subs(symbol.outer_radius, sp.sqrt(1 + x))
    logs = at_best.replace(sp.log, lambda u: sp.expand_log(sp.log(sp.factor(u)), force=True))
    exponent = sp.log(right("equal_alphas_ratio")).subs(symbol.outer_radius, sp.sqrt(1 + x))
    log_rho = sp.expand_log(exponent, force=True)  # log rho = -log(1 + y)
    assert sp.simplify(sp.expand(logs).subs(sp.log(1 + y), -log_rho)) == 0


def test_the_dual_function_and_its_certificate() -> None:
    m, d = symbol.multiplier, symbol.dim
    assert sp.simplify(right("dual_function").diff(m) - right("dual_slope")) == 0
    psi, slope, certificate = (
        right(key).subs(d, 3).doit() for key in ("dual_function", "dual_slope", "nearest_error_certificate")
    )
    z = [symbol.coordinates[i] for i in (1, 2, 3)]
    on_sphere = sum(x**2 for x in z)
    assert sp.simplify(on_sphere - psi - certificate) == 0
    # x_i = z_i / (1 - m c_i) has form psi'(m), and <z, x> = psi, |x|^2 = psi + m psi': at psi' = 0 it is an error on
    # the boundary at the angle whose squared cosine is psi.
    x = [z[i - 1] / (1 - m * symbol.coefficients[i]) for i in (1, 2, 3)]
    assert sp.simplify(sum(symbol.coefficients[i] * x[i - 1] ** 2 for i in (1, 2, 3)) - slope) == 0
    assert sp.simplify(sum(a * b for a, b in zip(z, x, strict=True)) - psi) == 0
    assert sp.simplify(sum(a**2 for a in x) - psi - m * slope) == 0
