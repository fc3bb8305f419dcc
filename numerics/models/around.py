"""Any classifier of any number of classes near a data point: random points about it, and "not this label" as the error.

The classifier becomes a model of two classes of the points about the centre, positive where its answer is another than
the label. On a sphere that is an inner sphere of the given radius, for everything that knows inner spheres.

What the answer is: of an estimator, what ``predict`` says; of scores, the label where its score exceeds those of all
other classes (a tie is an error, since no class was preferred); of a function of labels, the label itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_integer
from ...theory.basics.errors import InvalidArgumentError, ModelError
from ...theory.basics.validation import BoolArray, FloatArray, Metric, check_finite, check_metric
from ...theory.quadratic.function import QuadraticFunction
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from ..sampling.points import block_generator
from ..sampling.spaces import sample_points
from ..sampling.streams import SANITY_KEY
from .adapters import Kind, from_callable, kind_of
from .adapters_sklearn import against_the_rest, class_index
from .adapters_torch import torch_model
from .checked import Adapter, CheckedModel, described, plain_array
from .outputs import Reading, sizes
from .problem import Problem
from .users_code import users_code

_SMALLEST = 1e-300
"""The logit of a tie, which is an error."""
_RESOLVED = 1e4
"""Least size of a random coordinate in units of the centre's last place."""


def around(
    model: Any,
    centre: ArrayLike,
    *,
    label: Any,
    radius: float | None = None,
    noise: float | None = None,
    shape: tuple[int, ...] | None = None,
    metric: Metric = "euclidean",
) -> Problem:
    """The problem of a classifier near a data point: which random points about it are not given its label?

    Parameters
    ----------
    model
        A fitted classifier of scikit-learn's kind; a PyTorch module that returns the scores of its classes, shape
        (n, classes); a function that takes arrays and returns such scores, or labels (integers or words) of shape (n,);
        a model of two classes, those of :func:`~.models.adapters.from_callable`, say, with the labels 1 (outer) and 0.
    centre
        The data point, finite, of any shape.
    label
        The right answer: one of the estimator's ``classes_``, or a class counted from 0.
    radius
        Points are uniform on the sphere of this radius about the centre, in the unit of the inputs.
    noise
        Instead of it: points are the centre plus normal noise of this standard deviation in each coordinate.
    shape
        Shape of one point as the model takes it; default that of the centre. Estimators see flat points.
    metric
        Of distances on the sphere. In noise they are Euclidean.

    Returns
    -------
    Problem
        Its ``wrong_at_centre`` says whether the model errs at the data point itself.

    Raises
    ------
    InvalidArgumentError
        Both or neither of ``radius`` and ``noise``, one that is not positive or is lost in the rounding of the centre's
        coordinates, a centre that is not finite or of another size than the model takes, or a label that the classifier
        does not have.
    ModelError
        It is no classifier, or its answers are none.

    Notes
    -----
    A tie of scores is an error: the label must be above all others. Points outside of what the data can be, pixels
    below 0, say, are points like all others.

    Examples
    --------
    >>> def scores(points):  # of three classes
    ...     return np.stack([points[:, 0], points[:, 1], np.zeros(len(points))], axis=1)
    >>> problem = around(scores, [1.0, 0.2, 0.0], label=0, noise=0.5)
    >>> problem.errors([[0.0, 0.0, 0.0], [0.0, 0.9, 0.0]]).tolist(), problem.wrong_at_centre
    ([False, True], False)
    """
    given = check_finite("centre", centre)
    if given.size < 2:
        raise InvalidArgumentError("centre", f"{given.size} numbers", "of at least 2 numbers")
    flat, form = given.reshape(-1), _shape_of(given, shape)
    space = _space(flat.size, radius, noise, check_metric(metric))
    _check_resolved(space, flat)
    problem = replace(_about(model, flat, flat, label, form, space), at_data_point=True)
    problem.errors(np.zeros((1, flat.size)))  # what can't answer here is refused now
    return problem


