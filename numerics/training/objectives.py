"""What a training step minimises: the loss of the batch, or of the worst points that it stands for.

An objective fills the gradients of a workspace and returns the loss. The adversarial ones first replace each point of
the batch by one of its own sphere where the loss is larger, and then take the gradient with that point fixed: the
gradient of the maximum, where the maximum was found (Danskin's theorem, [Dan1966]).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ...theory.basics.arguments import RealArray
from ...theory.basics.errors import InvalidArgumentError
from ..networks.protocols import Network, Workspace
from ..networks.quadratic import QuadraticNetwork
from .config import TrainingConfig

Objective: TypeAlias = Callable[[Workspace, RealArray, RealArray, TrainingConfig], float]
"""Fills the gradients of the workspace and returns the loss of a batch of points and labels."""


def average_loss(workspace: Workspace, points: RealArray, labels: RealArray, config: TrainingConfig) -> float:
    """The mean sigmoid cross-entropy of the batch as it is."""
    return workspace.loss_and_gradients(points, labels)


def worst_case_loss(workspace: Workspace, points: RealArray, labels: RealArray, config: TrainingConfig) -> float:
    """The mean loss with every point replaced by the worst one of its whole sphere; quadratic network only.

    With as many points on either sphere, the mean of the largest losses of the two spheres.
    """
    network = workspace.network
    if not isinstance(network, QuadraticNetwork):
        raise InvalidArgumentError("objective", "worst-case", "one that any network has: this is for the quadratic one")
    if not all(np.all(np.isfinite(parameter)) for parameter in network.parameters):
        return float("nan")  # no eigenvectors; the loop says that training diverged
    inner, outer = worst_points(network, config.outer_radius)
    return workspace.loss_and_gradients(np.where(labels[:, None] > 0.0, outer, inner), labels)


def pgd_loss(workspace: Workspace, points: RealArray, labels: RealArray, config: TrainingConfig) -> float:
    """The mean loss of the batch after ``pgd_steps`` steps of :func:`ascend` on its own spheres."""
    moved = ascend(workspace.network, points, labels, step=config.pgd_step, steps=config.pgd_steps)
    return workspace.loss_and_gradients(moved, labels)


OBJECTIVES: dict[str, Objective] = {"average": average_loss, "worst-case": worst_case_loss, "pgd": pgd_loss}


def worst_points(network: QuadraticNetwork, outer_radius: float) -> tuple[RealArray, RealArray]:
    """The points of the inner and of the outer sphere where a quadratic network's loss is largest, shape (dim,) each.

    Parameters
    ----------
    network
        Of finite weights.
    outer_radius
        R > 1.

    Returns
    -------
    inner, outer : ndarray
        The eigenvectors of w W^T W of the largest and of the smallest eigenvalue, of length 1 and R: exact up to
        rounding; where eigenvalues agree, one of the points that are equally bad.
    """
    weights = network.weights.astype(np.float64)
    weights /= max(float(np.abs(weights).max()), np.finfo(np.float64).tiny)  # so that squares do not overflow
    vectors = np.linalg.eigh(weights.T @ weights)[1]
    high, low = (vectors[:, -1], vectors[:, 0]) if network.output_weight >= 0.0 else (vectors[:, 0], vectors[:, -1])
    return high.astype(network.dtype), (outer_radius * low).astype(network.dtype)


def ascend(network: Network, points: RealArray, labels: RealArray, *, step: float, steps: int) -> RealArray:
    """Projected gradient ascent on the loss, each point on its own sphere, for a fixed number of steps.

    The ascent of [Gil2018], section 4, which ends where an error is met.

    Parameters
    ----------
    network
        Asked for gradients in inference.
    points
        Nonzero points, shape (n, dim), in the network's precision.
    labels
        1 on the outer sphere, 0 on the inner, shape (n,).
    step
        Length of a step along the unit tangent of steepest ascent, in units of the point's norm.
    steps
        Number of steps; after each, the point is moved back to its norm along its direction.

    Returns
    -------
    ndarray
        Shape (n, dim). A point without a gradient stays where it is; so do all, where the gradients are not finite.
    """
    radii = np.linalg.norm(points, axis=1, keepdims=True)
    signs, units = np.where(labels[:, None] > 0.0, -1.0, 1.0).astype(points.dtype), points / radii
    for _ in range(steps):
        slopes = signs * network.input_gradient(radii * units)
        slopes -= np.sum(slopes * units, axis=1, keepdims=True) * units
        lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
        if not np.all(np.isfinite(lengths)):
            break
        units = units + points.dtype.type(step) * slopes / np.where(lengths > 0.0, lengths, 1.0)
        units /= np.linalg.norm(units, axis=1, keepdims=True)
    moved: RealArray = radii * units
    return moved
