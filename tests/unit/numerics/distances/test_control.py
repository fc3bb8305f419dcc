"""The control variate of mean distances: its range holds every value, its mean is exact, its interval is narrower."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.control import ControlVariate
from adversarial_spheres.numerics.distances.exact import draw_and_solve, drawn_squares, observe_nearest_distances
from adversarial_spheres.numerics.verdicts.evidence import Evidence, SummarisedDistances
from adversarial_spheres.numerics.verdicts.sources import lower_sample, upper_sample
from adversarial_spheres.theory.nearest.many import bulk_nearest, bulk_plan
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.spaces.sphere import Sphere

FORMS = {
    "few": [1.0, -1.0, -2.0],
    "two": [1.0, -1.0],
    "steep": [1.0, -50.0, -0.1, -3.0],
    "many": np.linspace(-1.0, 0.7, 40),
    "mostly wrong": np.linspace(-0.3, 1.0, 12),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_range_holds_every_value(form: str) -> None:
    plan = bulk_plan(QuadraticErrors(FORMS[form], False))
    control = ControlVariate.of(plan)
    assert control is not None
    lam = plan.matrix[:, -2]
    # Points of all kinds: random ones, sparse ones and those next to the axes.
    rng = np.random.default_rng(0)
    squares = np.concatenate([rng.standard_normal((400, lam.size)) ** (2 * k) for k in (1, 4, 16)])
    found = bulk_nearest(plan, squares, projections=squares @ plan.matrix)
    added = control.slope * (squares @ lam) / squares.sum(axis=1)
    for distance in (found.angle_upper, 2.0 * np.sin(found.angle_upper / 2.0)):
        values = distance + added
        assert control.lowest - 1e-9 <= values.min()
        assert values.max() <= control.highest + 1e-9


def test_both_estimates_agree_and_the_interval_is_narrower() -> None:
    c = np.linspace(-1.0, 0.3, 200)
    errors = QuadraticErrors(c, False)
    many = observe_nearest_distances(errors, samples=60_000, seed=1, control=True, workers=1)
    plain = observe_nearest_distances(errors, samples=60_000, seed=1, workers=1)
    assert many.angle == plain.angle
    assert plain.controlled is None
    assert many.controlled is not None
    mean = many.controlled.mean(1.0, "geodesic")
    assert many.controlled.angle.variance < many.angle.variance / 5.0
    assert abs(mean - many.angle.mean) < 5.0 * many.standard_error(metric="geodesic")
    evidence = [Evidence(Sphere(200, 1.0, "geodesic"), None, (SummarisedDistances(one),)) for one in (many, plain)]
    ends = []
    for one in evidence:
        low, high = (make(one, one.distances[0]) for make in (lower_sample, upper_sample))
        ends.append((low.mean - low.width(1e-3), high.mean + high.width(1e-3)))
    (low, high), (plain_low, plain_high) = ends
    assert low < mean < high
    assert high - low < plain_high - plain_low


def test_the_control_does_not_depend_on_the_blocks() -> None:
    errors = QuadraticErrors(np.linspace(-1.0, 0.3, 30), False)
    one, two = (observe_nearest_distances(errors, samples=40_000, seed=3, control=True, workers=n) for n in (1, 2))
    assert one.controlled == two.controlled


def test_without_a_fast_path_there_is_no_control() -> None:
    found = observe_nearest_distances(QuadraticErrors([1.0, 2.0], False), samples=10, seed=0, control=True)
    assert found.controlled is None


def test_projections_are_read_before_they_are_used_up() -> None:
    plan = bulk_plan(QuadraticErrors([1.0, -1.0, -2.0], False))
    squares, projections = drawn_squares(50, 3, plan.matrix, np.random.default_rng(0))
    before = projections.copy()
    bulk_nearest(plan, squares, projections=projections)
    assert np.array_equal(before, projections)
    assert draw_and_solve(plan, 5, np.random.default_rng(0)).angle_upper.shape == (5,)
