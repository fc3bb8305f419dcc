"""The error budget of a pytest session: who may ask, what one question is, and what each may spend.

A *questioner* is a test, or a class, module or session whose fixture asks for it. A *question* is a model with what is
claimed of it and the settings of the check. **Proof that a session spends at most its budget.** By the union bound no
verdict is wrong but with the sum, over the different questions, of one minus their confidence; a question that is asked
again is decided from the same points at the same confidence, which adds nothing that could be wrong. The k-th
different question of a questioner has the part 1/(k (k + 1)) of the questioner's share, and these sum to 1; the shares
of the questioners, who are counted before the first one asks, sum to the budget, and where one may ask in several
processes, the j-th process has a part of its share, and these too sum to at most 1.

One question is known by its arguments and by the model's answers at a few fixed points. Where the answers are labels,
which many models share, it must moreover be the same call of the test, run again. Either way the check is done again,
and a model that then gives another result is another question: no verdict is given to a model that did not earn it.
Models that agree in all of this are taken for one. A test that a crash moves to another process begins its series anew:
it is taken to ask there what it asked before. With a fixed confidence of each test there is no budget of the session;
what is spent is summed up.
"""

from __future__ import annotations

import hashlib
import math
import re
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .numerics.verdicts.bound_check import BoundCheck
    from .numerics.verdicts.checks import Check
    from .theory.basics.validation import FloatArray, Sphere

PROBES = 16
"""Points at which a model is asked who it is: the first of its check."""

_SAME = 1e-9
"""Two observed values that differ relatively by less are one value: threads may round differently."""


@dataclass
class Question:
    """A question that was asked: its number among its questioner's, the confidence of its answer, the answer, and the
    property of a test that reports it.
    """

    number: str
    confidence: float
    found: BoundCheck | None = None
    reported: tuple[str, object] = ("", None)

    @property
    def is_decided(self) -> bool:
        """Whether it has been answered, and not by "inconclusive"."""
        return self.found is not None and self.found.verdict != "inconclusive"


