"""What a pytest session prints and records about its bound checks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from .plugin_options import Settings

if TYPE_CHECKING:
    from .numerics.verdicts.bound_check import BoundCheck

PROPERTY = "adversarial_spheres"
RECORD_KIND = "pytest-bound-checks"
SEVERITY = ("refuted", "inconclusive", "verified", "vacuous")
"""The order of the table: what must be seen first."""

Row = dict[str, Any]


def explanation(found: BoundCheck) -> str:
    """The checks in words, the worst first."""
    from .theory.basics.rounded_text import confidence_text

    on_sphere = found.radius is not None
    where = f"{found.sphere} sphere of radius {found.radius:g}" if on_sphere else f"{found.space_name} space"
    lines = [f"bound check {found.verdict} (dim {found.dim}, {where})"]
    for check in sorted(found.checks, key=lambda check: SEVERITY.index(check.verdict)):
        lines.append(f"  {check.verdict.upper():<12} {check.claim}")
        lines.append(f"  {'':<12} {check.explanation} (confidence {confidence_text(check.confidence)})")
        if check.advice is not None:
            lines.append(f"  {'':<12} {check.advice}")
    lines += [f"  {'WARNING':<12} {finding.message}" for finding in found.findings]
    return "\n".join(lines)


def as_row(questioner: str, number: str, found: BoundCheck, seconds: float) -> Row:
    """A bound check as plain values, for reports and records."""
    return {"test": questioner, "question": number, "seconds": seconds, **found.to_dict()}


class Collector:
    """Gathers the results of all tests in the process that reports: the only one, or the controller of xdist.

    What was reported twice (by each attempt of a test that is run again, say) is one result: the last.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._results: dict[tuple[str, str, str], Row] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The report of a test's last phase carries all of its properties."""
        if report.when != "teardown":
            return
        worker = str(getattr(report, "worker_id", ""))
        for row in (json.loads(str(value)) for name, value in report.user_properties if name == PROPERTY):
            self._results[row["test"], worker, row["question"]] = row

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print predicted against observed, and the error budget."""
        if not self._results:
            return
        terminalreporter.section("adversarial spheres")
        for line in [*table(self._named()), *self._finding_lines(), self._budget_line()]:
            terminalreporter.write_line(line)
        if self._settings.record is not None:
            terminalreporter.write_line(f"record: {self._settings.record}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the record."""
        settings = self._settings
        if settings.record is None or session.config.getoption("collectonly"):
            return
        from .numerics.storage.records import Record, save_record

        values = {
            # Same seed, same bytes: how long it took is no part of a record.
            "results": [{key: value for key, value in row.items() if key != "seconds"} for row in self.ordered()],
            "error_budget": self.error_budget(),
            "confidence": settings.confidence,
            "test_confidence": settings.test_confidence,
            "seed": settings.seed,
            "max_samples": settings.samples,
            "max_queries": settings.max_queries,
            "max_seconds": settings.max_seconds,
        }
        save_record(Record(RECORD_KIND, values, {}), settings.record)

    def ordered(self) -> list[Row]:
        """The results by test, whatever the order in which workers finished; calls within a test stay in order."""
        return [self._results[key] for key in sorted(self._results, key=lambda key: key[:2])]

    def error_budget(self) -> dict[str, float | None]:
        """Probability of any wrong verdict: allowed and spent, and spent by calls with a confidence of their own."""
        spent = dict.fromkeys((False, True), 0.0)
        for own in spent:
            rows = (row for row in self._results.values() if row["question"].startswith("own") is own)
            spent[own] = math.fsum(row["error_budget"]["spent"] for row in rows)
        allowed = 1.0 - self._settings.confidence if self._settings.test_confidence is None else None
        return {"allowed": allowed, "spent": spent[False], "own": spent[True]}

    def _finding_lines(self) -> list[str]:
        """What makes models doubtful, each once for a test."""
        rows = ((row["test"], finding["message"]) for row in self.ordered() for finding in row["findings"])
        return [f"warning: {message} ({test})" for test, message in dict.fromkeys(rows)]

    def _budget_line(self) -> str:
        from .theory.basics.rounded_text import confidence_text

        budget = self.error_budget()
        spent, own = float(budget["spent"] or 0.0), float(budget["own"] or 0.0)
        if self._settings.test_confidence is None:
            words = f"{spent:.3g} of {budget['allowed']:.3g} spent"
        else:
            words = f"{1.0 - self._settings.test_confidence:.3g} for each test, {spent:.3g} spent"
        extra = f", and {own:.3g} by calls with a confidence of their own" if own else ""
        together = confidence_text(max(0.0, 1.0 - spent - own))
        return f"error budget: {words}{extra}; no verdict above is wrong, with probability at least {together}"

    def _named(self) -> list[Row]:
        """The results in order; where several processes asked the same, with the process before the test."""
        times = [(test, question) for test, _, question in self._results]
        several = {name for name in times if times.count(name) > 1}
        return [
            row if (test, question) not in several else {**row, "test": f"[{worker}] {test}"}
            for (test, worker, question), row in sorted(self._results.items(), key=lambda item: item[0][:2])
        ]


def table(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of a table, the worst first: what was claimed, what geometry predicts at most, what was observed, where."""
    cost, where = ("points", "seconds", "confidence"), ("dim", "sphere", "radius", "metric")
    head = ("verdict", "claimed", "predicted", "observed", *cost, *where, "check", "test")
    rows = [_cells(result, check) for result in results for check in result["checks"]]
    rows.sort(key=lambda row: SEVERITY.index(row[0]))
    return _aligned([head, *rows])


def _cells(result: Mapping[str, Any], check: Mapping[str, Any]) -> tuple[str, ...]:
    from .theory.basics.rounded_text import confidence_text

    numbers = [_shown(check[name]) for name in ("claimed", "predicted", "observed")]
    points = "-" if check["samples"] is None else f"{check['samples']:,}"
    cost = (points, f"{result['seconds']:.2g}", confidence_text(check["confidence"]))
    place, radius = result["sphere"] or result["space"].lower(), result["radius"]
    where = (str(result["dim"]), place, "-" if radius is None else f"{radius:g}", result["metric"])
    name = check["name"].removeprefix(f"{place}_").removeprefix("claimed_")
    return (check["verdict"], *numbers, *cost, *where, name, result["test"])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"
