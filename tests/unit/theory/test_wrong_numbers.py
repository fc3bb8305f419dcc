"""Inputs that once gave a wrong number without a word, each with its right answer, and their kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from adversarial_spheres.cli import main
from adversarial_spheres.numerics.distances.exact import nearest_distances_of
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import cap_measure, cap_of_measure
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many import bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_prediction,
    mean_sine_square,
)
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.quadratic.form import positive_probability
from adversarial_spheres.theory.spaces.isoperimetry import (
    max_error_rate,
    max_robust_accuracy,
    mean_distance_bound,
)

Call = Callable[[Any], object]
FLOAT_ARGUMENTS: dict[str, Call] = {
    "error_rate": lambda x: mean_distance_bound(x, 3, metric="geodesic"),
    "mean_distance": lambda x: max_error_rate(x, 3, metric="geodesic"),
    "radius": lambda x: max_error_rate(0.0, 3, radius=x, metric="geodesic"),
    "epsilon": lambda x: max_robust_accuracy(0.1, 3, x, metric="geodesic"),
    "height": lambda x: cap_measure(x, 3),
    "measure": lambda x: cap_of_measure(x, 3),
    "log_error_rate": lambda x: LogProbability.from_log(-x),
    "coefficients": lambda x: positive_probability(np.stack([x, -x, x])),
    "points": lambda x: nearest_error(np.stack([x, x]), [1.0, -1.0], boundary_is_error=False),
    "alphas": lambda x: QuadraticClassifier.from_alphas(np.stack([x, x])),
    "bias": lambda x: QuadraticClassifier([0.9, 1.1], x),
}


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    return str(caught.value)


# N3: what underflows is not 0, what overflows is not infinite, an integer is not rounded silently


def test_n3_a_logarithm_that_overflows_is_no_empty_error_set() -> None:
    found = CliRunner().invoke(main, ["bound", "--dim", "500", "--log10-error-rate", "-1e308"])
    assert found.exit_code == 2
    assert "log10_error_rate must be at least -1e+307, or -inf for probability 0, got -1e+308" in found.output
    empty = CliRunner().invoke(main, ["bound", "--dim", "500", "--log10-error-rate", "-inf", "--json"])
    assert empty.exit_code == 0
    assert '"empty_error_set": true' in empty.output


@pytest.mark.parametrize("log", [-1.01e307, -1e308, -1.7976931348623157e308])
def test_n3_logarithms_of_a_size_that_overflows_on_the_way_are_refused(log: float) -> None:
    for make in (LogProbability.from_log, LogProbability.from_log10, LogProbability.from_log_complement):
        assert "must be at least -1e+307, or -inf for probability 0" in refusal(lambda make=make: make(log))


@pytest.mark.parametrize("dim", [2, 3, 500, 10**9])
def test_n3_the_smallest_logarithm_is_no_empty_set_either(dim: int) -> None:
    rate = LogProbability.from_log10(-1e307)
    cap = cap_of_measure(rate, dim)
    assert np.isfinite(rate.log)
    assert cap.log_measure.log == pytest.approx(float(rate.log), rel=1e-13, abs=0.0)
    assert mean_distance_bound(rate, dim, metric="geodesic") == pytest.approx(np.pi / 2, rel=1e-12)


@pytest.mark.skipif(np.finfo(np.longdouble).tiny >= np.finfo(np.float64).tiny, reason="long doubles are doubles here")
@pytest.mark.parametrize("name", FLOAT_ARGUMENTS)
@pytest.mark.parametrize("text", ["1e-400", "1e-310", "1e400"])
def test_n3_a_long_double_beyond_doubles_is_refused(name: str, text: str) -> None:
    message = refusal(lambda: FLOAT_ARGUMENTS[name](np.longdouble(text)))
    assert "must be 0, or of a size from 2.3e-308 to 1.7e308, got " in message


@pytest.mark.parametrize("name", FLOAT_ARGUMENTS)
@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 2**64 + 1])
def test_n3_integers_are_not_rounded_silently(name: str, value: int) -> None:
    message = refusal(lambda: FLOAT_ARGUMENTS[name](np.asarray(value)))
    assert re.search(f"must be a float, or an integer that a double holds exactly, got -?{abs(value)}$", message)


def test_n3_nor_integers_beside_floats() -> None:
    assert "exactly, got 9007199254740993" in refusal(lambda: positive_probability([0.5, -1.0, 2**53 + 1]))
    assert "exactly, got 9007199254740993" in refusal(lambda: positive_probability([[0.5, -1.0], [1.0, 2**53 + 1]]))


def test_n3_what_is_exact_or_an_ordinary_rounding_passes() -> None:
    assert positive_probability([2**60, -(2**70)]).probability.shape == ()
    assert float(LogProbability.of(np.longdouble("0.1"))) == pytest.approx(0.1, rel=1e-15)
    assert float(LogProbability.of(np.longdouble(0.0))) == 0.0
    assert float(LogProbability.of(5e-324)) == 5e-324
    assert float(LogProbability.of(np.float16(0.5))) == 0.5


@pytest.mark.parametrize("value", [Fraction(1, 3), Decimal("0.1"), Decimal("1e-400"), [Fraction(1, 3), 0.5], "0.1", 1j])
def test_n3_other_kinds_of_numbers_are_rounded_by_the_caller(value: Any) -> None:
    assert "must be a real number or an array of real numbers, got" in refusal(lambda: LogProbability.of(value))


# N4: a mask is not ignored


@pytest.mark.parametrize("name", FLOAT_ARGUMENTS)
@pytest.mark.parametrize("mask", [[False, True, False], [False, False, False]])
def test_n4_masked_arrays_are_refused(name: str, mask: list[bool]) -> None:
    masked = np.ma.array([0.1, 0.2, 0.3], mask=mask)
    call = FLOAT_ARGUMENTS[name]
    if name in {"coefficients", "points", "alphas"}:
        call = {"coefficients": positive_probability, "alphas": QuadraticClassifier.from_alphas}.get(
            name, lambda x: nearest_error(x, [1.0, -1.0, 1.0], boundary_is_error=False)
        )
    elif name == "log_error_rate":
        call = LogProbability.from_log
    message = refusal(lambda: call(masked))
    assert message.endswith("must be without a mask: give x.compressed() or x.filled(value), got 'a masked array'")


@pytest.mark.parametrize(
    "value",
    [
        [np.ma.array([0.1, 0.2], mask=[True, False]), [0.3, 0.4]],
        [0.1, np.ma.masked],
        ([[0.1, np.ma.masked]],),
        np.ma.masked,
        np.ma.array(0.5),
    ],
)
def test_n4_nor_masks_within_sequences(value: Any) -> None:
    assert "must be without a mask" in refusal(lambda: LogProbability.of(value))


def test_n4_masks_of_points_are_refused_where_any_type_is_taken() -> None:
    points = np.ma.array(np.eye(3), mask=np.eye(3) > 0)
    quadratic = QuadraticNetwork.random(2, 3, np.random.default_rng(0))
    assert "points must be without a mask" in refusal(
        lambda: nearest_distances_of(points, QuadraticErrors([1.0, -1.0, 1.0], False))
    )
    assert "points must be without a mask" in refusal(lambda: quadratic.logits(points))


def test_n4_a_model_that_answers_with_a_mask_is_refused() -> None:
    model = from_callable(lambda points: np.ma.masked_less(points[:, 0], 0.0))
    assert "without a mask" in refusal(lambda: model.logits(np.eye(3)))


# N7: words and None are not taken for True and False

FLAGS: dict[str, Call] = {
    "jensen_sine_square": lambda x: jensen_sine_square([1.0, -1.0], boundary_is_error=x),
    "mean_sine_square": lambda x: mean_sine_square([1.0, -1.0], boundary_is_error=x),
    "mean_angle_lower_bound": lambda x: mean_angle_lower_bound([1.0, -1.0], boundary_is_error=x),
    "mean_angle_prediction": lambda x: mean_angle_prediction([1.0, -1.0], boundary_is_error=x),
    "mean_chord_prediction": lambda x: mean_chord_prediction([1.0, -1.0], boundary_is_error=x),
    "nearest_error": lambda x: nearest_error([0.0, 1.0], [1.0, -1.0], boundary_is_error=x),
    "nearest_error_points": lambda x: nearest_error([0.0, 1.0], [1.0, -1.0], boundary_is_error=False, return_points=x),
    "nearest_boundary_point": lambda x: nearest_boundary_point([0.0, 1.0], [1.0, 0.5], return_points=x),
    "bulk_plan": lambda x: bulk_plan([1.0, -1.0], boundary_is_error=x),
    "errors": lambda x: QuadraticErrors([1.0, -1.0], x),
    "claims": lambda x: Claims(perfect=x),
}


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["False", "True", None, 0, 1, np.array([True])])
def test_n7_only_true_and_false_are_flags(name: str, value: Any) -> None:
    assert "must be True or False, got" in refusal(lambda: FLAGS[name](value))


@pytest.mark.parametrize("name", FLAGS)
def test_n7_flags_of_numpy_are_flags(name: str) -> None:
    for value in (True, False, np.True_, np.False_):
        FLAGS[name](value)
