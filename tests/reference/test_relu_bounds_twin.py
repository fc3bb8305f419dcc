"""The certified bounds of ReLU networks against their twin in arbitrary precision, and against nearest errors found.

Each step of the float code's proof is checked on exact numbers: its lines hold on the exact intervals, and its bound is
below the exact one with the same lines. ``SIZES`` are the sizes that rounding is relative to: |w| S_K + |c|.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from mpmath import mp
from scipy.optimize import minimize

from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.reference import relu_bounds as twin
from adversarial_spheres.theory.relu import bounds as relu_bounds
from adversarial_spheres.theory.relu.bounds import (
    FoldedRelu,
    _Bounds,
    _Lines,
    lipschitz_radius,
    relaxation_radius,
)

ACCURACY = 1e-12
"""Of float bounds, relative to the sizes; about 10 times what the margins of these small networks cost."""
RADII = (1e-9, 1e-3, 0.3, 4.0)
Case = tuple[FoldedRelu, FloatArray]


def random_case(seed: int, depth: int, dim: int = 3, hidden: int = 5) -> Case:
    rng = block_generator(seed, depth)
    sizes = [dim] + [hidden] * depth
    weights = tuple(rng.standard_normal((m, n)) for n, m in pairwise(sizes))
    biases = tuple(0.3 * rng.standard_normal(m) for m in sizes[1:])
    return FoldedRelu(weights, biases, rng.standard_normal(hidden + 1)), rng.standard_normal(dim)


def plain(seed: int, depth: int) -> Case:
    return random_case(seed, depth)


def dead_units(seed: int, depth: int) -> Case:
    """Units of zero weight, and units far below 0."""
    network, x = random_case(seed, depth)
    for matrix, bias in zip(network.weights, network.biases, strict=True):
        matrix[0], bias[0] = 0.0, 0.0
        bias[1] = -100.0
    return network, x


def scaled(seed: int, depth: int) -> Case:
    """Sizes that differ by 60 orders of magnitude between the layers, by 30 between units."""
    network, x = random_case(seed, depth)
    for k, (matrix, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        factors = 10.0 ** np.linspace(-15, 15, len(bias)) * 10.0 ** (30 * (-1) ** k)
        np.multiply(matrix, factors[:, None], out=matrix)
        np.multiply(bias, factors, out=bias)
    return network, x


def cancelling(seed: int, depth: int) -> Case:
    """Every bias cancels what comes in, up to rounding, and so does the last constant."""
    network, x = random_case(seed, depth)
    active = x
    for matrix, bias in zip(network.weights, network.biases, strict=True):
        bias[:] = -(matrix @ active)
        bias[-1] += 1.0
        active = np.maximum(matrix @ active + bias, 0.0)
    network.readout[-1] = -(network.readout[:-1] @ active)
    return network, x


def far(seed: int, depth: int) -> Case:
    """At a point far away, to which half of the rows are orthogonal up to rounding; no bias tells how large it is."""
    network, x = random_case(seed, depth)
    x *= 1e9
    active = x
    for matrix, bias in zip(network.weights, network.biases, strict=True):
        matrix[::2] -= np.outer(matrix[::2] @ active, active) / max(active @ active, 1.0)
        bias[...] = 0.0
        active = np.maximum(matrix @ active, 0.0)
    return network, x


def zero_units(seed: int, depth: int) -> Case:
    """Whole numbers, and half of the units exactly at 0: a corner of max(0, .)."""
    rng = block_generator(seed, depth, 7)
    network, x = random_case(seed, depth)
    for part in (*network.weights, *network.biases, network.readout, x):
        part[...] = rng.integers(-3, 4, part.shape)
    active = x
    for matrix, bias in zip(network.weights, network.biases, strict=True):
        bias[::2] = -(matrix @ active)[::2]
        active = np.maximum(matrix @ active + bias, 0.0)
    return network, x


KINDS: tuple[Callable[[int, int], Case], ...] = (plain, dead_units, scaled, cancelling, far, zero_units)


def cases(*kinds: Callable[[int, int], Case], seeds: int = 2) -> Iterator[Case]:
    for kind in kinds or KINDS:
        for depth in (1, 2, 3):
            for seed in range(seeds):
                yield kind(seed, depth)


def exact_lines(bounds: _Bounds, x: FloatArray, radius: float) -> list[twin.Lines]:
    """The lines that the float code chose."""
    return [twin.Lines(line.lower, line.upper, line.intercept) for line in bounds.lines(x, radius)[0]]


def proof_holds(bounds: _Bounds, x: FloatArray, radius: float, sign: int) -> bool:
    """Whether the float lines hold on the exact intervals, and the float bound is below the exact one."""
    lines = exact_lines(bounds, x, radius)
    exact = twin.relaxation(bounds._network, x, radius, sign, lines=lines, on_sphere=bounds._on_sphere)
    hold = all(map(twin.lines_hold, exact.intervals, exact.lines))
    return hold and bool(bounds.signed_logit_lower(x, radius, sign) <= exact.lower)


def sizes(bounds: _Bounds, x: FloatArray, radius: float) -> float:
    readout = bounds._network.readout
    return float(np.linalg.norm(readout[:-1])) * bounds.lines(x, radius)[1] + abs(float(readout[-1]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_of_the_proof_holds_on_exact_numbers_and_little_is_given_away(kind: Callable[..., Case]) -> None:
    for network, x in cases(kind):
        bounds = _Bounds(network)
        for radius in RADII:
            assert proof_holds(bounds, x, radius, 1)
            assert proof_holds(bounds, x, radius, -1)
            exact = twin.relaxation(network, x, radius, 1, lines=exact_lines(bounds, x, radius))
            given_away = exact.lower - bounds.signed_logit_lower(x, radius, 1)
            assert 0 <= given_away <= ACCURACY * sizes(bounds, x, radius)


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_of_the_proof_on_a_cap_holds_on_exact_numbers(kind: Callable[..., Case]) -> None:
    for network, x in cases(kind, seeds=1):
        bounds = _Bounds(network, on_sphere=True)
        length = float(np.linalg.norm(x))
        for share in (1e-9, 1e-3, 0.3, 1.9):
            assert proof_holds(bounds, x, share * length, 1)
            assert proof_holds(bounds, x, share * length, -1)


@pytest.mark.parametrize("along", [0.0, 0.5, 1.0])
def test_a_linear_form_on_a_cap_is_bounded_to_second_order(along: float) -> None:
    """Radial forms fall by half the squared chord, others by the chord times their tangential part."""
    across = (1.0 - along**2) ** 0.5
    network = FoldedRelu((np.array([[along, across]]),), (np.array([10.0]),), np.array([1.0, 0.0]))
    x = np.array([1.0, 0.0])
    for radius in (1e-3, 0.1):
        exact = twin.relaxation(network, x, radius, 1, on_sphere=True).lower
        found = _Bounds(network, on_sphere=True).signed_logit_lower(x, radius, 1)
        assert 0 <= exact - found <= 0.3 * across * radius**3 + 2e-6 * radius + 1e-8


@pytest.mark.parametrize("kind", [plain, dead_units, scaled])
def test_bound_is_close_to_that_of_the_twins_own_lines(kind: Callable[..., Case]) -> None:
    """Where no interval is symmetric: there the lower line is a matter of rounding."""
    for network, x in cases(kind):
        bounds = _Bounds(network)
        for radius in RADII:
            for sign in (1, -1):
                exact = twin.relaxation(network, x, radius, sign)
                assert all(map(twin.lines_hold, exact.intervals, exact.lines))
                found = bounds.signed_logit_lower(x, radius, sign)
                assert abs(found - exact.lower) <= ACCURACY * sizes(bounds, x, radius)


def test_a_unit_of_one_input_is_allowed_the_rounding_of_its_bias_too() -> None:
    """|z| = |w x| + |b| is as large as the sizes say, and z itself is a rounding of 0."""
    rng = block_generator(17)
    for _ in range(300):
        weight, x = rng.standard_normal((1, 1)), rng.standard_normal(1)
        bias = -weight[0] * x * (1.0 + rng.integers(-2, 3) * 2.0**-52)
        network = FoldedRelu((weight,), (bias,), np.array([1.0, -1e-17]))
        bounds = _Bounds(network)
        for radius in (1e-18, 1e-16):
            assert proof_holds(bounds, x, radius, 1)
            low, high = (part[0] for part in twin.relaxation(network, x, radius, 1).intervals[0])
            line = bounds.lines(x, radius)[0][0]
            assert line.maximum[0] >= max(high, 0)
            if low >= 0:
                assert bounds.logit_error(x) >= abs(float(network.logits(x[None, :])[0]) - twin.logit(network, x))


def test_lines_hold_whatever_the_size_of_the_interval() -> None:
    """Down to the subnormal numbers, where products are rounded by as much as they are large."""
    rng = block_generator(23)
    sizes = 10.0 ** rng.uniform(-300.0, 300.0, (2, 2000))
    subnormal = 5e-324 * rng.integers(1, 40, (2, 2000))
    for below, above in (sizes, sizes[:1] * rng.uniform(0.0, 2.0, (2, 2000)), subnormal):
        lines = _Lines.between(-below, above)
        assert twin.lines_hold((list(-below), list(above)), twin.Lines(lines.lower, lines.upper, lines.intercept))


def test_what_underflows_on_a_wide_ball_is_allowed_for() -> None:
    """The squares of the weights vanish, and the radius makes as much as the constants out of the weights."""
    for radius in (1e140, 1e150, 1e160):
        reach = 1.5e-162 * radius
        network = FoldedRelu((np.array([[1.5e-162, 0.0]]),), (np.array([0.5 * reach]),), np.array([1.0, 0.4 * reach]))
        for sign in (1, -1):
            assert proof_holds(_Bounds(network), np.zeros(2), radius, sign)


def test_bounds_are_moved_by_twice_the_rounding_of_the_longest_chain() -> None:
    """Of sums of absolute values, with one rounding unit for each operation; seen at one point."""
    network, x = plain(2, 2)
    bounds, chain = _Bounds(network), sum(sum(matrix.shape) + 16 for matrix in network.weights)
    chain += 2 * len(network.readout) + 64
    gamma = 2.0 * chain * 2.0**-52 / (1.0 - chain * 2.0**-52)
    with mp.workdps(30):
        size = mp.norm(list(x))
        for matrix, bias in zip(network.weights, network.biases, strict=True):
            size = mp.norm(list(matrix.ravel())) * size + mp.norm(list(bias))
        expected = gamma * (mp.norm(list(network.readout[:-1])) * size + abs(network.readout[-1]))
    assert bounds.logit_error(x) == pytest.approx(float(expected), rel=1e-12, abs=0.0)


def test_maxima_of_activations_hold_on_the_ball_and_have_the_same_margins() -> None:
    """The value at the centre, and the product of spectral norms and the last row's norm times the radius."""
    directions = sample_unit_vectors(200, 3, block_generator(31))
    for network, x in cases(plain, scaled, cancelling):
        bounds = _Bounds(network)
        for radius in (0.0, 1e-9, 0.3):
            around = x + radius * directions
            moved, center = radius, x
            for matrix, bias, maxima in zip(network.weights, network.biases, bounds._maxima(x, radius), strict=True):
                around, before = np.maximum(around @ matrix.T + bias, 0.0), center
                rows = np.linalg.norm(matrix, axis=1)
                plain_bound = matrix @ center + bias + rows * moved
                center = np.maximum(matrix @ center + bias, 0.0)
                size = rows * (np.linalg.norm(before) + moved) + np.abs(bias)
                # in these small networks norms are at least a twentieth of the products of Frobenius norms
                given_away = maxima - np.maximum(plain_bound, 0.0)
                assert np.all(around <= maxima)
                assert np.all(given_away >= 0.0)
                assert np.all(given_away <= 1e-8 * rows * moved + 20.0 * ACCURACY * size)
                moved *= np.linalg.norm(matrix, 2)


