"""Generators and uniform points."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.sampling.points import (
    block_generator,
    sample_two_spheres,
    sample_unit_vectors,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def test_generators_depend_on_seed_and_key_only() -> None:
    draws = {key: block_generator(*key).integers(2**63) for key in [(0,), (0, 0), (0, 1), (0, 0, 0), (1,), (1, 0)]}
    assert len(set(draws.values())) == len(draws)
    assert all(block_generator(*key).integers(2**63) == value for key, value in draws.items())


@pytest.mark.parametrize(("seed", "key"), [(-1, ()), (2**128, ()), (1.5, ()), (0, (-1,)), (0, (2**32,)), ("1", ())])
def test_bad_seeds_and_keys(seed: int, key: tuple[int, ...]) -> None:
    with pytest.raises(InvalidArgumentError, match="integer in"):
        block_generator(seed, *key)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32", np.dtype("float64")])
@pytest.mark.parametrize("dim", [2, 3, 500])
def test_norms(dim: int, dtype: type) -> None:
    eps = np.finfo(dtype).eps
    units = sample_unit_vectors(1000, dim, block_generator(3), dtype)
    assert units.dtype == np.dtype(dtype)
    assert np.max(np.abs(np.linalg.norm(units.astype(np.float64), axis=1) - 1.0)) <= 2.0 * eps
    points, labels = sample_two_spheres(1000, dim, 1.3, block_generator(4), dtype)
    assert points.dtype == np.dtype(dtype)
    assert labels.dtype == np.bool_
    radii = np.where(labels, 1.3, 1.0)
    assert np.max(np.abs(np.linalg.norm(points.astype(np.float64), axis=1) - radii)) <= 2.6 * eps


class _FirstRowsZero:
    """A generator whose first block holds zero vectors."""

    def __init__(self) -> None:
        self.rng, self.calls = block_generator(0), 0

    def standard_normal(self, shape: tuple[int, int], dtype: type) -> np.ndarray:
        self.calls += 1
        draw = self.rng.standard_normal(shape, dtype=dtype)
        if self.calls <= 2:
            draw[: 1 + shape[0] // 2] = 0.0
        return draw


def test_zero_vectors_are_redrawn() -> None:
    rng = _FirstRowsZero()
    points = sample_unit_vectors(4, 3, rng)  # type: ignore[arg-type]
    assert rng.calls >= 3
    assert np.allclose(np.linalg.norm(points, axis=1), 1.0)


def test_empty_sample() -> None:
    assert sample_unit_vectors(0, 5, block_generator(0)).shape == (0, 5)
    assert sample_two_spheres(0, 5, 1.3, block_generator(0))[1].shape == (0,)


@pytest.mark.parametrize(
    ("count", "dim", "radius", "dtype", "name"),
    [
        (-1, 3, 1.3, np.float64, "count"),
        (2.5, 3, 1.3, np.float64, "count"),
        (1, 1, 1.3, np.float64, "dim"),
        (1, 3, 1.0, np.float64, "outer_radius"),
        (1, 3, float("nan"), np.float64, "outer_radius"),
        (1, 3, 1.3, np.int64, "dtype"),
        (1, 3, 1.3, "float16", "dtype"),
    ],
)
def test_bad_arguments(count: int, dim: int, radius: float, dtype: type, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name} must be"):
        sample_two_spheres(count, dim, radius, block_generator(0), dtype)


def test_points_are_uniform_and_labels_fair() -> None:
    """Means of quadratic forms and label counts at 6.5 standard deviations: false alarm below 1e-9 each."""
    n, d = 40_000, 6
    points, labels = sample_two_spheres(n, d, 1.3, block_generator(11))
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    assert np.max(np.abs(units.mean(axis=0))) < 6.5 / np.sqrt(n * d)
    second = np.sqrt(2.0 * (d - 1) / (d**2 * (d + 2)) / n)
    assert np.max(np.abs((units**2).mean(axis=0) - 1.0 / d)) < 6.5 * second
    assert abs(labels.mean() - 0.5) < 6.5 * 0.5 / np.sqrt(n)
    assert abs(np.corrcoef(labels, units[:, 0])[0, 1]) < 6.5 / np.sqrt(n)
    # Negative control: points of a cube, normalised, have the same first and second moments but not the fourth.
    cube = block_generator(12).uniform(-1.0, 1.0, (n, d))
    cube /= np.linalg.norm(cube, axis=1, keepdims=True)
    fourth = 3.0 / (d * (d + 2))
    spread = np.std(units[:, 0] ** 4) / np.sqrt(n)
    assert abs((units[:, 0] ** 4).mean() - fourth) < 6.5 * spread
    assert abs((cube[:, 0] ** 4).mean() - fourth) > 6.5 * spread
