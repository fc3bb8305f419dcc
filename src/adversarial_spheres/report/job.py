"""The report as a job: run the experiments, keep their records, draw the figures, write the tables and the page.

The cells of all experiments run together. Every result is on disk as soon as it is there, so a report that was killed
goes on where it was, to the same records. Figures are drawn as soon as their record is there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..figures import check_formats, save_figures
from ..numerics.cells.run import check_executor
from ..numerics.experiments.catalogue import EXPERIMENTS
from ..numerics.runs.experiment import PROFILES
from ..numerics.statistics.intervals import check_confidence
from ..numerics.storage.files import check_path, make_folder, mode_of, write_atomically
from ..numerics.storage.records import (
    PROVENANCE_FILE,
    RECORD_FILE,
    json_bytes,
    load_record,
)
from ..rendering.latex import latex_long_table
from ..theory.basics.arguments import Progress
from ..theory.basics.errors import InvalidArgumentError
from ..unfinished import marked_as_unfinished
from .formulas import latex_formulas
from .page import render_page
from .part import Part, checked_kind, records_of
from .plans import CELLS, Executor, Plan, record_folder, run_plans
from .provenance import Clock, provenance
from .statements import rule_table, statement_table, statements, verdict_table

PAGE_FILE = "report.html"
FIGURES, TABLES = "figures", "tables"


@dataclass(frozen=True)
class Settings:
    """What to run: profile, seed, confidence, kinds of experiments (none: all), and whether to go on from before.

    ``formats``: those of the figures beside SVG, which the page shows; PDF and PGF can be saved from the page then.
    """

    profile: str
    seed: int = 0
    confidence: float = 0.99
    only: Sequence[str] = ()
    resume: bool = False
    formats: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_formats(self.formats)
        check_confidence(self.confidence)
        if self.profile not in PROFILES:
            raise InvalidArgumentError("profile", self.profile, f"one of {', '.join(PROFILES)}")
        for kind in self.only:
            if kind not in all_kinds():
                raise InvalidArgumentError("only", kind, f"one or more of {', '.join(all_kinds())}")

    @property
    def kinds(self) -> list[str]:
        """The kinds to run, in the order of the page."""
        return [kind for kind in all_kinds() if not self.only or kind in self.only]

    def plans(self) -> list[Plan]:
        """The experiments to run."""
        return [
            Plan.of(experiment, self.profile, self.seed, self.confidence)
            for experiment in EXPERIMENTS
            if experiment.kind in self.kinds
        ]


def all_kinds() -> list[str]:
    """Kinds of all experiments, in the order of the page."""
    return [experiment.kind for experiment in EXPERIMENTS]


def run_report(
    settings: Settings,
    out: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the experiments of a profile and write everything into ``out``.

    Parameters
    ----------
    settings
        What to run.
    out
        Folder, made if missing. Results of cells that it holds in ``cells`` are used, whatever ``settings.resume``;
        without that, a folder is refused in which a run was interrupted.
    executor
        Who runs the cells. Default: this process.
    progress
        Called with (stage, done, total, note).

    Returns
    -------
    dict
        Paths of what was written, verdict of the checks (None where no experiment with checks was run), the reasons of
        what failed by kind, and seconds.
    """
    folder, hands, clock = check_path(out, name="out"), executor or Executor(), Clock()
    check_executor(workers=hands.workers, executor=hands.name, scheduler=hands.scheduler)
    _refuse_foreign_record(folder)
    with marked_as_unfinished(folder, resume=settings.resume):
        plans = settings.plans()
        drawings = _Drawings(
            folder, ["svg", *(name for name in settings.formats if name != "svg")], len(plans), progress
        )
        failures = run_plans(plans, folder, hands, progress, drawings.draw)
        clock.lap("cells of the experiments, and figures")
        titles = {plan.experiment.kind: plan.experiment.title for plan in plans}
        parts = write_parts(folder, titles, failures, drawings.files)
        clock.lap("tables")
        cells = [cell for plan in plans for cell in plan.cells]
        told = provenance(_options(settings, hands), hands.workers, clock, cells, folder / CELLS)
        write_atomically(folder / PROVENANCE_FILE, json_bytes(told))
        write_atomically(folder / PAGE_FILE, render_page(parts, told).encode())
    return _summary(folder, parts) | {"failures": failures, "seconds": clock.seconds}


def _refuse_foreign_record(folder: Path) -> None:
    """Refuse a folder with a record of its own, a sweep's for one: its provenance would be lost."""
    if mode_of(folder / RECORD_FILE, name="out") is not None:
        raise InvalidArgumentError("out", str(folder), f"a folder without a record of something else ({RECORD_FILE})")


def _options(settings: Settings, executor: Executor) -> dict[str, Any]:
    """The options that give this report, for the command in its provenance."""
    return {
        "profile": settings.profile,
        "seed": settings.seed,
        "confidence": settings.confidence,
        "only": ",".join(settings.only) or None,
        "figure-formats": ",".join(settings.formats) or None,
        "executor": None if executor.name == "local" else executor.name,
        "resume": settings.resume,
    }


class _Drawings:
    """Figures of the records that are ready: written, and kept for the page, by kind, name and format."""

    def __init__(self, folder: Path, formats: Sequence[str], kinds: int, progress: Progress | None) -> None:
        self._folder, self._formats, self._kinds = folder, formats, kinds
        self._say = progress or (lambda stage, done, total, note: None)
        self.files: dict[str, dict[str, dict[str, bytes]]] = {}

    def draw(self, kind: str) -> None:
        """Draw the figures of one record."""
        record, found = load_record(record_folder(self._folder, kind)), self.files.setdefault(kind, {})
        for path in save_figures(record, self._folder / FIGURES / kind, self._formats):
            found.setdefault(path.stem, {})[path.suffix[1:]] = path.read_bytes()
        self._say("figures", len(self.files), self._kinds, kind)


def write_parts(
    folder: Path,
    titles: Mapping[str, str],
    failures: Mapping[str, str],
    files: Mapping[str, Mapping[str, Mapping[str, bytes]]],
) -> list[Part]:
    """The parts of the page, from the records in ``folder`` and their figures; the tables are written."""
    parts = []
    for kind, title in titles.items():
        record = None if kind in failures else load_record(record_folder(folder, kind))
        parts.append(Part(kind, title, record, failures.get(kind), files.get(kind, {})))
    _write_tables(folder, parts)
    return parts


def _write_tables(folder: Path, parts: Sequence[Part]) -> None:
    texts = {f"{part.kind}/{table.name}": part.latex(table) for part in parts for table in part.tables}
    found = statements(records_of(parts))
    for table in (statement_table(found), rule_table(found), verdict_table()):
        texts[table.name] = latex_long_table(table, table.name)
    texts["formulas"] = latex_formulas()
    for name, text in texts.items():
        path = folder / TABLES / f"{name}.tex"
        make_folder(path.parent)
        write_atomically(path, text.encode())


def _summary(folder: Path, parts: Sequence[Part]) -> dict[str, Any]:
    """Paths of what was written, and the verdict of the checks."""
    records = records_of(parts)
    paths = {kind: str(record_folder(folder, kind) / RECORD_FILE) for kind in records}
    checked = checked_kind(records)
    return {
        "record": paths[checked] if checked else None,
        "records": paths,
        "page": str(folder / PAGE_FILE),
        "figures": str(folder / FIGURES),
        "tables": str(folder / TABLES),
        "verdict": records[checked].values["verdict"] if checked else None,
    }
