"""The scalar equation of nearest errors: scaled forms, brackets, Newton's steps, hard cases."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.nearest import secular as module
from adversarial_spheres.theory.nearest.secular import Bracket, SplitForm, evaluate, solve

ULP = 2.0**-52


def cases(offset: int) -> list[tuple[SplitForm, np.ndarray, np.ndarray]]:
    rng, found = np.random.default_rng(7 + offset), []
    for dim in (2, 3, 8):
        for spread in (1.0, 30.0):
            c = rng.standard_normal(dim)
            c[0], c[1] = (1.5, -1.0) if offset >= 0 else (-0.5, -1.0)
            c[2:] *= rng.choice([1.0, 1.0 / spread], dim - 2)
            c = -np.abs(c) if offset < 0 and spread > 1.0 else c
            z = rng.standard_normal((30, dim)) * 10.0 ** rng.uniform(-2.0, 1.0, (30, 1))
            form = SplitForm.of(c)
            positive_sq, rest_sq = form.split_squares(z)
            correct = positive_sq @ form.positive - rest_sq @ form.rest < offset
            found.append((form, positive_sq[correct], rest_sq[correct]))
    assert sum(len(rest) for _, _, rest in found) > 40
    return found


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_first_bracket_holds_the_root(offset: int) -> None:
    for form, positive_sq, rest_sq in cases(offset):
        bracket = module._first_bracket(form, positive_sq, rest_sq, offset)
        found = solve(form, positive_sq, rest_sq, offset)
        m, w = found.multiplier, found.complement
        assert np.all(bracket.low_m <= m)
        assert np.all(m <= bracket.high_m)
        assert np.all(bracket.low_w >= w)
        assert np.all(w >= bracket.high_w)
        if form.bounded:
            np.testing.assert_array_equal(bracket.low_m + bracket.low_w, 1.0)
            np.testing.assert_array_equal(bracket.high_m + bracket.high_w, 1.0)
        else:
            # t/(1 + m t)^2 is at most 1/(4 m)
            np.testing.assert_allclose(bracket.high_m, rest_sq.sum(axis=1) / 4.0, rtol=1.1e-9)
            np.testing.assert_array_equal(bracket.low_w, 1.0)
        # the sums at the root: P - N is the level
        sums = found.sums
        size = sums.form_p + sums.form_n + 1.0
        assert np.all(np.abs(sums.form_p - sums.form_n - offset) <= 1e-5 * size)


def test_the_lower_end_is_the_root_itself_where_each_part_has_one_term() -> None:
    # sqrt(P)/(1 - m) = sqrt(N)/(1 + m L) is linear
    for largest in (0.5, 1.0, 40.0):
        form = SplitForm.of(np.array([2.0, -2.0 * largest]))
        positive_sq, rest_sq = np.array([[0.01], [0.2]]), np.array([[0.9], [2.0]])
        k = np.sqrt(largest * rest_sq[:, 0] / positive_sq[:, 0])
        root = (k - 1.0) / (largest + k)
        bracket = module._first_bracket(form, positive_sq, rest_sq, 0)
        np.testing.assert_allclose(bracket.low_m, (1.0 - 1e-9) * root, rtol=1e-13)
        np.testing.assert_allclose(solve(form, positive_sq, rest_sq, 0).multiplier, root, rtol=1e-13)


def test_the_upper_end_bounds_each_term_by_the_whole() -> None:
    form = SplitForm.of(np.array([1.0, 0.5, -1.0]))
    positive_sq, rest_sq = np.array([[0.04, 0.02]]), np.array([[0.9]])
    bracket = module._first_bracket(form, positive_sq, rest_sq, 0)
    # l z^2/D^2 <= N(0), D = w + m (1 - l)
    single = [np.sqrt(0.04 / 0.9), (np.sqrt(0.01 / 0.9) - 0.5) / 0.5]
    np.testing.assert_allclose(bracket.high_w, max(single), rtol=2e-9)
    assert bracket.high_w <= max(single)
    # where the term of the smaller coefficient says more
    bracket = module._first_bracket(form, np.array([[1e-6, 0.5]]), rest_sq, 0)
    second = (np.sqrt(0.25 / 0.9) - 0.5) / 0.5
    assert second > np.sqrt(1e-6 / 0.9)
    np.testing.assert_allclose(bracket.high_w, second, rtol=2e-8)
    assert bracket.high_w <= second


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_few_steps_are_needed(offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    real = module._Secular.step

    def counted(equation: module._Secular, m: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        steps.append(1)
        return real(equation, m, w)

    monkeypatch.setattr(module._Secular, "step", counted)
    most = 0
    for form, positive_sq, rest_sq in cases(offset):
        steps.clear()
        solve(form, positive_sq, rest_sq, offset)
        most = max(most, len(steps))
    assert most <= 8  # measured: 7


def test_a_bracket_is_collapsed_when_both_of_its_sides_are() -> None:
    one, close, far = 0.75, 0.75 * (1.0 + 2.0 * ULP), 0.75 * (1.0 + 9.0 * ULP)
    cases = [(one, 0.25, one, 0.25), (one, 0.25, close, 0.25), (one, 0.25, far, 0.25), (one, 0.25, one, 0.2)]
    bracket = Bracket(*(np.array(part) for part in zip(*cases, strict=True)))
    assert bracket.collapsed().tolist() == [True, True, False, False]


def test_the_middle_has_the_geometric_mean_of_the_odds() -> None:
    bracket = Bracket(np.array([0.2, 0.0, 0.5]), np.array([0.8, 1.0, 0.5]), np.array([0.8, 0.5, 1.0]), np.zeros(3))
    bracket.high_w = np.array([0.2, 0.5, 0.0])
    m, w = bracket.middle(np.array([True, True, True]), True)
    np.testing.assert_allclose(m + w, 1.0, rtol=1e-15)
    # odds 1/4 and 4; 0 and 1: a tenth; 1 and infinity: ten times
    np.testing.assert_allclose(m / w, [1.0, 0.1, 10.0], rtol=1e-14)
    unbounded = Bracket(np.array([2.0, 0.0]), np.ones(2), np.array([8.0, 100.0]), np.ones(2))
    m, w = unbounded.middle(np.array([True, True]), False)
    np.testing.assert_allclose(m, [4.0, 10.0], rtol=1e-14)
    np.testing.assert_array_equal(w, 1.0)


def test_ends_of_a_bracket_belong_to_it_and_the_pole_does_not() -> None:
    bracket = Bracket(np.full(6, 0.25), np.full(6, 0.75), np.full(6, 0.75), np.full(6, 0.25))
    m = np.array([0.25, 0.75, 0.5, 0.2, 0.8, 0.5])
    w = np.array([0.75, 0.25, 0.5, 0.8, 0.2, 0.9])
    assert bracket.contains(m, w).tolist() == [True, True, True, False, False, False]
    pole = Bracket(np.zeros(1), np.ones(1), np.ones(1), np.zeros(1))
    assert not pole.contains(np.ones(1), np.zeros(1))[0]


def test_all_sums_at_a_multiplier() -> None:
    c = np.array([1.0, 0.5, 0.0, -0.25, -4.0])
    z, m = np.array([0.3, -1.0, 0.7, 2.0, 0.1]), 0.625
    form = SplitForm.of(c)
    sums = evaluate(form, *form.split_squares(z[None, :]), np.array([m]), np.array([1.0 - m]))
    d, size = 1.0 - m * c, np.abs(c)
    powers = {"dot": (0, 1), "lagrange": (1, 1), "norm": (0, 2), "form": (1, 2), "moved": (2, 2), "slope": (2, 3)}
    for name, (of_size, of_divisor) in powers.items():
        terms = size**of_size * z**2 / d**of_divisor
        assert getattr(sums, f"{name}_p")[0] == pytest.approx(terms[:2].sum(), rel=1e-14, abs=0.0)
        assert getattr(sums, f"{name}_n")[0] == pytest.approx(terms[2:].sum(), rel=1e-14, abs=0.0)


def test_hard_cases_are_those_without_a_top_component_whose_root_is_the_pole() -> None:
    form = SplitForm.of(np.array([1.0, 0.5, -1.0]))
    # at m = 1: P = 0.5 y^2/0.25, N = x^2/4
    points = np.array([[0.0, 0.1, 1.0], [0.0, 0.4, 1.0], [1e-9, 0.1, 1.0], [0.0, 0.0, 1.0]])
    hard = module._hard_cases(form, *form.split_squares(points), 0)
    assert hard.tolist() == [True, False, False, True]
    found = solve(form, *form.split_squares(points), 0)
    assert found.multiplier[[0, 3]].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(found.added_square, [0.25 - 0.02, 0.0, 0.0, 0.25], rtol=1e-14)
    assert not module._hard_cases(SplitForm.of(np.array([-1.0, -2.0])), np.empty((1, 0)), np.ones((1, 2)), -1).any()


def test_scaled_forms_leave_out_what_is_negligible() -> None:
    form = SplitForm.of(np.array([2.0, 1e-101, -1e-101, -3e101, 0.0, 2e-99]))
    assert form.scale == 2.0
    assert form.positive_at.tolist() == [0, 5]
    assert form.positive.tolist() == [1.0, 1e-99]
    assert form.rest.tolist() == [0.0, 5e-102, 1e100, 0.0]
    assert form.top.tolist() == [True, False]
    positive_sq, rest_sq = form.split_squares(np.array([[1e-101, 3.0, 1e-99, 1.0, 2.0, -2.0]]))
    assert positive_sq.tolist() == [[0.0, 4.0]]
    np.testing.assert_allclose(rest_sq, [[9.0, 1e-198, 1.0, 4.0]], rtol=1e-14)
    assert SplitForm.of(np.array([-4.0, -1.0])).scale == 4.0