def test_negative_control_without_margins_the_proof_fails() -> None:
    failures = 0
    for network, x in cases(plain, cancelling):
        bounds = _Bounds(network)
        bounds._gamma = 0.0
        failures += sum(not proof_holds(bounds, x, radius, 1) for radius in RADII)
    assert failures > 10


@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_negative_control_a_mutated_upper_slope_or_intercept_fails(factor: float) -> None:
    network, x = plain(0, 2)
    exact = twin.relaxation(network, x, 1.0, 1)
    for interval, lines in zip(exact.intervals, exact.lines, strict=True):
        assert any(0 < s < 1 for s in lines.upper)
        assert twin.lines_hold(interval, lines)
        # A larger slope is too low at the negative end, a smaller one at the positive end.
        assert not twin.lines_hold(interval, lines._replace(upper=[s * factor for s in lines.upper]))
        assert not twin.lines_hold(interval, lines._replace(intercept=[0.999 * t for t in lines.intercept]))
        assert not twin.lines_hold(interval, lines._replace(lower=[1.001 for _ in lines.lower]))


def test_lipschitz_bound_is_above_the_twins_and_close() -> None:
    for network, _ in cases():
        ratio = network.lipschitz_upper() / twin.lipschitz_upper(network)
        assert 1 <= ratio <= 1 + 1e-11


