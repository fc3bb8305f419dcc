"""What rounding does to a ReLU network as it runs: the bound against its twin, and against many orders of summation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.certified import certify, evaluation, fold
from adversarial_spheres.numerics.networks.layers import EPSILON, ReluLayer
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.reference import relu_rounding as twin
from adversarial_spheres.theory.relu.bounds import _Bounds
from adversarial_spheres.theory.relu.rounding import EvaluatedRelu

DTYPES = ("float32", "float64")


def trained_looking(seed: int, depth: int, dtype: Any, dim: int = 7, hidden: int = 9) -> ReluNetwork:
    """Scales, shifts and statistics as after training: none of them 0 or 1."""
    rng = block_generator(seed, depth)
    plain = ReluNetwork.random(hidden, depth, dim, rng, dtype=dtype)
    layers = [
        ReluLayer(
            layer.weights,
            np.stack([rng.normal(1.0, 0.5, hidden), rng.normal(0.0, 1.0, hidden)]),
            np.stack([rng.normal(0.0, 2.0, hidden), rng.uniform(0.0, 0.3, hidden)]),
        )
        for layer in plain.layers
    ]
    return ReluNetwork(layers, rng.standard_normal(hidden + 1).astype(dtype))


def exact_logit(network: ReluNetwork, x: FloatArray) -> Any:
    layers = [twin.Layer(layer.weights, *layer.normalisation, *layer.statistics) for layer in network.layers]
    return twin.logit(layers, network.readout, x, EPSILON)


def maxima(network: ReluNetwork, x: FloatArray, radius: float) -> list[FloatArray]:
    return [line.maximum for line in _Bounds(fold(network)).lines(x, radius)[0]]


def pairs_of(network: ReluNetwork, order: Callable[[Any], Any]) -> Callable[[FloatArray], float]:
    """The logit in the network's precision, one addition at a time, in an order of one's own."""

    def dot(row: Any, active: Any) -> Any:
        total = network.dtype.type(0.0)
        for a, b in order(list(zip(row, active, strict=True))):
            total = total + a * b
        return total

    def logit(x: FloatArray) -> float:
        active = x.astype(network.dtype)
        for layer in network.layers:
            factor, offset = layer.folded()
            sums = np.array([dot(row, active) for row in layer.weights], dtype=network.dtype)
            active = np.maximum(sums * factor + offset, network.dtype.type(0.0))
        return float(dot(network.readout[:-1], active) + network.readout[-1])

    return logit


ORDERS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "forward": lambda terms: terms,
    "backward": lambda terms: terms[::-1],
    "largest first": lambda terms: sorted(terms, key=lambda pair: -abs(pair[0] * pair[1])),
    "positive first": lambda terms: sorted(terms, key=lambda pair: -(pair[0] * pair[1])),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_bound_is_that_of_the_twin_and_never_below_it(depth: int, dtype: str) -> None:
    for seed, radius in enumerate([0.0, 1e-9, 0.1, 3.0]):
        network = trained_looking(seed, depth, dtype)
        x = block_generator(seed, 1).standard_normal(7)
        uppers = maxima(network, x, radius)
        found = evaluation(network).logit_error(x, radius, uppers)
        layers = network.layers
        factors, offsets = [], []
        for layer in layers:
            (scale, shift), (mean, variance) = (part.astype(float) for part in (layer.normalisation, layer.statistics))
            factors.append(scale / np.sqrt(variance + EPSILON))
            offsets.append(np.abs(shift) + np.abs(mean * factors[-1]))
        weights = [layer.weights for layer in layers]
        exact = twin.logit_error(weights, factors, offsets, network.readout, dtype, x, radius, uppers)
        assert exact <= found <= exact * (1 + 1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_no_order_of_summation_is_off_by_more(depth: int, dtype: str) -> None:
    worst = 0.0
    for seed in range(6):
        network = trained_looking(seed, depth, dtype)
        x = block_generator(seed, 1).standard_normal(7)
        bound = evaluation(network).logit_error(x, 0.0, maxima(network, x, 0.0))
        real = exact_logit(network, x)
        computed = [pairs_of(network, order)(x) for order in ORDERS.values()]
        for value in (*computed, float(network.logits(x))):
            assert abs(value - real) <= bound
            worst = max(worst, float(abs(value - real) / bound))
    assert worst > 1e-3  # a bound that is 1000 times smaller would not pass


@pytest.mark.parametrize("method", ["relaxation", "lipschitz"])
def test_points_of_the_ball_are_evaluated_to_the_same_sign(method: Any) -> None:
    network = trained_looking(3, 2, "float32", dim=5, hidden=8)
    points = sample_unit_vectors(20, 5, block_generator(4))
    found = certify(network, points, "inner", method=method)
    assert np.any(found.angle_lower > 0.0)
    radius = found.distance_lower(metric="euclidean")
    around = sample_unit_vectors(500, 5, block_generator(5))
    for x, r in zip(points, radius, strict=True):
        if r > 0.0:
            assert np.all(network.logits(x + r * around) <= 0.0)


def narrow(threshold: float) -> ReluNetwork:
    """Logit 1e4 max(0, x_1) - 1e4 threshold, whose rounding in single precision moves the boundary by about 1e-7."""
    layer = ReluLayer(
        np.array([[1.0, 0.0]], dtype=np.float32),
        np.array([[1.0], [0.0]], dtype=np.float32),
        np.array([[0.0], [1.0 - EPSILON]], dtype=np.float32),
    )
    return ReluNetwork([layer], np.array([1e4, -1e4 * threshold], dtype=np.float32))


def test_where_rounding_may_decide_nothing_is_proved() -> None:
    x = np.array([[0.6, 0.8]])
    close, far = narrow(0.6 + 1e-7), narrow(0.61)
    assert certify(far, x, "inner").angle_lower[0] > 0.009
    assert certify(close, x, "inner").angle_lower[0] == 0.0


def test_rounding_is_taken_from_the_bound_and_vanishes_with_the_unit_roundoff() -> None:
    for dtype, most in (("float32", 1e-2), ("float64", 1e-10)):
        network = trained_looking(8, 2, dtype)
        without, beside = (_Bounds(fold(network), program) for program in (None, evaluation(network)))
        for x in sample_unit_vectors(10, 7, block_generator(9)):
            given_away = without.signed_logit_lower(x, 0.01, 1.0) - beside.signed_logit_lower(x, 0.01, 1.0)
            assert 0.0 < given_away < most


@pytest.mark.parametrize("size", [1e38, 1e-38])
def test_overflow_and_nearly_subnormal_factors_bound_nothing(size: float) -> None:
    weights, ones = [np.full((1, 2), 1e3)], [np.ones(1)]
    program = EvaluatedRelu(weights, [np.full(1, size)], [np.zeros(1)], np.array([1.0, 0.0]), np.float32)
    assert program.logit_error(np.ones(2), 0.0, [np.full(1, 2e3)]) == np.inf
    fine = EvaluatedRelu(weights, ones, [np.zeros(1)], np.array([1.0, 0.0]), np.float32)
    assert fine.logit_error(np.ones(2), 0.0, [np.full(1, 2e3)]) < 0.01


def first_layer(size: float) -> dict[str, Any]:
    """Sums of the first layer of this size, made small by its factor."""
    return {"weights": [np.full((1, 2), 0.5 * size)], "factors": [np.full(1, 1e-20)], "offsets": [np.zeros(1)]}


def second_layer(size: float) -> dict[str, Any]:
    """Units of the first layer that are off by about 1e-7, and of which the second makes errors of this size."""
    weights = [np.ones((1, 2)), np.full((1, 1), size / 2.3e-6)]
    return {"weights": weights, "factors": [np.ones(1), np.full(1, 1e-20)], "offsets": [np.zeros(1)] * 2}


def factor(size: float) -> dict[str, Any]:
    return {"weights": [np.full((1, 2), 1e-30)], "factors": [np.full(1, size)], "offsets": [np.zeros(1)]}


def offset(size: float) -> dict[str, Any]:
    return {"weights": [np.full((1, 2), 0.1)], "factors": [np.ones(1)], "offsets": [np.full(1, size)]}


@pytest.mark.parametrize("make", [first_layer, second_layer, factor, offset])
def test_a_quarter_of_the_largest_number_is_where_nothing_is_bounded_any_more(make: Callable[..., Any]) -> None:
    limit = 0.25 * float(np.finfo(np.float32).max)
    verdicts = []
    for share in (0.5, 0.9, 0.999, 1.001, 1.1, 2.0):
        network, x = make(share * limit), np.ones(2)
        readout, uppers = np.array([1e-9, 0.0]), [np.zeros(1)] * len(network["weights"])
        program = EvaluatedRelu(*network.values(), readout, np.float32)
        found = program.logit_error(x, 0.0, uppers)
        exact = twin.logit_error(*network.values(), readout, "float32", x, 0.0, uppers)
        assert exact <= found <= exact * (1 + 1e-12)
        verdicts.append(np.isfinite(found))
    assert verdicts[0]
    assert not verdicts[-1]


def test_factors_that_are_nearly_subnormal_bound_nothing_but_those_of_zero_do() -> None:
    limit = float(np.finfo(np.float32).tiny / np.finfo(np.float32).eps * 2)
    for size, finite in ((0.0, True), (0.999 * limit, False), (1.001 * limit, True), (-0.999 * limit, False)):
        network = [np.full((1, 2), 1.0)], [np.full(1, size)], [np.zeros(1)], np.array([1.0, 0.0])
        found = EvaluatedRelu(*network, np.float32).logit_error(np.ones(2), 0.0, [np.zeros(1)])
        assert np.isfinite(found) == finite
        assert np.isfinite(float(twin.logit_error(*network, "float32", np.ones(2), 0.0, [np.zeros(1)]))) == finite


def test_sums_so_long_that_half_the_number_may_be_rounding_bound_nothing() -> None:
    # n + 16 additions of relative error 2^-24 each: half at n = 2^23 - 16
    for count, finite in ((2**23 - 17, True), (2**23 - 16, False)):
        wide = np.broadcast_to(np.float64(1e-30), (1, count))
        program = EvaluatedRelu([np.ones((1, 1))], [np.ones(1)], [np.zeros(1)], np.array([1.0, 0.0]), np.float32)
        sums = np.full(1, 1.0)
        found = program._of_layer(sums, 0.0 * sums, np.ones(1), np.zeros(1), wide.shape[1], 1.0)
        assert np.isfinite(found[0]) == finite
        if finite:
            share = (count + 16) / 2**24
            assert found[0] == pytest.approx(share / (1.0 - share) * (1.0 + (count + 16) * 2.0**-50), rel=1e-12)


def test_the_largest_coordinate_on_the_ball_counts_for_underflow() -> None:
    """One unit of weight 0: what is left is underflow, tiny (count (f + largest) + 2)."""
    tiny = float(np.finfo(np.float32).tiny)
    program = EvaluatedRelu([np.zeros((1, 3))], [np.ones(1)], [np.zeros(1)], np.array([1.0, 0.0]), np.float32)
    found = program.logit_error(np.array([0.5, -4.0, 1.0]), 2.0, [np.zeros(1)])
    first = tiny * (3 * (1.0 + 6.0) + 2.0)
    assert found == pytest.approx(first + tiny * (1.0 * (1.0 + 0.0) + 2.0), rel=1e-5, abs=0.0)


def test_each_unit_has_the_underflow_of_its_own_weights() -> None:
    weights = [np.array([[1e6, 0.0], [1.0, 3.0], [0.0, 2e4]]), np.array([[1.0, 2.0, 0.0], [0.0, 0.5, 4.0]])]
    layers = weights, [np.ones(3), np.array([2.0, 0.25])], [np.zeros(3), np.zeros(2)], np.array([1.0, -3.0, 0.0])
    for dtype in DTYPES:
        for x, radius in ((np.zeros(2), 0.0), (np.zeros(2), 1e-300), (np.array([1.0, -2.0]), 0.25)):
            uppers = [np.full(3, 0.5 * radius), np.full(2, radius)]
            found = EvaluatedRelu(*layers, dtype).logit_error(x, radius, uppers)
            exact = twin.logit_error(*layers, dtype, x, radius, uppers)
            assert exact <= found <= exact * (1 + 1e-12)


def test_underflow_is_counted() -> None:
    """Products of 1e-30 and 1e-30 are 0 in single precision; the real logit is 1e-60 + 0, scaled up by the read-out."""
    program = EvaluatedRelu([np.full((1, 2), 1e-30)], [np.ones(1)], [np.zeros(1)], np.array([1e30, 0.0]), np.float32)
    x = np.full(2, 1e-30)
    assert program.logit_error(x, 0.0, [np.full(1, 2e-60)]) >= 2e-30
