"""Products of many factors: single factors and moments against arbitrary precision, and what the told errors cover."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics import products
from adversarial_spheres.theory.basics.products import RootProduct

RNG = np.random.default_rng(5)
SPECTRA = {
    "normal": RNG.standard_normal((2, 60)) / 3.0,
    "all as large as the largest": np.repeat([[0.7, -0.7], [1.0, 1.0]], 30, axis=1),
    "few large ones": np.concatenate([[[3.0, -5.0], [1.0, 1.0]], RNG.uniform(-0.2, 0.1, (2, 50))], axis=1),
    "rows of all sizes": RNG.standard_normal((2, 40)) * np.array([[1e-150], [1.0]]) / 2.0,
    "zeros": np.array([[0.0, 0.0], [0.0, 0.5]]),
}


def exact(kappa: np.ndarray, t: complex) -> mp.mpc:
    """Sum of the logarithms of (1 - i t k)^(-1/2)."""
    return -mp.fsum(mp.log(1 - mp.mpc(0, 1) * mp.mpc(t) * mp.mpf(float(k))) for k in kappa) / 2


def nodes(kappa: np.ndarray, lean: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Points up to where a product of factors like these falls to exp(-36), at most."""
    last = np.minimum(12.0 / np.sqrt(np.maximum((kappa**2).sum(axis=1), 1e-300)), 1e160)[:, None]
    tau = last * np.linspace(0.0, 1.0, 7)
    return tau, lean * tau if lean else None


@pytest.mark.parametrize("lean", [0.0, 0.9, -0.9])
@pytest.mark.parametrize("name", SPECTRA)
def test_products_by_moments_are_within_their_told_errors(
    name: str, lean: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    kappa = SPECTRA[name]
    tau, eta = nodes(kappa, lean)
    monkeypatch.setattr(products, "_WORTH", 0)
    product = RootProduct.at(kappa, tau, eta, np.empty((4, 7 * kappa.size)))
    moved = np.broadcast_to(product.error, tau.shape) + 2.0 + 2.0 * product.logs
    moved = moved + 3.0 * np.abs(product.linear) * tau + 3.0 * np.abs(product.single).sum(axis=1)[:, None] * tau
    with mp.workdps(40):
        for (row, column), told in np.ndenumerate(moved):
            t = complex(tau[row, column], -eta[row, column] if eta is not None else 0.0)
            found = mp.mpc(float(product.log_size[row, column]), float(product.phase[row, column]))
            assert abs(mp.expm1(found - exact(kappa[row], t))) <= told * 2.0**-52
    assert np.all(product.error[:, :2] < 200.0)


def test_less_than_enough_moments_leave_out_what_they_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    kappa = SPECTRA["normal"]
    tau, _ = nodes(kappa, 0.0)
    monkeypatch.setattr(products, "_WORTH", 0)
    monkeypatch.setattr(products, "_TARGET", 12.0)
    product = RootProduct.at(kappa, tau, None, np.empty((4, 7 * kappa.size)))
    with mp.workdps(40):
        found = mp.mpc(float(product.log_size[0, 3]), float(product.phase[0, 3]))
        error = abs(mp.expm1(found - exact(kappa[0], tau[0, 3])))
    assert 1e-12 < error <= product.error[0, 3] * 2.0**-52 < 1e-2


@pytest.mark.parametrize("x", [1.0, -0.999, 0.7, 0.03, 1e-9])
def test_steps_that_turn_lose_no_more_than_is_proved(x: float) -> None:
    count = 40
    even, odd = (part[:, 0, 0] for part in products._moments(np.array([[x]]), count, np.empty((4, 1)))[:2])
    with mp.workdps(60):
        angle, u, lost = mp.asin(mp.mpf(x)), mp.mpf(2) ** -53, mp.mpf(0)
        for j in range(1, count + 1):
            turned = mp.mpf(j * (j**3 + 10 * j**2 + 20 * j - 19)) / 3
            bound = u * x**2 * (turned + 4 * j**2)
            assert abs(2 * j * mp.mpf(float(even[j - 1])) - 2 * mp.sin(j * angle) ** 2) <= bound
            lost += 2 * turned + 4 * j**2 * (j + 2)
            sine = mp.sin((2 * j + 1) * angle) - (2 * j + 1) * mp.mpf(x)
            assert abs((2 * j + 1) * mp.mpf(float(odd[j - 1])) - sine) <= u * abs(x) ** 3 * lost


def test_hardly_any_of_many_factors_are_taken_one_by_one() -> None:
    kappa = np.random.default_rng(2).standard_normal((8, 500)) / np.sqrt(250.0)
    tau = np.full((8, 1), 12.0) * np.linspace(0.0, 1.0, 14)
    many = RootProduct.at(kappa, tau, None, np.empty((4, kappa.size)))
    few = RootProduct.at(kappa[:1], tau[:1], None, np.empty((4, kappa.size)))
    assert many.single.shape[1] < 20
    assert few.single.shape[1] == 500
    np.testing.assert_allclose(many.log_size[:1, :8], few.log_size[:, :8], rtol=1e-13)
    np.testing.assert_allclose(many.phase[:1, :8], few.phase[:, :8], rtol=1e-12, atol=1e-14)
