"""Great circles: points and angles, crossings of a decision, and the count of questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.circles import Brackets, ErrorField, crossings
from adversarial_spheres.numerics.attacks.geometry import (
    angles_between,
    points_at,
    tangent_directions,
    unit_rows,
)
from adversarial_spheres.numerics.attacks.searches import start_groups
from adversarial_spheres.numerics.models.adapters import from_callable

Z = np.tile([1.0, 0.0, 0.0], (4, 1))
V = np.tile([0.0, 1.0, 0.0], (4, 1))


def test_small_angles_keep_their_digits() -> None:
    for angle in (1e-150, 1e-12, 1e-8, 0.3, 3.0, np.pi - 1e-9):
        found = angles_between(Z, points_at(Z, V, np.full(4, angle)))
        np.testing.assert_allclose(found, angle, rtol=1e-12 if angle < 3 else 1e-7)


def test_directions_are_orthogonal_even_to_nearly_parallel_vectors() -> None:
    rng = np.random.default_rng(0)
    z = unit_rows(rng.standard_normal((50, 40)))
    for size in (1.0, 1e-6, 1e-12):
        v = tangent_directions(z, z + size * rng.standard_normal(z.shape))
        np.testing.assert_allclose(np.einsum("ij,ij->i", v, z), 0.0, atol=1e-15)
        np.testing.assert_allclose(np.linalg.norm(v, axis=1), 1.0, rtol=1e-15)


@pytest.mark.parametrize("returns", ["logits", "labels"])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-9])
@pytest.mark.parametrize("power", [1, 9])
def test_crossings_are_errors_next_to_points_that_are_none(returns: Any, tolerance: float, power: int) -> None:
    def logit(x: Any) -> Any:
        return x[:, 1] ** power - 0.4**power

    model = from_callable(logit if returns == "logits" else lambda x: logit(x) > 0, returns=returns)
    field, rows = ErrorField(model, "inner", 1.0, 4), np.arange(4)
    high = np.array([0.5, 1.0, 1.5, np.arcsin(0.4) + 1e-6])
    start, end = field.margins(rows, Z), field.margins(rows, points_at(Z, V, high))
    angle = crossings(field, rows, Z, V, Brackets.from_start(start, high, end), tolerance=tolerance)
    assert np.all(logit(points_at(Z, V, angle)) > 0)
    assert np.all(logit(points_at(Z, V, angle * (1 - tolerance))) <= 0)
    assert np.all(angle <= high)


def test_regula_falsi_beats_bisection() -> None:
    questions = {}
    for returns in ("logits", "labels"):
        function = (lambda x: x[:, 1] - 0.4) if returns == "logits" else (lambda x: x[:, 1] > 0.4)
        field = ErrorField(from_callable(function, returns=returns), "inner", 1.0, 4)  # type: ignore[arg-type]
        rows, high = np.arange(4), np.full(4, 1.2)
        start, end = field.margins(rows, Z), field.margins(rows, points_at(Z, V, high))
        crossings(field, rows, Z, V, Brackets.from_start(start, high, end), tolerance=1e-10)
        questions[returns] = int(field.queries.max())
    assert questions["logits"] < 12
    assert questions["labels"] > 30


def test_slopes_lie_along_the_sphere_and_agree_with_differences() -> None:
    rng = np.random.default_rng(1)
    u, a = unit_rows(rng.standard_normal((6, 5))), rng.standard_normal(5)
    rows = np.arange(6)
    for sphere, radius in (("inner", 1.0), ("outer", 1.7)):
        exact = ErrorField(
            from_callable(lambda x: (x**2) @ a - 0.1, gradient=lambda x: 2 * x * a),
            sphere,  # type: ignore[arg-type]
            radius,
            6,
        )
        plain = ErrorField(from_callable(lambda x: (x**2) @ a - 0.1), sphere, radius, 6)  # type: ignore[arg-type]
        slopes = exact.slopes(rows, u)
        np.testing.assert_allclose(np.einsum("ij,ij->i", slopes, u), 0.0, atol=1e-14)
        np.testing.assert_allclose(plain.slopes(rows, u), slopes, atol=1e-6)
        assert (exact.queries == 1).all()
        assert (plain.queries == 6).all()
        # Along the slope the margin grows at the rate of its length.
        step = 1e-6
        direction = unit_rows(slopes)
        grown = exact.margins(rows, points_at(u, direction, np.full(6, step))) - exact.margins(rows, u)
        np.testing.assert_allclose(grown / step, np.linalg.norm(slopes, axis=1), rtol=1e-4)


def test_questions_of_starts_that_go_side_by_side_are_all_counted() -> None:
    field = ErrorField(
        from_callable(lambda x: x[:, 0], gradient=lambda x: np.eye(1, 3).repeat(len(x), 0)), "inner", 1.0, 2
    )
    u = unit_rows(np.random.default_rng(0).standard_normal((5, 3)))
    rows = np.array([0, 1, 0, 0, 1])
    field.slopes(rows, u)
    field.margins(rows, u)
    assert field.queries.tolist() == [6, 4]


def test_starts_come_in_groups_that_grow() -> None:
    assert [list(group) for group in start_groups(2, 9, 2)] == [[0, 1], [2], [3, 4], [5, 6, 7, 8]]
    assert [list(group) for group in start_groups(1, 4, 1)] == [[0], [1], [2], [3]]
    assert [list(group) for group in start_groups(5, 3, 2)] == [[0, 1, 2]]
