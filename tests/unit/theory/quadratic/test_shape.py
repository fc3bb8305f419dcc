"""Pieces of the error set: by rule, and by walking through a grid of points of the ordinary sphere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.quadratic.shape import error_regions


@pytest.mark.parametrize(
    ("c", "ties", "pieces"),
    [
        ([1.0, -1.0, -1.0], False, 2),
        ([1.0, 0.5, -1.0], False, 1),
        ([1.0, 0.0, -1.0], False, 2),  # the errors do not reach the axis of the 0
        ([1.0, 0.0, -1.0], True, 1),  # ties there join them
        ([0.0, -1.0, -1.0], True, 2),
        ([0.0, 0.0, -1.0], True, 1),
        ([0.0, 0.0, -1.0], False, 0),
        ([-1.0, -1.0, -1.0], True, 0),
        ([0.0, 0.0, 0.0], True, 1),
        ([1.0, 1.0, 1.0], False, 1),
    ],
)
def test_pieces_at_every_kind_of_sign(c, ties, pieces):
    assert error_regions(QuadraticErrors(np.array(c), ties)) == pieces


def test_pieces_agree_with_a_walk_through_points():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((6000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    for _ in range(12):
        c = rng.uniform(-1.0, 1.0, 3)
        inside = points[points**2 @ c > 0.0]
        pairs = np.array(sorted(cKDTree(inside).query_pairs(0.12)), dtype=int).reshape(-1, 2)
        edges = csr_matrix((np.ones(len(pairs)), pairs.T), shape=(len(inside), len(inside)))
        sizes = np.bincount(connected_components(edges)[1]) if len(inside) else np.zeros(0)
        assert error_regions(c) == np.count_nonzero(sizes > 20)
