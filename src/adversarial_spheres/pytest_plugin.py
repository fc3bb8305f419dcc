"""pytest plugin: the fixture and marker ``bound_check`` hold a classifier to its claims.

.. code-block:: python

    def test_my_network(bound_check):
        bound_check(network, claim_error_rate=1e-4, claim_mean_distance=0.2, dim=500, sphere="inner")

A refuted claim fails the test with the reason. The marker ``bound_check(dim=..., radius=..., ...)`` gives the fixture's
keyword arguments beforehand. ``--spheres-confidence`` is that of the whole session: each test that uses the fixture
gets an equal share of the error budget, and the k-th call within a test the part 1/(k (k + 1)) of that share, so that
with this confidence NO verdict of the session is wrong. Tests are counted before the first one runs: those that name
the fixture, or carry the marker. One that asks for it by ``request.getfixturevalue`` alone is not counted, has no
share, and must give its calls a ``confidence`` of their own.

Results travel as ``user_properties`` of the test reports, which pytest-xdist and the junit file carry on. Nothing
heavy is imported before the fixture is used.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ._version import __version__

if TYPE_CHECKING:
    from .numerics.bound_check import BoundCheck

PROPERTY = "adversarial_spheres"
RECORD_KIND = "pytest-bound-checks"
ARGUMENTS = (
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
    "metric",
    "radius",
    "samples",
    "seed",
    "sphere",
    "workers",
)
INCONCLUSIVE = ("fail", "xfail", "warn")
_UNCOUNTED = (
    "{} was not counted among the tests that share the session's error budget, because it does not name the fixture: "
    'name bound_check among its arguments, mark it with @pytest.mark.usefixtures("bound_check"), or call '
    "bound_check(..., confidence=...)"
)


class InconclusiveBoundCheckWarning(UserWarning):
    """A claim could neither be verified nor refuted."""


@dataclass
class Session:
    """The tests of the session that share the error budget, and how often each has called the fixture."""

    counted: frozenset[str] = frozenset()
    calls: dict[str, int] = field(default_factory=dict)


SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("adversarial-spheres", "claims about classifiers (adversarial-spheres)")
    group.addoption(
        "--spheres-samples",
        type=int,
        default=20_000,
        metavar="N",
        help="most random points of a bound check; it stops as soon as it is decided (default: %(default)s)",
    )
    group.addoption(
        "--spheres-confidence",
        type=float,
        default=0.99,
        metavar="C",
        help="probability that no verdict of the whole session is wrong (default: %(default)s)",
    )
    group.addoption(
        "--spheres-seed", type=int, default=0, metavar="SEED", help="same seed, same points (default: %(default)s)"
    )
    group.addoption(
        "--spheres-inconclusive",
        choices=INCONCLUSIVE,
        default="warn",
        help="what becomes of a test whose claims stay undecided (default: %(default)s)",
    )
    group.addoption(
        "--spheres-record", metavar="PATH", default=None, help="folder to write a record of all bound checks to"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and check the options."""
    config.addinivalue_line(
        "markers",
        "bound_check(dim=..., radius=..., sphere=..., ...): arguments of the fixture bound_check (adversarial-spheres)",
    )
    config.stash[SESSION] = Session()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config), "adversarial-spheres-collector")
    if not 0.0 < config.getoption("spheres_confidence") < 1.0:
        raise pytest.UsageError("--spheres-confidence must be in (0, 1)")
    if config.getoption("spheres_samples") < 2:
        raise pytest.UsageError("--spheres-samples must be an integer of at least 2")
    if config.getoption("spheres_seed") < 0:
        raise pytest.UsageError("--spheres-seed must not be negative")
    record = config.getoption("spheres_record")
    if record is not None and Path(record).exists() and not Path(record).is_dir():
        raise pytest.UsageError(f"--spheres-record must be a folder, got the file {record}")


