"""Certified lower bounds of ReLU networks: below the true distances, at every scale, or nothing."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.certified import (
    Certificates,
    certifiable,
    certify,
    certify_on,
    fold,
)
from adversarial_spheres.numerics.models.adapters import as_model
from adversarial_spheres.numerics.networks.layers import EPSILON, ReluLayer
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.verdicts.samples import certified_mean
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

METHODS: list[Any] = ["relaxation", "linear", "lipschitz"]
SCALES = (1e-200, 1e-20, 1.0, 1e20, 1e200)


def half_space(
    height: float, *, weights: float = 1.0, normalisation: float = 1.0, spread: float = 1.0, dim: int = 3
) -> ReluNetwork:
    """Logit x_1 - height up to a positive factor, the factors of its layers at given scales."""
    matrix = np.zeros((2, dim))
    matrix[:, 0] = weights, -weights
    statistics = np.array([[0.0, 0.0], [spread, spread]])
    layer = ReluLayer(matrix, np.array([[normalisation] * 2, [0.0, 0.0]]), statistics)
    slope = weights * (normalisation / math.sqrt(spread + EPSILON))
    return ReluNetwork([layer], [1.0, -1.0, -height * slope])


def angles_to_cap(points: np.ndarray, height: float, radius: float) -> np.ndarray:
    cosine = points[:, 0] / np.linalg.norm(points, axis=1)
    return np.maximum(np.arccos(cosine) - math.acos(height / radius), 0.0)


POINTS = np.random.default_rng(0).standard_normal((12, 3))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("radius", [1e-90, 0.5, 1.0, 1.3, 1e90])
def test_bounds_are_below_the_distances_to_a_cap_and_close_to_them(method: Any, radius: float) -> None:
    height, points = 0.3 * radius, POINTS[:4]
    found = certify_on(half_space(height), points, "inner", radius, method=method)
    truth = angles_to_cap(points, height, radius)
    assert np.all(found.angle_lower <= truth)
    # The ball meets the plane before the cap, and the slope of the logit, written as two units, is bounded by twice it.
    correct = truth > 0.0
    plane = (0.3 - points[:, 0] / np.linalg.norm(points, axis=1))[correct]
    assert np.all(found.angle_lower[correct] >= 0.4 * plane)
    assert found.angle_lower[~correct].max(initial=0.0) == 0.0
    assert found.radius == radius


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("error")
def test_at_every_scale_something_true_is_proved_or_nothing(method: Any) -> None:
    proved, points = 0, POINTS[:4] if method == "relaxation" else POINTS
    for weights, normalisation, spread, radius in itertools.product(SCALES, SCALES, SCALES, (1e-90, 1.0, 1e90)):
        slope = weights * (normalisation / math.sqrt(spread + EPSILON))
        if not 0.0 < slope * radius < 1e300:
            continue
        network = half_space(0.3 * radius, weights=weights, normalisation=normalisation, spread=spread)
        for length in (1e-200, 1.0, 1e200):
            found = certify_on(network, points * length, "inner", radius, method=method).angle_lower
            assert np.all((found >= 0.0) & (found <= angles_to_cap(points, 0.3 * radius, radius)))
            proved += int(np.count_nonzero(found))
    assert proved > 40 * len(points)


@pytest.mark.parametrize("method", [pytest.param("relaxation", marks=pytest.mark.slow), "linear", "lipschitz"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_what_is_proved_holds_for_the_program_at_every_scale(method: Any, dtype: Any) -> None:
    """Points drawn in the certified caps around z are classified as z is."""
    rng = np.random.default_rng(1)
    largest = float(np.finfo(dtype).max) ** 0.6
    base = ReluNetwork.random(6, 2, 4, rng, dtype)
    for w, r, radius in itertools.product(
        (1.0 / largest, 1.0, largest), (1.0 / largest, 1.0, largest), (1e-20, 1.0, 1e20)
    ):
        first = ReluLayer(base.layers[0].weights * dtype(w), base.layers[0].normalisation, base.layers[0].statistics)
        network = ReluNetwork([first, base.layers[1]], np.append(base.readout[:-1] * r, 0.01 * r))
        points = rng.standard_normal((6, 4))
        for sphere in ("inner", "outer"):
            angle = certify_on(network, points, sphere, radius, method=method).angle_lower
            assert np.all(np.isfinite(angle))
            for z, most in zip(points[angle > 0.0], angle[angle > 0.0], strict=True):
                near = _in_cap(z, most, radius, rng)
                wrong = network.logits(near) > 0.0
                assert not np.any(wrong if sphere == "inner" else ~wrong)


def _in_cap(z: np.ndarray, angle: float, radius: float, rng: np.random.Generator) -> np.ndarray:
    u = z / np.linalg.norm(z)
    v = rng.standard_normal((40, len(z)))
    v -= np.outer(v @ u, u)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    t = angle * rng.uniform(0.5, 0.999, (40, 1))
    return np.asarray(radius * (np.cos(t) * u + np.sin(t) * v))


@pytest.mark.filterwarnings("error")
def test_a_folded_network_beyond_the_doubles_proves_nothing() -> None:
    layer = ReluLayer(np.full((2, 3), 1e300), np.full((2, 2), 1e20), np.zeros((2, 2)))
    network = ReluNetwork([layer], [1.0, -1.0, 0.5])
    assert not np.any(certify(network, POINTS, "inner").angle_lower)


def test_folding_changes_no_logit() -> None:
    network = ReluNetwork.random(5, 3, 4, np.random.default_rng(2), np.float64)
    points = np.random.default_rng(3).standard_normal((7, 4))
    assert np.allclose(fold(network).logits(points), network.logits(points), rtol=1e-12)


def test_the_mean_is_limited_from_below() -> None:
    network = half_space(0.75, dim=200)
    found = certified_mean(network, "inner", metric="geodesic", points=16, seed=0, confidence=0.9)
    truth = math.asin(0.75)  # of all points: the mean of the sample may be larger, its lower limit may not
    assert 0.0 < found.low < min(found.mean, truth)
    lipschitz = certified_mean(
        network, "inner", metric="geodesic", points=16, seed=0, confidence=0.9, method="lipschitz", workers=2
    )
    assert lipschitz.mean <= found.mean
    assert (found.points, found.confidence, found.method) == (16, 0.9, "relaxation")


def test_distances_in_both_metrics() -> None:
    found = Certificates(np.array([0.0, np.pi]), 2.0, "relaxation")
    assert found.distance_lower(metric="geodesic").tolist() == [0.0, 2.0 * np.pi]
    assert found.distance_lower(metric="euclidean").tolist() == [0.0, 4.0]


def test_only_relu_networks_are_certified() -> None:
    network = half_space(0.5)
    assert certifiable(as_model(network)) is network
    with pytest.raises(InvalidArgumentError, match="network must be a ReLU network"):
        certifiable(object())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"points": [[1.0, 0.0]]}, "points"),
        ({"points": [1.0, 0.0, 0.0]}, "points"),
        ({"points": [[0.0, 0.0, 0.0]]}, "points"),
        ({"points": [[np.nan, 0.0, 0.0]]}, "points"),
        ({"points": [["a", "b", "c"]]}, "points"),
        ({"sphere": "both"}, "sphere"),
        ({"outer_radius": 1.0, "sphere": "outer"}, "outer_radius"),
        ({"outer_radius": "R", "sphere": "outer"}, "outer_radius"),
        ({"method": "guess"}, "method"),
        ({"workers": 0}, "workers"),
        ({"network": 3}, "network"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], argument: str) -> None:
    given: dict[str, Any] = {"network": half_space(0.5), "points": np.eye(3), "sphere": "inner", **change}
    with pytest.raises(InvalidArgumentError) as caught:
        certify(given.pop("network"), given.pop("points"), given.pop("sphere"), **given)
    assert caught.value.argument == argument


@pytest.mark.parametrize("radius", [-1.0, 0.0, math.nan, math.inf, 1e150, "1", None])
@pytest.mark.filterwarnings("error")
def test_a_radius_that_no_sphere_has_is_refused_by_its_name(radius: Any) -> None:
    for points in (POINTS, POINTS[:0]):
        with pytest.raises(InvalidArgumentError, match=r"^radius must be "):
            certify_on(half_space(0.3), points, "inner", radius)


def test_a_sphere_that_is_neither_is_refused_before_anything_is_proved() -> None:
    network: Any = half_space(0.3)
    network.logits = None  # who asks it fails
    with pytest.raises(InvalidArgumentError, match=r"^sphere must be "):
        certify_on(network, POINTS, "middle", 1.0)  # type: ignore[arg-type]
