"""A classifier near many data points: shapes, seeds, limits that hold, and what is refused."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.attacked import measure_problem
from adversarial_spheres.numerics.distances.centres import centre_distance_bound, half_space_distance
from adversarial_spheres.numerics.distances.data_sets import measure_data_set
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere

CENTRES = np.array([[1.0, 0.0, 0.0], [0.0, 0.7, 0.0], [0.3, 0.2, 0.0], [0.0, 0.0, 2.0]])
LABELS = [0, 1, 1, 2]
FAST = AttackSettings(steps=5, restarts=0, most_restarts=0)


def scores(points: Any) -> Any:
    """Three classes: the largest coordinate."""
    return points


def measured(**changed: Any) -> Any:
    given = {"noise": [0.4, 0.8], "samples": 20, "seed": 0, "settings": FAST, "counted_samples": 3000}
    return measure_data_set(scores, CENTRES, LABELS, **(given | changed))


@pytest.fixture(scope="module")
def found() -> Any:
    return measured()


def test_each_point_has_its_own_error_rate_and_distances(found: Any) -> None:
    names = ("errors", "error_rate_low", "error_rate_high", "mean_distance", "centre_distance", "failed", "bound")
    assert {getattr(found, name).shape for name in names} == {(2, 4)}
    assert found.wrong_at_centre.tolist() == [False, False, True, False]
    assert np.all((found.error_rate_low <= found.error_rate) & (found.error_rate <= found.error_rate_high))
    assert found.error_rate[0, 0] < found.error_rate[1, 0] < 0.35
    assert np.all(found.error_rate[:, 2] > 0.5)
    # The nearest error of the first point is where its coordinate is as large as another.
    assert np.all((found.centre_distance[:, 0] >= np.sqrt(0.5)) & (found.centre_distance[:, 0] < 1.2))
    assert found.centre_distance[0, 2] == 0.0


def test_one_data_point_is_a_problem_with_a_seed_of_its_own(found: Any) -> None:
    alone = measure_data_set(
        scores, CENTRES[:1], LABELS[:1], noise=0.4, samples=20, seed=0, settings=FAST, counted_samples=3000
    )
    assert alone.errors[0, 0] == found.errors[0, 0]
    assert alone.mean_distance[0, 0] == found.mean_distance[0, 0]
    twice = measure_data_set(
        scores, CENTRES[[0, 0]], [0, 0], noise=0.4, samples=20, seed=0, settings=FAST, counted_samples=3000
    )
    assert twice.mean_distance[0, 0] != twice.mean_distance[0, 1]


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_change_no_number(found: Any, workers: int) -> None:
    assert measured(workers=workers) == found
    assert measured(workers=workers, seed=1) != found


def test_the_bound_is_averaged_over_the_points_and_never_taken_at_the_mean_rate(found: Any) -> None:
    for k, space in enumerate(found.spaces):
        each = [float(space.mean_distance_bound(low)) for low in found.error_rate_low[k]]
        assert found.mean_bound[k] == pytest.approx(np.mean(each))
        assert found.mean_bound[k] > float(space.mean_distance_bound(found.error_rate_low[k].mean()))
        # The negative control: the true mean distance is above the bound at the mean error rate.
        assert found.mean_distance[k].mean() < found.mean_bound[k]
    far = np.diag([3.0, 0.1])
    two = measure_data_set(scores, far, [0, 1], noise=1.0, samples=200, seed=0, counted_samples=20_000, settings=FAST)
    truth = np.mean([float(two.spaces[0].mean_distance_bound(norm.sf(a / np.sqrt(2.0)))) for a in (3.0, 0.1)])
    assert truth < two.mean_bound[0]
    assert truth > float(two.spaces[0].mean_distance_bound(two.error_rate.mean()))


def test_the_mean_over_the_data_set_has_a_limit_by_the_attack(found: Any) -> None:
    means = found.mean_distance.mean(axis=1)
    assert np.all((means < found.mean_high) & (found.mean_high < means + 0.4))


def test_limits_hold_together_and_are_wider_than_alone(found: Any) -> None:
    problem = around(scores, CENTRES[0], label=0, noise=0.4)
    alone = measure_problem(problem, samples=20, seed=0, counted_samples=3000, settings=FAST).counted.interval
    assert found.error_rate_high[0, 0] - found.error_rate_low[0, 0] > alone.high - alone.low


def test_spheres_of_several_radii() -> None:
    on = measured(noise=None, radius=[0.5, 2.0])
    assert [space.radius for space in on.spaces] == [0.5, 2.0]
    assert np.isinf(on.bound[0, 0])  # no error is within 0.5 of the first point
    assert np.isnan(on.share[0, 0])
    assert on.mean_bound[0] == np.inf
    assert 0.3 < on.share[1, 0] < 1.0


def test_nothing_limits_the_distance_where_no_error_is_known() -> None:
    """No point of the sphere of radius 0.5 about the first data point is an error: its diameter limits nothing."""
    on = measured(noise=None, radius=[0.5, 2.0])
    assert on.errors[0, 0] == 0
    assert on.failed[0, 0] == 20
    assert on.mean_distance[0, 0] == np.inf
    assert on.mean_high[0] == np.inf
    assert np.isfinite(on.mean_high[1])


def test_progress_counts_data_points() -> None:
    seen: list[tuple[int, int]] = []
    measured(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "labels too few": ({"labels": [0]}, "labels"),
    "a label that the scores lack": ({"labels": [0, 1, 1, 3]}, "labels"),
    "a single centre": ({"centres": CENTRES[0], "labels": LABELS[:3]}, "centres"),
    "no centre": ({"centres": CENTRES[:0], "labels": []}, "centres"),
    "a NaN image": ({"centres": np.where(CENTRES == 2.0, np.nan, CENTRES)}, "centres"),
    "centres of another size": ({"shape": (2, 2)}, "centre"),
    "noise 0 among others": ({"noise": [0.3, 0.0]}, "noise"),
    "negative noise": ({"noise": -0.3}, "noise"),
    "no noise": ({"noise": []}, "noise"),
    "noise with a radius": ({"radius": 1.0}, "radius"),
    "neither": ({"noise": None}, "radius"),
    "radius 0": ({"noise": None, "radius": 0.0}, "radius"),
    "confidence 1": ({"confidence": 1.0}, "confidence"),
    "no samples": ({"samples": 0}, "samples"),
    "no workers": ({"workers": 0}, "workers"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name(name: str) -> None:
    changed, argument = BAD[name]
    given: dict[str, Any] = {"centres": CENTRES, "labels": LABELS, "noise": 0.3, "samples": 2, "seed": 0} | changed
    with pytest.raises(InvalidArgumentError) as caught:
        measure_data_set(scores, **given)
    assert caught.value.argument == argument


@pytest.mark.parametrize("mu", [1e-300, 1e-12, 1e-3, 0.3, 0.999])
@pytest.mark.parametrize("dim", [1, 2, 64, 784])
def test_a_ball_attains_the_bound_of_the_centre(dim: int, mu: float) -> None:
    with mpmath.workdps(40):
        found = mpmath.mpf(float(centre_distance_bound(Gaussian(dim, 1.0), mu)))
        outside = mpmath.gammainc(mpmath.mpf(dim) / 2, found**2 / 2, regularized=True)
        slope = abs(mpmath.diff(lambda t: mpmath.gammainc(mpmath.mpf(dim) / 2, t**2 / 2, regularized=True), found))
        assert abs(outside - mpmath.mpf(mu)) / slope < 1e-10 * found


@pytest.mark.parametrize("space", [Gaussian(64, 0.5), Sphere(64, 4.0)])
def test_errors_in_a_half_space_are_where_the_estimate_says(space: Any) -> None:
    rates = np.array([0.0, 1e-30, 1e-3, 0.4, 0.6, 1.0])
    found = half_space_distance(space, rates)
    assert found[0] == np.inf
    assert found[-2:].tolist() == [0.0, 0.0]
    assert np.all(np.diff(found[1:]) <= 0.0)
    assert np.all(found <= centre_distance_bound(space, rates))
    if isinstance(space, Gaussian):
        np.testing.assert_allclose(norm.sf(found[1:4] / 0.5), rates[1:4], rtol=1e-10)
    else:
        from adversarial_spheres import cap_measure

        np.testing.assert_allclose(np.asarray(cap_measure(found[1:4] / 4.0, 64)), rates[1:4], rtol=1e-9)


@pytest.mark.parametrize("function", [half_space_distance, centre_distance_bound])
def test_other_spaces_and_norms_are_refused(function: Any) -> None:
    for space in (Gaussian(4, 1.0, norm=1.0), "gaussian"):
        with pytest.raises(InvalidArgumentError, match="space"):
            function(space, 0.1)
    with pytest.raises(InvalidArgumentError, match="error_rate"):
        function(Gaussian(4), 1.5)
