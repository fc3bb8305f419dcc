"""The statements about spaces beside the float code: pairs of values that must be equal, by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.normal_tail import normal_score
from adversarial_spheres.theory.caps.cap import cap_of_measure
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import LipschitzImage
from adversarial_spheres.theory.spaces.curved import Curved
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.symbolic import STATEMENTS

Pairs = Iterator[tuple[Any, Any]]
RATES = (0.4, 0.01, 1e-9, 0.9)
HAMMING = ((1, 0), (4, 1), (30, 3), (101, 40))


def value(key: str, **arguments: Any) -> Any:
    return STATEMENTS[key].evaluate(**arguments)


def score(rate: float) -> float:
    return float(normal_score(LogProbability.of(rate)))


def neighbourhood(key: str, space: Space, **arguments: float) -> Pairs:
    for rate in RATES:
        for t in (0.3, 2.0):
            expected = space.neighbourhood(rate, t).probability
            yield value(key, distance=t, score=score(rate), **arguments), expected


def means(key: str, space: Space, **arguments: float) -> Pairs:
    for rate in RATES:
        yield value(key, score=score(rate), **arguments), space.mean_distance_bound(rate)


def quantiles() -> Pairs:
    for rate in RATES:
        for level in (0.5, 0.95):
            computed = value("gaussian_quantile_distance", quantile_score=score(level), scale=0.7, score=score(rate))
            yield computed, Gaussian(5, 0.7).quantile_distance_bound(level, rate)


def norms() -> Pairs:
    for norm in (1.0, 1.5, 2.0, 3.5):
        yield value("gaussian_norm_scale", sigma=0.7, norm=norm, dim=784), Gaussian(784, 0.7, norm).scale


def variances() -> Pairs:
    for v in ([9.0, 16.0], [0.5, 2.0, 0.0, 7.0]):
        for norm in (1.0, 1.5, 1.9):
            yield value("variances_scale", variances=v, norm=norm, dim=len(v)), AnisotropicGaussian(v, norm).scale


def ball() -> Pairs:
    for dim in (1, 3, 60):
        for rate in (0.4, 0.01):
            angle = float(cap_of_measure(rate, dim + 2).angle)
            for t in (0.1, 0.4):
                computed = value("ball_survival", distance=t, cap_angle=angle, dim=dim, radius=1.3)
                yield computed, Ball(dim, 1.3).max_robust_accuracy(rate, t).probability


def hamming_rates() -> Pairs:
    for dim, radius in HAMMING:
        rate = value("hamming_error_rate", dim=dim, ball_radius=radius)
        yield rate, Hamming(dim).neighbourhood(2.0**-dim, radius).probability


def hamming_neighbourhoods() -> Pairs:
    for dim, radius in HAMMING:
        rate = float(value("hamming_error_rate", dim=dim, ball_radius=radius))
        for flips in (0, 1, dim // 5):
            computed = value("hamming_neighbourhood", dim=dim, ball_radius=radius, flips=flips)
            yield computed, Hamming(dim).neighbourhood(rate, flips).probability


def hamming_means() -> Pairs:
    for dim, radius in HAMMING:
        rate = float(value("hamming_error_rate", dim=dim, ball_radius=radius))
        yield value("hamming_mean_distance", dim=dim, ball_radius=radius), Hamming(dim).mean_distance_bound(rate)


SPACE_CASES: dict[str, Callable[[], Pairs]] = {
    "gaussian_neighbourhood": lambda: neighbourhood("gaussian_neighbourhood", Gaussian(5, 0.7), scale=0.7),
    "gaussian_mean_distance": lambda: means("gaussian_mean_distance", Gaussian(5, 0.7), scale=0.7),
    "gaussian_quantile_distance": quantiles,
    "gaussian_norm_scale": norms,
    "variances_scale": variances,
    "lipschitz_neighbourhood": lambda: neighbourhood(
        "lipschitz_neighbourhood", LipschitzImage(Gaussian(5), 0.7), lipschitz=0.7
    ),
    "curved_neighbourhood": lambda: neighbourhood("curved_neighbourhood", Curved(3.0, 5), curvature=3.0),
    "cube_mean_distance": lambda: means("cube_mean_distance", Cube(10**6, 1.3), side=1.3),
    "ball_survival": ball,
    "hamming_error_rate": hamming_rates,
    "hamming_neighbourhood": hamming_neighbourhoods,
    "hamming_mean_distance": hamming_means,
}