def on(model: Any, space: Space, *, label: Any, shape: tuple[int, ...] | None = None) -> Problem:
    """The problem of a classifier on a space: which of its random points are not given a label?

    Parameters
    ----------
    model
        As for :func:`around`.
    space
        One whose points can be drawn, of at least 2 coordinates; see :func:`~.sampling.spaces.sample`. Its points are
        what the model is asked about: latent points only through the map of an image space.
    label
        The right answer for all of its points: one of the estimator's ``classes_``, or a class counted from 0. Where
        right answers differ, let the model answer whether it is right (``returns="labels"``), and the label be 1.
    shape
        Shape of one point as the model takes it; default flat.

    Returns
    -------
    Problem
        Its errors can be counted (:func:`~.error_rates.counting.count_errors`), and its space bounds their distance.
        An attack searches spheres and normal noise alone: elsewhere it would leave the space.

    Raises
    ------
    InvalidArgumentError
        No such space, a shape of another size, or a label that the classifier does not have.
    ModelError
        It is no classifier, or its answers are none.

    Examples
    --------
    >>> from adversarial_spheres import Hamming, count_errors
    >>> majority = lambda points: (points.sum(axis=1) > 50).astype(int)
    >>> problem = on(majority, Hamming(100), label=0)
    >>> counted = count_errors(problem, samples=2000, seed=0)
    >>> counted.interval.low > 0.4, float(problem.space.quantile_distance_bound(0.9, counted.interval.low))
    (True, 8.0)
    """
    check_instance("space", space, Space, "a Space")
    if space.dim < 2:
        raise InvalidArgumentError("space", space, "one whose points have at least 2 coordinates")
    form = None if shape is None else sizes(shape)
    if form is not None and math.prod(form) != space.dim:
        raise InvalidArgumentError("shape", form, f"of {space.dim} numbers, those of a point of the space")
    probe = sample_points(space, 1, block_generator(0, SANITY_KEY, 1))
    problem = _about(model, probe[0], np.zeros(space.dim), label, form, space, name="space")
    problem.errors(probe)  # what can't answer here is refused now
    return problem


def _about(
    model: Any,
    probe: FloatArray,
    centre: FloatArray,
    label: Any,
    form: tuple[int, ...] | None,
    space: Space,
    name: str = "centre",
) -> Problem:
    """The problem of a classifier of the points centre + x; a probe tells what a function returns."""
    about, label_is_positive = _label_model(model, probe, label, form, name)
    return Problem(CheckedModel(_Deviations(about, centre, flipped=label_is_positive)), space, "inner", centre)


def _shape_of(centre: FloatArray, shape: Any) -> tuple[int, ...] | None:
    """Shape of one point as the model takes it; None: flat."""
    if shape is None:
        return centre.shape if centre.ndim > 1 else None
    form = sizes(shape)
    if math.prod(form) != centre.size or centre.shape not in ((centre.size,), form):
        raise InvalidArgumentError("centre", centre.shape, f"of shape {form}, or flat")
    return form


def _space(dim: int, radius: float | None, noise: float | None, metric: Metric) -> Sphere | Gaussian:
    if radius is None and noise is None:
        raise InvalidArgumentError("noise", noise, "a standard deviation, or a radius given instead")
    if radius is not None and noise is not None:
        raise InvalidArgumentError(
            "radius", radius, "left out where noise is given: points are in noise or on a sphere"
        )
    if radius is not None:
        return Sphere(dim, radius, metric)
    if metric != "euclidean":
        raise InvalidArgumentError("metric", metric, '"euclidean" in noise, where no great circles are')
    return Gaussian(dim, _noise(noise))


def _check_resolved(space: Sphere | Gaussian, centre: FloatArray) -> None:
    """Refuse random points that centre + point rounds to other ones: the space would bound what is not asked about."""
    name, size = ("radius", space.radius) if isinstance(space, Sphere) else ("noise", space.sigma)
    largest = float(np.abs(centre).max())
    each = size / math.sqrt(space.dim) if isinstance(space, Sphere) else size  # in one coordinate
    if each < _RESOLVED * float(np.spacing(largest)):
        raise InvalidArgumentError(name, size, f"larger: beside a coordinate of {largest:.6g} it is lost in rounding")


def _noise(noise: Any) -> float:
    try:
        return Gaussian(1, noise).sigma
    except InvalidArgumentError as error:
        raise InvalidArgumentError("noise", noise, error.allowed) from error