def pytest_report_header(config: pytest.Config) -> str:
    """One line on how bound checks are done."""
    option = config.getoption
    return (
        f"adversarial-spheres {__version__}: confidence {option('spheres_confidence'):g} over the session, "
        f"at most {option('spheres_samples'):,} points a check, seed {option('spheres_seed')}, "
        f"inconclusive: {option('spheres_inconclusive')}"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the tests that share the error budget; under xdist every worker collects all of them."""
    session.config.stash[SESSION].counted = frozenset(item.nodeid for item in session.items if _is_counted(item))


def _is_counted(item: pytest.Item) -> bool:
    return "bound_check" in getattr(item, "fixturenames", ()) or item.get_closest_marker("bound_check") is not None


@pytest.fixture
def bound_check(request: pytest.FixtureRequest) -> Callable[..., BoundCheck]:
    """Check claims about a classifier on one sphere; a refuted claim fails the test.

    ``bound_check(model, *, claim_error_rate=None, claim_mean_distance=None, claim_robust_accuracy=None, epsilon=None,
    claim_quantile=None, claim_quantile_distance=None, claim_tightness=None, claim_perfect=False, dim=None,
    sphere="inner", radius=None, metric="euclidean", attack="default", attacked_points=256, samples=None,
    confidence=None, seed=None, inconclusive=None, workers=1)``

    ``model`` is a QuadraticClassifier, a QuadraticNetwork or any object with ``logits(points) -> (n,)``, positive
    where it says "outer". For the other arguments see
    :func:`adversarial_spheres.numerics.bound_check.check_bound`; the marker of the same name gives them beforehand.
    Returns what was found, for further assertions.
    """
    return _Checker(request.config, request.node)


class _Checker:
    """The fixture's value: a function that remembers the test it belongs to."""

    def __init__(self, config: pytest.Config, item: pytest.Item) -> None:
        self._config, self._item = config, item
        self._defaults: dict[str, Any] = {}
        for marker in item.iter_markers("bound_check"):
            unknown = [repr(value) for value in marker.args] + _unknown(marker.kwargs)
            if unknown:
                message = f"the marker bound_check does not take {', '.join(unknown)} but {', '.join(ARGUMENTS)}"
                pytest.fail(message, pytrace=False)
            self._defaults = {**marker.kwargs, **self._defaults}

    def __call__(self, model: Any, **arguments: Any) -> BoundCheck:
        __tracebackhide__ = True
        from .numerics.bound_check import check_bound
        from .numerics.claims import Claims

        if unknown := _unknown(arguments):
            raise TypeError(f"bound_check does not take {', '.join(unknown)} but {', '.join(ARGUMENTS)}")
        given = {**self._defaults, **arguments}
        treat = _or(given.pop("inconclusive", None), self._config.getoption("spheres_inconclusive"))
        if treat not in INCONCLUSIVE:
            raise ValueError(f"inconclusive must be one of {', '.join(INCONCLUSIVE)}, got {treat!r}")
        claimed = {name: given.pop(name) for name in ARGUMENTS if name in given and _is_claim(name)}
        claims = Claims(**{name.removeprefix("claim_"): value for name, value in claimed.items()})
        confidence = given.pop("confidence", None)
        settings = {
            "max_samples": _or(given.pop("samples", None), self._config.getoption("spheres_samples")),
            "confidence": self._share() if confidence is None else confidence,
            "seed": _or(given.pop("seed", None), self._config.getoption("spheres_seed")),
        }
        found = check_bound(model, claims, **settings, **given)
        self._item.user_properties.append((PROPERTY, json.dumps(_plain(self._item.nodeid, found), sort_keys=True)))
        _judge(found, treat)
        return found

    def _share(self) -> float:
        __tracebackhide__ = True
        session = self._config.stash[SESSION]
        if self._item.nodeid not in session.counted:
            pytest.fail(_UNCOUNTED.format(self._item.nodeid), pytrace=False)
        call = session.calls.get(self._item.nodeid, 0) + 1
        session.calls[self._item.nodeid] = call
        budget = 1.0 - float(self._config.getoption("spheres_confidence"))
        return 1.0 - budget / len(session.counted) / (call * (call + 1))


def _judge(found: BoundCheck, treat: str) -> None:
    __tracebackhide__ = True
    if found.verdict == "refuted":
        pytest.fail(_explanation(found), pytrace=False)
    if found.verdict == "inconclusive":
        if treat == "fail":
            pytest.fail(_explanation(found), pytrace=False)
        if treat == "xfail":
            pytest.xfail(_explanation(found))
        warnings.warn(InconclusiveBoundCheckWarning(_explanation(found)), stacklevel=3)


def _explanation(found: BoundCheck) -> str:
    lines = [f"bound check {found.verdict} (dim {found.dim}, {found.sphere} sphere of radius {found.radius:g})"]
    order = {"refuted": 0, "inconclusive": 1}
    for check in sorted(found.checks, key=lambda check: order.get(check.verdict, 2)):
        lines.append(f"  {check.verdict.upper():<12} {check.claim}")
        lines.append(f"  {'':<12} {check.explanation} (confidence {check.confidence:.8g})")
        if check.samples_needed is not None:
            lines.append(f"  {'':<12} about {check.samples_needed:,} samples would decide it")
    lines += [f"  {'WARNING':<12} {finding.message}" for finding in found.findings]
    return "\n".join(lines)


def _plain(test: str, found: BoundCheck) -> dict[str, Any]:
    """A bound check as plain values, for reports and records."""
    from .numerics.records import plain

    rows = [{**plain(r.check), "claimed": plain(r.claimed), "predicted": plain(r.predicted)} for r in found.results]
    about = {"dim": found.dim, "sphere": found.sphere, "radius": found.radius, "metric": found.metric}
    told = {"findings": plain(found.findings)}
    return {"test": test, **about, "verdict": found.verdict, "error_budget": found.error_budget, "checks": rows, **told}


def _unknown(arguments: Mapping[str, Any]) -> list[str]:
    return sorted(set(arguments) - set(ARGUMENTS))


def _is_claim(name: str) -> bool:
    return name.startswith("claim_") or name == "epsilon"


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


class Collector:
    """Gathers the results of all tests in the process that reports: the only one, or the controller of xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.results: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The report of a test's last phase carries all of its properties."""
        if report.when == "teardown":
            self.results += [json.loads(str(value)) for name, value in report.user_properties if name == PROPERTY]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print predicted against observed, and the error budget."""
        if not self.results:
            return
        terminalreporter.section("adversarial spheres")
        for line in table(self.ordered()):
            terminalreporter.write_line(line)
        for line in dict.fromkeys(
            f"warning: {finding['message']} ({result['test']})"
            for result in self.ordered()
            for finding in result["findings"]
        ):
            terminalreporter.write_line(line)
        allowed, spent = self.error_budget()
        terminalreporter.write_line(
            f"error budget: {spent:.3g} of {allowed:.3g} spent; "
            f"no verdict above is wrong, with probability at least {1.0 - spent:.8g}"
        )
        if self._config.getoption("spheres_record") is not None:
            terminalreporter.write_line(f"record: {self._config.getoption('spheres_record')}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        folder = self._config.getoption("spheres_record")
        if folder is None or self._config.getoption("collectonly"):
            return
        from .numerics.records import Record, save_record

        allowed, spent = self.error_budget()
        option = self._config.getoption
        values = {
            "results": self.ordered(),
            "error_budget": {"allowed": allowed, "spent": spent},
            "confidence": option("spheres_confidence"),
            "seed": option("spheres_seed"),
            "max_samples": option("spheres_samples"),
        }
        save_record(Record(RECORD_KIND, values, {}), folder)

    def ordered(self) -> list[dict[str, Any]]:
        """The results by test, whatever the order in which workers finished; calls within a test stay in order."""
        return sorted(self.results, key=lambda result: str(result["test"]))

    def error_budget(self) -> tuple[float, float]:
        """Allowed and spent probability of any wrong verdict."""
        spent = math.fsum(result["error_budget"]["spent"] for result in self.results)
        return 1.0 - float(self._config.getoption("spheres_confidence")), spent


def table(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines of a table: what was claimed, what geometry predicts at most, what was observed."""
    head = ("verdict", "claimed", "predicted", "observed", "points", "confidence", "check", "test")
    rows = [head]
    for result in results:
        for check in result["checks"]:
            numbers = [_shown(check[name]) for name in ("claimed", "predicted", "observed")]
            points = "-" if check["samples"] is None else f"{check['samples']:,}"
            level = f"{check['confidence']:.6g}"
            rows.append((check["verdict"], *numbers, points, level, check["name"], result["test"]))
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"
