"""Estimators of scikit-learn as models: what ``predict`` says is the answer, the scores only guide to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.errors import InvalidArgumentError, ModelError
from ...theory.basics.validation import as_array
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.function import QuadraticFunction
from .checked import MAX_BATCH, Adapter, CheckedModel
from .outputs import real_numbers
from .recognised.estimators import quadratic_score

_SMALLEST = 1e-300
"""Probabilities are held off 0 by it, and it is the score where score and prediction disagree."""
_READ = ("sklearn.ensemble._forest", "sklearn.linear_model._base", "sklearn.tree._classes")
"""Modules whose ``predict`` was read: the class of the largest score, the first one of ties. All others are asked for
both, at twice the cost.
"""
_READ_OF_TWO = (*_READ, "sklearn.svm._base")
"""The same of two classes: of three support vector machines count votes."""


def from_sklearn(estimator: Any, *, outer: Any = None, max_batch: int = MAX_BATCH) -> CheckedModel:
    """A model from a fitted classifier of scikit-learn (or one with the same methods).

    The answer is that of ``predict``. How near it is to the other one, for attacks, says ``decision_function`` where
    the estimator has it, else the logarithm of the odds by ``predict_proba``, its probabilities held off 0 and 1 by
    1e-300 and 2^-53. Where their sign is another one than the prediction (a tuned threshold, say), the score is
    +-1e-300, with the sign of the prediction. Without either, the model has labels only.

    An estimator that was fitted to a DataFrame is given DataFrames with the names it knows. One that knows its number
    of features (``n_features_in_``) says it: the dimension may be left out where it is asked for.

    Parameters
    ----------
    estimator
        Fitted.
    outer
        Which of ``classes_`` is "outer"; all others are "inner". Default: the second of two, which is the larger number
        or the later word ("small" comes after "big"). It must be given where there are more than two.
    max_batch
        Most points at once.

    Raises
    ------
    ModelError
        The estimator is not fitted, has other than two classes while ``outer`` is not given, or has none of the
        methods.
    InvalidArgumentError
        ``outer`` is none of the classes.

    Examples
    --------
    >>> class Fitted:
    ...     classes_ = ("big", "small")
    ...     def decision_function(self, points):
    ...         return 0.5 - points[:, 0]
    >>> from_sklearn(Fitted(), outer="big").labels(np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [0, 1]
    """
    return against_the_rest(estimator, _index_of_outer(estimator, outer), max_batch)


def against_the_rest(estimator: Any, index: int, max_batch: int = MAX_BATCH) -> CheckedModel:
    """The model whose "outer" is the class of an index, all others being "inner"."""
    model = _Estimator(estimator, index)
    answering = model if model.has_scores else _Labels(model.labels)
    return CheckedModel(answering, max_batch=max_batch, dim=getattr(estimator, "n_features_in_", None))


def class_index(estimator: Any, label: Any, *, name: str) -> int:
    """Where a label, given as the argument ``name``, stands among the classes of an estimator.

    Examples
    --------
    >>> class Fitted:
    ...     classes_ = ("big", "small")
    >>> class_index(Fitted(), "small", name="label")
    1
    """
    names = list(np.asarray(_classes(estimator)).tolist())
    if as_array(name, label).ndim or label not in names:
        raise InvalidArgumentError(name, label, f"one of the classes {names}")
    return names.index(label)


def _classes(estimator: Any) -> Any:
    classes = getattr(estimator, "classes_", None)
    given = f"{type(estimator).__name__} with classes_ = {classes!r}"
    if classes is None or len(np.shape(classes)) != 1 or len(classes) < 2:
        raise ModelError("estimator", given, "a fitted classifier with two classes, inner before outer")
    return classes


def _index_of_outer(estimator: Any, outer: Any) -> int:
    if outer is not None:
        return class_index(estimator, outer, name="outer")
    classes = _classes(estimator)
    if len(classes) > 2:
        given = f"{type(estimator).__name__} with classes_ = {classes!r}"
        raise ModelError("estimator", given, "one with two classes, or have one of its classes named by outer=")
    return 1


class _Labels:
    """A model of labels from a function."""

    def __init__(self, labels: Callable[[NDArray[Any]], Any]) -> None:
        self.labels = labels


class _Estimator(Adapter):
    """Scores whose sign is the prediction."""

    scale_is_known = True

    def __init__(self, estimator: Any, outer: int) -> None:
        self._estimator, self._outer, self._framed = estimator, outer, _in_frames(estimator)
        self._decides, self._knows_odds, self._predicts = (
            callable(getattr(estimator, name, None)) for name in ("decision_function", "predict_proba", "predict")
        )
        self.has_scores = self._decides or self._knows_odds
        if not (self.has_scores or self._predicts):
            found = type(estimator).__name__
            raise ModelError("estimator", found, "one with decision_function, predict_proba or predict")
        scored = "decision_function" if self._decides else "predict_proba"
        read = _READ_OF_TWO if len(estimator.classes_) == 2 else _READ
        self._is_read = all(
            getattr(getattr(estimator, name, None), "__module__", None) in read for name in ("predict", scored)
        )

    def quadratic(self) -> QuadraticFunction | None:
        """The function that is positive where the answer is "outer", for estimators that are known."""
        return quadratic_score(self._estimator, self._outer)

    def classifier(self) -> QuadraticClassifier | None:
        """The same where it has no linear term, which makes every sphere about the origin exact."""
        found = self.quadratic()
        if found is None or np.any(found.linear) or found.is_linear or found.dim < 2:
            return None
        return QuadraticClassifier(found.spectrum[0], np.asarray(found.constant))

    def labels(self, points: NDArray[Any]) -> NDArray[np.bool_]:
        return self._is_outer(self._framed(points))

    def logits(self, points: NDArray[Any]) -> NDArray[Any]:
        given = self._framed(points)
        columns = self._columns(given)
        scores = columns[:, self._outer] - np.delete(columns, self._outer, axis=1).max(axis=1)
        if not self._predicts:
            return scores
        outer = np.argmax(columns, axis=1) == self._outer if self._is_read else self._is_outer(given)
        kept = ((scores > 0) == outer) | ~np.isfinite(scores)  # of a score that is no number nothing is made
        return np.where(kept, scores, np.where(outer, _SMALLEST, -_SMALLEST))

    def _is_outer(self, given: Any) -> NDArray[np.bool_]:
        predicted = np.asarray(self._estimator.predict(given)).reshape(len(given))
        return np.asarray(predicted == self._estimator.classes_[self._outer], dtype=np.bool_)

    def _columns(self, given: Any) -> NDArray[Any]:
        """A score of each class, shape (n, classes)."""
        classes = len(self._estimator.classes_)
        if self._decides:
            decision = real_numbers(np.asarray(self._estimator.decision_function(given)))
            if decision.ndim == 1:  # of two classes: positive is the second
                return np.stack([np.zeros_like(decision), decision], axis=1)
            if decision.shape == (len(given), classes):
                return decision
            if not self._knows_odds:
                raise ModelError("estimator", f"decisions of shape {decision.shape}", "one with one decision a class")
        odds = _probabilities(self._estimator.predict_proba(given), classes)
        return np.log(np.maximum(odds, _SMALLEST))


def _probabilities(returned: Any, classes: int) -> NDArray[np.float64]:
    p = np.asarray(returned, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] != classes:
        raise ModelError("estimator", f"shape {p.shape}", f"one whose predict_proba returns shape (n, {classes})")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise ModelError("estimator", p, "one whose predict_proba returns numbers in [0, 1]")
    return p


def _in_frames(estimator: Any) -> Callable[[NDArray[Any]], Any]:
    """How points are given to an estimator: with the names of their columns, if it was fitted to names."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return lambda points: points
    try:
        import pandas
    except ImportError:  # a pickled estimator where the library of its training is missing: it takes arrays, and warns
        return lambda points: points
    return lambda points: pandas.DataFrame(points, columns=names)
