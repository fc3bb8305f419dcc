"""What the solvers spend. A worse start, bracket, contour or interval changes no answer, it only costs steps."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps import inverse as cap_inverse
from adversarial_spheres.theory.caps import tail as cap_tail
from adversarial_spheres.theory.nearest import secular as secular_equation
from adversarial_spheres.theory.nearest.many import bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted import negative_part
from adversarial_spheres.theory.predicted.negative_part import negative_part_moments
from adversarial_spheres.theory.quadratic import contour
from adversarial_spheres.theory.quadratic.form import chernoff_log_bound, positive_probability
from adversarial_spheres.theory.spaces.isoperimetry import max_error_rate, mean_distance_bound

RNG = np.random.default_rng(1)
FORMS = {
    "two": (np.array([1.0, -1.0]), 3, 1, 340),
    "one positive of six": (np.array([0.001] + [-1.0] * 5), 2, 5, 130),
    "normal, d 500": (np.linspace(-0.4, 0.3, 500), 4, 4, 30),
    "few positive, d 500": (np.linspace(-0.6, 0.05, 500), 5, 6, 40),
    "two values": (np.repeat([1.0, -0.1], [3, 47]), 7, 5, 48),
    "spread over 1e6": (np.concatenate([[1.0, 1e-3, 1e-6], -np.logspace(-6, 3, 30)]), 4, 5, 70),
    "very rare": (np.array([1.0] + [-1e12] * 400), 17, 11, 44),
    "mean 0": (np.array([1.0, -0.5, -0.5]), 4, 1, 236),
}
"""Coefficients; Newton steps to the saddle points of the tail and of Chernoff's bound; nodes of the integral."""


@pytest.mark.parametrize("name", FORMS)
def test_steps_and_nodes_of_the_tail_of_a_quadratic_form(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coefficients, steps, chernoff_steps, nodes = FORMS[name]
    monkeypatch.setattr(contour, "_MAX_STEPS", steps)
    tail = positive_probability(coefficients)
    assert 0 < tail.nodes <= 1.15 * nodes
    monkeypatch.setattr(contour, "_MAX_STEPS", chernoff_steps)
    assert chernoff_log_bound(coefficients) >= tail.probability.log


@pytest.mark.parametrize("dim", [2, 3, 30, 500, 10**6, 10**9])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_steps_of_the_inverses_of_a_cap(dim: int, metric, monkeypatch: pytest.MonkeyPatch) -> None:
    rare = LogProbability.from_log(-np.geomspace(0.7, 1e3, 60))
    monkeypatch.setattr(cap_tail, "_MAX_STEPS", 2)
    small, large = (mean_distance_bound(p, dim, metric=metric) for p in (rare, rare.complement))
    monkeypatch.setattr(cap_inverse, "_MAX_STEPS", 5)
    max_error_rate(small, dim, metric=metric)
    monkeypatch.setattr(cap_inverse, "_MAX_STEPS", 10)
    max_error_rate(large[large > 0.0], dim, metric=metric)


@pytest.mark.parametrize(
    ("module", "limit", "call"),
    [
        (cap_inverse, "_MAX_STEPS", lambda: max_error_rate([0.5, 0.4], 5, metric="geodesic")),
        (cap_inverse, "_MAX_STEPS", lambda: max_error_rate([1e-3, 1e-5], 5, metric="geodesic")),
        (contour, "_MAX_STEPS", lambda: positive_probability([1.0, -1.0, -3.0])),
        (negative_part, "_MAX_NODES", lambda: negative_part_moments(np.array([[1.0, -1.0]]), np.ones((1, 2)), 0)),
    ],
)
def test_a_solver_that_runs_out_of_steps_says_so_and_how_far_it_came(
    module, limit: str, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, 1)
    with pytest.raises(
        AccuracyError, match=r"^(the .* did not converge.*|the saddle point .* was not found)$"
    ) as caught:
        call()
    assert np.all(np.isfinite(np.asarray(caught.value.best_estimate, dtype=np.float64)))


SPECTRA = {
    "normal, d 500": (np.linspace(-0.4, 0.3, 500), 5, 16, 0.01),
    "wide, d 60": (RNG.normal(-0.2, 0.3, 60), 5, 45, 0.0),
    "d 3": (np.array([0.5, -0.4, -1.0]), 2, 49, 0.15),
    "two values": (np.repeat([1.0, -0.1], [3, 47]), 1, 27, 0.05),
    "spread over 1e6": (np.concatenate([[1.0, 1e-3, 1e-6], -np.logspace(-6, 3, 30)]), 5, 65, 0.0),
}
"""Coefficients; Newton steps of a point; columns of the fast path; largest share of points that it hands over."""


@pytest.mark.parametrize("name", SPECTRA)
def test_steps_columns_and_handed_over_points_of_the_nearest_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coefficients, steps, columns, share = SPECTRA[name]
    points = np.random.default_rng(2).standard_normal((300, coefficients.size))
    plan = bulk_plan(coefficients, boundary_is_error=False)
    assert 3 < plan.columns < columns
    assert bulk_nearest(plan, points**2).safe.mean() <= share
    monkeypatch.setattr(secular_equation, "_MAX_ITERATIONS", steps)
    nearest_error(points, coefficients, boundary_is_error=False)


@pytest.mark.parametrize(("name", "nodes"), [("normal, d 500", 36), ("d 3", 150), ("two values", 52)])
def test_nodes_of_the_moments_of_a_negative_part(name: str, nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negative_part, "_MAX_NODES", nodes)
    coefficients = SPECTRA[name][0]
    found = negative_part_moments(coefficients[None, :], np.ones((1, coefficients.size)), 2)
    np.testing.assert_allclose(
        found[1:], np.stack([found[0]] * 2), rtol=1e-11
    )  # on the sphere the sum of the squares is 1
