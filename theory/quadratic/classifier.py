r"""A quadratic classifier of two concentric spheres: its coefficients, and what they say at once.

The classifier answers "outer" where its logit is positive. In the eigenbasis of A = w W^T W the logit of the quadratic
network w sum_j (W_j . x)^2 + b is sum_i a_i z_i^2 + b, so on the sphere of radius r it is a homogeneous form with
coefficients a_i + b / r^2, for every sign of b. For b < 0 the boundary is the ellipsoid sum alpha_i z_i^2 = 1 with
alpha_i = -a_i / b ([Gil2018], section 4).

The inner sphere has radius 1, the outer one ``outer_radius`` > 1. Which logits are errors: :mod:`~.basics.sphere`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..basics.arguments import check_instance
from ..basics.by_value import ByValue, frozen_copy
from ..basics.double_double import accurate_sum, two_product, two_sum
from ..basics.errors import InvalidArgumentError
from ..basics.sphere import error_sign, ties_are_errors
from ..basics.validation import (
    BoolArray,
    FloatArray,
    check_coefficients,
    check_finite,
    check_number,
    check_outer_radius,
    check_sphere,
    scalar_if_0d,
)
from .errors import QuadraticErrors

_CANCELLED = 2.0**-20  # what is left of a sum whose double-double value still has more digits than a double


@dataclass(frozen=True, eq=False)
class QuadraticClassifier(ByValue):
    """A classifier with logit sum_i a_i z_i^2 + b, or a whole history of them along leading axes.

    Parameters
    ----------
    eigenvalues
        a, shape (..., dim), finite, dim >= 2.
    bias
        b, shape (...), finite, any sign.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> classifier.error_coefficients("inner", 1.3).round(12).tolist()  # > 0: errors along that axis
    [-0.1, -0.2, 0.1]
    >>> bool(classifier.is_perfect("outer", 1.3)), int(classifier.alphas_outside(1.3))
    (True, 1)
    >>> classifier
    QuadraticClassifier(dim=3, alphas 0.8 to 1.1)
    """

    eigenvalues: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        a = check_coefficients("eigenvalues", self.eigenvalues, minimum=2)
        b = check_finite("bias", self.bias)
        if b.ndim > a.ndim - 1 or (b.ndim and b.shape != a.shape[:-1]):
            raise InvalidArgumentError("bias", b.shape, f"a number or of shape {a.shape[:-1]}, like the eigenvalues")
        object.__setattr__(self, "eigenvalues", frozen_copy(a))
        object.__setattr__(self, "bias", frozen_copy(scalar_if_0d(np.broadcast_to(b, a.shape[:-1]))))

    def __repr__(self) -> str:
        history = f", history of {self.shape}" if self.shape else ""
        if np.all(np.asarray(self.bias) < 0.0):
            values = self.eigenvalues / -np.asarray(self.bias)[..., None]
            return f"QuadraticClassifier(dim={self.dim}, alphas {values.min():.4g} to {values.max():.4g}{history})"
        ends = f"eigenvalues {self.eigenvalues.min():.4g} to {self.eigenvalues.max():.4g}"
        bias = f"bias {self.bias:.4g}" if self.shape == () else "biases of both signs"
        return f"QuadraticClassifier(dim={self.dim}, {ends}, {bias}{history})"

    @classmethod
    def from_alphas(cls, alphas: ArrayLike) -> QuadraticClassifier:
        """The classifier whose boundary is sum alpha_i z_i^2 = 1 (logit sum alpha_i z_i^2 - 1); shape (..., dim)."""
        a = check_coefficients("alphas", alphas, minimum=2)
        return cls(a, np.full(a.shape[:-1], -1.0))

    @classmethod
    def from_weights(cls, weights: ArrayLike, output_weight: float, bias: float) -> QuadraticClassifier:
        """The classifier of one quadratic network with logit w sum_j (W_j . x)^2 + b.

        Parameters
        ----------
        weights
            W, shape (hidden, dim), any real dtype; computed in float64.
        output_weight, bias
            w and b, finite numbers.

        Returns
        -------
        QuadraticClassifier
            All dim eigenvalues of w W^T W, those that are 0 because hidden < dim among them; absolute error a small
            multiple of the unit roundoff times the largest of them. Their order is that of the columns of
            :func:`eigenbasis_of_weights`.
        """
        w, b = check_number("output_weight", output_weight), check_number("bias", bias)
        matrix = _check_weights(weights)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
            eigenvalues = w * _squared_singular_values(matrix)
        if not np.all(np.isfinite(eigenvalues)):
            raise InvalidArgumentError("weights", float(np.abs(matrix).max()), "so small that w W^T W is finite")
        return cls(eigenvalues, np.asarray(b))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return int(self.eigenvalues.shape[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the history; () for a single classifier."""
        return self.eigenvalues.shape[:-1]

    @property
    def alphas(self) -> FloatArray:
        """alpha_i = -a_i / b, shape (..., dim); only for b < 0."""
        self._check_negative_bias()
        with np.errstate(over="ignore"):
            alphas: FloatArray = self.eigenvalues / -np.asarray(self.bias)[..., None]
        if not np.all(np.isfinite(alphas)):
            smallest = float(np.max(np.asarray(self.bias)))
            raise InvalidArgumentError("bias", smallest, "so large in size that the alphas are finite")
        return alphas

    def logits(self, coordinates: ArrayLike) -> FloatArray:
        """Logits, shape (...), of points given by their coordinates in the eigenbasis; for a single classifier.

        Parameters
        ----------
        coordinates
            Shape (..., dim), finite.

        Raises
        ------
        InvalidArgumentError
            Another last axis, a history of classifiers, or a logit that overflows.

        Examples
        --------
        >>> QuadraticClassifier.from_alphas([1.0, 0.25]).logits([0.0, 4.0]).item()
        3.0
        """
        z = self._check_coordinates(coordinates)
        with np.errstate(over="ignore", invalid="ignore"):
            logits = np.asarray(np.square(z) @ self.eigenvalues + self.bias)
        return scalar_if_0d(_checked_size(logits, z, "the logits are finite"))

    def input_gradient(self, coordinates: ArrayLike) -> FloatArray:
        """Gradients 2 a_i z_i of the logits, shape (..., dim), at points in the eigenbasis; for a single classifier.

        Parameters
        ----------
        coordinates
            Shape (..., dim), finite.

        Raises
        ------
        InvalidArgumentError
            Another last axis, a history of classifiers, or a gradient that overflows.

        Examples
        --------
        >>> QuadraticClassifier.from_alphas([1.0, 0.25]).input_gradient([0.0, 4.0]).tolist()
        [0.0, 2.0]
        """
        z = self._check_coordinates(coordinates)
        with np.errstate(over="ignore", invalid="ignore"):
            gradient = 2.0 * z * self.eigenvalues
        return _checked_size(gradient, z, "the gradients are finite")

    def _check_coordinates(self, coordinates: ArrayLike) -> FloatArray:
        z = check_finite("coordinates", coordinates)
        if self.shape:
            raise InvalidArgumentError("classifier", self.shape, "a single classifier, of shape ()")
        if z.shape[-1:] != (self.dim,):
            raise InvalidArgumentError("coordinates", z.shape, f"of shape (..., {self.dim})")
        return z

    def _check_negative_bias(self) -> None:
        if np.any(np.asarray(self.bias) >= 0.0):
            largest = float(np.max(np.asarray(self.bias)))
            raise InvalidArgumentError("bias", largest, "negative, for the alphas to exist")

    def __len__(self) -> int:
        if not self.shape:
            raise InvalidArgumentError("classifier", self.shape, "a history of classifiers, to have a length")
        return self.shape[0]

    def __getitem__(self, index: Any) -> QuadraticClassifier:
        eigenvalues = self.eigenvalues.reshape(*self.shape, self.dim)
        if not self.shape:
            raise InvalidArgumentError("index", index, "used on a history of classifiers only")
        bias = np.asarray(self.bias)[index]
        return QuadraticClassifier(eigenvalues[index].reshape(*np.shape(bias), self.dim), bias)

    def __iter__(self) -> Iterator[QuadraticClassifier]:
        return (self[i] for i in range(len(self)))

    def error_coefficients(self, sphere: str, outer_radius: float) -> FloatArray:
        """Coefficients c of the form whose sign decides: a unit vector u is an error iff sum c_i u_i^2 > 0 or >= 0.

        Inner sphere: c = a + b, errors are > 0. Outer sphere, radius R: c = -(a R^2 + b), errors are >= 0.

        Returns
        -------
        ndarray
            (..., dim), each within one unit in its last place, and of the exact sign: a R^2 + b is summed in twice the
            working precision and, where it loses its digits to alphas close to 1/R^2, in four times that.

        Raises
        ------
        InvalidArgumentError
            Unknown sphere, ``outer_radius`` not above 1, or a coefficient overflows, or loses digits below 2.2e-308.
        """
        radius = check_outer_radius(outer_radius)
        a, b = np.broadcast_arrays(self.eigenvalues, np.asarray(self.bias)[..., None])
        # Powers of two keep the products away from overflow and underflow; they change no digit.
        mantissa, shift = np.frexp(radius) if check_sphere(sphere) == "outer" else (1.0, 0)
        exponent = np.maximum(_binary_exponent(a) + 2 * int(shift), _binary_exponent(b))
        scaled_a, scaled_b = np.ldexp(a, 2 * int(shift) - exponent), np.ldexp(b, -exponent)
        scaled = scaled_a + scaled_b if sphere == "inner" else _times_square_plus(scaled_a, float(mantissa), scaled_b)
        with np.errstate(over="ignore"):
            coefficients: FloatArray = np.ldexp(error_sign(sphere) * scaled, exponent)
        size = float(np.abs(a).max()), float(np.abs(b).max()), radius
        if not np.all(np.isfinite(coefficients)):
            raise InvalidArgumentError("eigenvalues, bias, outer_radius", size, "so small that a R^2 + b is finite")
        if np.any(np.ldexp(coefficients, -exponent) != error_sign(sphere) * scaled):
            allowed = "so large that a R^2 + b keeps its digits: below 2.2e-308 doubles have fewer"
            raise InvalidArgumentError("eigenvalues, bias, outer_radius", size, allowed)
        return coefficients

    def errors_on(self, sphere: str, outer_radius: float) -> QuadraticErrors:
        """The errors on one sphere: :meth:`error_coefficients` with the tie rule, and all that they tell.

        Examples
        --------
        >>> errors = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]).errors_on("inner", 1.3)
        >>> round(float(errors.rate), 4), errors.ties_are_errors
        (0.2317, False)
        """
        return QuadraticErrors(self.error_coefficients(sphere, outer_radius), ties_are_errors(sphere))

    def alphas_outside(self, outer_radius: float) -> NDArray[np.int64]:
        """Number of alphas outside [1/R^2, 1], decided without rounding error: shape (...); only for b < 0."""
        self._check_negative_bias()
        outside = [self.error_coefficients(sphere, outer_radius) > 0.0 for sphere in ("inner", "outer")]
        count: NDArray[np.int64] = np.sum(outside[0] | outside[1], axis=-1)
        return count

    def is_perfect(self, sphere: str, outer_radius: float) -> BoolArray:
        """Whether the error rate on this sphere is exactly 0 (ties of measure 0 are allowed): shape (...)."""
        return self.errors_on(sphere, outer_radius).is_null

    def touches_boundary(self, sphere: str, outer_radius: float) -> BoolArray:
        """Whether the error rate is 0 while the logit is 0 somewhere on the sphere: shape (...)."""
        return self.errors_on(sphere, outer_radius).touches


