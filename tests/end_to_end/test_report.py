"""The report on small experiments: everything is written, the same bytes each time, resumed after kill -9."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adversarial_spheres.numerics.experiments import nearest_pair, quadratic_network
from adversarial_spheres.numerics.experiments.nearest_pair import NearestPair, NearestPairConfig
from adversarial_spheres.numerics.experiments.quadratic_network import MainRun, QuadraticNetworkConfig
from adversarial_spheres.numerics.runs.experiment import Experiment
from adversarial_spheres.numerics.storage.records import Record, load_record, save_record
from adversarial_spheres.report import job
from adversarial_spheres.report.job import Settings, run_report
from adversarial_spheres.report.page import PROVENANCE_BEGIN, PROVENANCE_END, without_provenance
from adversarial_spheres.report.plans import Executor
from adversarial_spheres.theory.basics.arguments import Progress
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError

Cli = Callable[..., Any]
SMALL = replace(
    quadratic_network.PROFILES["quick"],
    dim=12,
    hidden=20,
    max_steps=60,
    stop_below=None,
    distance_samples=1000,
    monte_carlo_samples=1000,
    history_samples=20,
    history_monte_carlo_samples=500,
)
PAIRS = NearestPairConfig(dim=8, points=60, draws=3)
SLOW_PAIRS = NearestPairConfig(dim=200, points=4000, draws=8)
QUICK = Settings("quick")
CHILD = """
from dataclasses import replace
from adversarial_spheres.cli import main
from adversarial_spheres.numerics.experiments.nearest_pair import EXPERIMENT, NearestPairConfig
from adversarial_spheres.numerics.experiments import quadratic_network
from adversarial_spheres.numerics.experiments.quadratic_network import QuadraticNetworkConfig
from adversarial_spheres.report import job
job.EXPERIMENTS = (
    replace(quadratic_network.EXPERIMENT, profiles={{"quick": {main!r}}}),
    replace(EXPERIMENT, profiles={{"quick": {pairs!r}}}),
)
main()
"""
DETERMINISTIC = ("experiments", "figures", "tables")
FIGURES = {
    "quadratic-network": {
        "scale",
        "alphas",
        "error_rate_vs_distance",
        "error_rates",
        "distances",
        "prediction",
        "hidden_units",
    },
    "nearest-pair": {"nearest_pair"},
}


def pairs_experiment(config: NearestPairConfig) -> Experiment[Any]:
    return replace(nearest_pair.EXPERIMENT, profiles={"quick": config})


def main_experiment(config: QuadraticNetworkConfig) -> Experiment[Any]:
    return replace(quadratic_network.EXPERIMENT, profiles={"quick": config})


def main_record(folder: Path) -> Record:
    return load_record(folder / "experiments" / "quadratic-network")


@dataclass(frozen=True)
class Impossible(NearestPair):
    """A cell that cannot keep its promise."""

    KIND: ClassVar[str] = "impossible"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        raise AccuracyError("no convergence after 7 steps")


IMPOSSIBLE = replace(
    pairs_experiment(PAIRS),
    kind="impossible",
    title="An experiment that fails",
    cells=lambda config: [NearestPair(8, 60, 0), Impossible(8, 60, 1)],
)


@pytest.fixture(autouse=True)
def small_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small(monkeypatch)


def make_small(patch: pytest.MonkeyPatch, *experiments: Experiment[Any]) -> None:
    patch.setattr(job, "EXPERIMENTS", experiments or (main_experiment(SMALL), pairs_experiment(PAIRS)))


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Content of all files that must not differ, and of the page without its provenance."""
    paths = [path for name in DETERMINISTIC for path in [folder / name, *sorted((folder / name).rglob("*"))]]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}
    page = (folder / "report.html").read_text(encoding="utf-8")
    return found | {"report.html": without_provenance(page).encode()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        run_report(QUICK, folder)
    return folder


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_everything_is_written(finished: Path) -> None:
    for kind, names in FIGURES.items():
        found = {path.name for path in (finished / "figures" / kind).iterdir()}
        assert found == {f"{name}.svg" for name in names} | {"figures.tex"}
    tables = {str(path.relative_to(finished / "tables")) for path in (finished / "tables").rglob("*.tex")}
    main = {f"quadratic-network/{name}.tex" for name in ("checks", "distances", "error_rates", "paper_network")}
    whole = {f"{name}.tex" for name in ("statements", "rules", "verdicts", "formulas")}
    assert tables == main | whole | {"nearest-pair/nearest_pair.tex"}
    record = main_record(finished)
    assert record.kind == "quadratic-network"
    assert record.values["training"]["reached_target"]
    assert load_record(finished / "experiments" / "nearest-pair").kind == "nearest-pair"
    assert not list(finished.rglob("*.partial"))


def test_provenance_names_command_machine_and_seconds(finished: Path) -> None:
    told = json.loads((finished / "provenance.json").read_text())
    assert told["command"] == "adversarial-spheres report --profile quick --seed 0 --confidence 0.99 --out DIR"
    assert told["machine"]["cores"] >= 1
    assert set(told["stages"]) == {"cells of the experiments, and figures", "tables"}
    assert len(told["cells"]) == 1 + PAIRS.draws
    assert all(cell["seconds"] >= 0 and cell["cpu_seconds"] >= 0 for cell in told["cells"])
    assert told["cpu_seconds"] > 0
    assert sum(told["stages"].values()) == pytest.approx(told["seconds"], abs=0.5)


def test_provenance_stands_in_one_place_of_the_page(finished: Path) -> None:
    page, told = page_of(finished), json.loads((finished / "provenance.json").read_text())
    assert page.count(PROVENANCE_BEGIN) == page.count(PROVENANCE_END) == 1
    for word in (told["started"], told["machine"]["processor"], told["command"]):
        assert word in page
        assert word not in without_provenance(page)


def test_the_paper_s_network_stands_in_the_record(finished: Path) -> None:
    paper = main_record(finished).values["paper_network"]
    assert paper["inner"]["log10_clt"] == pytest.approx(paper["printed_log10_error_rate"], abs=0.05)
    assert paper["inner"]["log10_exact"] == pytest.approx(-12.241, abs=2e-3)
    assert paper["outer"]["log10_exact"] == pytest.approx(-5.158, abs=2e-3)


def test_the_page_needs_nothing_else(finished: Path) -> None:
    page = page_of(finished)
    assert page.count('<img src="data:image/svg+xml;base64,') == page.count("image/svg+xml") == 8  # each once
    links = re.findall(r"<a [^>]*href=\"(https?://[^\"]+)\"", page)
    for address in re.findall(r"(?:src|href)=\"([^\"]+)\"", page):
        assert address.startswith(("data:", "#")) or address in links
    assert "url(" not in page
    assert "@import" not in page
    for anchor in re.findall(r"href=\"#([^\"]+)\"", page):
        assert f'id="{anchor}"' in page
    names = re.findall(r"id=\"([^\"]+)\"", page)
    assert len(names) == len(set(names))


def test_other_formats_are_made_on_demand(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    run_report(replace(QUICK, resume=True, only=["nearest-pair"], formats=["pdf", "pgf", "png"]), tmp_path)
    made = tmp_path / "figures" / "nearest-pair"
    assert {path.suffix for path in made.iterdir()} == {".svg", ".pdf", ".pgf", ".png", ".tex"}
    found = re.findall(r'<a download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', page_of(tmp_path))
    assert [name for name, _ in found] == ["nearest-pair-nearest_pair.pdf", "nearest-pair-nearest_pair.pgf"]
    for name, content in found:
        assert base64.b64decode(content) == (made / name.removeprefix("nearest-pair-")).read_bytes()
    assert "--figure-formats pdf,pgf,png" in json.loads((tmp_path / "provenance.json").read_text())["command"]


def test_the_first_screen_says_how_near_in_one_sentence(finished: Path) -> None:
    page, record = page_of(finished), main_record(finished)
    first = page[page.index('<section id="summary">') : page.index('<dl class="headline">')]
    assert "random points are about √2 = 1.41 apart" in first
    assert 'id="figure-quadratic-network-scale"' in first
    assert page.count('id="figure-quadratic-network-scale"') == 1
    mean = record.values["spheres"]["inner"]["distances"]["euclidean"]["observed"]["mean"]
    assert f"<strong>{mean:#.2g}</strong> from an error" in first


def test_a_picture_is_there_before_the_other_experiments_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(self: NearestPair, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        seen.append(sorted(path.name for path in tmp_path.glob("figures/*/*.svg")))
        return original(self, checkpoint, progress)

    original = NearestPair.run
    monkeypatch.setattr(NearestPair, "run", run)
    make_small(monkeypatch, main_experiment(SMALL), pairs_experiment(PAIRS))
    run_report(QUICK, tmp_path)
    assert len(seen) == PAIRS.draws
    assert "scale.svg" in seen[0]  # the main experiment is the longest, and comes first


def test_tables_are_latex_with_everything_escaped(finished: Path) -> None:
    paths = [path for path in (finished / "tables").rglob("*.tex") if path.stem != "formulas"]
    for path in [*paths, *(finished / "figures").rglob("figures.tex")]:
        text = path.read_text(encoding="utf-8")
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
        captions = "".join(re.findall(r"caption\{(.*)\}", text))
        body = text.split(r"\toprule")[1] if "toprule" in text else captions
        assert not re.search(r"(?<!\\)[%#]", body)
        assert not re.search(r"(?<!\\)_", re.sub(r"\$[^$]*\$", "", body))
        assert text.isascii(), path


def test_same_seed_same_bytes_whatever_the_workers(finished: Path, tmp_path: Path) -> None:
    run_report(QUICK, tmp_path, executor=Executor(workers=2))
    assert bytes_of(tmp_path) == bytes_of(finished)


@pytest.mark.slow
def test_another_seed_gives_other_numbers(finished: Path, tmp_path: Path) -> None:
    run_report(replace(QUICK, seed=1), tmp_path)
    mine, other = bytes_of(tmp_path), bytes_of(finished)
    for kind in ("quadratic-network", "nearest-pair"):
        name = f"experiments/{kind}/record.json"
        assert mine[name] != other[name]


def test_a_finished_report_is_not_computed_again(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    for cell in (MainRun, NearestPair):
        monkeypatch.setattr(cell, "run", lambda *_, **__: pytest.fail("a cell ran again"))
    run_report(replace(QUICK, resume=True), tmp_path)
    assert bytes_of(tmp_path) == bytes_of(finished)


def test_a_part_alone(tmp_path: Path, cli: Cli) -> None:
    outcome = cli("report", "--out", tmp_path, "--only", "nearest-pair", "--json", "--quiet")
    assert outcome.status == 0
    assert outcome.json["verdict"] is None
    assert set(outcome.json["records"]) == {"nearest-pair"}
    assert not (tmp_path / "experiments" / "quadratic-network").exists()
    assert 'id="nearest-pair"' in page_of(tmp_path)
    assert 'id="quadratic-network"' not in page_of(tmp_path)


def test_an_unknown_part_is_bad_input(tmp_path: Path, cli: Cli) -> None:
    outcome = cli("report", "--out", tmp_path, "--only", "nearest-pair,pears")
    assert outcome.status == 2
    assert "pears" in outcome.err
    with pytest.raises(InvalidArgumentError, match="profile"):
        Settings("slow")


@pytest.mark.parametrize(
    "options",
    [
        ("--executor", "dask"),
        ("--scheduler", "tcp://127.0.0.1:1"),
        ("--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"),
        ("--executor", "dask", "--scheduler", "nonsense"),
    ],
)
def test_an_executor_that_cannot_be_is_refused_at_once(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(MainRun, "run", lambda *_, **__: pytest.fail("the main experiment ran"))
    outcome = cli("report", "--out", tmp_path, *options)
    assert outcome.status == 2
    assert "scheduler" in outcome.err


def test_the_record_of_something_else_is_not_replaced(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MainRun, "run", lambda *_, **__: pytest.fail("the main experiment ran"))
    save_record(Record("sweep", {}, {}), tmp_path)
    before = (tmp_path / "record.json").read_bytes()
    for options in ((), ("--resume",)):
        outcome = cli("report", "--out", tmp_path, *options)
        assert outcome.status == 2
        assert "a record of something else (record.json)" in outcome.err
    assert (tmp_path / "record.json").read_bytes() == before


def test_a_failing_experiment_does_not_lose_the_others(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_small(monkeypatch, IMPOSSIBLE, pairs_experiment(PAIRS))
    outcome = cli("report", "--out", tmp_path, "--only", "impossible,nearest-pair", "--json", "--quiet")
    assert outcome.status == 3
    assert "no convergence after 7 steps" in outcome.err
    assert set(outcome.json["failures"]) == {"impossible"}
    assert set(outcome.json["records"]) == {"nearest-pair"}
    page = page_of(tmp_path)
    assert "An experiment that fails" in page
    assert "no convergence after 7 steps" in page
    assert load_record(tmp_path / "experiments" / "nearest-pair").values["pairs"] == 60 * 59 // 2
    assert not (tmp_path / "experiments" / "impossible").exists()


def test_a_failing_main_experiment_does_not_lose_the_others(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Record:
        raise AccuracyError("the loss is not finite")

    monkeypatch.setattr(MainRun, "run", fail)
    outcome = cli("report", "--out", tmp_path, "--workers", 1, "--json", "--quiet")
    assert outcome.status == 3
    assert set(outcome.json["failures"]) == {"quadratic-network"}
    assert "the loss is not finite" in page_of(tmp_path)
    assert (tmp_path / "experiments" / "nearest-pair" / "record.json").is_file()


def test_figures_of_a_whole_report_are_told_where_its_records_are(finished: Path, tmp_path: Path, cli: Cli) -> None:
    outcome = cli("figures", finished, "--out", tmp_path)
    assert outcome.status == 2
    assert "experiments/KIND, KIND one of nearest-pair, quadratic-network" in outcome.err


def test_figures_from_the_records_alone(finished: Path, tmp_path: Path, cli: Cli) -> None:
    other = finished / "experiments" / "nearest-pair"
    main = finished / "experiments" / "quadratic-network"
    outcome = cli("figures", main, other, other, "--out", tmp_path, "--format", "svg,pgf", "--json")
    assert outcome.status == 0
    files = [Path(path) for path in outcome.json["files"]]
    assert len(files) == 2 * (7 + 1 + 1)
    assert {path.parent.name for path in files} == {"quadratic-network", "nearest-pair", "nearest-pair-2"}
    for path in files:
        kind = "nearest-pair" if path.stem == "nearest_pair" else "quadratic-network"
        if path.suffix == ".pgf":
            continue
        assert path.read_bytes() == (finished / "figures" / kind / path.name).read_bytes()


@pytest.mark.slow
def test_a_perfect_network_gives_a_report_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perfect = replace(SMALL, dim=3, hidden=8, max_steps=4000, stop_below=None, learning_rate=1e-2)
    make_small(monkeypatch, main_experiment(perfect))
    written = run_report(QUICK, tmp_path)
    found = main_record(tmp_path).values["spheres"]["inner"]["distances"]["euclidean"]
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


@pytest.mark.slow
def test_progress_goes_to_standard_error_as_plain_lines(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("report", "--out", tmp_path, "--json")
    assert outcome.json["verdict"]
    for stage in ("cells", "figures"):
        assert f"{stage}: " in outcome.err
    assert "\r" not in outcome.err


def run_child(script: str, folder: Path, *, kill_after: float | None = None) -> bool:
    """Run a report in a process of its own; returns whether it was killed alive."""
    command = [sys.executable, "-c", script, "report", "--out", str(folder), "--resume", "--quiet"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    if kill_after is None:
        assert child.wait() == 0
        return False
    time.sleep(kill_after)
    alive = child.poll() is None
    os.killpg(child.pid, signal.SIGKILL)  # the processes that run the cells, too
    child.wait()
    return alive


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    script = CHILD.format(main=SMALL, pairs=SLOW_PAIRS)
    run_child(script, tmp_path / "whole")
    delays = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5)
    killed = [run_child(script, tmp_path / "killed", kill_after=delay) for delay in delays]
    assert sum(killed) >= 5
    run_child(script, tmp_path / "killed")
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "whole")


THREADS = """
import sys
from pathlib import Path
from adversarial_spheres.numerics.experiments.quadratic_network import MainRun, QuadraticNetworkConfig
from adversarial_spheres.numerics.storage.records import save_record
save_record(MainRun({config!r}).run(), Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_record_does_not_depend_on_the_threads_of_blas(tmp_path: Path) -> None:
    # Eigenvalues of 500 dimensions do: OpenBLAS divides such a matrix among its threads.
    script = THREADS.format(config=replace(SMALL, dim=500, hidden=1000, max_steps=20))
    for threads in ("1", "2"):
        (tmp_path / threads).mkdir()
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([sys.executable, "-c", script, str(tmp_path / threads)], env=environment, check=True)
    one, two = ((tmp_path / threads / "record.npz").read_bytes() for threads in ("1", "2"))
    assert one == two
