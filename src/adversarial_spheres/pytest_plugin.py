"""pytest plugin: the fixture and marker ``bound_check`` hold a classifier to its claims.

.. code-block:: python

    def test_my_network(bound_check):
        bound_check(network, claim_error_rate=1e-4, claim_mean_distance=0.2, dim=500, sphere="inner")

A refuted claim fails the test with the reason. The marker ``bound_check(dim=..., radius=..., ...)`` gives the fixture's
keyword arguments beforehand. ``class_bound_check``, ``module_bound_check`` and ``session_bound_check`` are the same for
fixtures of wider scope. ``attack_bench`` holds an attack to exact distances; it has no part in the budget.

``--spheres-confidence`` is that of the whole session: with this confidence NO verdict of the session is wrong. How the
error budget is shared, what counts as one question, and the proof stand in
:mod:`adversarial_spheres.plugin_budget`. Questioners are counted before the first test runs: those that name
the fixture, or carry the marker. A test that asks for it by ``request.getfixturevalue`` alone is not counted, has no
share, and must give its calls a ``confidence`` of their own.

Results travel as ``user_properties`` of the test reports, which pytest-xdist and the junit file carry on. Nothing
heavy is imported before the fixture is used.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from ._version import __version__
from .plugin_budget import PROBES, Ledger, Question, agree, key_of, process_part
from .plugin_options import INCONCLUSIVE, Settings, add_options, read_settings
from .plugin_report import PROPERTY, Collector, as_row, explanation
from .theory.basics.errors import InvalidArgumentError

if TYPE_CHECKING:
    from .numerics.bench.bench import AttackScore
    from .numerics.verdicts.bound_check import BoundCheck

ARGUMENTS = (
    "around",
    "attack",
    "attacked_points",
    "claim_error_rate",
    "claim_mean_distance",
    "claim_perfect",
    "claim_quantile",
    "claim_quantile_distance",
    "claim_robust_accuracy",
    "claim_tightness",
    "confidence",
    "dim",
    "epsilon",
    "inconclusive",
    "label",
    "max_queries",
    "max_seconds",
    "metric",
    "noise",
    "radius",
    "samples",
    "seed",
    "shape",
    "space",
    "sphere",
    "workers",
)
SCOPES = {
    "bound_check": "function",
    "class_bound_check": "class",
    "module_bound_check": "module",
    "session_bound_check": "session",
}
"""The fixtures and their scopes."""
AGES = 1e9
"""Seconds that no check takes; not "no limit", with which a single look would rest on another kind of interval."""
_UNCOUNTED = (
    "{who} was not counted among those that share the session's error budget, because it does not name its fixture: "
    'name {fixture} among the arguments, mark the test with @pytest.mark.usefixtures("{fixture}"), or call '
    "{fixture}(..., confidence=...)"
)


class InconclusiveBoundCheckWarning(UserWarning):
    """A claim could neither be verified nor refuted."""


@dataclass
class Session:
    """What is known of the session: its settings, its questions, and which test is in which phase."""

    settings: Settings
    ledger: Ledger = field(default_factory=Ledger)
    item: pytest.Item | None = None
    phase: str = ""
    calls: int = 0

    def begin(self, item: pytest.Item, phase: str) -> None:
        """Begin a phase of a test: its calls are counted from 0, so that a test that is run again meets its places."""
        self.item, self.phase, self.calls = item, phase, 0

    def place(self) -> tuple[str, str, int]:
        """Where the next call is made."""
        self.calls += 1
        return ("" if self.item is None else self.item.nodeid, self.phase, self.calls)


SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and read the options."""
    config.addinivalue_line(
        "markers",
        "bound_check(dim=..., radius=..., sphere=..., ...): arguments of the fixture bound_check (adversarial-spheres)",
    )
    settings = read_settings(config)
    config.stash[SESSION] = Session(settings)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(settings), "adversarial-spheres-collector")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist whether the others run the same tests."""
    node.workerinput["spheres_each"] = node.config.getoption("dist") == "each"


def pytest_report_header(config: pytest.Config) -> str:
    """One line on how bound checks are done."""
    settings = config.stash[SESSION].settings
    whose = (
        f"{settings.confidence} over the session"
        if settings.test_confidence is None
        else f"{settings.test_confidence} of each test"
    )
    limits = [f"{settings.samples:,} points"]
    limits += [] if settings.max_queries is None else [f"{settings.max_queries:,} queries"]
    limits += [] if settings.max_seconds is None else [f"{settings.max_seconds:g} seconds"]
    return (
        f"adversarial-spheres {__version__}: confidence {whose}, at most {' and '.join(limits)} a check, "
        f"seed {settings.seed}, inconclusive: {settings.inconclusive}"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Share the error budget among all who may ask; under xdist every worker collects all of them."""
    asking = {pair for item in session.items for pair in _questioners(item)}
    known, workers = session.config.stash[SESSION], getattr(session.config, "workerinput", None)
    settings, here = known.settings, 1.0
    whole = (1.0 - settings.confidence) / max(1, len(asking))
    if settings.test_confidence is not None:
        whole = 1.0 - settings.test_confidence
    elif workers is not None:
        here = process_part(_number(workers["workerid"]), workers["workercount"])
    each = workers is not None and workers["spheres_each"]
    known.ledger = Ledger({name: whole * here if each or scope != "function" else whole for name, scope in asking})


