"""Problems of the bench: every exact distance against an independent method, and the outcome of every candidate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from adversarial_spheres.numerics.bench.attacks import attack_named
from adversarial_spheres.numerics.bench.bench import attack_bench
from adversarial_spheres.numerics.bench.families import FAMILIES, Discriminant
from adversarial_spheres.numerics.bench.problems import OUTCOMES, AskedModel, BenchProblem, bench_problem
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.rounded_text import rounded_down
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.reference.nearest_error import nearest_boundary_distance, nearest_error_angle

R = 1.3
QUADRATIC = ("easy", "outer", "ill-conditioned", "huge-alpha", "touching", "near-hard-case")
SMOOTH = ("easy", "outer", "ill-conditioned", "huge-alpha", "near-hard-case", "cap", "half-space", "ellipsoid", "qda")


def by_slsqp(problem: BenchProblem, z: Any, starts: int) -> float:
    """The least distance that SLSQP finds from random starts, by the model's own logits and gradients."""
    model, rng = problem.model(), np.random.default_rng(0)
    sign = 1.0 if model.label == 0 else -1.0
    radius = model.radius
    constraints: list[dict[str, Any]] = [
        {
            "type": "ineq",
            "fun": lambda x: sign * float(model.logits(x[None])[0]),
            "jac": lambda x: sign * model.input_gradient(x[None])[0],
        }
    ]
    if radius is not None:
        constraints.append(
            {"type": "eq", "fun": lambda x: x @ x / radius**2 - 1.0, "jac": lambda x: 2.0 * x / radius**2}
        )
    best = np.inf
    for _ in range(starts):
        start = z + rng.standard_normal(z.size) * (1.0 if radius is None else radius / 2)
        start = start if radius is None else radius * start / np.linalg.norm(start)
        found = minimize(
            lambda x: float((x - z) @ (x - z)),
            start,
            jac=lambda x: 2.0 * (x - z),
            constraints=constraints,
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-15},
        )
        if found.success and constraints[0]["fun"](found.x) > -1e-9:
            chord = float(np.linalg.norm(found.x - z))
            best = min(best, chord if radius is None else radius * 2.0 * np.arcsin(chord / (2.0 * radius)))
    return best


