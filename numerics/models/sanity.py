"""Questions to a model before it is believed: what makes a verdict about it worthless, or doubtful.

A verdict speaks of a function from points to classes. So a model whose answer for a point depends on chance, or on the
other points that it is shown, is refused. Numbers that are no logits although they were given as logits (probabilities
have no sign), and classes that are the wrong way round, are told: there are honest models that look like it.

The questions are ``QUERIES`` points, drawn from a seed of their own: the same points twice; in another order and
another split, one of them alone; and beside points of the other sphere, if the model answers there. Where all answers
have the same sign, ``AWAY_QUERIES`` points away from both spheres tell whether they can have the other. The idea of
such checks is that of AutoAttack [CH2020], which warns of randomness and of probabilities.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...theory.basics.errors import ModelError
from ...theory.basics.sphere import misclassified
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ..networks.quadratic import QuadraticNetwork
from ..networks.relu import ReluNetwork
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import SANITY_KEY
from .checked import CheckedModel
from .findings import Finding

ASKED = 64
"""Points of each sphere; fewer from dimension 65,536 on, so that they fit in memory."""
BESIDE = 8
"""How many of them are asked about once more beside the points of the other sphere."""
QUERIES = 4 * ASKED + BESIDE + 2
RECHECKED = 8
"""Points that are asked about once more when all is done."""
AWAY = (0.1, 10.0, 1000.0)
AWAY_QUERIES = len(AWAY) * ASKED
RADIUS_RATIO = 1.3
_OURS = QuadraticClassifier | QuadraticNetwork | ReluNetwork
_LARGEST_ENTRIES, _FEWEST = 2**22, 4
_SAME = 1e-5
"""Largest change of a score between equal questions, relative to the largest, that is taken for rounding."""
_BATCH = 1e-2
"""Largest change with the batch that may come from arithmetic of low precision."""
_NEARLY_ALL, _MOST = 0.9, 0.5
_ALLOWED = {
    "determinism": "deterministic: the same points twice gave different answers",
    "batch": "a function of each point by itself, whatever other points are asked about with it and in which order",
}
_ALLOWED["again"] = f"{_ALLOWED['batch']}, and however often it was asked before"


class ModelWarning(UserWarning):
    """Something about a model makes its verdicts doubtful; what it is and what to do stands in the words.

    Examples
    --------
    >>> import warnings
    >>> from adversarial_spheres import Claims, ModelWarning, check_bound
    >>> with warnings.catch_warnings(category=ModelWarning, action="ignore"):
    ...     found = check_bound(lambda points: np.ones(len(points)), Claims(error_rate=0.5), dim=3)
    >>> found.findings[0].name
    'constant'
    """


def examine(
    model: CheckedModel, dim: int, sphere: Sphere, radius: float, points: FloatArray | None = None
) -> tuple[Finding, ...]:
    """Question a model once for each dimension, sphere and radius, and remember what was found.

    Quadratic and ReLU networks of this package are not questioned: they are known. ``points`` are asked about instead
    of those of the sphere, where it lies outside of the space: a model of binary features need not know others.

    Returns
    -------
    tuple of Finding
        Those of level "warn"; each was also shown as a :class:`ModelWarning` when it was found.

    Raises
    ------
    ModelError
        A finding of level "refuse".

    Examples
    --------
    >>> from adversarial_spheres import from_callable
    >>> examine(from_callable(lambda points: points[:, 0] - 0.1), 20, "inner", 1.0)
    ()
    >>> examine(from_callable(lambda points: points[:, 0] - points[:, 0].mean()), 20, "inner", 1.0)
    Traceback (most recent call last):
        ...
    adversarial_spheres.theory.basics.errors.ModelError: model must be a function of each point by itself, ...
    """
    asked = (dim, sphere, radius)
    if asked not in model.findings:
        asked_about = sanity_points(dim, radius) if points is None else points
        found = () if isinstance(model.model, _OURS) else question(model, asked_about, sphere)
        for finding in found:
            if finding.level == "refuse":
                raise ModelError(model.source, finding.message, _ALLOWED[finding.name])
            warnings.warn(ModelWarning(finding.message), stacklevel=3)
        # Only now: where warnings are errors, the next one to ask gets them, too.
        model.findings[asked] = found
    return model.findings[asked]


def confirm(model: CheckedModel, points: FloatArray, scores: FloatArray) -> None:
    """Ask about points once more, the first one alone: a model must still be the one that answered at first.

    Parameters
    ----------
    points
        Shape (n, dim).
    scores
        What the model answered about them, among others; the largest one sets the scale.

    Raises
    ------
    ModelError
        It answers otherwise: it looks at how many points are asked about, or has changed since.

    Examples
    --------
    >>> from adversarial_spheres import from_callable
    >>> points = sanity_points(20, 1.0)
    >>> one = from_callable(lambda points: points[:, 0] - 0.1)
    >>> confirm(one, points[:2], one.scores(points))
    """
    if isinstance(model.model, _OURS):
        return
    again = np.concatenate([model.scores(part) for part in (points[:1], points[1:])])
    # Beside the largest score, whose own change is none.
    changed = _change(np.append(scores[: len(points)], np.abs(scores).max()), np.append(again, np.abs(scores).max()))
    if changed.size > _same(model, _BATCH):
        raise ModelError(model.source, f"{changed} when the first points were asked about again", _ALLOWED["again"])


def sanity_points(dim: int, radius: float) -> FloatArray:
    """The points that a model is asked about: of the same directions for each radius.

    Examples
    --------
    >>> sanity_points(500, 1.3).shape
    (64, 500)
    """
    count = int(np.clip(_LARGEST_ENTRIES // dim, _FEWEST, ASKED))
    units = sample_unit_vectors(count, dim, block_generator(0, SANITY_KEY))
    return np.asarray(units, dtype=np.float64) * radius


def question(model: CheckedModel, points: FloatArray, sphere: Sphere) -> tuple[Finding, ...]:
    """Ask about points of one sphere in several ways.

    Parameters
    ----------
    points
        Shape (n, dim), n >= 2, on the sphere.

    Returns
    -------
    tuple of Finding
        One that refuses the model, or those that warn of it; empty where nothing is to be said.

    Examples
    --------
    >>> from adversarial_spheres import from_callable
    >>> one = from_callable(lambda points: 1 / (1 + np.exp(-points[:, 0])))
    >>> [finding.name for finding in question(one, sanity_points(20, 1.0), "inner")]
    ['probabilities']
    """
    scores = model.scores(points)
    changed = _change(scores, model.scores(points))
    if changed.size > _same(model, model.resolution):
        return (Finding("refuse", "determinism", f"{changed} when the same points were asked about again"),)
    elsewhere = points * _factor_to_other_sphere(points, sphere)
    changed, others = _change_with_batch(model, points, scores, elsewhere)
    if changed.size > _same(model, _BATCH):
        return (Finding("refuse", "batch", f"{changed} when other points were asked about with it"),)
    found = []
    if changed.size > _same(model, np.sqrt(model.resolution)):
        found.append(Finding("warn", "rounding", _ROUNDING.format(changed)))
    if model.returns_logits and not model.scale_is_known:
        found += _scale_findings(model, points, np.concatenate([scores, others]))
    return (*found, *_class_findings(scores, others, sphere))


_ROUNDING = (
    "{} when other points were asked about with it: more than rounding of the numbers that the model returns; does it "
    "compute in a lower precision, or look at the other points?"
)


@dataclass(frozen=True)
class _Change:
    """The largest change of a score, relative to the largest score."""

    size: float
    before: float
    after: float

    def __str__(self) -> str:
        return f"a score of {self.before:.6g} became {self.after:.6g}"


def _change(before: FloatArray, after: FloatArray) -> _Change:
    differences = np.abs(before - after)
    index = int(np.argmax(differences))
    scale = float(max(np.abs(before).max(), np.abs(after).max()))
    size = float(differences[index]) / scale if scale > 0.0 else 0.0
    return _Change(size, float(before[index]), float(after[index]))


def _same(model: CheckedModel, tolerance: float) -> float:
    """Largest change that is none: labels are the same or not, logits are the same up to rounding."""
    return max(_SAME, tolerance) if model.returns_logits else 0.0


def _change_with_batch(
    model: CheckedModel, points: FloatArray, scores: FloatArray, elsewhere: FloatArray
) -> tuple[_Change, FloatArray]:
    """The largest change that another order, another split or other company makes; and the scores elsewhere."""
    count = len(points)
    backwards = np.arange(count)[::-1]
    parts = [part for part in np.split(backwards, [1, 1 + (count + 7) // 8]) if part.size]
    split = np.concatenate([model.scores(points[part]) for part in parts])
    mixed = _if_any(model.scores, np.concatenate([elsewhere, points[:BESIDE]]))
    # A model may know no other sphere, or take one point at a time; a pair of them is a batch that it may see, too.
    pair = _if_any(model.scores_at_once, points[:2])
    changes = [_change(scores[backwards], split)]
    changes += [_change(scores[: len(part)], part) for part in (mixed[count:], pair) if part.size]
    return max(changes, key=lambda change: change.size), mixed[:count]


def _if_any(scores: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
    """The scores of points that a model need not know; none where it does not, and no word about it."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return scores(points)
    except ModelError:
        return np.empty(0)


