"""The SymPy statements as values: each equals the float code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest
from space_cases import SPACE_CASES

from adversarial_spheres.numerics.statistics.intervals import lipschitz_half_width
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.normal_tail import normal_score
from adversarial_spheres.theory.caps import cap as caps
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted import mean_distance as predicted_distance
from adversarial_spheres.theory.quadratic import error_rate as network
from adversarial_spheres.theory.quadratic import form as quadratic_form
from adversarial_spheres.theory.quadratic import hidden_units
from adversarial_spheres.theory.spaces import comparison, isoperimetry
from adversarial_spheres.theory.symbolic import STATEMENTS

Pairs = Iterator[tuple[Any, Any]]
R = 1.3
DIMS = (2, 3, 10, 500)
RATES = (0.4, 0.01, 1e-9, 0.9)
COEFFICIENTS = (
    np.array([1.0, -1.0, -1.0]),
    np.array([0.3, 0.1, -0.8, -1.0, -0.2]),
    np.linspace(0.5, -2.0, 12),
)
ALPHAS = (np.array([0.7, 1.2, 0.9]), np.linspace(0.5, 1.15, 8))
POINTS = (np.array([0.5, 0.7, 1.0]), np.array([0.1, -0.3, 0.6, 0.9, 0.4]), np.linspace(0.1, 1.0, 12))


def value(key: str, **arguments: Any) -> Any:
    return STATEMENTS[key].evaluate(**arguments)


def root(function: Callable[[Any], Any], low: float, high: float) -> Any:
    """Root of an increasing function, by 100 bisections in 30 digits."""
    with mpmath.workdps(30):
        a, b = mpmath.mpf(low), mpmath.mpf(high)
        for _ in range(100):
            middle = (a + b) / 2
            a, b = (middle, b) if function(middle) < 0 else (a, middle)
        return (a + b) / 2


def laws() -> Iterator[tuple[int, float, float, dict[str, Any]]]:
    """Dimensions, error rates, radii, and the arguments of the statements about the cap of that measure."""
    for dim in DIMS:
        for rate, radius in zip(RATES, (1.0, 1.3, 1.0, 0.7), strict=True):
            angle = float(caps.cap_of_measure(rate, dim).angle)
            rate_of_angle = caps.cap_log_measure_from_angle(angle, dim)
            yield dim, rate_of_angle, radius, {"cap_angle": angle, "dim": dim, "radius": radius}


def gauss(function: Callable[[float], Any], low: float, high: float) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(30)
    half = 0.5 * (high - low)
    return half * sum(w * float(function(0.5 * (high + low) + half * x)) for x, w in zip(nodes, weights, strict=True))


def polar_density() -> Pairs:
    for dim in DIMS:
        low, high = np.pi / 2 - 0.5 / np.sqrt(dim), np.pi / 2 + 0.3 / np.sqrt(dim)
        measure = caps.cap_measure(np.cos(high), dim) - caps.cap_measure(np.cos(low), dim)
        yield gauss(lambda x, d=dim: value("polar_density", angle=x, dim=d), low, high), measure


def cap_measure_integral() -> Pairs:
    for dim in DIMS:
        for angle in (0.3, 1.0, 1.6, 2.5):
            expected = caps.cap_log_measure_from_angle(angle, dim)
            digits = 30 - int(expected.log10)  # a quadrature promises decimal places
            yield value("cap_measure_integral", cap_angle=angle, dim=dim, digits=digits), float(expected)


def cap_measure() -> Pairs:
    for dim in (*DIMS, 10**6):
        for height in np.array([-0.7, -0.1, 0.0, 0.5, 2.0, 9.0]) / np.sqrt(dim):
            if height <= 1.0:
                yield value("cap_measure", height=height, dim=dim), caps.cap_measure(height, dim)


def survival(metric: str, key: str, name: str, largest: float) -> Pairs:
    smallest = 0.0 if name == "distance" else 1e-15  # one minus an integral has decimal places only
    for dim, rate, radius, arguments in laws():
        for distance in (0.0, 0.02, 0.4, largest):
            expected = isoperimetry.cap_distance_survival(distance * radius, rate, dim, radius=radius, metric=metric)
            robust = isoperimetry.max_robust_accuracy(rate, dim, distance * radius, radius=radius, metric=metric)
            if float(expected) >= smallest:
                computed = value(key, **{name: distance * radius}, **arguments)
                yield computed, float(expected)
                yield computed, float(robust)


def mean_distance(metric: str) -> Pairs:
    for dim, rate, radius, arguments in laws():
        computed = value(f"mean_distance_{metric}", **arguments)
        yield computed, isoperimetry.mean_distance_bound(rate, dim, radius=radius, metric=metric)


def quantile_distance(metric: str) -> Pairs:
    for dim, rate, radius, arguments in laws():
        for quantile in (0.5, 0.95):
            angle = float(caps.cap_of_measure(quantile, dim).angle)
            computed = value(
                f"quantile_distance_{metric}", quantile_angle=angle, cap_angle=arguments["cap_angle"], radius=radius
            )
            yield computed, isoperimetry.quantile_distance_bound(quantile, rate, dim, radius=radius, metric=metric)


def lipschitz() -> Pairs:
    for dim, count, failure in ((2, 10, 0.25), (500, 1000, 1e-6), (60, 7, 0.5)):
        computed = value("lipschitz_half_width", failure=failure, samples=count, dim=dim, radius=R)
        yield computed, lipschitz_half_width(count, dim, 1.0 - failure, radius=R)


def gaussian_limit() -> Pairs:
    dim = 10**9
    for low, high in ((-1.0, 0.5), (0.2, 2.0)):
        heights = np.array([low, high]) / np.sqrt(dim)
        measures = caps.cap_measure(heights, dim)
        yield gauss(lambda t: value("gaussian_limit", deviation=t), low, high), measures[0] - measures[1]


def score() -> Pairs:
    for rate in (0.9, 0.3, 1e-3, 1e-12):
        yield value("normal_score", error_rate=rate), normal_score(LogProbability.of(rate))


def explicit() -> Pairs:
    for dim, rate in ((3, 0.9), (500, 0.3), (10**6, 1e-12)):
        computed = value("explicit_mean_distance", score=value("normal_score", error_rate=rate), dim=dim, radius=R)
        yield computed, comparison.explicit_mean_distance_bound(rate, dim, radius=R)


def asymptotic() -> Pairs:
    for dim, rate in ((2, 0.9), (500, 0.3), (10**6, 1e-12)):
        computed = value("asymptotic_mean_distance", score=value("normal_score", error_rate=rate), dim=dim, radius=R)
        yield computed, comparison.asymptotic_mean_distance(rate, dim, radius=R)


def logit_form() -> Pairs:
    for z, c in zip(POINTS, COEFFICIENTS, strict=True):
        for bias in (-0.4, 0.7):
            arguments = {"eigenvalues": c, "bias": bias, "coordinates": z, "dim": len(z)}
            expected = network.QuadraticClassifier(c, np.asarray(bias)).logits(z[None])[0]
            yield value("homogeneous_form", radius=np.linalg.norm(z), **arguments), expected
            if bias < 0.0:
                arguments["alphas"] = network.QuadraticClassifier(arguments.pop("eigenvalues"), np.asarray(bias)).alphas
                yield value("alpha_form", **arguments), expected


def error_coefficient(sphere: str) -> Pairs:
    extra = {} if sphere == "inner" else {"outer_radius": R}
    for c in COEFFICIENTS:
        expected = network.QuadraticClassifier(c, np.asarray(-0.4)).error_coefficients(sphere, R)
        for i, entry in enumerate(expected, start=1):
            yield value(f"{sphere}_error_coefficient", eigenvalues=c, bias=-0.4, index=i, **extra), entry


def worst_case_loss(sphere: str) -> Pairs:
    for c in COEFFICIENTS:
        for bias in (-0.4, 5.0):
            classifier = network.QuadraticClassifier(c, np.asarray(bias))
            arguments = (
                {"largest_eigenvalue": c.max()}
                if sphere == "inner"
                else {"smallest_eigenvalue": c.min(), "outer_radius": R}
            )
            computed = value(f"worst_case_loss_{sphere}", bias=bias, **arguments)
            yield computed, network.worst_case_loss(classifier, sphere, R)


def saddle_of(c: np.ndarray, pole: float) -> Any:
    """Minimum of K(s) - pole log s."""
    slope = sum_slope(c)
    return root(lambda s: slope(s) - pole / s, 1e-12, 0.5 / c.max() * (1.0 - 1e-12))


def sum_slope(c: np.ndarray) -> Callable[[Any], Any]:
    return lambda s: sum(mpmath.mpf(x) / (1 - 2 * s * mpmath.mpf(x)) for x in c)


def cumulant_function() -> Pairs:
    for c in COEFFICIENTS:
        yield value("cumulant_function", saddle=saddle_of(c, 0.0), coefficients=c, dim=len(c)), chernoff(c)


def chernoff(c: np.ndarray) -> float:
    return float(quadratic_form.chernoff_log_bound(c))


def chernoff_bound() -> Pairs:
    for c in COEFFICIENTS:
        yield value("chernoff_bound", saddle=saddle_of(c, 0.0), coefficients=c, dim=len(c)), chernoff(c)


def exact_tail() -> Pairs:
    for c in COEFFICIENTS:
        for saddle in (saddle_of(c, 1.0), 0.1 / c.max()):
            computed = value("exact_tail", saddle=saddle, coefficients=c, dim=len(c))
            yield computed, float(quadratic_form.positive_probability(c).probability)


def clt_moment(moment: int) -> Pairs:
    for c in COEFFICIENTS:
        mean, variance = (value(key, coefficients=c, dim=len(c)) for key in ("clt_mean", "clt_variance"))
        yield mpmath.ncdf(mean / mpmath.sqrt(variance)), float(quadratic_form.clt_probability(c))
        yield (mean, variance)[moment], (c.sum(), 2.0 * (c**2).sum())[moment]


def clt_error_rate(sphere: str) -> Pairs:
    extra = {} if sphere == "inner" else {"outer_radius": R}
    for alphas in ALPHAS:
        classifier = network.QuadraticClassifier.from_alphas(alphas)
        computed = value(f"clt_error_rate_{sphere}", alphas=alphas, dim=len(alphas), **extra)
        yield computed, float(network.clt_error_rate(classifier, sphere, R))


def equal_alphas(sphere: str) -> Pairs:
    extra = {} if sphere == "inner" else {"outer_radius": R}
    for hidden, dim in ((3, 8), (25, 50), (100, 500)):
        best = float(hidden_units.best_equal_alpha(hidden, dim, R))
        rates = hidden_units.equal_alphas_error_rates(hidden, dim, R)
        key = f"equal_alphas_error_rate_{sphere}"
        yield value(key, alpha=best, hidden=hidden, dim=dim, **extra), rates[0 if sphere == "inner" else 1]
        classifier = network.QuadraticClassifier.from_alphas([1.5] * hidden + [0.0] * (dim - hidden))
        exact = network.exact_error_rate(classifier, sphere, R)
        yield value(key, alpha=1.5, hidden=hidden, dim=dim, **extra), float(exact)


def best_equal_alpha() -> Pairs:
    for hidden, dim in ((3, 8), (25, 50), (100, 500), (497, 500)):
        ratio = value("equal_alphas_ratio", hidden=hidden, dim=dim, outer_radius=R)
        computed = value("best_equal_alpha", ratio=ratio, outer_radius=R)
        yield computed, hidden_units.best_equal_alpha(hidden, dim, R)


def nearest_cases() -> Iterator[tuple[dict[str, Any], float]]:
    """Arguments at the multiplier where the slope of the dual function vanishes, and the angle of the float code."""
    for z, c in zip(POINTS, COEFFICIENTS, strict=True):
        arguments = {"coefficients": c, "coordinates": z / np.linalg.norm(z), "dim": len(c)}
        best = root(lambda m, a=arguments: value("dual_slope", multiplier=m, **a), 0.0, (1.0 - 1e-12) / c.max())
        angle = nearest_error(z[None], c, boundary_is_error=False).angle_upper[0]
        assert angle > 0.1
        yield {"multiplier": best, **arguments}, angle


def dual_function() -> Pairs:
    for arguments, angle in nearest_cases():
        yield value("dual_function", **arguments), np.cos(angle) ** 2


def dual_slope() -> Pairs:
    for arguments, _ in nearest_cases():
        yield 1 + value("dual_slope", **arguments), 1.0
        # away from its root, where it is not 0: against the formula in floats
        c, z, m = arguments["coefficients"], arguments["coordinates"], 0.5 * float(arguments["multiplier"])
        yield value("dual_slope", **{**arguments, "multiplier": m}), float(np.sum(c * z**2 / (1.0 - m * c) ** 2))


def nearest_error_certificate() -> Pairs:
    for arguments, angle in nearest_cases():
        yield value("nearest_error_certificate", **arguments), np.sin(angle) ** 2


def nearest_boundary_certificate() -> Pairs:
    for alphas in ALPHAS:
        for length in (0.8, 1.5):
            z = length * np.linspace(0.2, 1.0, len(alphas)) / np.linalg.norm(np.linspace(0.2, 1.0, len(alphas)))
            form = {"coefficients": alphas, "coordinates": z, "dim": len(alphas)}
            low, high = (0.0, (1.0 - 1e-12) / alphas.max()) if length < 1.0 else (-1e3, 0.0)
            best = root(lambda m, f=form: value("dual_slope", multiplier=m, **f) - 1, low, high)
            computed = value("nearest_boundary_certificate", multiplier=best, alphas=alphas, coordinates=z, dim=len(z))
            yield computed, nearest_boundary_point(z[None], alphas).distance_upper[0] ** 2


def jensen_sine_square() -> Pairs:
    for c in COEFFICIENTS:
        form = {"coefficients": c, "coordinates": np.ones(len(c)), "dim": len(c)}
        best = root(lambda m, f=form: value("dual_slope", multiplier=m, **f), 0.0, (1.0 - 1e-12) / c.max())
        computed = value("jensen_sine_square", multiplier=best, coefficients=c, dim=len(c))
        yield computed, predicted_distance.jensen_sine_square(c)


def mean_angle_lower_bound() -> Pairs:
    for c in COEFFICIENTS:
        for rate in (0.0, 1e-3):
            sine_square = predicted_distance.mean_sine_square(c) * (1.0 - 1e-9)  # its quadrature's allowance
            computed = value("mean_angle_lower_bound", sine_square=sine_square, error_rate=rate, dim=len(c))
            yield computed, predicted_distance.mean_angle_lower_bound(c, error_rate=rate)


CASES: dict[str, Callable[[], Pairs]] = {
    "polar_density": polar_density,
    "cap_measure_integral": cap_measure_integral,
    "cap_measure": cap_measure,
    "distance_survival_geodesic": lambda: survival("geodesic", "distance_survival_geodesic", "distance", np.pi),
    "distance_survival_euclidean": lambda: survival("euclidean", "distance_survival_euclidean", "distance", 2.0),
    "robust_accuracy_geodesic": lambda: survival("geodesic", "robust_accuracy_geodesic", "epsilon", np.pi),
    "robust_accuracy_euclidean": lambda: survival("euclidean", "robust_accuracy_euclidean", "epsilon", 2.0),
    "mean_distance_geodesic": lambda: mean_distance("geodesic"),
    "mean_distance_euclidean": lambda: mean_distance("euclidean"),
    "quantile_distance_geodesic": lambda: quantile_distance("geodesic"),
    "quantile_distance_euclidean": lambda: quantile_distance("euclidean"),
    "lipschitz_half_width": lipschitz,
    "gaussian_limit": gaussian_limit,
    "normal_score": score,
    "explicit_mean_distance": explicit,
    "asymptotic_mean_distance": asymptotic,
    "homogeneous_form": logit_form,
    "alpha_form": logit_form,
    "inner_error_coefficient": lambda: error_coefficient("inner"),
    "outer_error_coefficient": lambda: error_coefficient("outer"),
    "worst_case_loss_inner": lambda: worst_case_loss("inner"),
    "worst_case_loss_outer": lambda: worst_case_loss("outer"),
    "cumulant_function": cumulant_function,
    "clt_mean": lambda: clt_moment(0),
    "clt_variance": lambda: clt_moment(1),
    "clt_error_rate_inner": lambda: clt_error_rate("inner"),
    "clt_error_rate_outer": lambda: clt_error_rate("outer"),
    "exact_tail": exact_tail,
    "chernoff_bound": chernoff_bound,
    "equal_alphas_error_rate_inner": lambda: equal_alphas("inner"),
    "equal_alphas_error_rate_outer": lambda: equal_alphas("outer"),
    "equal_alphas_ratio": best_equal_alpha,
    "best_equal_alpha": best_equal_alpha,
    "dual_function": dual_function,
    "dual_slope": dual_slope,
    "nearest_error_certificate": nearest_error_certificate,
    "nearest_boundary_certificate": nearest_boundary_certificate,
    "jensen_sine_square": jensen_sine_square,
    "mean_angle_lower_bound": mean_angle_lower_bound,
    **SPACE_CASES,
}


@pytest.mark.parametrize("key", STATEMENTS)
def test_each_statement_equals_the_float_code(key: str) -> None:
    # A limit is reached at d = 10^9 up to 1/d only; everything else to 1e-10 and better.
    tolerance = 1e-8 if key == "gaussian_limit" else 1e-10
    count = 0
    for computed, expected in CASES[key]():
        count += 1
        assert float(computed) == pytest.approx(float(expected), rel=tolerance, abs=1e-300)
    assert count >= 2


def test_the_comparison_has_no_case_left_over() -> None:
    assert CASES.keys() == STATEMENTS.keys()


@pytest.mark.parametrize(("hidden", "dim"), [(1, 4), (3, 8), (40, 60)])
def test_the_best_equal_alpha_is_a_minimum(hidden: int, dim: int) -> None:
    best = float(hidden_units.best_equal_alpha(hidden, dim, R))

    def total(alpha: float) -> Any:
        form = {"alpha": alpha, "hidden": hidden, "dim": dim}
        return value("equal_alphas_error_rate_inner", **form) + value(
            "equal_alphas_error_rate_outer", outer_radius=R, **form
        )

    assert all(total(best) < total(max(1.0, best * factor)) for factor in (0.9, 0.999, 1.001, 1.1, 2.0))


def test_certificates_hold_for_every_multiplier() -> None:
    for arguments, angle in nearest_cases():
        others = {name: entry for name, entry in arguments.items() if name != "multiplier"}
        for share in (0.0, 0.3, 0.9, 0.999):
            m = share / max(others["coefficients"])
            assert value("nearest_error_certificate", multiplier=m, **others) <= np.sin(angle) ** 2 * (1.0 + 1e-12)
    for c in COEFFICIENTS:
        exact = quadratic_form.positive_probability(c).probability.log
        for share in (0.0, 0.3, 0.9):
            assert value("chernoff_bound", saddle=share / (2.0 * c.max()), coefficients=c, dim=len(c)) >= exact


# The statements as values.
