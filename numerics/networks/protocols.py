"""What all networks share: the checks of points and labels, the loss, and what training asks of a network."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.arguments import RealArray
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import as_array, check_finite
from ..sampling.threads import Team


class Workspace(Protocol):
    """Buffers of one network and one batch size: losses and gradients without a new array.

    Attributes
    ----------
    network
        Whose parameters are read anew at each call.
    gradients
        Filled by :meth:`loss_and_gradients`, aligned with ``network.parameters``.
    errors
        Number of misclassified points of the last batch.
    """

    gradients: list[RealArray]
    errors: int

    @property
    def network(self) -> Network:
        """The network."""

    def loss_and_gradients(self, points: RealArray, labels: RealArray) -> float:
        """Mean cross-entropy of a batch (n, dim), labels 0 or 1 of shape (n,)."""

    def update_statistics(self, step: int) -> None:
        """Take the last batch, that of ``step`` (from 0), into the network's running statistics, if it has any."""


class Network(Protocol):
    """What training needs.

    Attributes
    ----------
    parameters
        Arrays that the optimiser changes in place.
    statistics
        Arrays that the batches change in place without a gradient; empty for a network without any.
    """

    parameters: list[RealArray]
    statistics: list[RealArray]

    def logits(self, points: ArrayLike) -> RealArray:
        """Logits, shape (...,), of points of shape (..., dim)."""

    def input_gradient(self, points: ArrayLike) -> RealArray:
        """Gradients of the logits with respect to the points, shape (..., dim)."""

    def workspace(self, batch_size: int, team: Team | None = None) -> Workspace:
        """Buffers for batches of one size."""


def check_points(points: ArrayLike, dim: int, dtype: np.dtype[np.floating[Any]]) -> RealArray:
    """Return finite points of shape (..., dim) in the network's precision; no copy where none is needed."""
    array = as_array("points", points)
    if array.ndim < 1 or array.shape[-1] != dim:
        raise InvalidArgumentError("points", array.shape, f"an array whose last axis has length {dim}")
    if array.dtype == dtype and bool(np.all(np.isfinite(array))):
        return array
    array = check_finite("points", array)
    furthest = float(np.max(np.abs(array), initial=0.0))
    if furthest > np.finfo(dtype).max:
        raise InvalidArgumentError("points", f"a coordinate of size {furthest:.3g}", f"numbers that {dtype} holds")
    return array.astype(dtype)


def check_labels(labels: ArrayLike, points: RealArray) -> RealArray:
    """Return labels 0 (inner) or 1 (outer), one for each row of points (n, dim), in the precision of the points."""
    array = check_finite("labels", labels)
    if array.shape != points.shape[:1] or np.any((array != 0.0) & (array != 1.0)):
        raise InvalidArgumentError("labels", labels, f"{points.shape[0]} labels, each 0 (inner) or 1 (outer)")
    return array.astype(points.dtype)


def count_errors(logits: RealArray, labels: RealArray) -> int:
    """Number of points on the wrong side: logit > 0 for label 0, logit <= 0 for label 1."""
    return int(np.count_nonzero((logits > 0.0) != (labels > 0.0)))


def mean_cross_entropy(logits: RealArray, labels: RealArray) -> float:
    """Mean of softplus(-logit) over the points of label 1 and of softplus(logit) over those of label 0.

    Notes
    -----
    softplus(t) = log(1 + e^t) = max(t, 0) + log1p(e^-|t|): no overflow, no cancellation. Double precision inside.
    """
    signed = np.where(labels > 0, -logits, logits).astype(np.float64)
    losses = np.maximum(signed, 0.0) + np.log1p(np.exp(-np.abs(signed)))
    return float(np.add.reduce(losses, axis=None)) / losses.size
