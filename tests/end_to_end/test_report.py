"""The main job on a small network: everything is written, the same bytes each time, resumed after kill -9."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.numerics.experiments import quadratic_network
from adversarial_spheres.numerics.records import load_record
from adversarial_spheres.report import job

Cli = Callable[..., Any]
SMALL = replace(
    quadratic_network.PROFILES["quick"],
    dim=12,
    hidden=20,
    max_steps=2000,
    stop_below=1e-3,
    distance_samples=1000,
    monte_carlo_samples=1000,
    history_samples=50,
    history_monte_carlo_samples=500,
)
CHILD = f"""
from adversarial_spheres.cli import main
from adversarial_spheres.numerics.experiments.quadratic_network import QuadraticNetworkConfig
from adversarial_spheres.report import job
job.PROFILES = {{"quick": QuadraticNetworkConfig(**{SMALL.__dict__!r})}}
main()
"""
DETERMINISTIC = ("record.json", "record.npz", "figures", "tables")


@pytest.fixture(autouse=True)
def small_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PROFILES", {"quick": SMALL})


def bytes_of(folder: Path) -> dict[str, bytes]:
    paths = [
        path
        for name in DETERMINISTIC
        for path in ([folder / name] if (folder / name).is_file() else sorted((folder / name).iterdir()))
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "PROFILES", {"quick": SMALL})
        job.run_report("quick", folder)
    return folder


def test_everything_is_written(finished: Path) -> None:
    figures = {path.name for path in (finished / "figures").iterdir()}
    assert figures == {
        f"{name}.{kind}"
        for name in ("alphas", "error_rate_vs_distance", "error_rates", "distances", "prediction", "hidden_units")
        for kind in ("pdf", "svg", "png")
    }
    assert "<math" in (finished / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in (finished / "tables").iterdir()} == {
        "checks.tex",
        "distances.tex",
        "error_rates.tex",
        "formulas.tex",
        "paper_network.tex",
    }
    record = load_record(finished)
    assert record.kind == "quadratic-network"
    assert record.values["training"]["reached_target"]
    assert json.loads((finished / "provenance.json").read_text())["command"].startswith("adversarial-spheres report")
    assert not list(finished.rglob("*.partial"))


def test_the_paper_s_network_stands_in_the_record(finished: Path) -> None:
    paper = load_record(finished).values["paper_network"]
    assert paper["inner"]["log10_clt"] == pytest.approx(paper["printed_log10_error_rate"], abs=0.05)
    assert paper["inner"]["log10_exact"] == pytest.approx(-12.241, abs=2e-3)
    assert paper["outer"]["log10_exact"] == pytest.approx(-5.158, abs=2e-3)


def test_the_page_needs_nothing_else(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64,") == 6
    for address in re.findall(r"(?:src|href)=\"([^\"]+)\"", page):
        assert address.startswith(("data:", "#"))
    assert "url(" not in page
    for anchor in re.findall(r"href=\"#([^\"]+)\"", page):
        assert f'id="{anchor}"' in page


def test_tables_are_latex_with_everything_escaped(finished: Path) -> None:
    for path in (finished / "tables").iterdir():
        if path.stem == "formulas":
            continue
        text = path.read_text(encoding="utf-8")
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
        body = text.split(r"\toprule")[1]
        assert not re.search(r"(?<!\\)[%#_]", body)
        assert text.isascii()


def test_same_seed_same_bytes_whatever_the_workers(finished: Path, tmp_path: Path) -> None:
    job.run_report("quick", tmp_path, workers=3)
    assert bytes_of(tmp_path) == bytes_of(finished)


def test_another_seed_gives_other_numbers(finished: Path, tmp_path: Path) -> None:
    job.run_report("quick", tmp_path, seed=1)
    assert bytes_of(tmp_path)["record.json"] != bytes_of(finished)["record.json"]


def test_figures_from_the_record_alone(finished: Path, tmp_path: Path, cli: Cli) -> None:
    outcome = cli("figures", finished, "--out", tmp_path, "--format", "svg", "--json")
    assert outcome.status == 0
    for path in map(Path, outcome.json["files"]):
        assert path.read_bytes() == (finished / "figures" / path.name).read_bytes()


def test_a_perfect_network_gives_a_report_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perfect = replace(SMALL, dim=3, hidden=8, max_steps=4000, stop_below=None, learning_rate=1e-2)
    monkeypatch.setattr(job, "PROFILES", {"quick": perfect})
    written = job.run_report("quick", tmp_path)
    found = load_record(tmp_path).values["spheres"]["inner"]["distances"]["euclidean"]
    assert found["no_errors"]
    assert found["observed"]["mean"] is None
    assert written["verdict"] in {"verified", "vacuous"}
    assert "no errors" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_command_line_writes_what_it_says(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("report", "--out", tmp_path, "--json", "--quiet")
    assert outcome.status == 0
    assert outcome.err == ""
    for name in ("record", "page"):
        assert Path(outcome.json[name]).is_file()


def test_progress_goes_to_standard_error_as_plain_lines(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("report", "--out", tmp_path, "--json")
    assert outcome.json["verdict"]
    assert "training: " in outcome.err
    assert "\r" not in outcome.err


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, "report", "--out", str(tmp_path), "--resume", "--quiet"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    for delay in (0.9, 1.3, 1.8, 2.4, 3.1):
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert bytes_of(tmp_path) == bytes_of(finished)
