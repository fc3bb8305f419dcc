"""Laws of the sampler: norms, dependence on the radius, prefixes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adversarial_spheres.numerics.sampling.points import (
    block_generator,
    sample_two_spheres,
    sample_unit_vectors,
)

SEEDS = st.integers(0, 2**64)
DIMS = st.integers(2, 70)
DTYPES = st.sampled_from([np.float32, np.float64])
RADII = st.floats(1.0, 100.0, exclude_min=True)


@given(SEEDS, DIMS, DTYPES, RADII, st.integers(0, 40))
def test_every_point_lies_on_its_sphere(seed: int, dim: int, dtype: type, radius: float, count: int) -> None:
    points, labels = sample_two_spheres(count, dim, radius, block_generator(seed), dtype)
    assert points.shape == (count, dim)
    norms = np.linalg.norm(points.astype(np.float64), axis=1)
    np.testing.assert_allclose(norms, np.where(labels, radius, 1.0), rtol=2.5 * np.finfo(dtype).eps)


@given(SEEDS, DIMS, RADII)
def test_radius_only_scales(seed: int, dim: int, radius: float) -> None:
    points, labels = sample_two_spheres(10, dim, radius, block_generator(seed))
    units = sample_unit_vectors(10, dim, block_generator(seed))
    np.testing.assert_allclose(points, units * np.where(labels, radius, 1.0)[:, None], rtol=4e-16, atol=0.0)


@given(SEEDS, st.lists(st.integers(0, 2**32 - 1), max_size=3), st.lists(st.integers(0, 2**32 - 1), max_size=3))
def test_streams_of_different_keys_differ(seed: int, key: list[int], other: list[int]) -> None:
    draws = [block_generator(seed, *k).integers(2**63, size=2).tolist() for k in (key, other)]
    assert (draws[0] == draws[1]) == (key == other)


@given(SEEDS, DIMS, st.integers(1, 300), st.integers(0, 300))
def test_fewer_unit_vectors_are_the_first_ones(seed: int, dim: int, count: int, more: int) -> None:
    few = sample_unit_vectors(count, dim, block_generator(seed))
    many = sample_unit_vectors(count + more, dim, block_generator(seed))
    assert np.array_equal(few, many[:count])
