"""ReLU networks as the bounds take them: arrays become doubles, and what does not fit is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.relu.bounds import FoldedRelu, lipschitz_radius, relaxation_radius
from adversarial_spheres.theory.relu.rounding import EvaluatedRelu

EYE, ZEROS, READOUT = np.eye(2), np.zeros(2), np.array([1.0, 1.0, -1.0])
NETWORK = FoldedRelu((EYE,), (ZEROS,), READOUT)
POINT = np.array([[1.0, 1.0]])


def test_bounds_of_single_precision_weights_are_those_of_the_same_weights_in_double() -> None:
    rng = np.random.default_rng(0)
    weights = tuple(rng.standard_normal(shape).astype(np.float32) for shape in ((60, 50), (40, 60)))
    biases = tuple(rng.standard_normal(n).astype(np.float32) for n in (60, 40))
    readout = rng.standard_normal(41).astype(np.float32)
    single = FoldedRelu(weights, biases, readout)
    double = FoldedRelu(
        tuple(w.astype(np.float64) for w in weights),
        tuple(b.astype(np.float64) for b in biases),
        readout.astype(np.float64),
    )
    assert all(array.dtype == np.float64 for array in (*single.weights, *single.biases, single.readout))
    assert single.lipschitz_upper() == double.lipschitz_upper()
    points = rng.standard_normal((3, 50)).astype(np.float32)
    for largest in (0.5, 20.0):
        found = relaxation_radius(single, points, largest=largest)
        np.testing.assert_array_equal(found, relaxation_radius(double, points.astype(np.float64), largest=largest))
    np.testing.assert_array_equal(lipschitz_radius(single, points), lipschitz_radius(double, points))


def test_the_lipschitz_constant_is_an_upper_bound_and_close() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        first, second, readout = rng.standard_normal((7, 5)), rng.standard_normal((6, 7)), rng.standard_normal(7)
        network = FoldedRelu((first, second), (np.zeros(7), np.zeros(6)), readout)
        top = np.linalg.norm(readout[:-1]) * np.linalg.norm(first, 2) * np.linalg.norm(second, 2)
        assert top < network.lipschitz_upper() <= top * (1.0 + 1e-11)


def folded(weights: object = (EYE,), biases: object = (ZEROS,), readout: object = READOUT) -> FoldedRelu:
    return FoldedRelu(weights, biases, readout)


def evaluated(
    weights: object = (EYE,),
    factors: object = (ZEROS + 1.0,),
    offsets: object = (ZEROS,),
    readout: object = READOUT,
    dtype: object = np.float32,
) -> EvaluatedRelu:
    return EvaluatedRelu(weights, factors, offsets, readout, dtype)


FIT = "weights must be of shapes (units, inputs) that fit one another, got "
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: folded(weights=3.0), "weights must be a sequence of arrays, one for each layer, got 3.0"),
    (lambda: folded(weights=()), "weights must be of at least one layer, got ()"),
    (lambda: folded(weights=(EYE, np.eye(3))), FIT + "(3, 3)"),
    (lambda: folded(weights=(np.ones(2),)), FIT + "(2,)"),
    (lambda: folded(weights=(1.0,)), FIT + "()"),
    (lambda: folded(weights=(np.empty((2, 0)),)), FIT + "(2, 0)"),
    (lambda: folded(weights=(EYE * np.inf,)), "weights must be a number (not NaN), got nan"),
    (lambda: folded(weights=(EYE + np.inf,)), "weights must be finite, got inf"),
    (lambda: folded(weights=(EYE * 1j,)), "weights must be a real number or an array of real numbers, got "),
    (lambda: folded(biases=()), "biases must be of shape (units,) for each layer, got []"),
    (lambda: folded(biases=(np.zeros(3),)), "biases must be of shape (units,) for each layer, got [(3,)]"),
    (lambda: folded(biases=(np.array([np.inf, 0.0]),)), "biases must be finite, got inf"),
    (lambda: folded(readout=np.ones(2)), "readout must be of shape (units of the last layer + 1,), got (2,)"),
    (lambda: folded(readout=[1.0, 1.0, np.inf]), "readout must be finite, got inf"),
    (lambda: NETWORK.logits(np.ones(2)), "points must be of shape (n, 2), got (2,)"),
    (lambda: NETWORK.logits(np.ones((1, 3))), "points must be of shape (n, 2), got (1, 3)"),
    (lambda: lipschitz_radius(NETWORK, np.ones((1, 3))), "points must be of shape (n, 2), got (1, 3)"),
    (lambda: lipschitz_radius(NETWORK, [[np.inf, 0.0]]), "points must be finite, got inf"),
    (lambda: lipschitz_radius(NETWORK, POINT, largest=0.0), "largest must be in (0, inf], got 0.0"),
    (lambda: lipschitz_radius(NETWORK, POINT, largest=np.nan), "largest must be a number (not NaN), got nan"),
    (
        lambda: lipschitz_radius(NETWORK, POINT, largest=[1.0]),
        "largest must be a single number, not an array, got (1,)",
    ),
    (lambda: relaxation_radius(NETWORK, np.ones(2), largest=1.0), "points must be of shape (n, 2), got (2,)"),
    (lambda: relaxation_radius(NETWORK, POINT, largest=-1.0), "largest must be in (0, inf], got -1.0"),
    (
        lambda: relaxation_radius(NETWORK, POINT, largest=1.0, on_sphere=1),  # type: ignore[arg-type]
        "on_sphere must be True or False, got 1",
    ),
    (lambda: evaluated(weights=None), "weights must be a sequence of arrays, one for each layer, got None"),
    (lambda: evaluated(weights=(np.ones((2, 3)), EYE * 0.5, np.eye(3))), FIT + "(3, 3)"),
    (lambda: evaluated(factors=(np.ones(3),)), "factors must be of shape (units,) for each layer, got [(3,)]"),
    (lambda: evaluated(offsets=()), "offsets must be of shape (units,) for each layer, got []"),
    (lambda: evaluated(readout=np.ones(4)), "readout must be of shape (units of the last layer + 1,), got (4,)"),
    (lambda: evaluated(dtype=np.float16), "dtype must be float32 or float64, got <class 'numpy.float16'>"),
    (lambda: evaluated(dtype=None), "dtype must be float32 or float64, got None"),
    (lambda: evaluated(dtype="number"), "dtype must be float32 or float64, got 'number'"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_a_refusal_names_argument_value_and_range(call: Callable[[], object], message: str) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(InvalidArgumentError) as caught:
        call()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_networks_of_extreme_size_prove_little_but_nothing_false(size: float) -> None:
    network = FoldedRelu((EYE * size,), (ZEROS,), READOUT)
    exact = np.sqrt(0.5) * (2.0 - 1.0 / size) if size > 1.0 else 1.0 / size / np.sqrt(2.0) - np.sqrt(2.0)
    for radius in (lipschitz_radius(network, POINT), relaxation_radius(network, POINT, largest=1e305)):
        assert 0.0 <= radius[0] <= exact * (1.0 + 1e-15)