def test_logit_error_covers_the_rounding_of_the_logits() -> None:
    worst = 0.0
    for network, x in cases(seeds=20):
        bounds = _Bounds(network)
        off = abs(float(network.logits(x[None, :])[0]) - twin.logit(network, x))
        assert off <= bounds.logit_error(x)
        assert bounds.logit_error(x) <= ACCURACY * sizes(bounds, x, 0.0)
        worst = max(worst, float(off / bounds.logit_error(x)))
    assert worst > 1e-4  # so a bound that is 10,000 times smaller would not pass


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_radius_is_proved_by_the_twin_and_no_larger_one_is(depth: int) -> None:
    for seed in range(4):
        network, x = plain(seed, depth)
        sign = 1 if twin.logit(network, x) > 0 else -1
        radius = float(relaxation_radius(network, x[None, :], largest=100.0)[0])
        assert radius > 0.0
        assert twin.relaxation(network, x, radius, sign).lower > 0
        if radius < 100.0:
            # The search ends with a bracket of 1/256 of a radius that is at most this one.
            assert twin.relaxation(network, x, radius * (1 + 1 / 255), sign).lower <= 0


def nearest_found(network: FoldedRelu, x: FloatArray, sign: float, reach: float) -> float:
    """Distance to the nearest point of the other sign (or 0) that rays and SLSQP from the best of them find."""

    def signed(point: FloatArray) -> float:
        return float(sign * network.logits(point[None, :])[0])

    rays = sample_unit_vectors(600, network.dim, block_generator(5))
    shares = np.linspace(0.0, reach, 300)[1:]
    values = sign * network.logits((x + shares[:, None, None] * rays).reshape(-1, network.dim)).reshape(len(shares), -1)
    crossed = np.where(np.any(values <= 0.0, axis=0), shares[np.argmax(values <= 0.0, axis=0)], np.inf)
    best = float(np.min(crossed))
    for ray in np.argsort(crossed)[:15]:
        start = x + min(float(crossed[ray]), reach) * rays[ray]
        constraint = {"type": "ineq", "fun": lambda point: -signed(point)}
        end = minimize(lambda p: float((p - x) @ (p - x)), start, constraints=constraint, method="SLSQP").x
        end = x + (end - x) * (1.0 + 1e-7)
        if np.all(np.isfinite(end)) and signed(end) <= 0.0:
            best = min(best, float(np.linalg.norm(end - x)))
    return best