def eigenbasis_of_weights(weights: ArrayLike) -> FloatArray:
    """Orthonormal eigenbasis of W^T W, for distances: z = x @ basis are the coordinates in which the logit is diagonal.

    Parameters
    ----------
    weights
        W, shape (hidden, dim), any real dtype; computed in float64.

    Returns
    -------
    ndarray
        (dim, dim), eigenvectors as columns, in the order of the eigenvalues of
        :meth:`QuadraticClassifier.from_weights` (for output weight 1: ascending).

    Examples
    --------
    >>> eigenbasis_of_weights([[0.0, 2.0]]).tolist()  # the direction that counts comes last
    [[1.0, 0.0], [0.0, 1.0]]
    """
    w = _check_weights(weights)
    scaled = np.ldexp(w, -int(np.frexp(np.abs(w).max())[1]))
    basis: FloatArray = np.linalg.eigh(scaled.T @ scaled)[1]
    return basis


def _checked_size(values: FloatArray, coordinates: FloatArray, goal: str) -> FloatArray:
    if not np.all(np.isfinite(values)):
        raise InvalidArgumentError("coordinates", float(np.abs(coordinates).max()), f"so small that {goal}")
    return values


def _binary_exponent(x: FloatArray) -> NDArray[np.int32]:
    """The e with abs(x) in [2^(e-1), 2^e); far below all others for 0."""
    return np.where(x == 0.0, -9999, np.frexp(x)[1])


