"""What counts as a model, and a wrapper that lets no bad answer through.

A model sees points of R^dim and calls each "outer" or "inner". It answers with logits (outer where the logit is
positive), or with labels alone (1 outer, 0 inner); it may also know the gradient of its logit.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, check_integer
from ...theory.basics.errors import ModelError
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.function import QuadraticFunction
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import DESCRIPTION_KEY
from .query_limits import Meter
from .users_code import users_code

if TYPE_CHECKING:
    from .findings import Finding

IndexArray: TypeAlias = NDArray[np.intp]
_DESCRIBED, _FALSE_ALARM, _UNEVEN, _NEAREST = 1024, 1e-9, 0.05, 1e-6
MAX_BATCH = 8192
BFLOAT16_EPS = 2.0**-7


class Model(Protocol):
    """Any classifier of points in R^dim: the point is called outer where its logit is positive.

    Examples
    --------
    >>> from adversarial_spheres import monte_carlo_error_rate
    >>> class HalfSpace:
    ...     def logits(self, points):
    ...         return points[:, 0] - 2.0
    >>> monte_carlo_error_rate(HalfSpace(), 5, "inner", samples=1000, seed=0).errors
    0
    """

    def logits(self, points: NDArray[Any]) -> NDArray[Any]:
        """Logits, shape (n,), of points of shape (n, dim)."""


class LabelModel(Protocol):
    """A classifier that tells its decision only.

    Examples
    --------
    >>> from adversarial_spheres import monte_carlo_error_rate
    >>> class HalfSpace:
    ...     def labels(self, points):
    ...         return (points[:, 0] > 2.0).astype(int)
    >>> monte_carlo_error_rate(HalfSpace(), 5, "inner", samples=1000, seed=0).errors
    0
    """

    def labels(self, points: NDArray[Any]) -> NDArray[Any]:
        """Labels, shape (n,), of points of shape (n, dim): 1 for outer, 0 for inner."""


AnyModel: TypeAlias = Model | LabelModel


class Adapter:
    """What this package's own adapters know of their answers; of a user's model nothing of these names is read."""

    scale_is_known: bool = False
    """Whether the scores are known to be positive where the answer is "outer"."""

    @property
    def resolution(self) -> float:
        """Unit roundoff of the coarsest numbers in which they were computed so far."""
        return 0.0


class CheckedModel:
    """A model whose every answer is checked; float64 in, float64 out.

    Parameters
    ----------
    model
        An object with ``logits`` or ``labels`` (``logits`` is used where it has both), and maybe ``input_gradient``.
    max_batch
        The model never sees more points at once.
    source
        What to call the model in messages.
    dim
        Number of coordinates of a point; None: the model does not say.

    Attributes
    ----------
    returns_logits, has_gradient
        What the model can do.
    resolution
        Unit roundoff of the coarsest floating-point numbers that it has returned so far.
    findings
        What :func:`~.models.sanity.examine` has found for each dimension, sphere and radius.

    Raises
    ------
    ModelError
        The object has neither method. Later, whenever the model returns something of another shape or type, a logit or
        gradient that is NaN or infinite, a label other than 0 and 1, or raises an exception; the message says what was
        returned. Whether its answers depend on chance or on the batch, :func:`~.models.sanity.examine` asks.

    Examples
    --------
    >>> class Norm:
    ...     def logits(self, points):
    ...         return (points**2).sum(axis=1) - 1.2
    >>> CheckedModel(Norm()).scores(np.array([[1.0, 0.0], [1.3, 0.0]])) > 0
    array([False,  True])
    """

    def __init__(
        self, model: AnyModel, *, max_batch: int = MAX_BATCH, source: str = "model", dim: int | None = None
    ) -> None:
        check_instance("source", source, str, "text")
        self.model, self.source = model, source
        self.dim = None if dim is None else check_integer("dim", dim, 1)
        self.max_batch = check_integer("max_batch", max_batch, 1, 2**31, "[1, 2^31]")
        self.returns_logits = callable(getattr(model, "logits", None))
        if not self.returns_logits and not callable(getattr(model, "labels", None)):
            raise ModelError(source, type(model).__name__, "an object with a method logits(points) or labels(points)")
        self._adapter = model if isinstance(model, Adapter) else Adapter()
        self.has_gradient = self.returns_logits and callable(getattr(model, "input_gradient", None))
        self.resolution = float(np.finfo(np.float64).eps)
        self.findings: dict[tuple[int, Sphere, float], tuple[Finding, ...]] = {}
        self._meter = Meter()

    @property
    def scale_is_known(self) -> bool:
        """Whether nobody can have taken probabilities for logits."""
        return self._adapter.scale_is_known

    def metered(self, meter: Meter) -> CheckedModel:
        """The same model; what it is asked from here on is counted by ``meter``, which may end it."""
        twin = copy.copy(self)
        twin._meter = meter
        return twin

    def scores(self, points: NDArray[Any]) -> FloatArray:
        """One finite number for each point of shape (n, dim), positive where the model answers "outer".

        The logits; for a model of labels 1 for outer and -1 for inner.
        """
        points = np.asarray(points, dtype=np.float64)
        return self._in_batches(self.scores_at_once, points) if len(points) else np.empty(0)

    def labels(self, points: NDArray[Any]) -> NDArray[np.int64]:
        """1 where the model answers "outer", else 0; shape (n,)."""
        return (self.scores(points) > 0).astype(np.int64)

    def logits(self, points: NDArray[Any]) -> FloatArray:
        """The scores: a checked model is a model."""
        return self.scores(points)

    def input_gradient(self, points: NDArray[Any]) -> FloatArray:
        """Gradients of the logits, finite, shape (n, dim)."""
        if not self.has_gradient:
            raise ModelError(self.source, type(self.model).__name__, "a model with a method input_gradient(points)")
        return self._in_batches(self._gradient, np.asarray(points, dtype=np.float64))

    def _in_batches(self, function: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
        if len(points) <= self.max_batch:
            return function(points)
        starts = range(0, len(points), self.max_batch)
        return np.concatenate([function(points[start : start + self.max_batch]) for start in starts])

    def scores_at_once(self, points: FloatArray) -> FloatArray:
        """Scores of points that the model sees together, however many they are."""
        kind = "logits" if self.returns_logits else "labels"
        answers = self._answer(kind, points, (len(points),))
        if self.returns_logits:
            return answers
        wrong = (answers != 0.0) & (answers != 1.0)
        if np.any(wrong):
            raise ModelError(self.source, float(answers[wrong][0]), "a function that returns labels 0 or 1 only")
        return 2.0 * answers - 1.0

    def _gradient(self, points: FloatArray) -> FloatArray:
        return self._answer("input_gradient", points, points.shape)

    def _answer(self, method: str, points: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        name = {"input_gradient": "gradients"}.get(method, method)
        self._meter.charge(len(points))
        with users_code(self.source, f"a function that returns {name} without an exception"):
            # The model may write on its input; it may not write on ours.
            returned = getattr(self.model, method)(points.copy())
            array, resolution = plain_array(returned, name, self.source)
        self.resolution = max(self.resolution, resolution, self._adapter.resolution)
        return _checked_array(array, shape, name, self.source)


def plain_array(returned: Any, name: str, source: str = "model") -> tuple[NDArray[Any], float]:
    """What a model returned as an array of NumPy's own types, and its unit roundoff (0 for integers).

    Tensors of PyTorch lose their gradients; bfloat16, which NumPy lacks, becomes float32.
    """
    if isinstance(returned, np.ma.MaskedArray):
        raise ModelError(source, "a masked array", f"a function that returns {name} without a mask")
    try:
        if callable(getattr(returned, "detach", None)):
            returned = returned.detach().to("cpu")
            if str(returned.dtype) == "torch.bfloat16":
                return returned.float().numpy(), BFLOAT16_EPS
        array = np.asarray(returned)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ModelError(source, returned, f"a function that returns an array of {name}") from error
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32), BFLOAT16_EPS
    return array, float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0


def _checked_array(array: NDArray[Any], shape: tuple[int, ...], name: str, source: str) -> FloatArray:
    if shape == (1,) and array.shape == ():  # one point, squeezed
        array = array.reshape(shape)
    if array.shape != shape:
        raise ModelError(source, f"shape {array.shape}", f"a function that returns {name} of shape {shape}")
    if array.dtype.kind not in "fiub":
        raise ModelError(source, f"type {array.dtype}", f"a function that returns {name} that are real numbers")
    with np.errstate(over="ignore", under="ignore"):
        numbers = array.astype(np.float64)
    bad = ~np.isfinite(numbers)
    if np.any(bad):
        found = f"{array[bad].flat[0]!s} in {np.count_nonzero(bad)} of {array.size} places"
        raise ModelError(source, found, f"a function that returns finite {name}")
    vanished = (numbers == 0.0) & (array != 0)
    if np.any(vanished):
        raise ModelError(source, str(array[vanished].flat[0]), f"a function that returns {name} that doubles can hold")
    return numbers


def is_model(value: object) -> bool:
    """Whether an object can be used as a model: it has a method ``logits`` or ``labels``."""
    return any(callable(getattr(value, name, None)) for name in ("logits", "labels"))


def exact_classifier(model: object) -> QuadraticClassifier | None:
    """The quadratic classifier that describes a model exactly; None for a model that is not known to be quadratic.

    A QuadraticClassifier is its own description; anything else says so by a method ``classifier()`` that returns one
    (a QuadraticNetwork does).

    Raises
    ------
    ModelError
        The model's own answers are not those of a classifier with these coefficients, in whatever basis.
    """
    if isinstance(model, CheckedModel):
        return exact_classifier(model.model)
    if isinstance(model, QuadraticClassifier):
        return model
    described = _told_by(model, "classifier")
    if not isinstance(described, QuadraticClassifier):
        return None
    if is_model(model) and not described.shape:
        _check_description(CheckedModel(model), described)  # type: ignore[arg-type]
    return described


def described(model: object) -> QuadraticFunction | None:
    """The quadratic function that a model says is positive where its score is, by a method ``quadratic()``.

    That is a claim: :func:`~.distances.known.known_errors` holds it against the model's answers before it is believed.
    """
    if isinstance(model, CheckedModel):
        return described(model.model)
    found = _told_by(model, "quadratic")
    return found if isinstance(found, QuadraticFunction) else None


def _told_by(model: object, name: str) -> Any:
    """What a method of this name returns; None where there is none that takes nothing.

    Networks have layers of such names, which can be called, too, and methods from features to scores.
    """
    with users_code("model", f"an object whose {name}() raises no exception"):
        method = getattr(model, name, None)
        return method() if inspect.isroutine(method) and _takes_nothing(method) else None


def _takes_nothing(method: Callable[..., Any]) -> bool:
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


def _check_description(model: CheckedModel, classifier: QuadraticClassifier) -> None:
    """Refuse a model that answers otherwise than its description, at a thousand points and their opposites.

    The basis is not known, so answers can't be compared point by point: a quadratic model answers alike at x and -x,
    and on every sphere it calls as large a share of the points outer as its description does of points of its own. The
    shares of n points each of an honest model differ by more than sqrt(2 log(4/p)/n) with probability at most p
    (Hoeffding for the model; as the radius depends on the description's points, the DKW inequality for these).
    """
    rng = block_generator(0, DESCRIPTION_KEY)
    units, own = (np.asarray(sample_unit_vectors(_DESCRIBED, classifier.dim, rng), np.float64) for _ in range(2))
    radius = _telling_radius(classifier, own)
    outer = model.scores(radius * units) > 0
    uneven = float(np.mean(outer != (model.scores(-radius * units) > 0)))
    share, described = float(np.mean(outer)), float(np.mean(np.asarray(classifier.logits(radius * own)) > 0))
    if uneven > _UNEVEN or abs(share - described) > np.sqrt(2.0 * np.log(4.0 / _FALSE_ALARM) / _DESCRIBED):
        told = f"{share:.3g} of the points at radius {radius:.4g} outer, {uneven:.3g} of them otherwise at -x"
        words = f"described by its classifier(), which calls {described:.3g} of them outer, the same at x and -x"
        raise ModelError(model.source, told, words)


def _telling_radius(classifier: QuadraticClassifier, units: FloatArray) -> float:
    """The radius at which half of the points whose decision changes along their ray have changed it; 1 without any."""
    forms, bias = np.square(units) @ classifier.eigenvalues, float(classifier.bias)
    with np.errstate(all="ignore"):
        squares = -bias / forms
    usable = squares[(squares > _NEAREST**2) & (squares < _NEAREST**-2)]
    return float(np.sqrt(np.median(usable))) if usable.size else 1.0