@pytest.mark.parametrize("family", SMOOTH)
def test_exact_distances_are_those_of_slsqp(family: str) -> None:
    problem = bench_problem(family, 10, points=3, seed=1)
    for z, exact in zip(problem.points, problem.exact_upper, strict=True):
        assert by_slsqp(problem, z, 12) == pytest.approx(exact, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("family", QUADRATIC)
def test_exact_distances_are_those_of_the_twin_in_many_digits(family: str) -> None:
    problem = bench_problem(family, 10, points=2, seed=2)
    side, radius = problem.problem.sphere, problem.model().radius
    assert radius is not None
    classifier = problem.problem.model.model
    c = classifier.error_coefficients(side, R)  # type: ignore[union-attr]
    for z, low, high in zip(problem.points, problem.exact_lower, problem.exact_upper, strict=True):
        angle = float(nearest_error_angle(list(z), list(c), boundary_is_error=side == "outer", digits=30))
        assert low * (1 - 1e-15) <= radius * angle <= high * (1 + 1e-15)
        assert high - low < 1e-12


def test_ellipsoid_against_its_twin_in_many_digits() -> None:
    problem = bench_problem("ellipsoid", 10, points=2, seed=2)
    alphas = problem.problem.model.model.alphas  # type: ignore[union-attr]
    for z, low, high in zip(problem.points, problem.exact_lower, problem.exact_upper, strict=True):
        assert low <= float(nearest_boundary_distance(list(z), list(alphas), digits=30)) <= high


@pytest.mark.parametrize("dim", [10, 50, 500])
def test_touching_boundary_in_closed_form(dim: int) -> None:
    """The errors are within sqrt(ulp / 0.1) < 1e-7 of the first axis."""
    problem = bench_problem("touching", dim, points=20)
    angle = np.arccos(np.abs(problem.points[:, 0]))
    assert np.all(problem.exact_upper < angle)
    assert np.all(problem.exact_upper > angle - 1e-7)
    axis = np.zeros_like(problem.points)
    axis[:, 0] = np.sign(problem.points[:, 0])
    scores = problem.score(axis)  # the axis itself is an error, and there are attacks that would find it
    assert scores.success == 1.0
    assert scores.worst_ratio < 1.0 + 1e-6


def test_quadratic_discriminant_is_the_ratio_of_two_normal_densities() -> None:
    model = Discriminant(np.array([2.0, 0.5, 0.8]), np.array([0.3, -1.0, 0.5]), np.array([0.6, 0.0, 0.8]))
    mirror = np.eye(3) - 2.0 * np.outer([0.6, 0.0, 0.8], [0.6, 0.0, 0.8])
    covariance = mirror @ np.diag([0.5, 2.0, 1.25]) @ mirror
    first = multivariate_normal(np.zeros(3), np.eye(3))
    second = multivariate_normal(mirror @ [0.3, -1.0, 0.5], covariance)
    x = np.random.default_rng(3).standard_normal((20, 3))
    assert model.logits(x) == pytest.approx(second.logpdf(x) - first.logpdf(x), abs=1e-12)
    step = 1e-6 * np.eye(3)
    slopes = np.stack([(model.logits(x + s) - model.logits(x - s)) / 2e-6 for s in step], axis=1)
    assert model.input_gradient(x) == pytest.approx(slopes, abs=1e-8)


def test_of_a_relu_network_the_ratio_is_an_interval() -> None:
    problem = bench_problem("relu", 10, points=4)
    assert (problem.is_exact, problem.guarantee, bench_problem("cap", 10, points=4).is_exact) == (
        False,
        "enclosure",
        True,
    )
    assert problem.score(problem.points).count("no-error") == 4
    walked = attack_named("walk")(problem.model(), problem.points)
    scores = problem.score(walked)
    assert scores.ratio_upper is not None
    assert scores.ratio_upper == pytest.approx(scores.ratio * problem.exact_upper / problem.exact_lower)
    assert scores.success == 1.0
    assert scores.mean_ratio < 1.1 < scores.mean_ratio_upper
    assert f"{rounded_down(scores.mean_ratio, 4)} to " in repr(
        attack_bench("walk", problems=["relu"], dims=[10], points=4)
    )
    near = problem.points + 0.5 * (walked - problem.points)
    assert problem.score(near / np.linalg.norm(near, axis=1, keepdims=True)).success == 0.0


@pytest.mark.parametrize("dim", [10, 50, 500])
def test_linear_problems_in_closed_form(dim: int) -> None:
    w = np.arange(1.0, dim + 1.0) / np.sqrt(dim * (dim + 1) * (2 * dim + 1) / 6)
    cap, half = bench_problem("cap", dim, points=20), bench_problem("half-space", dim, points=20)
    assert cap.exact_upper == pytest.approx(np.arccos(cap.points @ w) - np.arccos(3 / np.sqrt(dim)), abs=1e-12)
    assert half.exact_upper == pytest.approx(3 - half.points @ w, abs=1e-11)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "relu"])
@pytest.mark.parametrize("dim", [10, 500])
def test_no_point_is_an_error_and_all_are_as_random_as_the_space(family: str, dim: int) -> None:
    problem = bench_problem(family, dim, points=25)
    model = problem.model()
    assert problem.points.shape == (25, dim)
    assert np.all(model.labels(problem.points) == model.label)
    assert np.all(problem.exact_lower > 0.0)
    assert np.all(problem.exact_lower <= problem.exact_upper)
    assert np.array_equal(problem.points, bench_problem(family, dim, points=25).points)
    assert not np.array_equal(problem.points, bench_problem(family, dim, points=25, seed=1).points)
    if model.radius is not None:
        assert np.linalg.norm(problem.points, axis=1) == pytest.approx(np.full(25, model.radius), rel=1e-12)
    assert problem.score(problem.points).count("no-error") == 25


@pytest.mark.parametrize("family", ["easy", "ellipsoid"])
def test_ten_thousand_dimensions(family: str) -> None:
    problem = bench_problem(family, 10_000, points=2)
    assert np.all(problem.exact_upper - problem.exact_lower < 1e-11)


