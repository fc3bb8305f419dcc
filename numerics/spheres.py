"""Seeded generators and uniform points on the unit sphere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def block_generator(seed: int, *key: int) -> np.random.Generator:
    """Random generator of one block of work: the same (seed, key) gives the same numbers on every machine."""
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=key)))


def sample_unit_vectors(count: int, dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Draw independent points, uniform on the unit sphere of R^dim, shape (count, dim)."""
    points = rng.standard_normal((count, dim), dtype=dtype)  # type: ignore[arg-type]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points