def _label_model(
    model: Any, centre: FloatArray, label: Any, shape: tuple[int, ...] | None, name: str
) -> tuple[CheckedModel, bool]:
    """A model of two classes, one of them the label; and whether that is the one of positive scores."""
    kind: Kind = kind_of(model)
    if kind == "estimator":
        index = class_index(model, label, name="label")
        expected = getattr(model, "n_features_in_", centre.size)
        if expected != centre.size:
            raise InvalidArgumentError(name, f"{centre.size} numbers", f"of {expected}, those of the estimator")
        return against_the_rest(model, index), True
    if kind == "model":
        chosen = check_integer("label", label, 0, 1, "1 (outer) or 0 (inner)")
        return (model if isinstance(model, CheckedModel) else CheckedModel(model)), chosen == 1
    if kind == "module":
        return CheckedModel(torch_model(model, _reading(label, shape))), True
    return _function_model(model, centre, label, shape), True


def _reading(label: Any, shape: tuple[int, ...] | None) -> Reading:
    return Reading(shape=shape, label=check_integer("label", label, 0))


def _function_model(
    function: Callable[[NDArray[Any]], Any], centre: FloatArray, label: Any, shape: tuple[int, ...] | None
) -> CheckedModel:
    """The model of a function; two points at the centre tell whether it returns labels or scores."""
    form = Reading(shape=shape)
    with users_code("model", "a function of points that raises no exception"):
        output, _ = plain_array(function(form.shaped(np.stack([centre, centre]))), "labels or scores")
    if output.shape in ((2,), (2, 1)) and output.dtype.kind in "iubUO":
        _check_label(label, output.dtype.kind)

        def is_label(points: NDArray[Any]) -> BoolArray:
            answers = np.asarray(function(form.shaped(points))).reshape(len(points))
            return np.asarray(answers == label, dtype=np.bool_)

        return from_callable(is_label, returns="labels")
    if output.ndim < 2 or output.shape[1] < 2:
        allowed = "a function that returns labels (integers or words), shape (n,), or the scores of all classes"
        raise ModelError("model", f"{output.dtype} of shape {output.shape}", f"{allowed}, shape (n, classes)")
    reading = _reading(label, shape)

    def scores(points: NDArray[Any]) -> NDArray[Any]:
        found, _ = plain_array(function(reading.shaped(points)), "scores")
        return np.asarray(reading.scores(found, len(points)))

    return from_callable(scores)


def _check_label(label: Any, kind: str) -> None:
    """Refuse a word where a function returns integers, and a number where it returns words: it never gives them."""
    if kind == "U" and not isinstance(label, str):
        raise InvalidArgumentError("label", label, "a word, as the function returns words")
    if kind in "iu":
        check_integer("label", label, -(2**63), 2**64, "the range of the labels")
    if kind == "b" and label not in (False, True):
        raise InvalidArgumentError("label", label, "True or False, as the function returns truth values")


class _Deviations(Adapter):
    """A model of points about a centre: positive where the answer is another than the label."""

    scale_is_known = True

    def __init__(self, about: CheckedModel, centre: FloatArray, *, flipped: bool) -> None:
        self._about, self._centre, self._flipped = about, centre, flipped
        if not about.returns_logits:
            self.labels = self._labels
            return
        self.logits = self._logits
        if about.has_gradient:
            self.input_gradient = self._gradient

    @property
    def resolution(self) -> float:
        return self._about.resolution

    def quadratic(self) -> QuadraticFunction | None:
        """The function that is positive at errors, where the model knows one of its own."""
        known = described(self._about)
        if known is None or known.dim != len(self._centre):
            return None
        moved = known.at(self._centre)
        return moved.times(-1.0) if self._flipped else moved

    def _logits(self, points: FloatArray) -> FloatArray:
        scores = self._about.scores(self._centre + points)
        return np.where(scores > 0.0, -scores, np.maximum(-scores, _SMALLEST)) if self._flipped else scores

    def _labels(self, points: FloatArray) -> BoolArray:
        return self._logits(points) > 0.0

    def _gradient(self, points: FloatArray) -> FloatArray:
        found = self._about.input_gradient(self._centre + points)
        return -found if self._flipped else found
