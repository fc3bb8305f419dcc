"""What is built can be used: wheel in a fresh environment and another folder, tests out of the source distribution."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "_build", "_generated"
)
PLUGIN_TEST = """
import pytest
from adversarial_spheres import QuadraticClassifier

network = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])


def test_a_true_claim(bound_check):
    bound_check(network, claim_error_rate=0.3)


def test_a_false_claim(bound_check):
    with pytest.raises(pytest.fail.Exception, match="refuted"):
        bound_check(network, claim_error_rate=0.2)
"""


def run(*command: object, cwd: Path) -> str:
    """Standard output of a command that must succeed, away from this checkout's environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the source distribution and the wheel that is built from it."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("checkout") / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_OUT)
    run(sys.executable, "-m", "build", "--outdir", out, source, cwd=out)
    return out


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of a fresh environment that holds the wheel, what it requires, pytest and Hypothesis."""
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", home, cwd=home)
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    (wheel,) = built.glob("*.whl")
    run(interpreter, "-m", "pip", "install", "--quiet", f"{wheel}[hypothesis]", "pytest", cwd=home)
    return interpreter


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder that has nothing to do with the checkout."""
    yield tmp_path
    assert not (tmp_path / "theory").exists()


def test_the_wheel_works_in_another_folder(python: Path, elsewhere: Path) -> None:
    where = run(python, "-c", "import adversarial_spheres as s; print(s.__file__)", cwd=elsewhere)
    assert "site-packages" in where
    assert str(ROOT) not in where
    script = python.with_name("adversarial-spheres")
    bound = json.loads(run(script, "bound", "--dim", 500, "--error-rate", 0.001, "--json", cwd=elsewhere))
    assert round(bound["mean_distance_bound"], 6) == 0.138054


def test_data_and_templates_are_in_the_wheel(python: Path, elsewhere: Path) -> None:
    code = (
        "from importlib.resources import files; from adversarial_spheres import load_alphas; "
        "print(len(load_alphas(files('adversarial_spheres') / 'data' / 'paper_alphas.csv')))"
    )
    assert run(python, "-c", code, cwd=elsewhere).strip() == "500"
    listing = "import adversarial_spheres, os; print(os.listdir(adversarial_spheres.__path__[0]))"
    assert "py.typed" in run(python, "-c", listing, cwd=elsewhere)


def test_the_plugin_is_active_there(python: Path, elsewhere: Path) -> None:
    (elsewhere / "test_plugin.py").write_text(PLUGIN_TEST)
    assert "2 passed" in run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=elsewhere)


def test_the_tests_of_the_source_distribution_pass_against_the_wheel(
    python: Path, built: Path, elsewhere: Path
) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(elsewhere, filter="data")
    (source,) = elsewhere.iterdir()
    for name in ("Makefile", "docs/conf.py", "benchmarks/__main__.py", "tests/reference/caps.json", "CITATION.cff"):
        assert (source / name).is_file(), name
    some = (
        "tests/unit/theory/caps/test_caps.py",
        "tests/unit/numerics/storage/test_records.py",
        "tests/reference/test_caps_reference.py",
    )
    assert " passed" in run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *some, cwd=source)
