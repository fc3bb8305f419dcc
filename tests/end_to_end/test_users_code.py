"""A user's module decides neither the exit status nor standard output, whatever it does as it is imported or asked."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import refused

from adversarial_spheres import Claims, check_bound
from adversarial_spheres.inputs import load_model
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.sampling.blocks import map_blocks
from adversarial_spheres.theory.basics.errors import ModelError

Cli = Callable[..., Any]
HALF_SPACE = "def logits(points):\n    return points[:, 0] - 0.5\n"
COMMANDS: dict[str, tuple[object, ...]] = {
    "check": ("--claim-error-rate", 0.9, "--max-samples", 200),
    "distances": ("--samples", 20),
    "error-rate": ("--samples", 200),
}
ENDINGS = ("SystemExit(0)", "SystemExit", "SystemExit('bye')", "GeneratorExit", "BaseException('odd')", "StopIteration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options(command: str, reference: str = "theirs:logits") -> tuple[object, ...]:
    return (command, "--model", reference, "--dim", 4, "--quiet", *COMMANDS[command])


def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """A process of its own: what is printed below Python, and at the end of the process, is seen there only."""
    command = [sys.executable, "-m", "adversarial_spheres", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_module_that_ends_the_process_as_it_is_imported(cli: Cli, folder: Path, command: str, ending: str) -> None:
    (folder / "theirs.py").write_text(f"{HALF_SPACE}raise {ending}\n")
    refused(cli(*options(command)), "theirs:logits", ending.partition("(")[0])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_function_that_ends_the_process(cli: Cli, folder: Path, ending: str, workers: int) -> None:
    (folder / "theirs.py").write_text(f"def logits(points):\n    raise {ending}\n")
    strict = () if workers == 1 else ("--strict",)
    refused(cli(*options("check"), *strict, "--workers", workers), "model", ending.partition("(")[0])


@pytest.mark.parametrize("place", ["logits = property(stop)", "def __getattr__(self, name): stop(self)"])
def test_an_attribute_that_ends_the_process(cli: Cli, folder: Path, place: str) -> None:
    stop = "def stop(self):\n    raise SystemExit(0)\n\n"
    (folder / "theirs.py").write_text(f"{stop}class Model:\n    {place}\n\nmodel = Model()\n")
    refused(cli(*options("check", "theirs:model")), "theirs:model", "SystemExit")


def test_a_description_that_ends_the_process(cli: Cli, folder: Path) -> None:
    body = "    logits = staticmethod(logits)\n    def classifier(self):\n        raise SystemExit(0)\n"
    (folder / "theirs.py").write_text(f"{HALF_SPACE}\nclass Model:\n{body}\nmodel = Model()\n")
    refused(cli(*options("check", "theirs:model")), "SystemExit")


def test_a_gradient_that_ends_the_process(cli: Cli, folder: Path) -> None:
    body = "    logits = staticmethod(logits)\n    def input_gradient(self, points):\n        raise SystemExit(0)\n"
    (folder / "theirs.py").write_text(f"{HALF_SPACE}\nclass Model:\n{body}\nmodel = Model()\n")
    refused(cli(*options("distances", "theirs:model")), "SystemExit")


def test_an_interrupt_that_no_key_has_caused_is_named(folder: Path) -> None:
    (folder / "theirs.py").write_text("def logits(points):\n    raise KeyboardInterrupt\n")
    ended = run(*options("check"), "--workers", 1)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "KeyboardInterrupt" in line
    assert "theirs.py" in line
    (folder / "theirs.py").write_text(f"{HALF_SPACE}raise KeyboardInterrupt\n")
    ended = run(*options("check"))
    assert ended.returncode == 2
    assert "KeyboardInterrupt" in ended.stderr


ANSWERS = {
    "an array that ends": "class Answer:\n    def __array__(self, *_, **__): raise {ending}\n",
    "an array that cannot be shown": "class Answer(list):\n    def __repr__(self): raise {ending}\n",
    "an error that cannot be shown": "class Answer(Exception):\n    def __init__(self): raise self\n"
    "    def __str__(self): raise {ending}\n",
}


@pytest.mark.parametrize("what", ANSWERS)
@pytest.mark.parametrize("ending", ["SystemExit(0)", "__import__('click').exceptions.Exit(0)"])
def test_an_answer_that_ends_the_process(cli: Cli, folder: Path, what: str, ending: str) -> None:
    answer = ANSWERS[what].replace("{ending}", ending)
    (folder / "theirs.py").write_text(f"{answer}\n\ndef logits(points):\n    return Answer()\n")
    refused(cli(*options("check"), "--strict"), "model")


def test_floating_point_errors_are_ours_again_after_a_call(cli: Cli, folder: Path) -> None:
    body = "    np.seterr(all='raise')\n    return points[:, 0] - 0.5\n"
    (folder / "theirs.py").write_text(f"import numpy as np\n\ndef logits(points):\n{body}")
    before = np.geterr()
    assert cli(*options("check"), "--workers", 1).status == 0
    assert np.geterr() == before


class Ends:
    """A model that ends the process, in one of its methods."""

    def __init__(self, method: str) -> None:
        self._method = method

    def logits(self, points: Any) -> Any:
        if self._method == "logits":
            raise SystemExit(0)
        return points[:, 0] - 0.5

    def input_gradient(self, points: Any) -> Any:
        raise SystemExit(0)


@pytest.mark.parametrize("workers", [1, 2])
def test_in_python_it_is_a_model_error(workers: int) -> None:
    with pytest.raises(ModelError, match="SystemExit"):
        check_bound(Ends("logits"), Claims(error_rate=0.5), dim=4, workers=workers)
    with pytest.raises(ModelError, match="SystemExit"):
        CheckedModel(Ends("gradient")).input_gradient(np.ones((1, 4)))


def test_an_attack_that_ends_the_process_is_named() -> None:
    def attack(*_: Any, **__: Any) -> Any:
        raise SystemExit(0)

    model = type("M", (), {"logits": lambda self, points: points[:, 0] - 0.5})()
    with pytest.raises(ModelError, match=r"attack must be .*SystemExit"):
        check_bound(model, Claims(mean_distance=0.1), dim=4, attack=attack)


@pytest.mark.skipif(os.name != "posix", reason="a folder in use cannot be removed elsewhere")
def test_a_working_directory_that_is_gone(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    refused(cli(*options("check")), "a working directory that exists")
    os.chdir(folder)


def test_in_the_blocks_of_several_threads_too() -> None:
    model = CheckedModel(Ends("logits"))
    with pytest.raises(ModelError, match="SystemExit"):
        list(map_blocks(lambda index, size: model.scores(np.ones((size, 4))), 20, 5, workers=3))


def test_an_interrupt_is_one_in_the_main_thread_only() -> None:
    def interrupted(points: Any) -> Any:
        raise KeyboardInterrupt

    model = CheckedModel(type("M", (), {"logits": staticmethod(interrupted)})())
    with pytest.raises(KeyboardInterrupt):
        model.scores(np.ones((1, 4)))
    with pytest.raises(ModelError, match="KeyboardInterrupt"):
        list(map_blocks(lambda index, size: model.scores(np.ones((size, 4))), 20, 5, workers=2))


def test_module_level_arguments_are_not_ours(cli: Cli, folder: Path) -> None:
    parser = "import argparse, sys\nparser = argparse.ArgumentParser()\nparser.add_argument('--dim', type=int)\n"
    check = "found = parser.parse_args()\nassert found.dim is None\nassert sys.argv == [__file__], sys.argv\n"
    later = "def later(points):\n    assert len(sys.argv) == 1, sys.argv\n    return logits(points)\n"
    (folder / "theirs.py").write_text(parser + check + HALF_SPACE + later)
    before = list(sys.argv)
    assert cli(*options("check", "theirs:later")).status == 0
    assert sys.argv == before
    assert run(*options("check", "theirs:later")).returncode == 0


SPEAKS = """
import atexit, os, sys
print("imported")
sys.__stdout__.write("imported below\\n")
os.write(1, b"imported by the system\\n")
os.system("echo imported by a child")
atexit.register(lambda: print("the end"))
atexit.register(lambda: os.write(1, b"the end\\n"))
def logits(points):
    print("asked")
    os.write(1, b"asked\\n")
    return points[:, 0] - 0.5
