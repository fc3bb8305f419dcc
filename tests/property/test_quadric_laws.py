"""Laws of the nearest point of a quadratic function, and of how often it is positive, for functions nobody designed."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.nearest.quadric import nearest_positive_point
from adversarial_spheres.theory.quadratic.function import QuadraticFunction

NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5]),
    st.floats(-3.0, 3.0).map(lambda x: round(x, 6)),
    st.builds(lambda s, e: s * 10.0**e, st.sampled_from([-1.0, 1.0]), st.integers(-9, 1)),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[QuadraticFunction, np.ndarray, np.random.Generator]:
    dim = draw(st.integers(2, 5))
    rows = [np.array(draw(st.lists(NUMBERS, min_size=dim, max_size=dim))) for _ in range(3)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    function = QuadraticFunction(rows[0], rows[1], draw(NUMBERS))
    if draw(st.booleans()):
        function = function.image(np.linalg.qr(rng.standard_normal((dim, dim)))[0])
    return function, rows[2], rng


@settings(max_examples=60)
@given(cases())
def test_no_point_nearer_than_the_lower_bound_is_positive_and_the_upper_one_is_attained(case) -> None:
    function, z, rng = case
    try:
        found = nearest_positive_point(z, function, return_points=True)
    except AccuracyError as error:
        found = error.best_estimate
    directions = rng.standard_normal((300, len(z)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    reach = min(float(found.distance_lower), 1e3) * rng.random((300, 1)) ** 0.2
    inside = z + reach * directions
    if found.distance_lower > 0.0:
        assert np.all(function.values(inside) <= 1e-12 * (1.0 + np.sum(inside**2, axis=1)))
    if np.isfinite(found.distance_upper):
        assert function.values(found.points) >= -1e-12 * (1.0 + found.points @ found.points)
        assert abs(np.linalg.norm(found.points - z) - found.distance_upper) <= 1e-8 * (1.0 + found.distance_upper)


@settings(max_examples=40)
@given(cases(), st.floats(0.01, 100.0))
def test_distances_know_neither_place_nor_turn_nor_unit(case, unit) -> None:
    function, z, rng = case
    turn, move = np.linalg.qr(rng.standard_normal((len(z), len(z))))[0], rng.standard_normal(len(z))
    try:
        here = nearest_positive_point(z, function)
        there = nearest_positive_point(turn.T @ (z - move), function.at(move).image(turn))
        larger = nearest_positive_point(unit * z, function.image(1.0 / unit).times(7.0))
    except AccuracyError:
        assume(False)
    for other, scale in ((there, 1.0), (larger, unit)):
        assert here.distance_lower * scale <= other.distance_upper * (1.0 + 1e-12) + 1e-12
        assert other.distance_lower <= here.distance_upper * scale * (1.0 + 1e-12) + 1e-12


@settings(max_examples=6)
@given(cases())
def test_the_two_sides_are_complements_and_more_is_more(case) -> None:
    function, _, _ = case
    raised = QuadraticFunction(function.matrix, function.linear, function.constant + 0.1, function.sizes)
    try:
        tail, other, more = function.positive, function.times(-1.0).positive, raised.positive
    except AccuracyError:
        assume(False)
    error = tail.log_error + other.log_error
    for one, two in ((tail.probability.log, other.probability.log_complement),):
        assert one == two or abs(one - two) <= error
    assert more.probability.log >= tail.probability.log - more.log_error - tail.log_error
