"""The bench: attacks by problems, each pair a cell that is computed once.

The record's values: ``config``; ``problems`` (name, words, mean exact distance); ``rows``, one for each pair, see
:class:`AttackScore`, with ``origin``: what the attack's code was. Array: ``ratio``, shape (rows, points), +inf where
the attack failed. ``seconds`` depend on the machine; all else is the same wherever and whenever it runs, if the
attacks' own code is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...theory.basics.arguments import Progress, check_integer, check_progress, check_sequence, check_single, check_word
from ...theory.basics.errors import InvalidArgumentError, ModelError
from ...theory.basics.validation import check_range
from ..models.users_code import users_code
from ..sampling.points import check_seed
from ..storage.records import Record
from .attacks import OURS, BenchAttack, attack_named, name_of, origin_of
from .families import FAMILIES
from .problems import LARGEST_DIM, MOST_POINTS, OUTCOMES, SMALLEST_DIM, BenchProblem, BenchScores, bench_problem
from .scores import AttackScore, AttackScores

__all__ = ["AttackScore", "BenchCell", "BenchConfig", "assemble", "attack_bench", "bench_cells", "run_attack"]

KIND = "attack-bench"
WITHIN = 1.01
REACHABLE = tuple(family for family in FAMILIES if family not in ("touching", "relu"))
"""The problems whose nearest errors are known, and not hidden by rounding."""


@dataclass(frozen=True)
class BenchConfig:
    """Every one of the attacks on every problem at every dimension.

    Parameters
    ----------
    attacks
        Names, or MODULE:FUNCTION; see :mod:`.bench.attacks`.
    families
        Of problems, see :data:`~.bench.families.FAMILIES`.
    dims
        From 10 to 10,000.
    points
        Of each problem.
    seed
        Same seed, same points.

    Examples
    --------
    >>> len(bench_cells(BenchConfig(attacks=("walk", "paper"), families=("cap",))))
    4
    """

    attacks: tuple[str, ...] = tuple(OURS)
    families: tuple[str, ...] = tuple(FAMILIES)
    dims: tuple[int, ...] = (50, 500)
    points: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("attacks", "families", "dims"):
            values = getattr(self, name)
            check_sequence(name, values, int if name == "dims" else str, "a list of them")
            if not values or len(set(values)) < len(values):
                raise InvalidArgumentError(name, values, "at least one, and none twice")
        for family in self.families:
            check_word("families", family, tuple(FAMILIES))
        for dim in self.dims:
            check_integer("dims", dim, SMALLEST_DIM, LARGEST_DIM)
        check_integer("points", self.points, 1, MOST_POINTS)
        check_seed(self.seed)


@dataclass(frozen=True)
class BenchCell:
    """One attack on one problem.

    Parameters
    ----------
    attack, origin
        Its name, and what its code is: another code is another cell.
    family, dim, points, seed
        The problem.
    """

    attack: str
    origin: str
    family: str
    dim: int
    points: int
    seed: int

    KIND: ClassVar[str] = "attack-bench-cell"
    VERSION: ClassVar[int] = 2

    @property
    def cost(self) -> float:
        """Rough seconds on one core; those of an unknown attack are guessed."""
        each = {"walk": 0.01, "walk-once": 0.005, "paper": 0.01, "differences": 0.05, "labels": 0.2}
        return self.points * self.dim / 50.0 * each.get(self.attack, 0.1)

    @property
    def label(self) -> str:
        """Attack and problem."""
        return f"{self.attack} on {self.family}-{self.dim}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Attack and score; nothing is kept in progress."""
        problem = bench_problem(self.family, self.dim, points=self.points, seed=self.seed)
        score, scores = run_attack(attack_named(self.attack), problem, self.attack)
        values = {"score": asdict(score), "origin": self.origin, "mean_exact": float(np.mean(problem.exact_upper))}
        return Record(self.KIND, values, {"ratio": scores.ratio})


def bench_cells(config: BenchConfig) -> list[BenchCell]:
    """The cells of a bench, attack by attack.

    Raises
    ------
    InvalidArgumentError
        An attack is not known, or its library not installed.
    """
    origins = {name: _origin(name) for name in config.attacks}
    return [
        BenchCell(name, origins[name], family, dim, config.points, config.seed)
        for name in config.attacks
        for family in config.families
        for dim in config.dims
    ]


def _origin(name: str) -> str:
    attack_named(name)
    return origin_of(name)


def assemble(config: BenchConfig, records: Sequence[Record]) -> Record:
    """The record of a bench from those of its cells, in their order."""
    rows = [{**record.values["score"], "origin": record.values["origin"]} for record in records]
    places = [(family, dim) for family in config.families for dim in config.dims]
    problems = [
        {"name": f"{family}-{dim}", "words": FAMILIES[family].words, "mean_exact": record.values["mean_exact"]}
        for (family, dim), record in zip(places, records[: len(places)], strict=True)
    ]
    ratio = np.stack([record.arrays["ratio"] for record in records])
    return Record(KIND, {"config": asdict(config), "problems": problems, "rows": rows}, {"ratio": ratio})


