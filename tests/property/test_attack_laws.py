"""Laws of attacks: never nearer than the nearest error, always at a real error, exact for caps, blind to rotation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.candidates import score_candidates
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

SPHERES = st.sampled_from(["inner", "outer"])
METHODS = st.sampled_from(["walk", "differences", "paper", "labels"])
RADII = st.floats(1.01, 3.0)
SEEDS = st.integers(0, 2**32 - 1)


def alphas(dim: int) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.float64, dim, elements=st.floats(-0.5, 2.0))


@given(st.integers(2, 12).flatmap(alphas), SPHERES, RADII, METHODS, SEEDS)
def test_upper_bounds_that_real_errors_attain(a: Any, sphere: Any, radius: float, method: Any, seed: int) -> None:
    classifier, dim = QuadraticClassifier.from_alphas(a), len(a)
    points = sample_unit_vectors(6, dim, block_generator(seed))
    settings = AttackSettings(method=method, query_budget=400, paper_steps=50)
    found = attack(classifier, points, sphere, outer_radius=radius, settings=settings, seed=seed)
    coefficients = classifier.error_coefficients(sphere, radius)
    best = nearest_error(points, coefficients, boundary_is_error=sphere == "outer")
    exists = np.isfinite(best.angle_lower)
    assert not np.any(found.succeeded & ~exists)
    assert np.all(found.angle_upper[exists] >= best.angle_lower[exists] * (1 - 1e-9) - 1e-7)
    hits = found.points[found.succeeded]
    logits = classifier.logits(hits) if len(hits) else np.empty(0)
    assert np.all(logits > 0 if sphere == "inner" else logits <= 0)
    np.testing.assert_allclose(np.linalg.norm(hits, axis=1), radius if sphere == "outer" else 1.0, rtol=1e-14)
    np.testing.assert_array_equal(found.angle_upper[~found.succeeded], np.pi)
    assert np.isnan(found.points[~found.succeeded]).all()
    scores = score_candidates(
        points * (radius if sphere == "outer" else 1.0), found.points, classifier, sphere, outer_radius=radius
    )
    assert scores.summary().off_sphere == 0
    assert not np.any(scores.beats_optimum & scores.succeeded)


@given(st.integers(2, 30), st.floats(-0.9, 0.95), SEEDS)
def test_caps_are_met_at_their_nearest_points(dim: int, height: float, seed: int) -> None:
    axis = sample_unit_vectors(1, dim, block_generator(seed))[0]
    model = from_callable(lambda x: x @ axis - height, gradient=lambda x: np.broadcast_to(axis, x.shape))
    points = sample_unit_vectors(8, dim, block_generator(seed, 1))
    expected = np.maximum(np.arccos(np.clip(points @ axis, -1, 1)) - np.arccos(height), 0.0)
    found = attack(model, points, "inner")
    assert found.succeeded.all()
    np.testing.assert_allclose(found.angle_upper, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.slow
@given(st.integers(3, 10), SEEDS)
def test_rotation_of_model_and_points_changes_nothing(dim: int, seed: int) -> None:
    rng = block_generator(seed)
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    a = rng.uniform(0.4, 1.4, dim)
    points = sample_unit_vectors(5, dim, rng)
    plain = from_callable(lambda x: (x**2) @ a - 1, gradient=lambda x: 2 * x * a)
    turned = from_callable(
        lambda x: ((x @ rotation) ** 2) @ a - 1, gradient=lambda x: 2 * (x @ rotation * a) @ rotation.T
    )
    settings = AttackSettings(restarts=0, steps=200, gain=1e-9)
    one = attack(plain, points, "inner", settings=settings)
    two = attack(turned, points @ rotation.T, "inner", settings=settings)
    np.testing.assert_array_equal(one.succeeded, two.succeeded)
    np.testing.assert_allclose(one.angle_upper, two.angle_upper, rtol=1e-4, atol=1e-7)


@pytest.mark.slow
@given(st.floats(-250.0, 250.0).map(lambda log10: 10.0**log10), SEEDS)
def test_the_scale_of_the_logit_does_not_matter(scale: float, seed: int) -> None:
    a = np.linspace(0.5, 1.3, 8)
    points = sample_unit_vectors(5, 8, block_generator(seed))
    one, two = (
        attack(
            from_callable(lambda x, f=f: f * ((x**2) @ a - 1), gradient=lambda x, f=f: 2 * f * x * a), points, "inner"
        )
        for f in (1.0, scale)
    )
    np.testing.assert_allclose(one.angle_upper, two.angle_upper, rtol=1e-3, atol=1e-7)
