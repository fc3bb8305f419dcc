"""The fast path agrees with the safe solver, never claims more than it proves, and hands over what it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest import many as module
from adversarial_spheres.theory.nearest.dual_interval import dual_interval, log_chernoff
from adversarial_spheres.theory.nearest.dual_pieces import DualInterval, weights
from adversarial_spheres.theory.nearest.many import GAP_FLOOR, RELATIVE_GAP, _angles, bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error

RNG = np.random.default_rng(20240503)
SPECTRA = {
    "alphas N(0.96, 0.11), d 500": RNG.normal(-0.04, 0.11, 500),
    "few positive, d 500": RNG.normal(-0.2, 0.11, 500),
    "gamma, d 500": RNG.gamma(2.1, 0.38, 500) - 1.0,
    "half errors, d 100": RNG.normal(0.0, 1.0, 100),
    "wide, d 60": RNG.normal(-0.2, 0.3, 60),
    "d 10": RNG.normal(-0.2, 0.3, 10),
    "d 3": np.array([0.5, -0.4, -1.0]),
    "d 2": np.array([0.5, -0.4]),
    "two values": np.repeat([1.0, -0.1], [3, 47]),
    "one positive": np.repeat([0.3, -1.0], [1, 49]),
    "spread over 1e6": np.concatenate([[1.0, 1e-3, 1e-6], -np.logspace(-6, 3, 30)]),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_it_agrees_with_the_safe_solver(name: str) -> None:
    c = SPECTRA[name]
    rng = np.random.default_rng(1)
    squares = rng.standard_normal((1500, c.size)) ** 2
    plan = bulk_plan(c, boundary_is_error=False)
    found = bulk_nearest(plan, squares)
    safe = nearest_error(np.sqrt(squares), c, boundary_is_error=False)
    assert np.all(found.angle_lower <= safe.angle_upper)
    assert np.all(found.angle_upper >= safe.angle_lower)
    gap = found.angle_upper - found.angle_lower
    assert np.all(gap <= np.maximum(RELATIVE_GAP * found.angle_upper, GAP_FLOOR))
    assert np.array_equal(found.is_error, safe.angle_upper == 0.0)
    assert np.count_nonzero(found.safe) < 0.25 * len(squares)


def test_points_near_the_boundary_are_certified_too() -> None:
    # from an error straight towards a correct point: the angle shrinks to nothing
    c = SPECTRA["alphas N(0.96, 0.11), d 500"]
    rng = np.random.default_rng(2)
    start = rng.standard_normal(500)
    found = nearest_error(start, c, boundary_is_error=False, return_points=True)
    step = start / np.linalg.norm(start) - found.points
    points = found.points + np.logspace(-14, 0, 60)[:, None] * step
    bulk = bulk_nearest(bulk_plan(c, boundary_is_error=False), points**2)
    safe = nearest_error(points, c, boundary_is_error=False)
    assert np.all(bulk.angle_lower <= safe.angle_upper)
    assert np.all(bulk.angle_upper >= safe.angle_lower)


@pytest.mark.parametrize("c", [[-1.0, -2.0], [1.0, 2.0], [0.0, -1.0], [0.0, 0.0], [1.0, -1e12], [1.0, 0.0]], ids=str)
@pytest.mark.parametrize("tie", [False, True])
def test_without_a_fast_path_all_points_are_handed_over(c: list[float], tie: bool) -> None:
    plan = bulk_plan(c, boundary_is_error=tie)
    assert plan.columns == 0
    points = np.array([[0.6, 0.8], [0.0, 1.0]])
    found = bulk_nearest(plan, points**2)
    safe = nearest_error(points, c, boundary_is_error=tie)
    assert found.safe.all()
    assert np.array_equal(found.angle_upper, safe.angle_upper)
    assert np.array_equal(found.angle_lower, safe.angle_lower)


def test_points_beyond_the_interval_are_handed_over() -> None:
    c = SPECTRA["alphas N(0.96, 0.11), d 500"]
    points = np.random.default_rng(3).standard_normal((4, 500))
    points[:2, c > 0.0] *= 1e-3  # optimum close to the pole
    points[2:, c > 0.0] *= np.sqrt((c[c < 0] @ points[2:, c < 0].T ** 2) / -(c[c > 0] @ points[2:, c > 0].T ** 2))[
        :, None
    ] * (1.0 - 1e-9)
    found = bulk_nearest(bulk_plan(c, boundary_is_error=False), points**2)
    assert found.safe.all()
    assert np.all(found.angle_upper - found.angle_lower < 1e-12)


def test_equal_coefficients_need_no_luck() -> None:
    for c in (np.repeat([1.0, -1.0], 10), np.append(np.full(19, -1.0), 1.0)):
        squares = np.random.default_rng(4).standard_normal((500, 20)) ** 2
        found = bulk_nearest(bulk_plan(c, boundary_is_error=False), squares)
        positive = squares[:, c > 0].sum(axis=1)
        expected = np.maximum(np.pi / 4.0 - np.arctan2(np.sqrt(positive), np.sqrt(squares[:, c < 0].sum(axis=1))), 0.0)
        assert np.all(found.angle_lower <= expected + 1e-15)
        assert np.all(found.angle_upper >= expected - 1e-15)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_bound_on_the_error_holds_for_every_coefficient(name: str) -> None:
    c = SPECTRA[name]
    plan = bulk_plan(c, boundary_is_error=False)
    interval = dual_interval(c / c.max())
    assert plan.matrix is not None
    assert plan.pieces is not None
    assert interval is not None
    half, x = plan.pieces.half, np.linspace(-1.0, 1.0, 21)
    for k, powers in enumerate(plan.pieces.powers):
        t = interval[0] + half * (2 * k + 1 + x)
        exact = weights(c / c.max(), DualInterval(*interval[:2], plan.largest), t)
        found = plan.matrix[:, :-2] @ np.polynomial.polynomial.polyval(x, powers.T)
        # the maximum of a point of unit weight is there
        assert np.all(np.abs(found - (1.0 - exact)) <= plan.pieces.error[k] * np.maximum(exact, 1.0)), k


@pytest.mark.parametrize("kept", [[0], [1, 2], [0, 2]])
def test_what_any_coefficient_misses_is_told(kept: list[int]) -> None:
    lam, interval = np.array([1.0, -1.0, -2.0]), DualInterval(0.0, 1.0, 2.0)
    w = weights(lam, interval, interval.nodes.reshape(-1))
    directions = np.linalg.svd((-lam[:, None] * w)[kept], full_matrices=False)[2]
    shares, functions, missed = module._factors(lam, interval, directions)
    off = np.abs(-lam[:, None] * w - shares @ functions)
    assert off[kept].max() < 1e-14
    assert off.max() > 1e-4
    assert np.all(off / np.maximum(w, 1.0) <= missed)
    assert np.all(missed <= 2.1 * (off / np.maximum(w, 1.0)).max(axis=0) + 1e-13)


def test_the_interval_leaves_out_few_points() -> None:
    lam = SPECTRA["wide, d 60"] / SPECTRA["wide, d 60"].max()
    interval = dual_interval(lam, 0.05)
    assert interval is not None
    low, high, typical = interval
    squares = np.random.default_rng(5).standard_normal((20000, 60)) ** 2
    shares = []
    for t, sign in ((low, 1.0), (high, -1.0)):
        weights = (1.0 - lam.min() * np.exp(-t)) / ((1.0 - lam) + (lam - lam.min()) * np.exp(-t))
        shares.append(np.mean(sign * (squares @ (lam * weights**2)) > 0.0))
    # at m = 0 the points beyond the low end are the errors themselves
    assert low == 0.0 or shares[0] <= 0.05
    assert shares[1] <= 0.05
    assert typical > 0.0


def test_chernoff_is_an_upper_bound() -> None:
    form = np.array([1.0, 0.5, -0.3, -1.0, -2.0])
    share = np.mean(np.random.default_rng(6).standard_normal((10**5, 5)) ** 2 @ form > 0.0)
    assert np.log(share) <= log_chernoff(form) < 0.0
    assert log_chernoff(-np.abs(form)) == -np.inf
    assert log_chernoff(np.abs(form)) == 0.0


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="coefficients"):
        bulk_plan([[1.0, -1.0]], boundary_is_error=False)
    with pytest.raises(InvalidArgumentError, match="coefficients"):
        bulk_plan([1.0, np.nan], boundary_is_error=False)


def test_no_angle_is_beyond_a_right_one_or_below_zero_however_the_series_is_rounded() -> None:
    low = np.array([-1e-9, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0 + 1e-9])
    found, width = _angles(low, np.maximum(low, 0.0) + 1e-12)
    np.testing.assert_allclose(found * 12.0 / np.pi, [0.0, 0.0, 2.0, 3.0, 4.0, 6.0, 6.0], rtol=1e-15)
    assert not np.any(width[[0, 1, -2, -1]] < 1.0)


@pytest.mark.parametrize("over", [1e-2, 1e-5, 1e-8])
def test_the_width_of_an_angle_is_a_bound_and_a_close_one(over: float) -> None:
    angle = np.array([1e-5, 1e-3, 0.3, 0.78, 0.79, 1.2, 1.5])
    found, width = _angles(np.sin(angle) ** 2, np.sin(angle * (1.0 + over)) ** 2)
    np.testing.assert_allclose(found, angle, rtol=1e-14)
    assert np.all(width >= over * angle * (1.0 - 1e-6))
    assert np.all(width <= over * angle * (1.0 + 20.0 * over + 1e-6))


# columns, points of 1500 handed to the safe solver, and the largest bound on the error of sin^2, as measured
MEASURED = {
    "alphas N(0.96, 0.11), d 500": (16, 1, 4.6e-13),
    "few positive, d 500": (14, 2, 1.6e-12),
    "gamma, d 500": (16, 4, 4.3e-13),
    "half errors, d 100": (16, 37, 1.2e-13),
    "wide, d 60": (18, 1, 3.8e-13),
    "d 10": (12, 12, 8.4e-14),
    "d 3": (5, 15, 9.8e-14),
    "d 2": (4, 11, 8.7e-14),
    "two values": (4, 23, 9.1e-14),
    "one positive": (4, 4, 5.7e-13),
    "spread over 1e6": (19, 2, 3.0e-13),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_the_fast_path_costs_few_columns_and_serves_nearly_all_points(name: str) -> None:
    columns, safe, error = MEASURED[name]
    plan = bulk_plan(SPECTRA[name], boundary_is_error=False)
    squares = np.random.default_rng(1).standard_normal((1500, SPECTRA[name].size)) ** 2
    found = bulk_nearest(plan, squares)
    assert abs(plan.columns - columns) <= 1
    assert np.count_nonzero(found.safe) <= 1.2 * safe + 2
    assert plan.largest == -SPECTRA[name].min() / SPECTRA[name].max()
    assert plan.matrix is not None
    np.testing.assert_array_equal(plan.matrix[:, -1], 1.0)
    np.testing.assert_allclose(plan.matrix[:, -2], SPECTRA[name] / SPECTRA[name].max(), rtol=1e-15)
    assert plan.pieces is not None
    assert np.all(plan.pieces.error > 6e-16)
    assert np.all(plan.pieces.error < 1.5 * error)


@pytest.mark.parametrize(("c", "fast"), [([1.0, -0.99e8], True), ([1.0, -1.01e8], False), ([1e-300, -1e-300], True)])
def test_there_is_a_fast_path_for_coefficients_that_are_not_too_far_apart(c: list[float], fast: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        sought = []
        patch.setattr(module, "dual_interval", sought.append)
        assert bulk_plan(c, boundary_is_error=False).columns == 0
    assert bool(sought) == fast


def test_projections_may_come_from_the_caller_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    c = SPECTRA["two values"]
    plan, squares = bulk_plan(c, boundary_is_error=False), np.random.default_rng(9).standard_normal((300, 50)) ** 2
    whole = bulk_nearest(plan, squares)
    given = bulk_nearest(plan, squares, projections=squares @ plan.matrix)
    monkeypatch.setattr(module, "_STEP_ROWS", 7)
    pieces = bulk_nearest(plan, squares)
    for other in (given, pieces):
        # up to the last digit: the end of a piece is computed by other instructions
        np.testing.assert_allclose(other.angle_lower, whole.angle_lower, rtol=1e-14)
        np.testing.assert_allclose(other.angle_upper, whole.angle_upper, rtol=1e-14)
        np.testing.assert_array_equal(other.is_error, whole.is_error)
        np.testing.assert_array_equal(other.safe, whole.safe)