def ratios(dim: int) -> FloatArray:
    """Certified radius over nearest distance found, for tiny networks of depth 1 to 3."""
    found = []
    for depth in (1, 2, 3):
        for seed in range(5):
            network, x = random_case(100 + seed, depth, dim, hidden=4)
            radius = float(relaxation_radius(network, x[None, :], largest=100.0)[0])
            sign = float(np.sign(network.logits(x[None, :])[0]))
            found.append(radius / nearest_found(network, x, sign, min(8.0, 30.0 * radius)))
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("dim", [2, 3])
def test_no_error_is_found_within_the_certified_radius(dim: int) -> None:
    share = ratios(dim)
    assert np.all(share <= 1.0)
    # How tight; and the control: a radius 1.5 times as large contains errors.
    assert np.median(share[share > 0.0]) > 0.5
    assert np.sum(1.5 * share > 1.0) >= 5


def linear(readout: list[float], scale: float = 1.0) -> FoldedRelu:
    return FoldedRelu((np.array([[scale, 0.0]]),), (np.zeros(1),), np.array(readout))


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e-155, 1e-140, 1e140, 1e155, 1e200, 1e300])
def test_underflow_and_overflow_prove_nothing_that_is_false(size: float) -> None:
    """Squares and products of these sizes leave the range of doubles. The boundary is at distance 0.5."""
    x = np.array([[0.5, 0.0]])
    scales = [([-size, size], 1.0), ([-1.0, size], size), ([-1.0 / size, 1.0], size), ([-1e-40, 1e-40 * size], size)]
    found = []
    for readout, scale in scales:
        network = linear(readout, scale)
        found += [lipschitz_radius(network, x)[0], relaxation_radius(network, x, largest=9.0)[0]]
    assert all(0.0 <= radius <= 0.5 for radius in found)
    if 1e-141 < size < 1e141:
        assert min(found[:6]) > 0.49


def test_a_product_of_small_layers_that_underflows_is_not_taken_for_zero() -> None:
    weights = (np.array([[1e140]]), np.array([[1e-150]]))
    network = FoldedRelu((weights[0], weights[1]), (np.zeros(1), np.zeros(1)), np.array([-1e-250, 1.1e-260]))
    assert twin.logit(network, [1.0]) > 0 > twin.logit(network, [1.2])
    assert relaxation_radius(network, np.array([[1.0]]), largest=9.0)[0] <= 0.1


def test_negative_control_the_floor_is_what_makes_small_networks_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu_bounds, "_FLOOR", 0.0)
    with np.errstate(divide="ignore"):
        assert relaxation_radius(linear([-1e-170, 1e-170]), np.array([[0.5, 0.0]]), largest=9.0)[0] > 0.5


def test_the_twin_is_as_good_as_its_digits() -> None:
    network, x = plain(3, 3)
    with mp.workdps(60):
        few, many = (twin.relaxation(network, x, 0.1, 1, digits=digits).lower for digits in (20, 50))
        assert 0 < abs(few - many) < mp.mpf(10) ** -16
        largest = max(twin.lipschitz_upper(network, digits=digits) for digits in (20, 50))
    assert largest >= abs(twin.logit(network, x) - twin.logit(network, x + 0.01)) / np.linalg.norm(np.full(3, 0.01))
