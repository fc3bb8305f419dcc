"""The quadratic network of the two spheres.

Notation: logit(x) = w sum_j (W_j . x)^2 + b with W of shape (hidden, dim) and scalars w, b ([Gil2018], section 4);
the network answers "outer" where the logit is positive. With A = w W^T W the logit is x^T A x + b: the eigenvalues of
A and the bias say everything about its errors, see
:class:`adversarial_spheres.theory.quadratic.classifier.QuadraticClassifier`.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy.special import expit

from ...theory.basics.arguments import RealArray, check_dtype, check_single, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_coefficients, check_number, check_outer_radius, check_range
from ...theory.quadratic.classifier import QuadraticClassifier
from ..sampling.points import check_rng
from ..sampling.threads import Team, equal_slices
from .protocols import check_labels, check_points, count_errors, mean_cross_entropy

# Hidden units of a part of the work; part of the definition of the rounding, so that it may not depend on the machine.
_PART_UNITS = 512


class QuadraticNetwork:
    """logit(x) = w sum_j (W_j . x)^2 + b, with its gradients.

    Parameters
    ----------
    weights
        W, finite, shape (hidden, dim) with dim >= 2. A float32 array makes a float32 network, anything else float64.
    output_weight, bias
        w and b, finite.

    Attributes
    ----------
    parameters
        The arrays that training changes in place: W and the pair (w, b), both of the network's dtype.
    statistics
        Empty: this network has no running statistics.

    Raises
    ------
    InvalidArgumentError
        A weight is not finite or has a wrong shape.

    Examples
    --------
    >>> network = QuadraticNetwork([[1.0, 0.0], [0.0, 2.0]], 1.0, -1.0)
    >>> network.logits([[1.0, 0.0], [0.0, 1.0]]).tolist()
    [0.0, 3.0]
    """

    def __init__(self, weights: ArrayLike, output_weight: float, bias: float) -> None:
        checked = check_coefficients("weights", weights, minimum=2)
        if checked.ndim != 2 or checked.shape[0] < 1:
            raise InvalidArgumentError("weights", checked.shape, "of shape (hidden, dim), hidden >= 1 and dim >= 2")
        given = getattr(weights, "dtype", None)
        dtype = given if given == np.float32 else np.dtype(np.float64)
        largest = float(np.finfo(dtype).max)
        scalars = [check_number("output_weight", output_weight), check_number("bias", bias)]
        for name, scalar in zip(("output_weight", "bias"), scalars, strict=True):
            check_range(name, scalar, -largest, largest)
        self.parameters: list[RealArray] = [np.array(checked, dtype=dtype, order="C"), np.array(scalars, dtype=dtype)]
        self.statistics: list[RealArray] = []

    @classmethod
    def random(
        cls,
        hidden: int,
        dim: int,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
        *,
        variance: float | None = None,
    ) -> Self:
        """Untrained network: W_ji ~ N(0, variance) independent, w = 1, b = -1.

        Parameters
        ----------
        hidden
            Number of hidden units, >= 1.
        dim
            Ambient dimension, >= 2.
        rng
            Generator; it is advanced.
        dtype
            float32 or float64.
        variance
            > 0; None: 1/hidden, so that the alphas have the mean 1.
        """
        check_rng(rng)
        shape = single_dim(hidden, minimum=1, name="hidden"), single_dim(dim)
        weights = rng.standard_normal(shape)
        if variance is None:
            weights /= np.sqrt(shape[0])
        else:
            weights *= np.sqrt(check_number("variance", check_range("variance", variance, 0.0, np.inf, low_open=True)))
        return cls(weights.astype(check_dtype(dtype)), 1.0, -1.0)

    @classmethod
    def perfect(
        cls,
        hidden: int,
        dim: int,
        outer_radius: float,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
        scale: float = 1.0,
    ) -> Self:
        """Network without an error: all alphas 2 / (1 + R^2) up to rounding, W with orthogonal columns, w = -b = scale.

        The logit is then -scale (R^2 - 1)/(R^2 + 1) on the inner and +scale (R^2 - 1)/(R^2 + 1) on the outer sphere.

        Parameters
        ----------
        hidden, dim
            hidden >= dim >= 2: with fewer units than dimensions some alpha is 0, an outer error.
        outer_radius
            R > 1.
        rng
            Generator of the orthogonal columns (uniform); it is advanced.
        dtype
            float32 or float64.
        scale
            How sure the network is of itself, > 0.

        Raises
        ------
        InvalidArgumentError
            ``hidden`` is below ``dim``.
        """
        check_rng(rng)
        factor = check_single("scale", check_range("scale", scale, 0.0, np.inf, low_open=True, high_open=True))
        columns, radius = single_dim(dim), check_outer_radius(outer_radius)
        rows = single_dim(hidden, minimum=1, name="hidden")
        if rows < columns:
            raise InvalidArgumentError("hidden", hidden, f"at least dim = {columns} for a perfect network")
        orthogonal, triangle = np.linalg.qr(rng.standard_normal((rows, columns)))
        # The signs of the triangle's diagonal make the distribution of the columns uniform.
        orthogonal *= np.where(np.diag(triangle) < 0.0, -1.0, 1.0) * np.sqrt(2.0 / (1.0 + radius**2))
        return cls(orthogonal.astype(check_dtype(dtype)), factor, -factor)

    @property
    def weights(self) -> RealArray:
        """W, shape (hidden, dim); the array itself, not a copy."""
        return self.parameters[0]

    @property
    def output_weight(self) -> float:
        """The scalar w."""
        return float(self.parameters[1][0])

    @property
    def bias(self) -> float:
        """The scalar b."""
        return float(self.parameters[1][1])

    @property
    def hidden(self) -> int:
        """Number of hidden units."""
        return int(self.weights.shape[0])

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return int(self.weights.shape[1])

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """float32 or float64, the precision of weights and logits."""
        return self.weights.dtype

    def logits(self, points: ArrayLike) -> RealArray:
        """Logits of points of shape (..., dim), shape (...), in the network's precision; positive means outer."""
        hidden = check_points(points, self.dim, self.dtype) @ self.weights.T
        return self._logits_of_squares(np.add.reduce(np.square(hidden, out=hidden), axis=-1))

    def input_gradient(self, points: ArrayLike) -> RealArray:
        """Gradient of the logit with respect to the point, 2 w W^T W x; shape (..., dim)."""
        return (
            2.0 * self.parameters[1][0] * ((check_points(points, self.dim, self.dtype) @ self.weights.T) @ self.weights)
        )

    def loss(self, points: ArrayLike, labels: ArrayLike) -> float:
        """Mean sigmoid cross-entropy of points (n, dim) with labels (n,): 1 (or True) on the outer sphere."""
        batch = check_points(points, self.dim, self.dtype)
        return mean_cross_entropy(self.logits(batch), check_labels(labels, batch))

    def loss_and_gradients(self, points: ArrayLike, labels: ArrayLike) -> tuple[float, list[RealArray]]:
        """Mean sigmoid cross-entropy and its gradients with respect to ``parameters``.

        Parameters
        ----------
        points
            Shape (n, dim), n >= 1.
        labels
            Shape (n,): 1 (or True) on the outer sphere, 0 on the inner.

        Returns
        -------
        loss : float
        gradients : list of ndarray
            d loss / dW of shape (hidden, dim) and (d loss / dw, d loss / db); exact up to rounding in the network's
            precision.

        Notes
        -----
        With p = sigmoid(logit) and delta = (p - label)/n: d/db = sum delta, d/dw = sum_i delta_i |W x_i|^2,
        d/dW = 2 w sum_i delta_i (W x_i) x_i^T.
        """
        batch = check_points(points, self.dim, self.dtype)
        if batch.ndim != 2 or len(batch) == 0:
            raise InvalidArgumentError("points", batch.shape, "of shape (n, dim) with n >= 1")
        workspace = QuadraticWorkspace(self, len(batch))
        loss = workspace.loss_and_gradients(batch, check_labels(labels, batch))
        return loss, workspace.gradients

    def workspace(self, batch_size: int, team: Team | None = None) -> QuadraticWorkspace:
        """Buffers for many evaluations of :meth:`loss_and_gradients` on batches of one size, shared by ``team``."""
        return QuadraticWorkspace(self, batch_size, team)

    def classifier(self) -> QuadraticClassifier:
        """The same classifier as eigenvalues and bias, in double precision."""
        return QuadraticClassifier.from_weights(self.weights.astype(np.float64), self.output_weight, self.bias)

    def _logits_of_squares(self, squares: RealArray) -> RealArray:
        logits: RealArray = squares * self.parameters[1][0] + self.parameters[1][1]
        return logits


