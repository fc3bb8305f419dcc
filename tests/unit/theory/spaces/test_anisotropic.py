"""Any covariance: half-spaces attain the bounds in l_2 and in l_p, the constants in arbitrary precision, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy import special

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.reference import gaussian as twin
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.gaussian import Gaussian

NORMS = (1.0, 1.2, 1.5, 1.9, 2.0, 3.0, np.inf)
RATES = (1e-300, 1e-12, 0.01, 0.5, 0.99)


def covariance(dim: int, seed: int) -> FloatArray:
    factor = np.random.default_rng(seed).standard_normal((dim, dim))
    return factor @ factor.T


def variances(dim: int, seed: int) -> FloatArray:
    return np.random.default_rng(seed).exponential(size=dim)


def farthest(space: AnisotropicGaussian) -> FloatArray:
    """Normal vector of the half-space that is farthest in the norm of the space."""
    s, p = np.asarray(space.covariance), space.norm
    if s.ndim == 2 and p == 2.0:
        return np.asarray(np.linalg.eigh(s)[1][:, -1])
    diagonal = np.diag(s) if s.ndim == 2 else s
    if p >= 2.0:
        return np.eye(len(s))[np.argmax(diagonal)]
    # Equality in Hölder's inequality: w_i^q proportional to v_i^(p / (2 - p)).
    return np.asarray(diagonal ** ((p - 1.0) / (2.0 - p)) if p > 1.0 else np.ones(len(s)))


def deviation(space: AnisotropicGaussian, w: FloatArray) -> float:
    """Standard deviation of the signed distance to a half-space with this normal vector."""
    s, p = np.asarray(space.covariance), space.norm
    dual = np.inf if p == 1.0 else 1.0 if p == np.inf else p / (p - 1.0)
    variance = w @ (s if s.ndim == 2 else np.diag(s)) @ w
    return float(np.sqrt(variance) / np.linalg.norm(w, ord=dual))


SPACES = [
    *(AnisotropicGaussian(covariance(dim, dim), norm) for dim in (1, 2, 7, 40) for norm in (2.0, np.inf)),
    *(AnisotropicGaussian(variances(dim, dim), norm) for dim in (1, 2, 7, 40) for norm in NORMS),
]
NAMES = [f"{space.covariance.shape}-{space.norm}" for space in SPACES]


@pytest.mark.parametrize("space", SPACES, ids=NAMES)
def test_a_half_space_attains_the_bounds(space: AnisotropicGaussian) -> None:
    scale = deviation(space, farthest(space))
    for rate in RATES:
        z = -float(special.ndtri(rate))
        mean = scale * float(Gaussian(1).mean_distance_bound(rate))
        assert float(space.mean_distance_bound(rate)) == pytest.approx(mean, rel=1e-12)
        median = scale * max(z, 0.0)
        assert float(space.quantile_distance_bound(0.5, rate)) == pytest.approx(median, rel=1e-12, abs=1e-12)
        within = special.log_ndtr(1.0 / scale - z)
        assert float(space.neighbourhood(rate, 1.0).log) == pytest.approx(float(within), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("space", SPACES, ids=NAMES)
def test_no_other_half_space_is_farther(space: AnisotropicGaussian) -> None:
    rng = np.random.default_rng(1)
    directions = rng.standard_normal((300, space.dim)) * rng.exponential(size=(300, space.dim)) ** 3
    near = farthest(space) * (1.0 + 0.01 * rng.standard_normal((300, space.dim)))
    assert max(deviation(space, w) for w in (*directions, *near)) <= space.scale * (1.0 + 1e-12)


@pytest.mark.parametrize("space", SPACES, ids=NAMES)
def test_control_a_scale_that_is_one_percent_smaller_is_broken(space: AnisotropicGaussian) -> None:
    assert deviation(space, farthest(space)) > 0.99 * space.scale


def test_the_constants_in_arbitrary_precision() -> None:
    for dim in (2, 5):
        s, v = covariance(dim, dim), variances(dim, dim)
        with mp.workdps(30):
            exact = twin.largest_deviation(s.tolist(), digits=25)
            assert float(abs(mp.mpf(AnisotropicGaussian(s).scale) / exact - 1)) <= 1e-14
            for norm in NORMS:
                exact = twin.variances_scale(v.tolist(), norm, digits=25)
                assert float(abs(mp.mpf(AnisotropicGaussian(v, norm).scale) / exact - 1)) <= 1e-14


@pytest.mark.parametrize("norm", NORMS)
def test_equal_variances_are_gaussian(norm: float) -> None:
    space, known = AnisotropicGaussian(np.full(784, 0.01), norm), Gaussian(784, 0.1, norm)
    assert space.scale == pytest.approx(known.scale, rel=1e-14)
    assert space.concentration == pytest.approx(known.concentration)


def test_sizes_at_the_ends_of_the_doubles() -> None:
    for size in (5e-324, 1e-300, 1e300):
        assert AnisotropicGaussian([size, 0.0]).scale == pytest.approx(np.sqrt(size), rel=1e-15)
        assert AnisotropicGaussian([[size, 0.0], [0.0, size]]).scale == pytest.approx(np.sqrt(size), rel=1e-15)
        assert AnisotropicGaussian([size, size], 1.0).scale == pytest.approx(np.sqrt(2.0) * np.sqrt(size), rel=1e-15)


def test_points_have_the_covariance() -> None:
    normal = np.eye(3)
    for space in (AnisotropicGaussian(covariance(3, 0)), AnisotropicGaussian([1.0, 4.0, 0.0])):
        factor = space.from_standard(normal)  # rows A e_i
        s = np.asarray(space.covariance)
        assert factor.T @ factor == pytest.approx(s if s.ndim == 2 else np.diag(s), abs=1e-13)
    with pytest.raises(InvalidArgumentError, match="normal must be of shape"):
        AnisotropicGaussian([1.0, 2.0]).from_standard(normal)


def test_spaces_are_values() -> None:
    given = np.array([1.0, 2.0])
    space = AnisotropicGaussian(given)
    given[0] = 5.0
    assert space == AnisotropicGaussian([1.0, 2.0])
    assert len({space, AnisotropicGaussian([1.0, 2.0]), AnisotropicGaussian([1.0, 2.0], 1.0)}) == 2
    assert (space.dim, space.sharp, space.largest_distance) == (2, True, np.inf)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"covariance": 3.0}, "covariance must be of shape"),
        ({"covariance": []}, "covariance must be of shape"),
        ({"covariance": [[1.0, 2.0]]}, "covariance must be of shape"),
        ({"covariance": [0.0, 0.0]}, "covariance must be of a largest entry above 0"),
        ({"covariance": [1e301, 1.0]}, "covariance must be of a largest entry above 0"),
        ({"covariance": [1.0, -1.0]}, "covariance must be in"),
        ({"covariance": [1.0, np.nan]}, "covariance must be"),
        ({"covariance": [[1.0, 0.1], [0.0, 1.0]]}, "covariance must be symmetric"),
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "covariance must be of eigenvalues that are at least 0, got -1"),
        ({"covariance": [1.0, 2.0], "norm": 0.5}, "norm must be"),
        ({"covariance": np.eye(2), "norm": 1.0}, "norm must be 2 or inf for a matrix"),
        ({"covariance": np.eye(2), "norm": 3.0}, "norm must be 2 or inf for a matrix"),
    ],
)
def test_what_is_no_covariance(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        AnisotropicGaussian(**arguments)
