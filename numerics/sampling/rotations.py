"""Uniform random rotations that are applied, not written out: dim^2 numbers and operations instead of dim^3.

Q = H_1 diag(s_1, H_2 diag(s_2, ...)), H_k the reflection that exchanges the first axis of the last dim - k + 1
coordinates with the direction of a normal vector x, s_k = -sign(x_1): so the first column is that direction, uniform on
the sphere, and the rest a uniform rotation of its complement. (A QR factorisation makes the same product and multiplies
it out.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...theory.basics.arguments import single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from .points import block_generator, check_seed
from .streams import ROTATION_KEY


@dataclass(frozen=True)
class RandomRotation:
    """A uniform (Haar) orthogonal matrix Q of shape (dim, dim); the same for the same seed.

    Examples
    --------
    >>> turned = RandomRotation(3, seed=0).coordinates(np.eye(3))
    >>> bool(np.allclose(turned @ turned.T, np.eye(3)))
    True
    """

    dim: int
    seed: int

    def __post_init__(self) -> None:
        single_dim(self.dim)
        check_seed(self.seed)

    def coordinates(self, points: FloatArray) -> FloatArray:
        """Coordinates points @ Q of the rows, shape (n, dim), along the columns of Q."""
        if points.ndim != 2 or points.shape[1] != self.dim:
            raise InvalidArgumentError("points", points.shape, f"of shape (n, {self.dim})")
        rng, left = block_generator(self.seed, ROTATION_KEY), np.array(points.T, dtype=np.float64)
        for first in range(self.dim):
            normal = rng.standard_normal(self.dim - first)
            sign, rows = np.copysign(1.0, normal[0]), left[first:]
            normal[0] += sign * np.linalg.norm(normal)
            rows -= np.multiply.outer(normal, (2.0 / (normal @ normal)) * (normal @ rows))
            rows[0] *= -sign
        return np.ascontiguousarray(left.T)