class QuadraticWorkspace:
    """Buffers of one network and one batch size: losses and gradients without a new array.

    Parameters
    ----------
    network
        Its parameters are read anew at each call.
    batch_size
        Number of points of each batch, >= 1.
    team
        Threads that share the work; no influence on the result.

    Attributes
    ----------
    gradients
        Filled by :meth:`loss_and_gradients`, aligned with ``network.parameters``.
    errors
        Number of misclassified points of the last batch.
    """

    def __init__(self, network: QuadraticNetwork, batch_size: int, team: Team | None = None) -> None:
        self.network, self.errors = network, 0
        self.gradients: list[RealArray] = [np.empty_like(p) for p in network.parameters]
        self._team = Team() if team is None else team
        self._parts = equal_slices(network.hidden, _PART_UNITS)
        # Units along the first axis: both matrix products then run on contiguous operands, the fastest case.
        self._units = np.empty((network.hidden, batch_size), dtype=network.dtype)
        self._squares = np.empty_like(self._units)

    def loss_and_gradients(self, points: RealArray, labels: RealArray) -> float:
        """Mean cross-entropy of a batch (n, dim), labels 0 or 1 of shape (n,); not checked: the inner loop of training.

        Returns
        -------
        float
            The loss; NaN or infinite if the weights or logits have left the range of the dtype.
        """
        squares = np.add.reduce(self._team.map(self._forward, self._parts, points), axis=0)
        logits = self.network._logits_of_squares(squares)
        self._backward(points, squares, (expit(logits) - labels) / logits.dtype.type(len(logits)))
        self.errors = count_errors(logits, labels)
        return mean_cross_entropy(logits, labels)

    def update_statistics(self, step: int) -> None:
        """Do nothing: there are no running statistics."""

    def _forward(self, part: slice, points: RealArray) -> RealArray:
        """Sum of the squared units of one part, shape (n,)."""
        units = np.matmul(self.network.weights[part], points.T, out=self._units[part])
        total: RealArray = np.add.reduce(np.square(units, out=self._squares[part]), axis=0)
        return total

    def _backward(self, points: RealArray, squares: RealArray, delta: RealArray) -> None:
        scalars = self.network.parameters[1]
        self._team.map(self._weight_gradient, self._parts, points, delta * (2.0 * scalars[0]))
        self.gradients[1][0] = np.add.reduce(delta * squares)
        self.gradients[1][1] = np.add.reduce(delta)

    def _weight_gradient(self, part: slice, points: RealArray, factors: RealArray) -> None:
        units = self._units[part]
        units *= factors
        np.matmul(units, points, out=self.gradients[0][part])
