"""The report as a job: run the experiments, keep their records, draw the figures, write the tables and the page.

The main experiment runs first, in threads; then the cells of all the others together, in processes. Every result is on
disk before the next begins, so a report that was killed goes on where it was, to the same records.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..alphas import paper_alphas
from ..figures import save_figures
from ..numerics.cells.local import completed, processes
from ..numerics.cells.run import check_executor
from ..numerics.experiments.catalogue import EXPERIMENTS
from ..numerics.experiments.quadratic_network import KIND as MAIN
from ..numerics.experiments.quadratic_network import PROFILES, run
from ..numerics.statistics.intervals import check_confidence
from ..numerics.storage.files import check_path, make_folder, mode_of, write_atomically
from ..numerics.storage.records import (
    PROVENANCE_FILE,
    RECORD_FILE,
    json_bytes,
    library_versions,
    load_record,
    load_versions,
    plain,
    save_record,
)
from ..rendering.latex import latex_long_table
from ..theory.basics.arguments import Progress
from ..theory.basics.errors import AccuracyError, InvalidArgumentError
from ..unfinished import marked_as_unfinished, refuse_unfinished_checkpoint
from . import plans as experiments
from .formulas import latex_formulas
from .page import render_page
from .part import Part, records_of
from .plans import Executor, Plan, run_plans
from .provenance import Clock, provenance
from .statements import rule_table, statement_table, statements, verdict_table

CHECKPOINT_FILE, PAGE_FILE = "network.checkpoint", "report.html"
FIGURES, TABLES = "figures", "tables"
PAGE_FORMATS = ("pdf", "svg", "png", "pgf")


@dataclass(frozen=True)
class Settings:
    """What to run: profile, seed, confidence, kinds of experiments (none: all), and whether to go on from before."""

    profile: str
    seed: int = 0
    confidence: float = 0.99
    only: Sequence[str] = ()
    resume: bool = False

    def __post_init__(self) -> None:
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
        """The experiments but the main one."""
        return [
            Plan.of(experiment, self.profile, self.seed, self.confidence)
            for experiment in EXPERIMENTS
            if experiment.kind in self.kinds
        ]


def all_kinds() -> list[str]:
    """Kinds of all experiments, in the order of the page."""
    return [MAIN, *(experiment.kind for experiment in EXPERIMENTS)]


def titles() -> dict[str, str]:
    """Title of each kind of experiment."""
    return {MAIN: "The quadratic network", **{experiment.kind: experiment.title for experiment in EXPERIMENTS}}


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
        Who runs the cells; its workers are also the threads of the main experiment. Default: one, here.
    progress
        Called with (stage, done, total, note).

    Returns
    -------
    dict
        Paths of what was written, verdict of the checks (None where the main experiment was not run), the reasons of
        what failed by kind, and seconds.
    """
    folder, hands, clock = check_path(out, name="out"), executor or Executor(), Clock()
    check_executor(workers=hands.workers, executor=hands.name, scheduler=hands.scheduler)
    _refuse_foreign_record(folder)
    if not settings.resume:
        refuse_unfinished_checkpoint(folder / CHECKPOINT_FILE, name="out")
    with marked_as_unfinished(folder, resume=settings.resume):
        failures = _run_main(settings, folder, hands.workers, progress) if MAIN in settings.kinds else {}
        clock.lap("main experiment")
        plans = settings.plans()
        failures |= run_plans(plans, folder, hands, progress)
        clock.lap("cells of the experiments")
        parts = write_parts(folder, settings.kinds, failures, hands.workers, progress)
        clock.lap("figures and tables")
        cells = [cell for plan in plans for cell in plan.cells]
        told = provenance(_options(settings, hands), hands.workers, clock, cells, folder / experiments.CELLS)
        write_atomically(folder / PROVENANCE_FILE, json_bytes(told))
        write_atomically(folder / PAGE_FILE, render_page(parts, told).encode())
    return _summary(folder, parts) | {"failures": failures, "seconds": clock.seconds}


def _refuse_foreign_record(folder: Path) -> None:
    """Refuse a folder whose record is not that of a report: it would be lost."""
    if mode_of(folder / RECORD_FILE, name="out") is not None and (kind := load_record(folder).kind) != MAIN:
        raise InvalidArgumentError("out", str(folder), f"a folder without the record of something else ({kind})")


def _options(settings: Settings, executor: Executor) -> dict[str, Any]:
    """The options that give this report, for the command in its provenance."""
    return {
        "profile": settings.profile,
        "seed": settings.seed,
        "confidence": settings.confidence,
        "only": ",".join(settings.only) or None,
        "executor": None if executor.name == "local" else executor.name,
        "resume": settings.resume,
    }


def _run_main(settings: Settings, folder: Path, workers: int, progress: Progress | None) -> dict[str, str]:
    """Run the main experiment; returns why it failed."""
    config = replace(PROFILES[settings.profile], seed=settings.seed, confidence=settings.confidence)
    if settings.resume and is_finished(folder, config):
        return {}
    checkpoint = folder / CHECKPOINT_FILE
    try:
        record = run(
            config,
            paper_alphas(),
            checkpoint=checkpoint,
            resume=settings.resume,
            workers=workers,
            progress=progress,
        )
    except AccuracyError as error:
        return {MAIN: str(error)}
    save_record(record, folder)
    return {}


def is_finished(folder: Path, config: Any) -> bool:
    """Whether ``folder`` holds the whole record of the main experiment for this configuration and these versions."""
    try:
        record, versions = load_record(folder), load_versions(folder)
        same = versions == library_versions() and record.values["config"] == plain(config)
        return bool(same) and record.kind == MAIN
    except InvalidArgumentError:
        return False


def record_folder(folder: Path, kind: str) -> Path:
    """Where the record of a kind stands in the folder of a report."""
    return folder if kind == MAIN else folder / experiments.EXPERIMENTS / kind


def write_parts(
    folder: Path, kinds: Sequence[str], failures: Mapping[str, str], workers: int = 1, progress: Progress | None = None
) -> list[Part]:
    """Figures and tables of the records in ``folder``, as files; nothing is computed anew."""
    say = progress or (lambda stage, done, total, note: None)
    whole = [kind for kind in kinds if kind not in failures]
    say("figures", 0, len(whole), "")
    files = {}
    with processes(workers) as executor:
        for kind, future in completed(executor, partial(_drawn, folder), whole, workers):
            files[kind] = future.result()
            say("figures", len(files), len(whole), kind)
    parts = []
    for kind in kinds:
        record = load_record(record_folder(folder, kind)) if kind in whole else None
        parts.append(Part(kind, titles()[kind], record, failures.get(kind), files.get(kind, {})))
    _write_tables(folder, parts)
    return parts


def _drawn(folder: Path, kind: str) -> dict[str, dict[str, bytes]]:
    """Write the figures of one record; returns their content by name and format."""
    files: dict[str, dict[str, bytes]] = {}
    for path in save_figures(load_record(record_folder(folder, kind)), folder / FIGURES / kind, PAGE_FORMATS):
        files.setdefault(path.stem, {})[path.suffix[1:]] = path.read_bytes()
    return files


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
    """Paths of what was written, and the verdict of the main experiment's checks."""
    records = records_of(parts)
    return {
        "record": str(folder / RECORD_FILE) if MAIN in records else None,
        "records": {kind: str(record_folder(folder, kind) / RECORD_FILE) for kind in records},
        "page": str(folder / PAGE_FILE),
        "figures": str(folder / FIGURES),
        "tables": str(folder / TABLES),
        "verdict": records[MAIN].values["verdict"] if MAIN in records else None,
    }
