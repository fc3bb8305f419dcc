"""Every public function of theory/ refuses what it cannot take: argument, value and range are named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import log_one_minus_exp
from adversarial_spheres.theory.caps.cap import (
    cap_log_measure,
    cap_log_measure_from_angle,
    cap_log_measure_from_log_sin,
    cap_measure,
    cap_of_measure,
)
from adversarial_spheres.theory.caps.distance import single_point_mean_distance
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many import bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_angle_second_order,
    mean_chord_lower_bound,
    mean_chord_prediction,
    mean_sine_square,
)
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier, eigenbasis_of_weights
from adversarial_spheres.theory.quadratic.error_rate import (
    chernoff_log_error_rate,
    clt_error_rate,
    exact_error_rate,
    worst_case_loss,
)
from adversarial_spheres.theory.quadratic.form import (
    chernoff_log_bound,
    clt_probability,
    lugannani_rice_probability,
    positive_probability,
)
from adversarial_spheres.theory.quadratic.hidden_units import (
    best_equal_alpha,
    equal_alphas_error_rates,
    hidden_units_needed,
)
from adversarial_spheres.theory.spaces.comparison import (
    asymptote_crossing,
    asymptotic_mean_distance,
    explicit_mean_distance_bound,
    log_explicit_mean_distance_bound,
)
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    log_mean_distance_bound,
    max_error_rate,
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)

CLASSIFIER = QuadraticClassifier(np.array([1.0, 0.5]), -1.0)
HISTORY = QuadraticClassifier(np.array([[1.0, 0.5], [1.0, 2.0]]), -1.0)

POSSIBLE = "the mean distance to a single point; a larger one is impossible for any nonempty set"
REFUSED: list[tuple[Callable[[], object], str]] = [
    (
        lambda: bulk_plan([[1.0, -1.0]], boundary_is_error=False),
        "coefficients must be one vector of coefficients, shape (dim,), got (1, 2)",
    ),
    (
        lambda: bulk_plan([1.0], boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: nearest_error([1.0, 0.0], [[1.0, -1.0]], boundary_is_error=False),
        "coefficients must be one vector of coefficients, shape (dim,), got (1, 2)",
    ),
    (
        lambda: nearest_error([1.0, 0.0], [1.0], boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (lambda: nearest_error([1.0, np.inf], [1.0, -1.0], boundary_is_error=False), "points must be finite, got inf"),
    (
        lambda: nearest_error([1.0, 0.0, 0.0], [1.0, -1.0], boundary_is_error=False),
        "points must be of shape (..., 2), as there are 2 coefficients, got (3,)",
    ),
    (
        lambda: nearest_error([[1.0, 0.0], [0.0, 0.0]], [1.0, -1.0], boundary_is_error=False),
        "points must be nonzero vectors: the zero vector has no direction, got 'a zero vector'",
    ),
    (
        lambda: nearest_boundary_point([1.0, 0.0], [1.0]),
        "alphas must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (lambda: nearest_boundary_point([1.0, np.nan], [1.0, 2.0]), "points must be a number (not NaN), got nan"),
    (
        lambda: nearest_boundary_point([1.0, 0.0, 0.0], [1.0, 2.0]),
        "points must be of shape (..., dim) for alphas of shape (dim,), here (2,), got (3,)",
    ),
    (
        lambda: nearest_boundary_point([1.0, 0.0], [[1.0, 2.0]]),
        "points must be of shape (..., dim) for alphas of shape (dim,), here (1, 2), got (2,)",
    ),
    (
        lambda: nearest_boundary_point([1e41, 0.0], [1.0, 0.5]),
        "points must be at most 1e+40 / sqrt(max |alpha|) long, got 1e+41",
    ),
    (lambda: mean_distance_bound(1.5, 3, metric="geodesic"), "error_rate must be in [0, 1], got 1.5"),
    (lambda: mean_distance_bound(0.5, 1, metric="geodesic"), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: mean_distance_bound(0.5, 3, metric="angle"), 'metric must be "geodesic" or "euclidean", got \'angle\''),
    (lambda: mean_distance_bound(0.5, 3, radius=0.0, metric="geodesic"), "radius must be positive, got 0.0"),
    (lambda: log_mean_distance_bound(-0.5, 3, metric="geodesic"), "error_rate must be in [0, 1], got -0.5"),
    (lambda: quantile_distance_bound(1.5, 0.1, 3, metric="geodesic"), "quantile must be in [0, 1], got 1.5"),
    (lambda: quantile_distance_bound(0.5, 1.5, 3, metric="geodesic"), "error_rate must be in [0, 1], got 1.5"),
    (lambda: quantile_distance_bound(0.5, 0.1, 3, radius=0.0, metric="geodesic"), "radius must be positive, got 0.0"),
    (
        lambda: quantile_distance_bound(0.5, 0.1, 3.5, metric="geodesic"),
        "dim must be an integer from 2 to 10^9, got 3.5",
    ),
    (lambda: quantile_distance_bound(0.5, 1.5, 3, metric="euclidean"), "error_rate must be in [0, 1], got 1.5"),
    (lambda: cap_distance_survival(-1.0, 0.1, 3, metric="euclidean"), "distance must be in [0, inf], got -1.0"),
    (lambda: cap_distance_survival(1.0, 1.5, 3, metric="euclidean"), "error_rate must be in [0, 1], got 1.5"),
    (
        lambda: cap_distance_survival(1.0, 0.1, 3, radius=-1.0, metric="euclidean"),
        "radius must be positive, got -1.0",
    ),
    (
        lambda: cap_distance_survival(1.0, 0.1, 3, metric="angle"),
        'metric must be "geodesic" or "euclidean", got \'angle\'',
    ),
    (lambda: cap_distance_survival(1.0, 0.1, 1, metric="euclidean"), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: cap_log_measure(1.5, 3), "height must be in [-1, 1], got 1.5"),
    (lambda: cap_log_measure(0.5, 1), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: cap_log_measure_from_angle(-0.5, 3), "angle must be in [0, 3.14159], got -0.5"),
    (lambda: cap_log_measure_from_angle(0.5, 1), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: cap_log_measure_from_log_sin(0.5, 3), "log_sin_angle must be in [-inf, 0], got 0.5"),
    (lambda: cap_log_measure_from_log_sin(-0.5, 1), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: cap_measure(-1.5, 3), "height must be in [-1, 1], got -1.5"),
    (lambda: cap_of_measure(1.5, 3), "measure must be in [0, 1], got 1.5"),
    (lambda: cap_of_measure(0.5, 2.5), "dim must be an integer from 2 to 10^9, got 2.5"),
    (lambda: explicit_mean_distance_bound(0.5, 2), "dim must be an integer from 3 to 10^9, got 2"),
    (lambda: explicit_mean_distance_bound(0.5, 3, radius=0.0), "radius must be positive, got 0.0"),
    (lambda: explicit_mean_distance_bound(-0.5, 3), "error_rate must be in [0, 1], got -0.5"),
    (lambda: asymptotic_mean_distance(0.5, 1), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: asymptotic_mean_distance(0.5, 3, radius=-1.0), "radius must be positive, got -1.0"),
    (lambda: asymptotic_mean_distance(1.5, 3), "error_rate must be in [0, 1], got 1.5"),
    (lambda: asymptote_crossing(1, metric="geodesic"), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: asymptote_crossing(2, metric="angle"), 'metric must be "geodesic" or "euclidean", got \'angle\''),
    (lambda: max_robust_accuracy(0.1, 3, -1.0, metric="geodesic"), "epsilon must be in [0, inf], got -1.0"),
    (lambda: max_robust_accuracy(1.5, 3, 1.0, metric="geodesic"), "error_rate must be in [0, 1], got 1.5"),
    (lambda: max_error_rate(-1.0, 3, metric="geodesic"), "mean_distance must be in [0, inf], got -1.0"),
    (lambda: max_error_rate(1.0, 3, metric="angle"), 'metric must be "geodesic" or "euclidean", got \'angle\''),
    (lambda: max_error_rate(1.0, 3, radius=0.0, metric="geodesic"), "radius must be positive, got 0.0"),
    (lambda: max_error_rate(1.0, 1, metric="geodesic"), "dim must be an integer from 2 to 10^9, got 1"),
    (
        lambda: max_error_rate(2.0, 3, metric="geodesic"),
        f"mean_distance must be at most 1.5708, {POSSIBLE}, got 2.0",
    ),
    (
        lambda: max_error_rate([0.5, 3.0], 3, radius=2.0, metric="euclidean"),
        f"mean_distance must be at most 2.66667, {POSSIBLE}, got 3.0",
    ),
    (
        lambda: mean_angle_lower_bound([1.0], error_rate=0.5, boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_angle_lower_bound([1.0, -1.0], error_rate=1.5, boundary_is_error=False),
        "error_rate must be in [0, 1], got 1.5",
    ),
    (
        lambda: mean_chord_lower_bound([1.0], error_rate=0.5, boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_angle_prediction([1.0], boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_chord_prediction([1.0], boundary_is_error=False),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_angle_second_order([1.0]),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_angle_second_order([1.0, -0.5]),
        "coefficients must be of negative sum for this expansion, got 0.5",
    ),
    (
        lambda: mean_angle_second_order([[1.0, -2.0], [1.0, 0.25]]),
        "coefficients must be of negative sum for this expansion, got 1.25",
    ),
    (
        lambda: positive_probability(1.0),
        "coefficients must be an array whose last axis holds at least 1 coefficients, got ()",
    ),
    (lambda: positive_probability([1.0, np.inf]), "coefficients must be finite, got inf"),
    (lambda: clt_probability([np.nan]), "coefficients must be a number (not NaN), got nan"),
    (
        lambda: chernoff_log_bound(1.0),
        "coefficients must be an array whose last axis holds at least 1 coefficients, got ()",
    ),
    (
        lambda: lugannani_rice_probability(1.0),
        "coefficients must be an array whose last axis holds at least 1 coefficients, got ()",
    ),
    (lambda: hidden_units_needed(0.1, 1, 1.3), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: hidden_units_needed(1.5, 5, 1.3), "error_rate must be in [0, 1], got 1.5"),
    (lambda: hidden_units_needed(0.1, 5, 1.0), "outer_radius must be a number above 1 (the inner radius), got 1.0"),
    (
        lambda: QuadraticClassifier(1.0, -1.0),
        "eigenvalues must be an array whose last axis holds at least 2 coefficients, got ()",
    ),
    (lambda: QuadraticClassifier([1.0, 0.5], np.inf), "bias must be finite, got inf"),
    (
        lambda: QuadraticClassifier([1.0, 0.5], [-1.0, -1.0]),
        "bias must be a number or of shape (), like the eigenvalues, got (2,)",
    ),
    (
        lambda: QuadraticClassifier.from_alphas([1.0]),
        "alphas must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((3, 2)), [1.0], -1.0),
        "output_weight must be a single number, not an array, got (1,)",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((3, 2)), 1.0, [-1.0]),
        "bias must be a single number, not an array, got (1,)",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((3, 2)), np.nan, -1.0),
        "output_weight must be a number (not NaN), got nan",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((3, 2)), 1.0, np.nan),
        "bias must be a number (not NaN), got nan",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((3, 1)), 1.0, -1.0),
        "weights must be of shape (hidden, dim) with hidden >= 1 and dim >= 2, got (3, 1)",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones((0, 3)), 1.0, -1.0),
        "weights must be of shape (hidden, dim) with hidden >= 1 and dim >= 2, got (0, 3)",
    ),
    (
        lambda: QuadraticClassifier.from_weights(np.ones(3), 1.0, -1.0),
        "weights must be of shape (hidden, dim) with hidden >= 1 and dim >= 2, got (3,)",
    ),
    (lambda: QuadraticClassifier.from_weights([[1.0, np.inf]], 1.0, -1.0), "weights must be finite, got inf"),
    (
        lambda: QuadraticClassifier.from_weights([[1.0, np.nan]], 1.0, -1.0),
        "weights must be a number (not NaN), got nan",
    ),
    (
        lambda: QuadraticClassifier([1.0, 0.5], 1.0).alphas,
        "bias must be negative, for the alphas to exist, got 1.0",
    ),
    (
        lambda: CLASSIFIER.logits([1.0]),
        "coordinates must be of shape (..., 2), got (1,)",
    ),
    (
        lambda: CLASSIFIER.logits([[1.0, 2.0, 3.0]]),
        "coordinates must be of shape (..., 2), got (1, 3)",
    ),
    (lambda: CLASSIFIER.logits([1.0, np.nan]), "coordinates must be a number (not NaN), got nan"),
    (lambda: CLASSIFIER.logits(1.0), "coordinates must be of shape (..., 2), got ()"),
    (lambda: CLASSIFIER.logits([1e200, 0.0]), "coordinates must be so small that the logits are finite, got 1e+200"),
    (
        lambda: QuadraticClassifier([1e300, 1.0], 0.0).input_gradient([-1e200, 0.0]),
        "coordinates must be so small that the gradients are finite, got 1e+200",
    ),
    (
        lambda: QuadraticClassifier([1.0, 0.5], -1e-310).alphas,
        "bias must be so large in size that the alphas are finite, got -1e-310",
    ),
    (
        lambda: QuadraticClassifier.from_weights([[1e155, 0.0]], 1.0, 1.0),
        "weights must be so small that w W^T W is finite, got 1e+155",
    ),
    (lambda: log_one_minus_exp(0.5), "log_p must be in [-inf, 0], got 0.5"),
    (lambda: exact_error_rate("network", "inner", 1.3), "classifier must be a QuadraticClassifier, got 'network'"),
    (lambda: worst_case_loss(None, "inner", 1.3), "classifier must be a QuadraticClassifier, got None"),
    (
        lambda: mean_distance_bound(0.1, 3, metric=["geodesic"]),
        'metric must be "geodesic" or "euclidean", got [\'geodesic\']',
    ),
    (
        lambda: exact_error_rate(CLASSIFIER, np.array(["inner", "outer"]), 1.3),
        "sphere must be \"inner\" or \"outer\", got array(['inner', 'outer'], dtype='<U5')",
    ),
    (
        lambda: mean_distance_bound([0.1, 0.2], [3, 4, 5], metric="geodesic"),
        "error_rate, dim, radius must be of shapes that broadcast together, got ((2,), (3,), ())",
    ),
    (
        lambda: quantile_distance_bound([0.1, 0.2], 0.1, [3, 4, 5], metric="geodesic"),
        "quantile, error_rate, dim, radius must be of shapes that broadcast together, got ((2,), (), (3,), ())",
    ),
    (
        lambda: cap_distance_survival([0.1, 0.2], 0.1, [3, 4, 5], metric="geodesic"),
        "distance, error_rate, dim must be of shapes that broadcast together, got ((2,), (), (3,))",
    ),
    (
        lambda: cap_distance_survival([0.1, 0.2], 0.1, 3, radius=[1.0, 1.1, 1.2], metric="geodesic"),
        "distance, radius must be of shapes that broadcast together, got ((2,), (3,))",
    ),
    (
        lambda: max_error_rate([0.1, 0.2], [3, 4, 5], metric="geodesic"),
        "mean_distance, radius, dim must be of shapes that broadcast together, got ((2,), (), (3,))",
    ),
    (
        lambda: cap_measure([0.1, 0.2], [3, 4, 5]),
        "height, dim must be of shapes that broadcast together, got ((2,), (3,))",
    ),
    (
        lambda: cap_of_measure([0.1, 0.2], [3, 4, 5]),
        "measure, complement, dim must be of shapes that broadcast together, got ((2,), (2,), (3,))",
    ),
    (
        lambda: asymptotic_mean_distance([0.1, 0.2], [3, 4, 5]),
        "dim, radius, error_rate must be of shapes that broadcast together, got ((3,), (), (2,))",
    ),
    (
        lambda: hidden_units_needed([0.1, 0.2], [3, 4, 5], 1.3),
        "error_rate, dim must be of shapes that broadcast together, got ((2,), (3,))",
    ),
    (
        lambda: best_equal_alpha([1, 2], [3, 4, 5], 1.3),
        "hidden, dim must be of shapes that broadcast together, got ((2,), (3,))",
    ),
    (
        lambda: best_equal_alpha(1, 3, 1e200),
        "outer_radius must be at most 1e+150, so that its square is finite, got 1e+200",
    ),
    (
        lambda: single_point_mean_distance(3, radius=1.5e308, metric="geodesic"),
        "radius must be at most 1e+300, got 1.5e+308",
    ),
    (lambda: HISTORY.logits([[1.0, 2.0]]), "classifier must be a single classifier, of shape (), got (2,)"),
    (
        lambda: CLASSIFIER.input_gradient([1.0]),
        "coordinates must be of shape (..., 2), got (1,)",
    ),
    (
        lambda: CLASSIFIER.input_gradient([[1.0, 2.0, 3.0]]),
        "coordinates must be of shape (..., 2), got (1, 3)",
    ),
    (
        lambda: HISTORY.input_gradient([[1.0, 2.0]]),
        "classifier must be a single classifier, of shape (), got (2,)",
    ),
    (lambda: len(CLASSIFIER), "classifier must be a history of classifiers, to have a length, got ()"),
    (lambda: CLASSIFIER[0], "index must be used on a history of classifiers only, got 0"),
    (lambda: CLASSIFIER.error_coefficients("both", 1.3), 'sphere must be "inner" or "outer", got \'both\''),
    (
        lambda: CLASSIFIER.error_coefficients("outer", 1.0),
        "outer_radius must be a number above 1 (the inner radius), got 1.0",
    ),
    (lambda: single_point_mean_distance(1, metric="geodesic"), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: single_point_mean_distance(3, metric="angle"), 'metric must be "geodesic" or "euclidean", got \'angle\''),
    (lambda: single_point_mean_distance(3, radius=0.0, metric="geodesic"), "radius must be positive, got 0.0"),
    (
        lambda: quantile_distance_bound(0.5, 0.1, 3, metric="angle"),
        'metric must be "geodesic" or "euclidean", got \'angle\'',
    ),
    (
        lambda: quantile_distance_bound(0.5, 0.5, 3, metric="angle"),
        'metric must be "geodesic" or "euclidean", got \'angle\'',
    ),
    (lambda: quantile_distance_bound(0.5, 0.5, 3, radius=0.0, metric="geodesic"), "radius must be positive, got 0.0"),
    (lambda: log_mean_distance_bound(1.5, 3, metric="geodesic"), "error_rate must be in [0, 1], got 1.5"),
    (lambda: log_mean_distance_bound(0.5, 3, radius=-1.0, metric="geodesic"), "radius must be positive, got -1.0"),
    (
        lambda: quantile_distance_bound(0.5, 0.1, 3, metric="angle"),
        'metric must be "geodesic" or "euclidean", got \'angle\'',
    ),
    (lambda: quantile_distance_bound(0.5, 0.1, 3, radius=-1.0, metric="geodesic"), "radius must be positive, got -1.0"),
    (lambda: log_explicit_mean_distance_bound(0.5, 2), "dim must be an integer from 3 to 10^9, got 2"),
    (lambda: max_robust_accuracy(0.1, 3, 1.0, radius=-1.0, metric="geodesic"), "radius must be positive, got -1.0"),
    (
        lambda: max_robust_accuracy(0.1, 3, 1.0, metric="angle"),
        'metric must be "geodesic" or "euclidean", got \'angle\'',
    ),
    (lambda: max_robust_accuracy(0.1, 1, 1.0, metric="geodesic"), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: best_equal_alpha(np.nan, 5, 1.3), "hidden must be a number (not NaN), got nan"),
    (lambda: best_equal_alpha(0, 5, 1.3), "hidden must be an integer from 1 to dim, here 5, got 0"),
    (lambda: best_equal_alpha(6, 5, 1.3), "hidden must be an integer from 1 to dim, here 5, got 6"),
    (lambda: best_equal_alpha(2.5, 5, 1.3), "hidden must be an integer from 1 to dim, here 5, got 2.5"),
    (lambda: best_equal_alpha(2, 1, 1.3), "dim must be an integer from 2 to 10^9, got 1"),
    (lambda: best_equal_alpha(2, 5, 0.5), "outer_radius must be a number above 1 (the inner radius), got 0.5"),
    (lambda: equal_alphas_error_rates([1, 6], 5, 1.3), "hidden must be an integer from 1 to dim, here 5, got 6"),
    (
        lambda: jensen_sine_square([1.0]),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: mean_sine_square([1.0]),
        "coefficients must be an array whose last axis holds at least 2 coefficients, got (1,)",
    ),
    (
        lambda: eigenbasis_of_weights(np.ones((3, 1))),
        "weights must be of shape (hidden, dim) with hidden >= 1 and dim >= 2, got (3, 1)",
    ),
    (lambda: exact_error_rate(CLASSIFIER, "both", 1.3), 'sphere must be "inner" or "outer", got \'both\''),
    (
        lambda: exact_error_rate(CLASSIFIER, "outer", 0.5),
        "outer_radius must be a number above 1 (the inner radius), got 0.5",
    ),
    (lambda: clt_error_rate(CLASSIFIER, "both", 1.3), 'sphere must be "inner" or "outer", got \'both\''),
    (lambda: chernoff_log_error_rate(CLASSIFIER, "both", 1.3), 'sphere must be "inner" or "outer", got \'both\''),
    (lambda: worst_case_loss(CLASSIFIER, "both", 1.3), 'sphere must be "inner" or "outer", got \'both\''),
    (
        lambda: worst_case_loss(CLASSIFIER, "outer", 0.5),
        "outer_radius must be a number above 1 (the inner radius), got 0.5",
    ),
    (
        lambda: QuadraticClassifier([1e300, 1.0], 1.0).error_coefficients("outer", 1e10),
        "eigenvalues, bias, outer_radius must be so small that a R^2 + b is finite, got (1e+300, 1.0, 10000000000.0)",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_a_refusal_names_argument_value_and_range(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    assert str(caught.value) == message
