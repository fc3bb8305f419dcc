"""The fast path of distances in space: how many take it, where its interval ends, what its error bound covers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from adversarial_spheres.theory.nearest import many_in_space as module
from adversarial_spheres.theory.nearest.dual_interval import log_chernoff
from adversarial_spheres.theory.nearest.dual_series import Enclosure
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many_in_space import bulk_boundary, bulk_boundary_plan

RNG = np.random.default_rng(5)
ALPHAS = {
    "d 500": RNG.normal(0.96, 0.11, 500),
    "equal": np.full(50, 0.8),
    "repeated": np.repeat([1.2, 0.7], [3, 47]),
    "wide": np.logspace(-6, 1, 40),
    "negative": RNG.normal(0.3, 0.7, 100),
}
# alphas, sphere, radius, columns measured, points of 2000 handed to the safe solver
MEASURED = [
    ("d 500", "inner", 1.0, 10, 0),
    ("d 500", "outer", 1.3, 9, 0),
    ("d 500", "outer", 30.0, 10, 0),
    ("d 500", "inner", 0.5, 11, 0),
    ("equal", "inner", 1.0, 9, 0),
    ("equal", "outer", 30.0, 9, 0),
    ("repeated", "inner", 1.0, 12, 0),
    ("repeated", "outer", 1.3, 11, 0),
    ("repeated", "inner", 0.5, 24, 1),
    ("wide", "outer", 1.3, 19, 0),
    ("wide", "outer", 30.0, 23, 3),
    ("negative", "inner", 1.0, 29, 3),
    ("negative", "outer", 30.0, 27, 2),
    ("negative", "inner", 0.5, 53, 26),
]


def squares_of(a: np.ndarray, count: int = 2000) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, a.size)) ** 2


@pytest.mark.parametrize(("name", "sphere", "radius", "columns", "safe"), MEASURED)
def test_nearly_all_points_take_few_columns(name: str, sphere: str, radius: float, columns: int, safe: int) -> None:
    plan = bulk_boundary_plan(ALPHAS[name], radius=radius, sphere=sphere)
    found = bulk_boundary(plan, squares_of(ALPHAS[name]))
    assert abs(plan.columns - columns) <= 1
    assert np.count_nonzero(found.safe) <= 1.5 * safe + 1
    fast = ~found.safe & ~found.is_error
    gap = found.distance_upper[fast] - found.distance_lower[fast]
    assert np.all(gap <= np.maximum(1e-9 * found.distance_upper[fast], 1e-12))


@pytest.mark.parametrize(("name", "sphere", "radius"), [case[:3] for case in MEASURED])
def test_the_interval_ends_where_chernoff_leaves_out_four_in_a_thousand(name: str, sphere: str, radius: float) -> None:
    a = ALPHAS[name]
    interval = bulk_boundary_plan(a, radius=radius, sphere=sphere).interval
    assert interval is not None
    lam, moment = a / a.max(), radius**2 * a

    def form(t: float) -> np.ndarray:
        decay = np.exp(-t)
        weight = (1.0 + interval.largest * decay) / ((1.0 - lam) + (interval.largest + lam) * decay)
        return 1.0 - moment * weight**2

    # two hundredths of 1 + the width were added at both ends
    margin = 0.02 * (1.0 + interval.high - interval.low) / 1.04
    low, high = interval.low + margin, interval.high - margin
    nearest = 0.0 if sphere == "inner" else -60.0
    farthest = 60.0 if sphere == "inner" else 0.0
    for end, sign in ((low, -1.0), (high, 1.0)):
        assert nearest - 1e-9 <= end <= farthest + 1e-9
        if nearest + 0.01 < end < farthest - 0.01 and high - low > 0.01:
            # the ends are found to 60 / 2^14
            ends = sorted(log_chernoff(sign * form(end + shift)) for shift in (-0.004, 0.004))
            assert ends[0] - 1e-3 <= np.log(4e-3) <= ends[1] + 1e-3


@pytest.mark.parametrize(("name", "sphere", "radius"), [case[:3] for case in MEASURED])
def test_the_error_bound_of_the_series_holds_and_is_that_of_the_target(name: str, sphere: str, radius: float) -> None:
    a = ALPHAS[name]
    plan = bulk_boundary_plan(a, radius=radius, sphere=sphere)
    assert plan.matrix is not None
    assert plan.interval is not None
    x = np.cos(np.linspace(0.0, np.pi, 301))
    m = plan.interval.multiplier(x)[0]
    exact = 1.0 - (radius**2 * a)[:, None] / (1.0 - (a / a.max())[:, None] * m)
    series = np.polynomial.chebyshev.chebval(x, plan.matrix[:, :-3].T)
    off, bound = np.abs(series - exact).max(axis=1), plan.matrix[:, -3]
    assert np.all(off <= bound)
    size = np.abs(exact).max(axis=1)
    assert np.all(bound <= 1e-11 * (1.0 + size) * (1.0 + size.max() / size.min()))
    np.testing.assert_array_equal(plan.matrix[:, -1], 1.0)
    np.testing.assert_array_equal(plan.matrix[:, -2], plan.error_form)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_a_tie_is_an_error_of_the_outer_sphere_only_and_at_distance_zero(sphere: str) -> None:
    for alphas in ([1.0, 0.25, 0.5], [1.0, -1.0, -2.0], [1.0, 1.0, 1.0]):
        plan = bulk_boundary_plan(alphas, radius=1.0, sphere=sphere)
        found = bulk_boundary(plan, np.array([[1.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))
        assert found.distance_lower.tolist() == [0.0, 0.0]
        assert np.all(found.distance_upper <= 1e-14)
        assert found.is_error.tolist() == [sphere == "outer"] * 2
        assert found.safe.all()


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_points_within_rounding_of_the_boundary_have_lower_bound_zero(side: float) -> None:
    squares = np.array([[1.0, side * 1e-16 + 1e-16, 0.0]])
    for sphere in ("inner", "outer"):
        found = bulk_boundary(bulk_boundary_plan([1.0, 0.25, 4.0], radius=1.0, sphere=sphere), squares)
        assert found.distance_lower[0] == 0.0


@pytest.mark.parametrize(
    ("alphas", "radius", "fast"),
    [
        ([1.0, 0.5], 1.0, True),
        ([1e149, 5e148], 1e-75, True),
        ([1e151, 5e150], 1e-76, False),
        ([1e-149, 5e-150], 1e74, True),
        ([1e-151, 5e-152], 1e75, False),
        ([1.0, -0.9e8], 1e-4, True),
        ([1.0, -1.1e8], 1e-4, False),
        ([1.0, 0.5], 1e-24, True),
        ([1.0, 0.5], 1e-26, False),
        ([0.0, -1.0], 1.0, False),
    ],
)
def test_there_is_a_fast_path_within_the_sizes_that_it_is_made_for(
    alphas: list[float], radius: float, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # whatever the degree: the sizes alone decide whether an interval is sought
    sought = []
    monkeypatch.setattr(module, "_interval", lambda *_: sought.append(True))
    plan = bulk_boundary_plan(alphas, radius=radius, sphere="inner")
    assert bool(sought) == fast
    assert plan.matrix is None


def test_the_largest_distance_is_reached_or_nearly() -> None:
    # from the centre of the inner sphere's side 1/sqrt(A); from outside at most the radius
    for alphas, radius in (([1.0, 1.0], 0.5), ([1.0, -3.0], 0.5), ([2.0, 0.0], 0.1)):
        plan = bulk_boundary_plan(alphas, radius=radius, sphere="inner")
        angles = np.linspace(0.0, 0.5 * np.pi, 1001)
        points = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        farthest = nearest_boundary_point(points, alphas).distance_lower.max()
        assert farthest <= plan.largest_distance
        top, low = max(alphas), max(-min(alphas), 0.0)
        assert plan.largest_distance == pytest.approx(np.sqrt((1.0 + radius**2 * low) / top), rel=1e-15, abs=0.0)
    assert bulk_boundary_plan([1.0, 1.0], radius=1.3, sphere="outer").largest_distance == 1.3
    assert bulk_boundary_plan([-1.0, 0.0], radius=1.0, sphere="inner").largest_distance == np.inf


def test_projections_may_come_from_the_caller_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    a = ALPHAS["repeated"]
    plan, squares = bulk_boundary_plan(a, radius=1.0, sphere="inner"), squares_of(a, 500)
    whole = bulk_boundary(plan, squares)
    given = bulk_boundary(plan, squares, projections=squares @ plan.matrix)
    monkeypatch.setattr(module, "_VECTOR_ENTRIES", 7 * plan.columns)
    pieces = bulk_boundary(plan, squares)
    for other in (given, pieces):
        # up to the last digit: the end of a piece is computed by other instructions
        np.testing.assert_allclose(other.distance_lower, whole.distance_lower, rtol=1e-14)
        np.testing.assert_allclose(other.distance_upper, whole.distance_upper, rtol=1e-14)
        np.testing.assert_array_equal(other.safe, whole.safe)


def test_rounding_of_the_root_is_outwards(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = bulk_boundary_plan(ALPHAS["d 500"], radius=1.0, sphere="inner")
    squares = squares_of(plan.alphas)
    maxima = np.random.default_rng(2).uniform(0.001, 0.1, len(squares))
    exact = np.zeros(len(squares))
    known = Enclosure(maxima, exact, exact, np.ones(len(squares), dtype=bool))
    monkeypatch.setattr(module, "enclosed_maximum", lambda *_: known)
    assert plan.interval is not None
    low, high, _ = module._fast(plan, plan.interval, squares @ plan.matrix)
    top = Fraction(float(plan.alphas.max()))
    for least, most, value in zip(low, high, maxima, strict=True):
        assert Fraction(float(least)) ** 2 <= Fraction(float(value)) / top <= Fraction(float(most)) ** 2
    np.testing.assert_allclose(low, high, rtol=4e-15)
