"""The main job: run the experiment, keep its record, draw the figures, write the tables and the page."""

from __future__ import annotations

import os
import platform
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..figures import save_figures
from ..inputs import paper_alphas
from ..numerics.experiments.quadratic_network import PROFILES, run
from ..numerics.files import write_atomically
from ..numerics.records import library_versions, load_record, make_folder, save_record
from ..theory.errors import InvalidArgumentError
from .formulas import latex_formulas
from .page import render_page
from .tables import latex_tables

CHECKPOINT_FILE, PAGE_FILE = "network.checkpoint", "report.html"


def run_report(
    profile: str,
    out: str | Path,
    *,
    seed: int = 0,
    confidence: float = 0.99,
    workers: int = 1,
    resume: bool = False,
    progress: Callable[[str, int, int, str], None] | None = None,
) -> dict[str, Any]:
    """Run a profile of the main experiment and write everything into ``out``.

    Returns
    -------
    dict
        Paths of what was written, the verdict and a summary.
    """
    if profile not in PROFILES:
        raise InvalidArgumentError("profile", profile, f"one of {', '.join(PROFILES)}")
    folder = Path(out)
    make_folder(folder)
    config = replace(PROFILES[profile], seed=seed, confidence=confidence)
    started, clock = datetime.now(UTC), time.perf_counter()
    record = run(
        config,
        paper_alphas(),
        checkpoint=folder / CHECKPOINT_FILE,
        resume=resume,
        workers=workers,
        progress=progress,
    )
    command = [
        "adversarial-spheres",
        "report",
        "--profile",
        profile,
        "--seed",
        str(seed),
        "--confidence",
        str(confidence),
    ]
    provenance = {
        "command": shlex.join([*command, "--out", "DIR"]),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 1),
        "workers": workers,
        "machine": machine(),
        "versions": library_versions(),
    }
    path = save_record(record, folder, provenance=provenance)
    return {"record": str(path), **write_report(folder, provenance), "verdict": record.values["verdict"]} | {
        "seconds": round(time.perf_counter() - clock, 1)
    }


def write_report(folder: Path, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Figures, tables and page of the record in ``folder``; nothing is computed anew."""
    record = load_record(folder)
    figures = save_figures(record, folder / "figures")
    tables = folder / "tables"
    make_folder(tables)
    written = []
    for name, text in {**latex_tables(record), "formulas": latex_formulas()}.items():
        write_atomically(tables / f"{name}.tex", text.encode())
        written.append(str(tables / f"{name}.tex"))
    drawings = {path.stem: path.read_bytes() for path in figures if path.suffix == ".svg"}
    write_atomically(folder / PAGE_FILE, render_page(record, provenance, drawings).encode())
    return {"page": str(folder / PAGE_FILE), "figures": [str(path) for path in figures], "tables": written}


def machine() -> dict[str, Any]:
    """What the job ran on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
