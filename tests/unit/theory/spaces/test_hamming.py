"""Binary features: every subset of {0,1}^4, integers as the twin up to 10^4 features, ends and refusals."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from random import Random
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.reference import hamming as twin
from adversarial_spheres.theory.spaces.hamming import Hamming

FOUR = Hamming(4)
RANDOM = Random(4)
SIZES = [(dim, RANDOM.randint(1, 2**dim)) for dim in (1, 2, 3, 5, 7, 11, 20, 33, 41) for _ in range(6)]
LARGE = [(dim, int(2 ** (dim * RANDOM.random()))) for dim in (50, 64, 90) for _ in range(3)]


def rate_of(size: int, dim: int) -> LogProbability:
    """size / 2^dim, each side to rounding."""
    with mp.workdps(30 + dim):
        share = mp.mpf(size) / mp.mpf(2) ** dim
        rest = 1 - share
        return LogProbability(
            np.float64(mp.log(share)),
            np.float64(mp.log(rest)) if rest else np.float64("-inf"),  # type: ignore[arg-type]
        )


def subsets_of_the_cube() -> tuple[np.ndarray, np.ndarray]:
    """Number of points of every nonempty subset of {0,1}^4, and of its neighbourhoods, shape (5, 65535)."""
    subsets = np.arange(1, 2**16)
    within = np.empty((5, len(subsets)), dtype=np.int64)
    for t in range(5):
        union = np.zeros(len(subsets), dtype=np.int64)
        for a in range(16):
            ball = sum(1 << b for b in range(16) if (a ^ b).bit_count() <= t)
            union |= np.where((subsets >> a) & 1, ball, 0)
        within[t] = sum((union >> i) & 1 for i in range(16))
    return within[0], within


def test_no_subset_of_the_four_dimensional_cube_is_farther_and_one_of_each_size_is_as_far() -> None:
    sizes, within = subsets_of_the_cube()
    for size in range(1, 17):
        mine = within[:, sizes == size]
        bound = FOUR.neighbourhood(size / 16, np.arange(5)).probability * 16
        assert np.all(mine >= bound[:, None] - 1e-12)
        assert np.allclose(mine.min(axis=1), bound, rtol=0.0, atol=1e-12)
        means = np.sum(16 - mine, axis=0) / 16
        assert means.max() == pytest.approx(float(FOUR.mean_distance_bound(size / 16)), rel=1e-13, abs=1e-15)
        for level in range(1, 17):
            quantiles = np.argmax(mine >= level, axis=0)
            assert quantiles.max() == FOUR.quantile_distance_bound(level / 16, size / 16)


def test_control_a_bound_for_sets_of_one_point_fewer_is_not_attained() -> None:
    sizes, within = subsets_of_the_cube()
    gaps = 0
    for size in range(2, 16):
        fewer = FOUR.neighbourhood((size - 1) / 16, 1).probability * 16
        gaps += within[1, sizes == size].min() > fewer + 0.5
    assert gaps == 7


def test_control_a_mean_that_is_one_percent_smaller_is_broken_by_a_subset() -> None:
    sizes, within = subsets_of_the_cube()
    for size in range(1, 16):
        means = np.sum(16 - within[:, sizes == size], axis=0) / 16
        assert means.max() > 0.99 * FOUR.mean_distance_bound(size / 16)


@pytest.mark.parametrize(("dim", "size"), [*SIZES, *LARGE])
def test_it_agrees_with_integers(dim: int, size: int) -> None:
    space, rate = Hamming(dim), rate_of(size, dim)
    if dim > 41:  # sizes that doubles cannot tell apart: the bound lies between those of the neighbours
        low, high = (max(1, int(size * (1 - x * 1e-11))) for x in (1, -1))
    else:
        low = high = size
    mean = float(space.mean_distance_bound(rate))
    assert float(twin.mean_distance(high, dim)) * (1 - 1e-11) - 1e-300 <= mean
    assert mean <= float(twin.mean_distance(low, dim)) * (1 + 1e-11)
    for t in {1, 2, dim // 4, dim // 2}:
        found = space.neighbourhood(rate, t)
        for side in ("log", "log_complement"):
            ends = [getattr(rate_of(min(twin.widened(x, dim, t), 2**dim), dim), side) for x in (low, high)]
            least, most = sorted(map(float, ends))
            slack = 1e-11 * max(1.0, abs(least)) if np.isfinite(least) else 0.0
            assert least - slack <= getattr(found, side) <= most + slack or least == getattr(found, side)
    for level in (Fraction(1, 64), Fraction(1, 2), Fraction(15, 16)):
        exact = twin.quantile_distance(level, size, dim)
        assert space.quantile_distance_bound(float(level), rate) == exact


@pytest.mark.parametrize("dim", [1, 2, 9, 30])
def test_the_largest_error_rate_is_that_of_a_set(dim: int) -> None:
    space, random = Hamming(dim), Random(dim)
    for size in {1, 2, 2**dim - 1, *(random.randint(1, 2**dim - 1) for _ in range(4))}:
        if size < 2**dim:
            mean = float(twin.mean_distance(size, dim))
            found = space.max_error_rate(mean)
            assert float(found.log) == pytest.approx(float(rate_of(size, dim).log), rel=1e-13, abs=1e-13)
            more = space.max_error_rate(mean * (1.0 + 1e-9)) if size > 1 else found
            assert more.log <= found.log + 1e-13


@pytest.mark.parametrize("radius", [0, 1, 10, 4000, 4990, 5100])
def test_balls_of_ten_thousand_features(radius: int) -> None:
    """Balls are initial segments: their mean distance is a sum of binomial coefficients."""
    dim = 10_000
    cumulated = [comb(dim, 0)]
    for k in range(1, dim + 1):
        cumulated.append(cumulated[-1] + comb_step(k, dim, cumulated))
    rate = rate_from_integers(cumulated[radius], dim)
    space = Hamming(dim)
    with mp.workdps(50):
        total = sum(2**dim - cumulated[k] for k in range(radius, dim))
        mean = mp.mpf(total) / mp.mpf(2) ** dim
        assert abs(mp.mpf(float(space.mean_distance_bound(rate))) / mean - 1) <= 1e-10
        for t in (1, 40, 900):
            found = space.neighbourhood(rate, t)
            exact = mp.log(mp.mpf(cumulated[radius + t])) - dim * mp.log(2)
            assert abs(mp.mpf(float(found.log)) - exact) <= 1e-11 * max(1, abs(exact))


_BINOMIALS: dict[int, int] = {0: 1}


def comb_step(k: int, dim: int, _: Any) -> int:
    """C(dim, k) from C(dim, k - 1)."""
    if k not in _BINOMIALS:
        _BINOMIALS[k] = _BINOMIALS[k - 1] * (dim - k + 1) // k
    return _BINOMIALS[k]


def rate_from_integers(size: int, dim: int) -> LogProbability:
    with mp.workdps(40):
        log = mp.log(mp.mpf(size)) - dim * mp.log(2)
        rest = mp.log(mp.mpf(2**dim - size)) - dim * mp.log(2)
        return LogProbability(np.float64(log), np.float64(rest))  # type: ignore[arg-type]


def test_rates_between_two_sizes_are_those_of_the_greater() -> None:
    for rate, size in ((0.51 / 16, 1), (1.01 / 16, 2), (4.5 / 16, 5), (15.5 / 16, 16), (1e-300, 1)):
        assert FOUR.mean_distance_bound(rate) == pytest.approx(float(FOUR.mean_distance_bound(size / 16)), rel=1e-14)
    tiny = LogProbability.from_log(-1e6)
    assert Hamming(784).mean_distance_bound(tiny) == pytest.approx(392.0, rel=1e-13)
    assert Hamming(784).mean_distance_bound(LogProbability.from_log_complement(-1e6)) == 0.0


def test_distances_between_integers_are_those_below() -> None:
    assert FOUR.neighbourhood(1 / 16, 1.99).log == FOUR.neighbourhood(1 / 16, 1).log
    assert FOUR.max_robust_accuracy(1 / 16, 0.5).probability == pytest.approx(15 / 16)


def test_the_ends() -> None:
    assert FOUR.mean_distance_bound([0.0, 1.0]).tolist() == [np.inf, 0.0]
    assert FOUR.log_mean_distance_bound(1.0) == -np.inf
    levels, rates = [0.0, 1.0, 0.5, 0.5, 1.0], [0.5, 0.5, 0.0, 1.0, 1 / 16]
    assert FOUR.quantile_distance_bound(levels, rates).tolist() == [0.0, 2.0, np.inf, 0.0, 4.0]
    law = FOUR.neighbourhood([0.0, 1.0, 0.5, 1 / 16], [np.inf, 1.0, np.inf, 4.0])
    assert law.probability.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert FOUR.max_error_rate([0.0, 2.0]).probability.round(12).tolist() == [1.0, 1 / 16]
    assert (FOUR.concentration, FOUR.largest_distance, FOUR.sharp) == (1.0, 4.0, True)


@pytest.mark.parametrize("dim", [0, 10_001, 2.5, [3, 4], "3", np.nan])
def test_what_is_no_hamming_space(dim: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="dim must be"):
        Hamming(dim)


def test_impossible_arguments() -> None:
    with pytest.raises(
        InvalidArgumentError, match="mean_distance must be at most 2, the mean distance to a single point"
    ):
        FOUR.max_error_rate(2.1)
    with pytest.raises(InvalidArgumentError, match="mean_distance must be"):
        FOUR.max_error_rate(-1.0)
    with pytest.raises(InvalidArgumentError, match="error_rate must be"):
        FOUR.mean_distance_bound(1.1)
    with pytest.raises(InvalidArgumentError, match="distance must be"):
        FOUR.neighbourhood(0.1, -1.0)
    with pytest.raises(InvalidArgumentError, match="quantile must be"):
        FOUR.quantile_distance_bound(-0.1, 0.1)
