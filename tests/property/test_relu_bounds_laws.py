"""Laws of the certified lower bounds of ReLU networks: below every known error, exact where it is linear."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.distances.certified import certify
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.relu import quadratic
from adversarial_spheres.theory.relu.bounds import FoldedRelu, lipschitz_radius, relaxation_radius
from adversarial_spheres.theory.relu.quadratic import quadratic_radius


def random_network(seed: int, depth: int, dim: int = 3, hidden: int = 6) -> FoldedRelu:
    rng = block_generator(seed)
    sizes = [dim] + [hidden] * depth
    weights = tuple(rng.standard_normal((m, n)) for n, m in pairwise(sizes))
    biases = tuple(0.3 * rng.standard_normal(m) for m in sizes[1:])
    return FoldedRelu(weights, biases, rng.standard_normal(hidden + 1))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3))
def test_no_dense_sample_of_a_certified_ball_changes_sign(seed: int, depth: int) -> None:
    network, rng = random_network(seed, depth), block_generator(seed, 1)
    points = rng.standard_normal((3, 3))
    local, coarse = relaxation_radius(network, points, largest=50.0), lipschitz_radius(network, points)
    assert np.all(local >= coarse)
    directions = sample_unit_vectors(2000, 3, rng)
    for x, radius in zip(points, local, strict=True):
        sign = np.sign(network.logits(x[None, :]))
        for share in (1.0, 0.9, 0.5):
            assert np.all(np.sign(network.logits(x + share * radius * directions)) == sign)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3))
def test_no_dense_sample_of_a_certified_cap_changes_sign(seed: int, depth: int) -> None:
    network, rng = random_network(seed, depth), block_generator(seed, 3)
    points = sample_unit_vectors(3, 3, rng)
    check_caps(network, points, relaxation_radius(network, points, largest=2.0, on_sphere=True), rng)


def check_caps(network: FoldedRelu, points: FloatArray, radii: FloatArray, rng: np.random.Generator) -> None:
    directions = sample_unit_vectors(2000, 3, rng)
    for x, radius in zip(points, radii, strict=True):
        tangents = directions - np.outer(directions @ x, x)
        tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
        for share in (1.0, 0.9, 0.5):
            angle = 2.0 * np.arcsin(share * radius / 2.0) * (1.0 - 1e-12)
            near = np.cos(angle) * x + np.sin(angle) * tangents
            assert np.all(np.sign(network.logits(near)) == np.sign(network.logits(x[None, :])))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 2), sphere=st.sampled_from(["inner", "outer"]))
def test_lower_is_never_above_the_attack(seed: int, depth: int, sphere: str) -> None:
    network = ReluNetwork.random(8, depth, 4, block_generator(seed), dtype=np.float64)
    points = sample_unit_vectors(8, 4, block_generator(seed, 1))
    upper = attack(network, points, sphere).angle_upper
    for method in ("linear", "lipschitz"):
        assert np.all(certify(network, points, sphere, method=method).angle_lower <= upper)


@pytest.mark.parametrize("few", [0, 2**14], ids=["parabolas_first", "lines_first"])
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_parabolas_prove_more_than_lines_and_never_more_than_the_attack_finds(
    sphere: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quadratic, "_FEW", few)
    network = ReluNetwork.random(60, 1, 100, block_generator(9), dtype=np.float64)
    points = sample_unit_vectors(3, 100, block_generator(9, 1))
    upper = attack(network, points, sphere).angle_upper
    lower, linear = (certify(network, points, sphere, method=method).angle_lower for method in ("relaxation", "linear"))
    right = upper > 0.0
    assert np.all(lower <= upper)
    assert np.all(lower >= 0.99 * linear)
    assert np.mean(lower[right]) > 1.15 * np.mean(linear[right])


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3))
def test_no_dense_sample_of_a_cap_of_parabolas_changes_sign(seed: int, depth: int) -> None:
    network, rng = random_network(seed, depth), block_generator(seed, 3)
    points = sample_unit_vectors(2, 3, rng)
    check_caps(network, points, quadratic_radius(network, points, largest=2.0), rng)


def test_an_error_of_one_sum_of_units_is_found_at_its_exact_distance() -> None:
    """x_1 - height as two units, in 30 dimensions: a cap."""
    rows = np.zeros((2, 30))
    rows[:, 0] = 1.0, -1.0
    network = FoldedRelu((rows,), (np.zeros(2),), np.array([1.0, -1.0, -0.3]))
    points = sample_unit_vectors(2, 30, block_generator(4))
    exact = 2.0 * np.sin(np.abs(np.arccos(points[:, 0]) - np.arccos(0.3)) / 2.0)
    found = quadratic_radius(network, points, largest=2.0)
    assert np.all(found <= exact)
    assert np.all(found >= 0.5 * exact)


@pytest.mark.parametrize("few", [0, 2**14], ids=["parabolas_first", "lines_first"])
@pytest.mark.parametrize("overflow", [np.inf, -np.inf, np.nan])
def test_what_overflows_proves_nothing(overflow: float, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network, points = random_network(1, 2), np.eye(3)
    monkeypatch.setattr(quadratic, "_FEW", few)
    monkeypatch.setattr(quadratic._Caps, "_lower", lambda *_: overflow)
    lines = relaxation_radius(network, points, largest=2.0, on_sphere=True)
    assert np.all(quadratic_radius(network, points, largest=2.0) <= 1.01 * lines)


def test_a_single_unit_is_exact() -> None:
    network = FoldedRelu((np.array([[3.0, 4.0]]),), (np.array([10.0]),), np.array([1.0, -5.0]))
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    exact = np.array([1.0, 12.0 / 5.0])  # (3 x + 4 y + 10 - 5) / 5; the unit is active up to there
    np.testing.assert_allclose(lipschitz_radius(network, x), exact, rtol=1e-9)
    found = relaxation_radius(network, x, largest=100.0)
    assert np.all(found <= exact)
    np.testing.assert_allclose(found, exact, rtol=1e-2)


@given(seed=st.integers(0, 1000), power=st.integers(-20, 20))
@settings(max_examples=20, deadline=None)
def test_scaling_of_the_readout_changes_nothing_and_that_of_space_scales(seed: int, power: int) -> None:
    network, points, c = random_network(seed, 2), block_generator(seed, 2).standard_normal((2, 3)), 2.0**power
    radius = relaxation_radius(network, points, largest=8.0)
    louder = FoldedRelu(network.weights, network.biases, c * network.readout)
    np.testing.assert_allclose(relaxation_radius(louder, points, largest=8.0), radius, rtol=1e-6)
    wider = FoldedRelu((network.weights[0] / c, network.weights[1]), network.biases, network.readout)
    np.testing.assert_allclose(relaxation_radius(wider, c * points, largest=8.0 * c), c * radius, rtol=1e-6)


def test_errors_have_distance_zero_and_nothing_near_the_whole_sphere_is_proved_away() -> None:
    network = ReluNetwork.random(8, 1, 4, block_generator(5))
    points = sample_unit_vectors(8, 4, block_generator(6))
    wrong = network.logits(points) > 0.0
    assert np.any(wrong)
    assert np.all(certify(network, points, "inner").angle_lower[wrong] == 0.0)
    network.readout[...] = 0.0
    network.readout[-1] = -1.0  # no error anywhere: the whole sphere is certified
    np.testing.assert_allclose(certify(network, points[:2], "inner").angle_lower, np.pi, rtol=1e-5)


def test_bad_input() -> None:
    network = ReluNetwork.random(8, 1, 4, block_generator(5))
    for points in (np.zeros((1, 4)), np.ones((2, 3)), np.ones(4)):
        with pytest.raises(InvalidArgumentError, match="points"):
            certify(network, points, "inner")
    with pytest.raises(InvalidArgumentError, match="method"):
        certify(network, np.eye(4), "inner", method="magic")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="readout"):
        FoldedRelu((np.eye(2),), (np.zeros(2),), np.zeros(2))