def _number(worker: str) -> int:
    """The number of a worker of xdist: 3 for gw3."""
    return int("".join(filter(str.isdigit, worker)) or 0)


def _questioners(item: pytest.Item) -> list[tuple[str, str]]:
    """Names and scopes of those that may ask when a test runs."""
    names = {name for name in getattr(item, "fixturenames", ()) if name in SCOPES}
    if item.get_closest_marker("bound_check") is not None:
        names.add("bound_check")
    nodes = {
        "class": item.getparent(pytest.Class) or item,
        "module": item.getparent(pytest.Module) or item,
    }
    return [(_questioner(SCOPES[name], nodes.get(SCOPES[name], item)), SCOPES[name]) for name in names]


def _questioner(scope: str, node: Any) -> str:
    """The name of who asks, in the table: a test, or a wider scope."""
    return {"session": "session", "function": node.nodeid}.get(scope, f"{node.nodeid} ({scope})")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test runs."""
    item.config.stash[SESSION].begin(item, "setup")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Note which test runs."""
    item.config.stash[SESSION].begin(item, "call")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Note which test runs."""
    item.config.stash[SESSION].begin(item, "teardown")


def _bound_check(request: pytest.FixtureRequest) -> Callable[..., BoundCheck]:
    """Check claims about a classifier on one sphere; a refuted claim fails the test.

    ``bound_check(model, *, claim_error_rate=None, claim_mean_distance=None, claim_robust_accuracy=None, epsilon=None,
    claim_quantile=None, claim_quantile_distance=None, claim_tightness=None, claim_perfect=False, dim=None,
    sphere="inner", radius=None, metric="euclidean", attack="default", attacked_points=256, samples=None,
    max_queries=None, max_seconds=None, confidence=None, seed=None, inconclusive=None, workers=1,
    around=None, noise=None, label=None, shape=None, space=None)``

    ``model`` is a QuadraticClassifier, a QuadraticNetwork or any object with ``logits(points) -> (n,)``, positive
    where it says "outer"; or a Problem, of ``around(...)``, say, which says its dimension, sphere, radius and metric
    itself. With ``around``, a data point, and ``label`` it is any classifier near that point, in ``noise`` or on the
    sphere of ``radius``, see :func:`~.models.around.around`; with ``space`` a model of two classes on that Space, or
    with a ``label``, too, any classifier there, see :func:`~.models.around.on` (an estimator, whose classes have names,
    needs one, or a ``sphere``). For the other arguments see
    :func:`~.verdicts.bound_check.check_bound`; the marker of the same name gives them beforehand.
    Returns what was found, for further assertions. For fixtures of wider scope: class_bound_check, module_bound_check,
    session_bound_check.
    """
    return _Checker(request.config, str(request.fixturename), request.node)


bound_check = pytest.fixture(_bound_check)
class_bound_check = pytest.fixture(scope="class")(_bound_check)
module_bound_check = pytest.fixture(scope="module")(_bound_check)
session_bound_check = pytest.fixture(scope="session")(_bound_check)


@pytest.fixture(scope="session")
def attack_bench() -> Callable[..., tuple[AttackScore, ...]]:
    """Fail the test of an attack that is not near enough to the nearest error on enough points.

    ``attack_bench(attack, *, share=0.99, problems=REACHABLE, dims=(50,), points=50, within=1.01, seed=0)``

    ``attack`` is a function of model and points. On each problem it must find an error within ``within`` times the
    exact distance for a ``share`` of the points, see :func:`~.bench.bench.attack_bench`. Returns the scores.
    """
    return _held_to_exact_distances


def _held_to_exact_distances(attack: Any, *, share: float = 0.99, **options: Any) -> tuple[AttackScore, ...]:
    __tracebackhide__ = True
    from .numerics.bench.bench import REACHABLE
    from .numerics.bench.bench import attack_bench as scores_of

    try:
        scores = scores_of(attack, **{"problems": REACHABLE, **options})
        lines = [line for score in scores if (line := score.shortfall(share))]
    except InvalidArgumentError as error:
        raise error.with_traceback(None) from error.__cause__  # the user's line and the message say all
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
    return scores


class _Checker:
    """The fixture's value: a function that knows who asks."""

    def __init__(self, config: pytest.Config, fixture: str, node: Any) -> None:
        self._session, self._fixture = config.stash[SESSION], fixture
        self._questioner = _questioner(SCOPES[fixture], node)
        self._defaults: dict[str, Any] = {}
        for marker in node.iter_markers("bound_check"):
            unknown = [repr(value) for value in marker.args] + _unknown(marker.kwargs)
            if unknown:
                message = f"the marker bound_check does not take {', '.join(unknown)} but {', '.join(ARGUMENTS)}"
                pytest.fail(message, pytrace=False)
            self._defaults = {**marker.kwargs, **self._defaults}

    def __repr__(self) -> str:
        return f"<{self._fixture} of {self._questioner}>"

    def __call__(self, model: Any, **arguments: Any) -> BoundCheck:
        __tracebackhide__ = True
        if unknown := _unknown(arguments):
            raise TypeError(f"bound_check does not take {', '.join(unknown)} but {', '.join(ARGUMENTS)}")
        given = {**self._defaults, **arguments}
        treat = _or(given.pop("inconclusive", None), self._session.settings.inconclusive)
        if treat not in INCONCLUSIVE:
            raise ValueError(f"inconclusive must be one of {', '.join(INCONCLUSIVE)}, got {treat!r}")
        try:
            found = self._answer(_asked(model, given), self._completed(given))
        except InvalidArgumentError as error:
            raise error.with_traceback(None) from error.__cause__  # the user's line and the message say all
        _judge(found, treat)
        return found

    def _completed(self, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments, with what the options say where they say nothing."""
        settings = self._session.settings
        for name in ("samples", "seed", "max_queries", "max_seconds"):
            given[name] = _or(given.get(name), getattr(settings, name))
        return {name: value for name, value in given.items() if value is not None or name == "attack"}

    def _answer(self, model: Any, given: dict[str, Any]) -> BoundCheck:
        """Decide the question at its confidence; a model that answers otherwise than before is another question."""
        __tracebackhide__ = True
        confidence, ledger = given.pop("confidence", None), self._session.ledger
        if confidence is None and self._questioner not in ledger.share:
            pytest.fail(_UNCOUNTED.format(who=self._questioner, fixture=self._fixture), pytrace=False)
        key = (confidence, key_of(model, given, self._session.place()))
        question = ledger.question(self._questioner, key, confidence)
        found, seconds = _decide(model, given, question)
        if question.found is not None and not agree(question.found, found):
            question = ledger.question(self._questioner, key, confidence, another=True)
            found, seconds = _decide(model, given, question)
        question.found = found
        self._report(question, as_row(self._questioner, question.number, found, seconds))
        return found

    def _report(self, question: Question, row: Mapping[str, Any]) -> None:
        """Let the test that runs report it, once."""
        if self._session.item is None:
            return
        properties, reported = self._session.item.user_properties, (PROPERTY, json.dumps(row, sort_keys=True))
        if question.reported in properties:
            properties[properties.index(question.reported)] = reported
        else:
            properties.append(reported)
        question.reported = reported


def _asked(model: Any, given: dict[str, Any]) -> Any:
    """The problem that ``around`` or ``space`` makes of a model, their arguments taken from ``given``; else itself."""
    about = {name: given.pop(name, None) for name in ("around", "space", "noise", "label", "shape")}
    centre, space, label = about.pop("around"), about.pop("space"), about["label"]
    if centre is not None and space is None:
        from .numerics.models.around import around

        options = {name: given.pop(name) for name in ("radius", "metric") if given.get(name) is not None}
        return around(model, centre, **about, **options)
    if space is not None and centre is about["noise"] is None:
        from .numerics.models.adapters import kind_of
        from .numerics.models.around import on
        from .numerics.models.problem import Problem

        if label is not None or (given.get("sphere") is None and kind_of(model) == "estimator"):
            return on(model, space, label=label, shape=about["shape"])
        if about["shape"] is None:
            return Problem(model, space, given.pop("sphere", None) or "inner")
    if space is not None or any(value is not None for value in about.values()):
        raise TypeError("bound_check takes around= with noise=, label= and shape=, or space= with label= and shape=")
    return model


def _decide(model: Any, given: Mapping[str, Any], question: Question) -> tuple[BoundCheck, float]:
    """The answer and how many seconds it took."""
    __tracebackhide__ = True
    from .numerics.verdicts.bound_check import check_bound
    from .numerics.verdicts.claims import Claims

    claims = Claims(**{name.removeprefix("claim_"): value for name, value in given.items() if _is_claim(name)})
    settings = {name: value for name, value in given.items() if not _is_claim(name)}
    settings["max_samples"] = settings.pop("samples")
    if settings.get("max_queries", 0) > PROBES:
        settings["max_queries"] -= PROBES
    if "max_seconds" in settings and question.is_decided:
        settings["max_seconds"] = AGES  # it was decided in time: a slower moment may not open it again
    start = time.perf_counter()
    found = check_bound(model, claims, confidence=question.confidence, **settings)
    return found, time.perf_counter() - start


def _judge(found: BoundCheck, treat: str) -> None:
    __tracebackhide__ = True
    if found.verdict == "refuted":
        pytest.fail(explanation(found), pytrace=False)
    if found.verdict == "inconclusive":
        if treat == "fail":
            pytest.fail(explanation(found), pytrace=False)
        if treat == "xfail":
            pytest.xfail(explanation(found))
        warnings.warn(InconclusiveBoundCheckWarning(explanation(found)), stacklevel=3)


def _unknown(arguments: Mapping[str, Any]) -> list[str]:
    return sorted(set(arguments) - set(ARGUMENTS))


def _is_claim(name: str) -> bool:
    return name.startswith("claim_") or name == "epsilon"


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