def _factor_to_other_sphere(points: FloatArray, sphere: Sphere) -> float:
    radius = math.hypot(*points[0])  # of any size; squares would overflow
    if sphere == "inner":
        return RADIUS_RATIO * max(radius, 1.0) / radius
    return min(radius / RADIUS_RATIO, 1.0) / radius


def _scale_findings(model: CheckedModel, points: FloatArray, scores: FloatArray) -> list[Finding]:
    """Whether the scores can be logits: they have both signs somewhere."""
    if scores.min() < 0.0 < scores.max():
        return []
    none_inner = scores.min() > 0.0  # farther away probabilities may underflow to 0
    scores = np.concatenate([scores, *(_if_any(model.scores, points * factor) for factor in AWAY)])
    low, high, shown = scores.min(), scores.max(), f"of all {scores.size} points that were asked about"
    if low < 0.0 < high or (np.isin(scores, (0.0, 1.0)).all() and low < high):  # labels have no other sign to show
        return []
    if low == high:
        words = f"the scores {shown} are {low:.6g}: a constant is no classifier"
        return [Finding("warn", "constant", words)]
    between = f"the scores {shown} lie between {low:.6g} and {high:.6g}"
    if low >= 0.0 and high <= 1.0:
        words = f'{between}: if they are probabilities of "outer", say so (returns="probabilities"); as logits, every '
        return [Finding("warn", "probabilities", words + 'number above 0 means "outer"')]
    if none_inner:
        words = f'{between}: as logits, none on the spheres means "inner"; scores whose threshold is not 0 need it '
        return [Finding("warn", "one-sided", words + "subtracted")]
    if high <= 0.0:
        words = f'{between}: as logits, none means "outer"; if they are logarithms of probabilities, give numpy.exp of '
        return [Finding("warn", "one-sided", words + 'them with returns="probabilities"')]
    return []


def _class_findings(scores: FloatArray, others: FloatArray, sphere: Sphere) -> list[Finding]:
    """Whether the classes may be the wrong way round: errors nearly everywhere."""
    other: Sphere = "outer" if sphere == "inner" else "inner"
    wrong = {sphere: misclassified(scores, sphere), other: misclassified(others, other)}
    if not others.size or np.mean(wrong[sphere]) < _NEARLY_ALL or np.mean(wrong[other]) <= _MOST:
        return []
    counts = " and ".join(
        f"{np.count_nonzero(wrong[name])} of {wrong[name].size} points of the {name} sphere"
        for name in ("inner", "outer")
    )
    words = f'{counts} are errors: are the classes the wrong way round? "outer" is a positive logit or the label 1; '
    return [Finding("warn", "classes", words + "from_sklearn(outer=) and from_torch(classes=) name it")]