@dataclass
class Ledger:
    """All questions of this process, and what each questioner has used of its series.

    Parameters
    ----------
    share
        For each questioner the probability of a wrong verdict that it may spend in this process.
    """

    share: Mapping[str, float] = field(default_factory=dict)
    _questions: dict[tuple[str, object], Question] = field(default_factory=dict)
    _asked: dict[tuple[str, bool], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def question(self, questioner: str, key: object, confidence: float | None, *, another: bool = False) -> Question:
        """The question with this key: the known one, or (``another``, in its place) the next of the series.

        A question with a ``confidence`` of its own is no part of the series.
        """
        with self._lock:
            known = self._questions.get((questioner, key))
            if known is not None and not another:
                return known
            own = confidence is not None
            k = self._asked[questioner, own] = self._asked.get((questioner, own), 0) + 1
            if confidence is None:
                confidence = _confidence(self.share[questioner] * part(k))
            found = self._questions[questioner, key] = Question(f"own {k}" if own else str(k), confidence)
            return found


def _confidence(wrong: float) -> float:
    """One minus a probability of being wrong, rounded upwards where it is so small that rounding would show."""
    confidence = 1.0 - wrong
    return confidence if 1.0 - confidence <= wrong * (1.0 + _SAME) else math.nextafter(confidence, 1.0)


def part(k: int) -> float:
    """The k-th part (k >= 1) of a whole that is shared by nobody knows how many: they sum to 1.

    Examples
    --------
    >>> [part(1), part(2), round(part(3), 4)], round(sum(map(part, range(1, 1000))), 3)
    ([0.5, 0.16666666666666666, 0.0833], 0.999)
    """
    return 1.0 / (k * (k + 1))


def process_part(number: int, processes: int) -> float:
    """What the process with a number (from 0) has of a share that all ``processes`` use; crashed ones are replaced.

    Examples
    --------
    >>> process_part(0, 1), process_part(1, 2), round(process_part(2, 2), 4)
    (0.5, 0.25, 0.0833)
    """
    return part(number // processes + 1) / processes


def key_of(model: Any, arguments: Mapping[str, Any], place: object) -> tuple[object, ...]:
    """What a question is known by; ``place`` is where it is asked, for models that cannot be told apart.

    However its arguments are written, and whether they are left to their defaults, it is the same question.
    """
    known_by, says_dim = _identity(model, arguments)
    asked = _completed(model, arguments)
    if says_dim:
        asked.pop("dim", None)
    words = repr(sorted((name, _canonical(value)) for name, value in asked.items()))
    return (words, known_by or place)


def _completed(model: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with their defaults; without those that change no number, or that a problem says."""
    from .numerics.models.problem import Problem
    from .numerics.verdicts.bound_check import ATTACKED_POINTS, DEFAULT_RADIUS

    asked: dict[str, Any] = {"sphere": "inner", "metric": "euclidean", "claim_perfect": False, "attack": "default"}
    asked |= {"attacked_points": ATTACKED_POINTS, **arguments}
    asked.pop("workers", None)
    if isinstance(model, Problem):
        said = {"sphere": model.sphere, "space": repr(model.space)}
        return {name: value for name, value in asked.items() if name not in ("dim", "radius", "metric")} | said
    return {"radius": DEFAULT_RADIUS.get(str(asked["sphere"])), **asked}


def _canonical(value: Any) -> str:
    """A value in words that are the same when a test is run again: no address of a function or an object.

    A number is the same whatever its type: 20, 20.0 and numpy.int64(20) are one.
    """
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if getattr(value, "size", None) == 1 and callable(getattr(value, "item", None)):
        value = value.item()  # of NumPy
    if isinstance(value, bool | int | float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _identity(model: Any, arguments: Mapping[str, Any]) -> tuple[str | None, bool]:
    """A digest of a quadratic model's coefficients, or of another one's first answers; and whether it says its dim.

    None where the answers are labels. A model that cannot be asked is left to the check, whose messages say why. One
    that may not be asked often is not asked by us.
    """
    import numpy as np

    from .numerics.models.checked import exact_classifier
    from .numerics.models.problem import Problem

    try:
        if arguments.get("max_queries", math.inf) <= PROBES:
            return None, False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classifier = exact_classifier(model.model if isinstance(model, Problem) else model)
            known_by, says_dim = _first_answers(model, arguments) if classifier is None else (classifier.alphas, True)
    except Exception:
        return None, False
    if classifier is None and len(np.unique(known_by)) <= 2:
        return None, False
    # Six digits: threads may round differently when a model is trained again.
    digest = hashlib.sha256(" ".join(f"{value:.5e}" for value in known_by).encode()).hexdigest()
    return digest, says_dim


def _first_answers(model: Any, arguments: Mapping[str, Any]) -> tuple[FloatArray, bool]:
    import numpy as np

    from .numerics.models.adapters import as_model
    from .numerics.models.problem import Problem
    from .numerics.sampling.points import block_generator
    from .numerics.sampling.streams import BOUND_CHECK_KEY, SPHERE_KEY
    from .numerics.verdicts.bound_check import DEFAULT_RADIUS
    from .theory.spaces.sphere import Sphere as RoundSpace

    problem = model
    if not isinstance(model, Problem):
        sphere: Sphere = arguments.get("sphere") or "inner"
        radius, asked = arguments.get("radius") or DEFAULT_RADIUS[sphere], as_model(model)
        dim: Any = arguments.get("dim") or asked.dim
        problem = Problem(asked, RoundSpace(dim, radius), sphere)
    rng = block_generator(arguments["seed"], BOUND_CHECK_KEY, SPHERE_KEY[problem.sphere], 0)
    inside: Any = problem.model.model  # which answers without further questions
    ask = inside.logits if callable(getattr(inside, "logits", None)) else inside.labels
    answers = np.asarray(ask(problem.sample(PROBES, rng)), dtype=np.float64).reshape(PROBES)
    return answers, problem.model.dim is not None


def agree(before: BoundCheck, again: BoundCheck) -> bool:
    """Whether two results of the same question can be those of one model."""
    return len(before.checks) == len(again.checks) and all(map(_agree, before.checks, again.checks))


def _agree(before: Check, again: Check) -> bool:
    if before.samples != again.samples:  # the time ran out, sooner or later than before
        return before.verdict == "inconclusive"
    seen = [math.nan if check.observed is None else check.observed for check in (before, again)]
    same = before.observed == again.observed or math.isclose(*seen, rel_tol=_SAME)
    return before.verdict == again.verdict and same
