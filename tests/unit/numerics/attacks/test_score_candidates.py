"""Candidates of attacks, good and deliberately broken ones, against the certified optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.candidates import score_candidates
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

R = 1.3
DIM = 40
CLASSIFIER = QuadraticClassifier.from_alphas(np.linspace(0.5, 1.1, DIM))
UNITS = sample_unit_vectors(80, DIM, block_generator(6))


def points_on(sphere: str) -> Any:
    return UNITS * (1.0 if sphere == "inner" else R)


def score(candidates: Any, sphere: Any = "inner", **options: Any) -> Any:
    return score_candidates(points_on(sphere), candidates, CLASSIFIER, sphere, outer_radius=R, **options)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_a_good_attack(sphere: Any) -> None:
    found = attack(CLASSIFIER, UNITS, sphere, outer_radius=R)
    scores = score(found.points, sphere)
    summary = scores.summary()
    assert summary.success_share == 1.0
    assert (summary.missing, summary.off_sphere, summary.not_errors, summary.beat_optimum) == (0, 0, 0, 0)
    assert 1.0 <= summary.mean_ratio <= summary.worst_ratio < 1.001
    assert summary.certificate_gap_max < 1e-12
    np.testing.assert_allclose(scores.angle, found.angle_upper, rtol=1e-9)
    np.testing.assert_allclose(scores.distance(metric="euclidean"), scores.ambient_distance, rtol=1e-9)
    np.testing.assert_allclose(scores.distance(metric="geodesic"), scores.radius * scores.angle, rtol=1e-12)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_the_paper_s_attack_is_worse_and_says_by_how_much(sphere: Any) -> None:
    good = score(attack(CLASSIFIER, UNITS, sphere, outer_radius=R).points, sphere).summary()
    settings = AttackSettings(method="paper")
    paper = score(attack(CLASSIFIER, UNITS, sphere, outer_radius=R, settings=settings).points, sphere).summary()
    assert paper.success_share == 1.0
    assert paper.mean_ratio > good.mean_ratio + 1e-3


def nearest_off_sphere(sphere: str) -> Any:
    """An attack that forgets the sphere: towards the optimum, but to the boundary of the decision in space."""
    c = CLASSIFIER.error_coefficients(sphere, R)
    optimum = nearest_error(UNITS, c, boundary_is_error=sphere == "outer", return_points=True).points
    assert optimum is not None
    radius = 1.0 if sphere == "inner" else R
    share = 0.6
    direction = (1 - share) * UNITS + share * optimum
    # Along this ray the decision changes where the logit is 0.
    stretch = 1.0 / np.sqrt(np.square(direction) @ CLASSIFIER.alphas)
    inside = 1.0 + 1e-9 if sphere == "inner" else 1.0 - 1e-9
    assert radius > 0
    return stretch[:, None] * direction * inside


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_an_attack_that_leaves_the_sphere_is_caught(sphere: Any) -> None:
    candidates = nearest_off_sphere(sphere)
    scores = score(candidates, sphere)
    summary = scores.summary()
    assert scores.is_error.all()
    assert summary.off_sphere == len(UNITS)
    assert summary.success_share == 0.0
    assert summary.mean_ratio is None
    assert summary.beat_optimum == len(UNITS)
    assert summary.not_errors_projected == len(UNITS)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_points_projected_back_are_no_errors(sphere: Any) -> None:
    candidates = nearest_off_sphere(sphere)
    candidates *= scores_radius(sphere) / np.linalg.norm(candidates, axis=1, keepdims=True)
    summary = score(candidates, sphere).summary()
    assert summary.off_sphere == 0
    assert summary.not_errors == summary.beat_optimum == len(UNITS)
    assert summary.success_share == 0.0


def scores_radius(sphere: str) -> float:
    return 1.0 if sphere == "inner" else R


def test_missing_candidates_and_points_that_are_errors() -> None:
    points = np.stack([np.eye(DIM)[-1], np.eye(DIM)[0], UNITS[0]])
    candidates = np.stack([points[0], np.full(DIM, np.nan), UNITS[0]])
    scores = score_candidates(points, candidates, CLASSIFIER, "inner")
    assert scores.given.tolist() == [True, False, True]
    assert scores.succeeded.tolist() == [True, False, False]
    assert scores.ratio[0] == 1.0
    assert np.isnan(scores.ratio[1:]).all()
    summary = scores.summary()
    assert (summary.candidates, summary.missing, summary.not_errors, summary.beat_optimum) == (3, 1, 1, 1)
    assert summary.success_share == pytest.approx(1 / 3)


def test_where_no_error_exists_no_candidate_succeeds() -> None:
    perfect = QuadraticClassifier.from_alphas(np.full(DIM, 0.8))
    summary = score_candidates(UNITS, -UNITS, perfect, "inner").summary()
    assert summary.success_share == 0.0
    assert summary.beat_optimum == len(UNITS)


def test_the_tolerance_decides_what_is_on_the_sphere() -> None:
    found = attack(CLASSIFIER, UNITS, "inner").points * (1.0 + 1e-5)
    assert score(found).summary().off_sphere == len(UNITS)
    assert score(found, tolerance=1e-4).summary().success_share == 1.0


@pytest.mark.parametrize(
    ("points", "candidates", "name"),
    [
        (UNITS[:, :3], UNITS, "points"),
        (1.01 * UNITS, UNITS, "points"),
        (np.full_like(UNITS, np.nan), UNITS, "points"),
        (UNITS, UNITS[:5], "candidates"),
        (UNITS, np.full_like(UNITS, np.inf), "candidates"),
    ],
)
def test_bad_input(points: Any, candidates: Any, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        score_candidates(points, candidates, CLASSIFIER, "inner")
    with pytest.raises(InvalidArgumentError, match="tolerance"):
        score(UNITS, tolerance=-1.0)