def nearest_points(problem: BenchProblem) -> Any:
    """The nearest errors of the theory, a little beyond the boundary."""
    classifier = problem.problem.model.model
    if problem.model().radius is None:
        alphas = classifier.alphas  # type: ignore[union-attr]
        found = nearest_boundary_point(problem.points, alphas, return_points=True).points
        assert found is not None
        return problem.points + (found - problem.points) * (1 + 1e-9)
    c = classifier.error_coefficients(problem.problem.sphere, R)  # type: ignore[union-attr]
    found = nearest_error(problem.points, c, boundary_is_error=False, return_points=True).points
    assert found is not None
    radius = problem.model().radius
    moved = problem.points + (radius * found - problem.points) * (1 + 1e-8)
    return radius * moved / np.linalg.norm(moved, axis=1, keepdims=True)


@pytest.mark.parametrize("family", ["easy", "outer", "ill-conditioned", "huge-alpha", "near-hard-case", "ellipsoid"])
@pytest.mark.parametrize("dim", [50, 500])
def test_nearest_errors_have_the_ratio_one(family: str, dim: int) -> None:
    problem = bench_problem(family, dim, points=20)
    scores = problem.score(nearest_points(problem))
    assert scores.success == 1.0
    assert scores.ratio.min() > 1.0 - 1e-12
    assert scores.worst_ratio < 1.0 + 1e-6


def test_every_kind_of_failure_is_told_and_counted() -> None:
    problem = bench_problem("easy", 50, points=8)
    x = nearest_points(problem)
    x[1] = np.nan
    x[2, 3] = np.inf
    x[3] *= 1.0 + 2e-6  # off the sphere, and an error there
    x[4] = problem.points[4]
    x[5] = 1e200
    x[6] = 0.0
    x[7] = -x[7]  # an error, too: far away
    scores = problem.score(x)
    assert [OUTCOMES[k] for k in scores.outcomes] == [
        *("found", "missing", "missing", "off-sphere", "no-error", "missing", "off-sphere", "found")
    ]
    assert scores.success == 0.25
    assert scores.ratio[7] > 10.0
    assert np.isinf(scores.ratio[1:7]).all()
    assert scores.quantile(0.5) == np.inf  # failures are not dropped
    assert scores.quantile(0.125) == pytest.approx(1.0)
    assert scores.share_within(1.01) == 0.125
    assert scores.share_within(np.inf) == 0.25  # no failure is within any ratio
    assert scores.mean_ratio == pytest.approx((1.0 + scores.ratio[7]) / 2)


def test_a_point_nearer_than_any_error_is_no_success() -> None:
    """A model whose rounding makes errors where exact arithmetic has none."""
    problem = bench_problem("half-space", 10, points=4)
    nearer = BenchProblem(
        problem.name, problem.problem, problem.points, 1.1 * problem.exact_lower, 1.1 * problem.exact_upper
    )
    w = np.arange(1.0, 11.0) / np.linalg.norm(np.arange(1.0, 11.0))
    errors = problem.points + (problem.exact_upper * (1 + 1e-9))[:, None] * w
    assert problem.score(errors).success == 1.0
    assert nearer.score(errors).count("too-close") == 4


def test_scores_of_nothing_found() -> None:
    problem = bench_problem("cap", 10, points=3)
    scores = problem.score(np.full((3, 10), np.nan))
    assert (scores.success, scores.mean_ratio, scores.worst_ratio) == (0.0, np.inf, np.inf)


def test_candidates_are_not_changed_and_not_kept() -> None:
    problem = bench_problem("easy", 10, points=3)
    x = problem.points.copy()
    problem.score(x)
    assert np.array_equal(x, problem.points)


@pytest.mark.parametrize(
    "candidates", [np.zeros((3, 9)), np.zeros(10), np.zeros((2, 10)), np.full((3, 10), "x"), np.zeros((3, 10), complex)]
)
def test_what_are_no_candidates(candidates: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="candidates"):
        bench_problem("cap", 10, points=3).score(candidates)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"family": "hard"}, "family"),
        ({"dim": 9}, "dim"),
        ({"dim": 10_001}, "dim"),
        ({"points": 0}, "points"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_problem(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        bench_problem(**{"family": "cap", "dim": 10, "points": 3, **arguments})
    assert caught.value.argument == name


def test_the_model_counts_what_it_is_asked() -> None:
    problem = bench_problem("easy", 10, points=3)
    model: AskedModel = problem.model()
    model.logits(problem.points)
    model.labels(problem.points[:2])
    model.input_gradient(problem.points)
    assert model.queries == 8
    assert problem.model().queries == 0
    assert (model.dim, model.label, bench_problem("outer", 10, points=1).model().label) == (10, 0, 1)
