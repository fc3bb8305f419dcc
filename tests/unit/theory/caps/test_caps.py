"""Caps: closed forms, edges, shapes and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import (
    cap_log_measure,
    cap_log_measure_from_angle,
    cap_log_measure_from_log_sin,
    cap_measure,
    cap_of_measure,
)
from adversarial_spheres.theory.caps.tail import log_gamma_ratio

HEIGHTS = np.array([-1.0, -0.999, -0.5, -1e-8, 0.0, 1e-300, 1e-8, 0.3, 0.5, 0.9, 1.0 - 2.0**-53, 1.0])


def test_circle() -> None:
    assert np.allclose(cap_measure(HEIGHTS, 2), np.arccos(HEIGHTS) / np.pi, rtol=1e-14, atol=1e-16)


def test_ordinary_sphere() -> None:
    assert np.allclose(cap_measure(HEIGHTS, 3), (1.0 - HEIGHTS) / 2.0, rtol=1e-14, atol=0.0)


def test_sphere_of_dimension_four() -> None:
    phi = np.linspace(0.1, np.pi, 20)
    truth = (phi - np.sin(phi) * np.cos(phi)) / np.pi
    assert np.allclose(cap_log_measure_from_angle(phi, 4).probability, truth, rtol=1e-13)


@pytest.mark.parametrize("dim", [5, 40, 41, 500, 10_000])
def test_incomplete_beta_where_scipy_is_accurate(dim: int) -> None:
    z = np.linspace(0.1, 6.0, 30)
    h = z[z < np.sqrt(dim)] / np.sqrt(dim)
    truth = 0.5 * special.betainc((dim - 1) / 2, 0.5, 1.0 - h * h)
    assert np.allclose(cap_measure(h, dim), truth, rtol=2e-11)


@pytest.mark.parametrize("dim", [2, 3, 39, 40, 500, 10**9])
def test_edges(dim: int) -> None:
    edges = cap_log_measure([1.0, 0.0, -1.0], dim)
    assert edges.log.tolist() == [-np.inf, -np.log(2.0), 0.0]
    assert edges.log_complement.tolist() == [0.0, -np.log(2.0), -np.inf]
    cap = cap_of_measure([0.0, 0.5, 1.0], dim)
    assert cap.height.tolist() == [1.0, 0.0, -1.0]
    assert cap.angle.tolist() == [0.0, np.pi / 2, np.pi]
    assert cap.log_sin_angle.tolist() == [-np.inf, 0.0, -np.inf]
    assert cap_log_measure_from_log_sin(-np.inf, dim).log == -np.inf
    assert cap_log_measure_from_log_sin(0.0, dim).log == -np.log(2.0)
    assert cap_log_measure_from_angle(0.0, dim).log == -np.inf


def test_minus_zero_is_zero() -> None:
    assert cap_log_measure(-0.0, 7).log == -np.log(2.0)
    assert not np.signbit(cap_of_measure(0.5, 7).log_sin_angle)


def test_scalars_give_scalars_and_arrays_broadcast() -> None:
    assert isinstance(cap_measure(0.1, 5), np.float64)
    assert isinstance(cap_of_measure(0.1, 5).angle, np.float64)
    assert cap_measure([[0.1], [0.2]], [2, 3, 4]).shape == (2, 3)
    cap = cap_of_measure(LogProbability.from_log([[-1.0], [-2.0]]), [2, 3, 4])
    assert cap.height.shape == cap.angle.shape == cap.log_sin_angle.shape == cap.dim.shape == (2, 3)
    one_by_one = [
        [float(cap_of_measure(LogProbability.from_log(x), d).height) for d in (2, 3, 4)] for x in (-1.0, -2.0)
    ]
    assert np.allclose(cap.height, one_by_one, rtol=1e-14)


def test_empty_arrays() -> None:
    assert cap_measure([], 5).shape == (0,)
    assert cap_of_measure(np.zeros((0, 3)), [2, 3, 500]).height.shape == (0, 3)


def test_chunks_do_not_change_a_value() -> None:
    log_p = np.linspace(-1e4, -0.7, 10_001)
    whole = cap_of_measure(LogProbability.from_log(log_p), 50).height
    parts = cap_of_measure(LogProbability.from_log(log_p[5000:5010]), 50).height
    assert np.allclose(whole[5000:5010], parts, rtol=1e-14)


def test_complement_and_measure_of_a_cap() -> None:
    p = np.array([1e-300, 1e-3, 0.4, 0.6, 0.999])
    cap = cap_of_measure(p, 500)
    assert np.allclose(cap.log_measure.probability, p, rtol=1e-11)
    assert np.allclose(cap.complement.log_measure.log_complement, np.log(p), rtol=1e-13)
    assert np.allclose(cap.complement.angle + cap.angle, np.pi, rtol=1e-15)


def test_where_the_height_and_the_angle_have_run_out() -> None:
    tiny = cap_of_measure(LogProbability.from_log(-1e6), 1000)
    assert (tiny.height, tiny.angle) == (1.0, 0.0)
    assert tiny.log_sin_angle == pytest.approx(-1000.99, abs=0.02)
    # beyond the tested domain, still sound
    far = cap_of_measure(LogProbability.from_log(-1e300), 2)
    assert far.log_sin_angle == pytest.approx(-1e300, rel=1e-14)


def test_gamma_ratio_at_known_values() -> None:
    n = np.array([1.0, 2.0, 3.0, 4.0])
    truth = [1 / np.sqrt(np.pi), np.sqrt(np.pi) / 2, 2 / np.sqrt(np.pi), 3 * np.sqrt(np.pi) / 4]
    assert np.allclose(log_gamma_ratio(n), np.log(truth), atol=4e-15)
    m = np.arange(5.0, 200.0)  # G(n) G(n + 1) = n / 2
    assert np.allclose(log_gamma_ratio(m) + log_gamma_ratio(m + 1.0), np.log(m / 2.0), atol=8e-15)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: cap_measure(1.5, 3), "height"),
        (lambda: cap_measure(np.nan, 3), "height"),
        (lambda: cap_measure("a", 3), "height"),
        (lambda: cap_measure(0.5, 1), "dim"),
        (lambda: cap_measure(0.5, 2.5), "dim"),
        (lambda: cap_measure(0.5, 10**9 + 1), "dim"),
        (lambda: cap_log_measure_from_angle(-0.1, 3), "angle"),
        (lambda: cap_log_measure_from_angle(3.2, 3), "angle"),
        (lambda: cap_log_measure_from_log_sin(0.1, 3), "log_sin_angle"),
        (lambda: cap_of_measure(1.1, 3), "measure"),
        (lambda: cap_of_measure([0.1, -0.1], 3), "measure"),
    ],
)
def test_refusals_name_the_argument(call: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError, match=argument) as caught:
        call()  # type: ignore[operator]
    assert caught.value.argument == argument