def _times_square_plus(a: FloatArray, radius: float, b: FloatArray) -> FloatArray:
    """a radius^2 + b, in double-double until the end; in more where that leaves few digits."""
    square, square_error = two_product(np.asarray(radius), np.asarray(radius))
    product, product_error = two_product(a, square)
    total, total_error = two_sum(product, b)
    result: FloatArray = total + (total_error + (product_error + a * square_error))
    cancelled = np.abs(result) < _CANCELLED * np.abs(b)
    if np.any(cancelled):
        rest = two_product(a[cancelled], square_error)
        result[cancelled] = accurate_sum([product[cancelled], b[cancelled], product_error[cancelled], *rest])
    return result


def _check_weights(weights: ArrayLike) -> FloatArray:
    w = check_finite("weights", weights)
    if w.ndim != 2 or w.shape[0] < 1 or w.shape[1] < 2:
        raise InvalidArgumentError("weights", w.shape, "of shape (hidden, dim) with hidden >= 1 and dim >= 2")
    return w


def _squared_singular_values(w: FloatArray) -> FloatArray:
    """Eigenvalues of W^T W, ascending, from the smaller of the two Gram matrices."""
    hidden, dim = w.shape
    exponent = int(np.frexp(np.abs(w).max())[1])
    scaled = np.ldexp(w, -exponent)  # so that squares neither overflow nor vanish on the way
    gram = scaled @ scaled.T if hidden < dim else scaled.T @ scaled
    # The Gram matrix has no negative eigenvalue: one that is computed so is a rounding error of 0.
    values = np.maximum(np.linalg.eigvalsh(gram), 0.0)
    with np.errstate(over="ignore"):  # what overflows is refused with the eigenvalues
        return np.concatenate([np.zeros(max(0, dim - hidden)), np.ldexp(values, 2 * exponent)])


def check_single_classifier(classifier: QuadraticClassifier) -> None:
    """Refuse what is not one quadratic classifier: another object, or a history of them."""
    check_instance("classifier", classifier, QuadraticClassifier, "a QuadraticClassifier")
    if classifier.shape:
        raise InvalidArgumentError("classifier", classifier.shape, "a single classifier, not a history")