def attack_bench(
    attacks: str | BenchAttack | Sequence[str | BenchAttack],
    *,
    problems: Sequence[str] = tuple(FAMILIES),
    dims: Sequence[int] = (50,),
    points: int = 50,
    within: float = WITHIN,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> AttackScores:
    """Attack problems whose every nearest error is known, and score what is found against the exact distances.

    Parameters
    ----------
    attacks
        One or several: functions, names (:data:`~.bench.attacks.OURS`, :data:`~.bench.bridges.BRIDGED`), or
        MODULE:FUNCTION. A function is called as f(model, points): points (n, dim), none of which is an error; it
        returns points of the same shape, NaN where it has found none. The model
        (:class:`~.bench.problems.AskedModel`) has logits, labels and input_gradient, counts every question, and says
        in ``label`` and ``radius`` what an error is: a point of another label, on that sphere (None: anywhere).
    problems
        Families, see :data:`~.bench.families.FAMILIES`.
    dims
        Dimensions from 10 to 10,000.
    points
        Of each problem.
    within
        The ratio of ``share_within``, at least 1.
    seed
        Same seed, same points.
    progress
        Called with the number of scores that are done, and of all.

    Returns
    -------
    AttackScores
        A tuple of AttackScore, one for each attack, problem and dimension, in this order. **Guarantee**: every success
        was verified; ratios are exact up to rounding and the certificates. An attack that raises, or returns anything
        else, has failed at all points.

    Examples
    --------
    >>> from adversarial_spheres import attack_bench
    >>> def along_gradient(model, points):  # exact for half-spaces
    ...     logits, slope = model.logits(points), model.input_gradient(points)
    ...     return points - (logits / (slope**2).sum(axis=1) * (1 + 1e-9))[:, None] * slope
    >>> score, = attack_bench(along_gradient, problems=["half-space"], dims=[10])
    >>> score.success, round(score.worst_ratio, 6), score.queries
    (1.0, 1.0, 100)
    """
    chosen = [attacks] if isinstance(attacks, str) or callable(attacks) else attacks
    check_progress(progress)
    named = [(name_of(attack), _function(attack)) for attack in _several("attacks", chosen)]
    for family in _several("problems", problems):
        check_word("problems", family, tuple(FAMILIES))
    check_single("within", check_range("within", within, 1.0, np.inf))
    config = BenchConfig(families=tuple(problems), dims=tuple(_several("dims", dims)), points=points, seed=seed)
    pairs = [(n, f, family, dim) for n, f in named for family in config.families for dim in config.dims]
    scores = list[AttackScore]()
    for name, function, family, dim in pairs:
        problem = bench_problem(family, dim, points=config.points, seed=config.seed)
        scores.append(run_attack(function, problem, name, within=within)[0])
        if progress is not None:
            progress(len(scores), len(pairs))
    return AttackScores(scores)


def _several(name: str, values: Any) -> Sequence[Any]:
    check_sequence(name, values, object, "a list of them")
    if not values:
        raise InvalidArgumentError(name, values, "at least one")
    return list(values)


def _function(attack: str | BenchAttack) -> BenchAttack:
    if isinstance(attack, str):
        return attack_named(attack)
    if not callable(attack):
        raise InvalidArgumentError("attacks", attack, "a name or a function of model and points")
    return attack


def run_attack(
    attack: BenchAttack, problem: BenchProblem, name: str, *, within: float = WITHIN
) -> tuple[AttackScore, BenchScores]:
    """Let an attack run on a problem, and score it, whatever it does.

    Parameters
    ----------
    attack, name
        The function, and what to call it.
    problem
        From :func:`~.bench.problems.bench_problem`.
    within
        The ratio of ``share_within``.

    Returns
    -------
    tuple of AttackScore and BenchScores
        In numbers, and point by point.
    """
    model, given = problem.model(), problem.points.copy()
    candidates, note = np.full_like(given, np.nan), ""
    started = time.perf_counter()
    try:
        with users_code("attack", "a function that returns points"):
            # Not copied before its shape is known: it may claim any number of rows.
            returned = np.asarray(attack(model, given))
        seconds = time.perf_counter() - started
        scores = problem.score(returned)
    except InvalidArgumentError as error:
        seconds = time.perf_counter() - started
        scores, note = problem.score(candidates), _words(error)
    queries, changed = model.queries, not model.answers_as(problem.problem.model, problem.points)
    if changed:
        scores = problem.score(candidates)
    told = {
        "the attack changed the points that it was given": not np.array_equal(given, problem.points),
        "the attack changed the model that it was given, and has failed": changed,
        "it found errors without a question": queries == 0 and scores.success > 0.0,
    }
    note = "; ".join(filter(None, [note, *(words for words, true in told.items() if true)]))
    return _score(name, problem, scores, (queries, seconds, within), note), scores


def _words(error: InvalidArgumentError) -> str:
    """What an attack did instead of returning points."""
    return f"it raised {error.value}" if isinstance(error, ModelError) else f"it returned {error.value}"


def _score(
    name: str, problem: BenchProblem, scores: BenchScores, measured: tuple[int, float, float], note: str
) -> AttackScore:
    queries, seconds, within = measured

    def known(value: float) -> float | None:
        return value if np.isfinite(value) else None

    failures: dict[str, Any] = {outcome.replace("-", "_"): scores.count(outcome) for outcome in OUTCOMES[1:]}
    return AttackScore(
        attack=name,
        problem=problem.name,
        dim=problem.problem.dim,
        points=len(problem.points),
        success=scores.success,
        mean_ratio=known(scores.mean_ratio),
        median_ratio=known(scores.quantile(0.5)),
        quantile_99=known(scores.quantile(0.99)),
        worst_ratio=known(scores.worst_ratio),
        mean_ratio_upper=known(scores.mean_ratio_upper),
        within=within,
        share_within=scores.share_within(within),
        queries=queries,
        seconds=seconds,
        note=note,
        **failures,
    )
