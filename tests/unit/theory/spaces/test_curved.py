"""Curvature: a Gaussian factor attains the bound, products of spheres obey it, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.reference import gaussian as twin
from adversarial_spheres.theory.spaces.curved import Curved, SphereProduct
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere

RATES = np.array([1e-300, 1e-30, 1e-5, 0.16, 0.5, 0.9, 0.9999])


@pytest.mark.parametrize("sigma", [0.1, 1.0, 7.0])
def test_a_gaussian_attains_the_bound_of_its_curvature(sigma: float) -> None:
    space, exact = Curved(1.0 / sigma**2, 50), Gaussian(50, sigma)
    assert space.mean_distance_bound(RATES) == pytest.approx(exact.mean_distance_bound(RATES), rel=1e-13)
    law, other = space.neighbourhood(RATES, 0.3 * sigma), exact.neighbourhood(RATES, 0.3 * sigma)
    assert law.log == pytest.approx(other.log, rel=1e-12)
    assert space.concentration == pytest.approx(sigma**2)
    assert space.largest_distance == np.inf


def test_control_a_curvature_that_is_too_large_is_broken_by_the_gaussian() -> None:
    assert np.all(Gaussian(50).mean_distance_bound(RATES) > 1.005 * Curved(1.02, 50).mean_distance_bound(RATES) * 0.999)


@pytest.mark.parametrize("dim", [3, 10, 500, 10**6])
def test_caps_of_one_sphere_obey_it(dim: int) -> None:
    sphere = Sphere(dim, 1.3, "geodesic")
    product = SphereProduct((dim,), (1.3,))
    assert np.all(sphere.mean_distance_bound(RATES) <= product.mean_distance_bound(RATES) * (1.0 + 1e-12))
    for t in (1e-3, 0.1, 1.0):
        wide, least = sphere.neighbourhood(RATES, t / np.sqrt(dim)), product.neighbourhood(RATES, t / np.sqrt(dim))
        assert np.all(wide.log >= np.asarray(least.log) - 1e-12)


def test_control_a_bound_that_is_one_percent_smaller_is_broken_by_a_cap() -> None:
    sphere, product = Sphere(500, 1.0, "geodesic"), SphereProduct((500,))
    assert sphere.mean_distance_bound(0.16) > 0.99 * product.mean_distance_bound(0.16)


@pytest.mark.parametrize(("dims", "radii"), [((500, 300), (1.0, 0.5)), ((3,), (2.0,)), ((10, 10, 4), (1.0, 2.0, 0.1))])
def test_curvature_and_size(dims: tuple[int, ...], radii: tuple[float, ...]) -> None:
    space = SphereProduct(dims, radii)
    with mp.workdps(30):
        assert float(abs(mp.mpf(space.kappa) / twin.curvature(dims, radii) - 1)) <= 1e-15
    base, constant = space.comparison
    assert constant == pytest.approx(space.kappa**-0.5, rel=1e-15)
    assert (space.dim, base.dim) == (sum(dims), sum(dims))
    assert space.largest_distance == pytest.approx(np.pi * np.linalg.norm(radii))
    assert SphereProduct(list(dims), np.array(radii)) == space  # type: ignore[arg-type]
    assert hash(SphereProduct(dims, radii)) == hash(space)


def test_radii_are_one_where_nothing_is_said() -> None:
    assert SphereProduct((4, 5)) == SphereProduct((4, 5), (1.0, 1.0))


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (Curved, {"kappa": 0.0, "dim": 3}, "kappa must be"),
        (Curved, {"kappa": -1.0, "dim": 3}, "kappa must be"),
        (Curved, {"kappa": 1.0, "dim": 0}, "dim must be"),
        (SphereProduct, {"dims": 3}, "dims must be a sequence"),
        (SphereProduct, {"dims": ()}, "dims must be a sequence of at least one"),
        (SphereProduct, {"dims": (2, 3)}, "dims must be an integer from 3"),
        (SphereProduct, {"dims": (10**9, 3)}, "dims must be"),
        (SphereProduct, {"dims": (3, 4), "radii": (1.0,)}, "radii must be of the shape of dims"),
        (SphereProduct, {"dims": (3, 4), "radii": (1.0, 0.0)}, "radii must be"),
        (SphereProduct, {"dims": (3, 4), "radii": 1.0}, "radii must be a sequence"),
        (SphereProduct, {"dims": ((3, 4), (3, 4))}, "dims must be a sequence"),
    ],
)
def test_what_is_no_curved_space(kind: Any, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        kind(**arguments)
