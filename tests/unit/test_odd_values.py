"""What the fuzzers of the public functions found, each kind by one of its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import (
    AttackSettings,
    ErrorCounts,
    ErrorRateClaim,
    Evidence,
    QuadraticClassifier,
    TrainingConfig,
    attack,
    bounded_mean_sequence,
    cap_measure,
    check_bound,
    decide,
    exact_error_rate,
    from_callable,
    load_model,
    monte_carlo_error_rate,
    score_candidates,
    train,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.spaces.sphere import Sphere

CLASSIFIER = QuadraticClassifier.from_alphas([0.5, 1.2])
WORDS = np.array(["average", "average"])


class Shouting:
    """Raises whatever is asked of it, even its name."""

    def __repr__(self) -> str:
        raise RuntimeError("no name")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")


def cap(points: Any) -> Any:
    return points[:, 0] - 0.1


REFUSED: list[tuple[Callable[[], object], str]] = [
    (
        lambda: exact_error_rate(np.zeros((2, 2, 2, 2)), "inner", 1.3),
        "classifier must be a QuadraticClassifier, got array",
    ),
    (
        lambda: attack(from_callable(cap), [[0.0, 1.0]], np.zeros((3, 3))),
        'sphere must be "inner" or "outer", got array',
    ),
    (lambda: exact_error_rate(CLASSIFIER, Shouting(), 1.3), 'sphere must be "inner" or "outer", got <Shouting>'),
    (lambda: cap_measure(Shouting(), 5), "height must be a number or a rectangular array of numbers, got <Shouting>"),
    (lambda: ErrorRateClaim(0.1, WORDS), 'relation must be "at least" or "at most", got array'),
    (lambda: AttackSettings(method=np.array([])), "method must be one of"),
    (lambda: TrainingConfig(3, 4, 2, objective=WORDS), 'objective must be "average" or'),
    (lambda: from_callable(cap, returns=WORDS), 'returns must be "logits", "probabilities" or "labels", got array'),
    (lambda: from_callable(cap, shape=b"ab"), "shape must be the shape of one point"),
    (
        lambda: from_callable(cap, dtype=Shouting()),
        "dtype must be a type of real floating-point numbers, got <Shouting>",
    ),
    (lambda: from_callable(cap, classes=b"ab"), "classes must be two different columns"),
    (lambda: check_bound(cap, dim=4, attack=WORDS), 'attack must be None, "default" or a function, got array'),
    (lambda: load_model(None), "model must be text of the form MODULE:NAME, got None"),
    (lambda: load_model(np.zeros((0, 3))), "model must be text of the form MODULE:NAME, got array"),
    (lambda: train(TrainingConfig(3, 4, 2), visit="now"), "visit must be None or a function, got 'now'"),
    (
        lambda: monte_carlo_error_rate(cap, 4, "inner", outer_radius="0.5", samples=5, seed=0),
        "outer_radius must be a real number",
    ),
    (lambda: bounded_mean_sequence([0.5], 0.9, low=0.0, high=1e308), "low and high must be at least 1e-150 apart"),
    (lambda: bounded_mean_sequence([0.0], 0.9, low=0.0, high=1e-320), "low and high must be at least 1e-150 apart"),
    (
        lambda: score_candidates([[0.0, 1.0]], np.array([[np.longdouble("1e400"), 0.0]]), CLASSIFIER, "inner"),
        "candidates must be 0, or of a size from 2.3e-308",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_odd_values_are_refused_in_one_line_that_names_the_argument(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_model_is_questioned_on_the_largest_sphere_without_a_warning() -> None:
    assert monte_carlo_error_rate(cap, 4, "outer", outer_radius=1e300, samples=5, seed=0).samples == 5


def test_a_confidence_of_another_type_is_that_number() -> None:
    claim, evidence = ErrorRateClaim(0.1), Evidence(Sphere(4), error_rate=ErrorCounts(3, 100))
    assert decide(claim, evidence, np.longdouble(0.5)) == decide(claim, evidence, 0.5)
