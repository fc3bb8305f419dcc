r"""Proposals of a Markov chain in a space: each leaves the law of the space's random points unchanged.

From a point x a step t proposes a point in a typical direction, at an angle of typical tangent t. With g a random
point of the space, drawn anew:

- sphere: x + t g, g normal of the sphere's size, returned to the sphere. The law of the proposal depends on the angle
  between old and new point only, so it is symmetric, and the uniform law is left unchanged;
- normal points of any covariance: (x + t g) / sqrt(1 + t^2), the preconditioned Crank-Nicolson proposal [CRSW2013].
  Old and new point are jointly normal and their covariance is symmetric in them: it is reversible.

Accepted exactly where a score exceeds a level, either leaves the law of the points above that level unchanged.
"""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ...theory.spaces.anisotropic import AnisotropicGaussian
from ...theory.spaces.even_sphere import EvenSphere
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere

__all__ = ["move"]


@singledispatch
def move(space: Space, normal: FloatArray, points: FloatArray, step: float) -> FloatArray:
    """Proposals from points of a space, shape (n, dim).

    Parameters
    ----------
    space
        A sphere, or Gaussian space of any covariance.
    normal
        Independent standard normal numbers, shape (n, dim); written over.
    points
        Where the chains are.
    step
        Tangent of the typical angle between a point and its proposal.

    Raises
    ------
    InvalidArgumentError
        No moves are known in the space.

    Examples
    --------
    >>> normal, points = np.array([[0.5, -2.0]]), np.array([[1.0, 1.0]])
    >>> move(Gaussian(2, 0.5), normal.copy(), points, 0.75).tolist()  # (1 + 0.375 g) / 1.25
    [[0.95, 0.2]]
    >>> on_sphere = move(Sphere(2, 5.0), normal.copy(), np.array([[3.0, 4.0]]), 0.75)
    >>> bool(abs(np.linalg.norm(on_sphere) - 5.0) < 1e-14)
    True
    """
    raise InvalidArgumentError("space", space, "a sphere or Gaussian: in other spaces no moves are known")


@move.register
def _(space: Sphere | EvenSphere, normal: FloatArray, points: FloatArray, step: float) -> FloatArray:
    normal *= step * space.radius / math.sqrt(space.dim)
    normal += points
    lengths = np.einsum("ij,ij->i", normal, normal)
    np.sqrt(lengths, out=lengths)
    np.divide(space.radius, lengths, out=lengths)
    normal *= lengths[:, None]
    return normal


@move.register
def _(space: Gaussian, normal: FloatArray, points: FloatArray, step: float) -> FloatArray:
    normal *= step * space.sigma
    return _back(normal, points, step)


@move.register
def _(space: AnisotropicGaussian, normal: FloatArray, points: FloatArray, step: float) -> FloatArray:
    return _back(step * space.from_standard(normal), points, step)


def _back(moved: FloatArray, points: FloatArray, step: float) -> FloatArray:
    """The proposal from the step alone, in its place."""
    moved += points
    moved /= math.hypot(1.0, step)
    return moved