"""


@pytest.mark.parametrize(
    "command",
    ["check", pytest.param("distances", marks=pytest.mark.slow), pytest.param("error-rate", marks=pytest.mark.slow)],
)
def test_what_a_model_prints_goes_to_standard_error(folder: Path, command: str) -> None:
    (folder / "theirs.py").write_text(SPEAKS)
    ended = run(*options(command), "--json")
    assert ended.returncode == 0
    assert isinstance(json.loads(ended.stdout), dict)
    for words in ("imported\n", "imported below\n", "imported by the system\n", "by a child\n", "asked\n", "the end\n"):
        assert words in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
def test_where_standard_error_is_closed_it_goes_nowhere(folder: Path) -> None:
    (folder / "theirs.py").write_text(SPEAKS)
    command = shlex.join([sys.executable, "-m", "adversarial_spheres", *map(str, options("check")), "--json"])
    ended = subprocess.run(f"{command} 2>&-", shell=True, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert isinstance(json.loads(ended.stdout), dict)


@pytest.mark.parametrize("command", COMMANDS)
def test_json_stays_json_in_this_process_too(cli: Cli, folder: Path, command: str) -> None:
    (folder / "theirs.py").write_text(SPEAKS.replace("os.system", "str").replace("atexit.register", "str"))
    outcome = cli(*options(command), "--json")
    assert outcome.status == 0
    assert isinstance(outcome.json, dict)


STREAMS = {
    "replaces standard output": "import io, sys\nsys.stdout = io.StringIO()\n",
    "replaces both": "import io, sys\nsys.stdout = sys.stderr = None\n",
    "closes standard output": "import sys\nsys.stdout.close()\n",
    "closes both": "import sys\nsys.stdout.close()\nsys.stderr.close()\n",
    "breaks standard output": "import sys\nclass B:\n    def flush(self): raise OSError('x')\nsys.stdout = B()\n",
}
HABITS = {
    "takes sys.exit": "import sys\nsys.exit = lambda *_: None\n",
    "exits at the end": "import atexit, sys\natexit.register(lambda: sys.exit(0))\n",
    "raises at the end": "import atexit\natexit.register(lambda: 1 / 0)\n",
    "changes the folder": "import os\nos.chdir('/')\n",
    "logs": "import logging, sys\nlogging.basicConfig(stream=sys.stdout, level=0)\nlogging.info('x')\n",
    "turns warnings into errors": "import warnings\nwarnings.simplefilter('error')\n",
    "turns floating-point errors on": "import numpy\nnumpy.seterr(all='raise')\n",
    "seeds": "import numpy, random\nnumpy.random.seed(0)\nrandom.seed(0)\n",
    "ignores Ctrl-C": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n",
    "takes arguments away": "import sys\ndel sys.argv[:]\n",
    "empties the path": "import sys\ndel sys.path[:]\n",
    "raises in a thread": "import threading\nthreading.Thread(target=lambda: 1 / 0).start()\n",
}


def changes_nothing(folder: Path, hostile: str) -> None:
    (folder / "theirs.py").write_text(hostile + HALF_SPACE)
    ended = run(*options("check"), "--claim-perfect", "--json")
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "refuted"


@pytest.mark.parametrize("hostile", ["".join(HABITS.values()), STREAMS["closes both"]], ids=["habits", "closes both"])
def test_a_module_that_changes_the_process_changes_no_verdict(folder: Path, hostile: str) -> None:
    changes_nothing(folder, hostile)


@pytest.mark.slow
@pytest.mark.parametrize("what", STREAMS | HABITS)
def test_whatever_a_module_changes(folder: Path, what: str) -> None:
    changes_nothing(folder, (STREAMS | HABITS)[what])


@pytest.mark.parametrize("what", ["closes both", pytest.param("replaces both", marks=pytest.mark.slow)])
def test_a_refusal_is_told_even_so(folder: Path, what: str) -> None:
    (folder / "theirs.py").write_text(STREAMS[what] + "def logits(points):\n    raise KeyError('weights')\n")
    ended = run(*options("check"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "weights" in ended.stderr


def test_modules_beside_the_users_file_are_found_when_they_are_needed(cli: Cli, folder: Path) -> None:
    (folder / "helper.py").write_text("SHIFT = 0.5\n")
    lazy = "def logits(points):\n    from helper import SHIFT\n    return points[:, 0] - SHIFT\n"
    (folder / "theirs.py").write_text(lazy)
    assert cli(*options("check")).status == 0
    assert load_model("theirs:logits").logits(np.ones((1, 2))) == [0.5]  # type: ignore[union-attr]


def test_relative_imports_within_a_package(cli: Cli, folder: Path) -> None:
    package = folder / "package_of_theirs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helper.py").write_text("SHIFT = 0.5\n")
    (package / "model.py").write_text("from .helper import SHIFT\n\n" + HALF_SPACE.replace("0.5", "SHIFT"))
    assert cli(*options("check", "package_of_theirs.model:logits")).status == 0


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("theirs.py:logits", "theirs:logits"),
        ("./theirs.py:logits", "theirs:logits"),
        ("models/theirs.py:logits", "models.theirs:logits"),
        ("models/theirs:logits", "models.theirs:logits"),
    ],
)
def test_the_path_of_a_file_gets_a_hint(cli: Cli, folder: Path, reference: str, hint: str) -> None:
    for place in (folder, folder / "models"):
        place.mkdir(exist_ok=True)
        (place / "theirs.py").write_text(HALF_SPACE)
    refused(cli(*options("check", reference)), "MODULE:NAME", hint)
    assert cli(*options("check", hint)).status == 0


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_real_ctrl_c_ends_the_command_though_the_module_ignores_it(folder: Path) -> None:
    ready = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    ask = "def logits(points):\n    import os\n    os.kill(os.getpid(), signal.SIGINT)\n    return points[:, 0]\n"
    (folder / "theirs.py").write_text(ready + ask)
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from adversarial_spheres.__main__ import run; run()\n"
    command = [sys.executable, "-c", code, *map(str, options("check")), "--workers", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr.startswith("Interrupted: ")
