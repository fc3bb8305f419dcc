"""Bounds in Gaussian space: half-spaces in arbitrary precision, the ends of all ranges, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.reference import gaussian as twin
from adversarial_spheres.theory.reference.caps import LogPair
from adversarial_spheres.theory.spaces.gaussian import Gaussian

UNIT = Gaussian(784)
LOGS = [-1e6, -1e5, -1000.0, -700.0, -50.0, -10.0, -2.0, -1.0, -0.7, -np.log(2.0)]
SIDES = ["from_log", "from_log_complement"]


def both(side: str, log: float) -> tuple[LogProbability, LogPair]:
    with mp.workdps(80):
        return getattr(LogProbability, side)(log), getattr(LogPair, side)(mp.mpf(log), digits=60)


def apart(found: Any, exact: Any) -> float:
    """Difference from the twin's value, relative where that is above 1."""
    if mp.isinf(exact):
        return 0.0 if float(found) == float(exact) else float("inf")
    return float(abs(mp.mpf(float(found)) - exact) / max(1, abs(exact)))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("log", LOGS)
def test_half_spaces_attain_the_bounds(side: str, log: float) -> None:
    rate, pair = both(side, log)
    mean = twin.mean_distance(pair, digits=30)
    with mp.workdps(40):
        assert apart(UNIT.log_mean_distance_bound(rate), mp.log(mean)) <= 1e-13
    for level in (0.01, 0.5, 0.9):
        with mp.workdps(60):
            quantile = LogPair.from_log(mp.log(mp.mpf(level)), digits=60)
        exact = twin.quantile_distance(quantile, pair, digits=30)
        assert apart(UNIT.quantile_distance_bound(level, rate), exact) <= 1e-13
    for distance in (0.0, 1e-3, 1.0, 30.0, 1500.0):
        exact_law = twin.neighbourhood(pair, distance, digits=30)
        found = UNIT.neighbourhood(rate, distance)
        assert apart(found.log, exact_law.log) <= 1e-13
        assert apart(found.log_complement, exact_law.log_complement) <= 1e-13


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("log", LOGS)
def test_the_largest_error_rate_inverts_the_mean(side: str, log: float) -> None:
    rate = both(side, log)[0]
    mean = UNIT.mean_distance_bound(rate)
    if mean > 0.0:
        again = UNIT.max_error_rate(mean)
        assert UNIT.log_mean_distance_bound(again) == pytest.approx(UNIT.log_mean_distance_bound(rate), abs=1e-13)


def test_the_ends() -> None:
    assert UNIT.mean_distance_bound([0.0, 1.0]).tolist() == [np.inf, 0.0]
    levels, rates = [0.0, 1.0, 0.5, 0.5], [0.5, 0.5, 0.0, 1.0]
    assert UNIT.quantile_distance_bound(levels, rates).tolist() == [0.0, np.inf, np.inf, 0.0]
    law = UNIT.neighbourhood([0.0, 1.0, 0.5], [np.inf, 1.0, np.inf])
    assert law.probability.tolist() == [0.0, 1.0, 1.0]
    assert UNIT.max_error_rate(0.0).log_complement == -np.inf
    # Among the smallest and largest distances there is neither an underflow nor an overflow.
    tiny, huge = UNIT.max_error_rate([5e-324, 1e149])[0], UNIT.max_error_rate(1e149)
    assert -1000.0 < tiny.log_complement < -700.0
    assert huge.log == pytest.approx(-0.5e298, rel=1e-12)


def test_norms_scale_the_bounds() -> None:
    for norm, factor in ((1.0, 28.0), (1.5, 784.0 ** (1.0 / 6.0)), (2.0, 1.0), (7.0, 1.0), (np.inf, 1.0)):
        space = Gaussian(784, 0.1, norm=norm)
        assert space.scale == pytest.approx(0.1 * factor, rel=1e-15)
        assert space.mean_distance_bound(1e-3) == pytest.approx(space.scale * UNIT.mean_distance_bound(1e-3), rel=1e-14)
    assert Gaussian(784, 0.1).concentration == pytest.approx(0.01)
    assert UNIT.largest_distance == np.inf


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dim": 0}, "dim must be"),
        ({"dim": [3, 4]}, "dim must be"),
        ({"dim": 3, "sigma": 0.0}, "sigma must be"),
        ({"dim": 3, "sigma": np.inf}, "sigma must be"),
        ({"dim": 3, "norm": 0.5}, "norm must be"),
        ({"dim": 3, "norm": np.nan}, "norm must be"),
    ],
)
def test_what_is_no_gaussian_space(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        Gaussian(**arguments)


def test_impossible_arguments() -> None:
    with pytest.raises(InvalidArgumentError, match="mean_distance must be"):
        UNIT.max_error_rate(-1.0)
    with pytest.raises(InvalidArgumentError, match="mean_distance must be at most"):
        UNIT.max_error_rate(1e151)
    with pytest.raises(InvalidArgumentError, match="error_rate must be"):
        UNIT.mean_distance_bound(1.1)
    with pytest.raises(InvalidArgumentError, match="distance must be"):
        UNIT.neighbourhood(0.1, -1.0)
    with pytest.raises(InvalidArgumentError, match="epsilon must be"):
        UNIT.max_robust_accuracy(0.1, -1.0)
