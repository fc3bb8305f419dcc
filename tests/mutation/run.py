"""Mutation testing of theory/: does a test fail when a formula is changed?

    make mutate                          # 500 mutants drawn at random
    make mutate SAMPLE=0                 # all of them: hours
    python tests/mutation/run.py --sample 500 --seed 1
    python tests/mutation/run.py --sample 100 --module relu_rounding --module hidden_units

mutmut changes one operator, number, argument or statement at a time. It works on a copy
of the package in build/mutation. A sample is drawn uniformly among all mutants, and the score is
given with its Clopper-Pearson interval. ``theory/reference`` and ``theory/symbolic`` are not mutated: they are second
and third statements of the same formulas, the oracles that the tests compare the float code with.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_interval

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "build" / "mutation"
PACKAGE = "src/adversarial_spheres"
MUTATED = f"{PACKAGE}/theory/**/*.py"
NOT_MUTATED = [f"{PACKAGE}/theory/{room}/*" for room in ("reference", "symbolic")]
LAWS = [
    "bulk_nearest",
    "caps",
    "isoperimetry",
    "nearest_error",
    "predicted_distance",
    "quadratic_form",
    "quadratic_network",
    "relu_bounds",
]
TESTS = [
    "tests/unit/theory",
    *(f"tests/property/test_{name}_laws.py" for name in LAWS),
    "tests/property/test_theorem.py",
    "tests/reference",
]
KILLED = {"killed", "timeout", "segfault"}
"""A mutant that never ends or that crashes is as dead as one that fails a test."""
CONFIDENCE = 0.95


def lay_out() -> None:
    """Copy the package and the tests to the tree that mutmut works in."""
    shutil.rmtree(TREE, ignore_errors=True)
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / PACKAGE, TREE / PACKAGE, ignore=leave_out)
    shutil.copytree(ROOT / "tests", TREE / "tests", ignore=leave_out)
    lists = {
        "source_paths": ["src"],
        "only_mutate": [MUTATED],
        "do_not_mutate": NOT_MUTATED,
        "pytest_add_cli_args": ["-p", "order", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": TESTS,
    }
    settings = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lists.items())
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (TREE / "pyproject.toml").write_text(f"{text}\n[tool.mutmut]\n{settings}\n", encoding="utf-8")


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run mutmut in the tree, each process on one thread."""
    environment = os.environ | {
        "HYPOTHESIS_PROFILE": "mutation",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(TREE / "tests" / "mutation"),
    }
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(command, cwd=TREE, env=environment, text=True, check=False, stdout=subprocess.PIPE)


def all_mutants() -> dict[str, str | None]:
    """Every mutant and what became of it (None: not run)."""
    from mutmut.stats import status_by_exit_code

    found: dict[str, str | None] = {}
    for file in sorted((TREE / "mutants" / PACKAGE / "theory").rglob("*.py.meta")):
        for name, code in json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            found[name] = None if code is None else status_by_exit_code[code]
    return found


def drawn(names: list[str], sample: int, seed: int) -> list[str]:
    """A uniform random sample without repetition; all of them for 0."""
    return sorted(names) if sample <= 0 else sorted(random.Random(seed).sample(sorted(names), min(sample, len(names))))


def module_of(mutant: str) -> str:
    """The module in theory/ that a mutant changes."""
    return ".".join(mutant.split(".")[2:-1])


def table(statuses: dict[str, str]) -> str:
    """Killed, run and score of each module, and of all with an interval for the score of all mutants."""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    for name, status in statuses.items():
        by_module[module_of(name)][status in KILLED] += 1
    lines = ["| module | killed | run | score |", "|---|---|---|---|"]
    for module, counts in sorted(by_module.items()):
        lines.append(f"| {module} | {counts[True]} | {counts.total()} | {100 * counts[True] / counts.total():.0f} % |")
    killed, run = sum(counts[True] for counts in by_module.values()), len(statuses)
    interval = clopper_pearson_interval(killed, run, CONFIDENCE)
    lines.append(f"| all | {killed} | {run} | {100 * killed / run:.1f} % |")
    ends = f"{100 * interval.low:.1f} % to {100 * interval.high:.1f} %"
    return "\n".join([*lines, "", f"{100 * CONFIDENCE:.0f} % interval of the score (Clopper-Pearson): {ends}"])


def main() -> None:
    """Draw the mutants, run them, print the table and the differences of the survivors."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--sample", type=int, default=500, help="mutants to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--module", action="append", default=[], help="draw from this module of theory/ alone; repeatable"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of mutants to run instead of a sample")
    parser.add_argument("--keep", action="store_true", help="go on with the mutants and timings of the last run")
    options = parser.parse_args()
    start = ["run", "--max-children", str(options.workers)]
    if not options.keep:
        lay_out()
        mutmut(*start, "adversarial_spheres.theory.basics.errors.*")  # makes all mutants and times all tests
    names = [name for name in all_mutants() if not options.module or module_of(name) in options.module]
    if not names:
        parser.error(f"no mutants of {', '.join(options.module)}")
    chosen = options.only or drawn(names, options.sample, options.seed)
    print(f"{len(chosen)} of {len(names)} mutants, seed {options.seed}", flush=True)
    mutmut(*start, *chosen)
    found = all_mutants()
    statuses = {name: str(found[name]) for name in chosen}
    print(table(statuses))
    for name, status in statuses.items():
        if status not in KILLED:
            print(mutmut("show", name).stdout)


if __name__ == "__main__":
    main()
