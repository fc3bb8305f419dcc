"""Public functions with odd values: an answer or a refusal that names the argument, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import pickle
import random
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import playground
import pytest
from calls import CALLED, GOOD, NOT_FUZZED, OTHER_WORDS, public_callables
from odd_values import ODD, REFUSED, Odd
from watching import Fault, changes, restore, snapshot, told, watched

from adversarial_spheres.theory.basics.errors import SpheresError

OPTIONAL = {"from_torch": "torch", "from_jax": "jax"}
Case = tuple[str, dict[str, Odd]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "playground"
    playground.build(folder)
    return folder


@pytest.fixture
def _here(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "above" / "playground"
    place.mkdir(parents=True)
    restore(place, template)
    monkeypatch.chdir(place)


def names() -> list[str]:
    """Public callables whose libraries are there."""
    return [n for n in public_callables() if n not in OPTIONAL or importlib.util.find_spec(OPTIONAL[n])]


def is_number(name: str, parameter: str) -> bool:
    """Whether a parameter is annotated as a number or an array of numbers, and not as a tuple of them."""
    annotation = str(inspect.signature(public_callables()[name]).parameters[parameter].annotation)
    return "tuple" not in annotation and any(word in annotation for word in ("ArrayLike", "float", "FloatArray", "int"))


def faults_of(cases: Iterable[Case], functions: dict[str, Callable[..., Any]] | None = None) -> list[Fault]:
    """Every fault of these calls."""
    faults: list[Fault] = []
    before = snapshot(Path.cwd())
    for name, odd in cases:
        wrong = call_faults(name, odd, functions or public_callables())
        changed = changes(before, snapshot(Path.cwd()))
        if changed and name != "train":
            wrong.append(f"{changed} on disk changed")
        before = snapshot(Path.cwd()) if changed else before
        call = f"{name}({', '.join(f'{key}={value.text}' for key, value in odd.items())})"
        faults += [(call, word) for word in wrong]
    return faults


def call_faults(name: str, odd: dict[str, Odd], functions: dict[str, Callable[..., Any]]) -> list[str]:
    """What is wrong with one call."""
    arguments = GOOD[name]() | {key: value.make() for key, value in odd.items()}
    before = {key: fingerprint(value) for key, value in arguments.items()}
    wrong, answer, refused = [], None, False
    with watched() as seen:
        try:
            answer = functions[name](**arguments)
        except SpheresError as error:
            refused, wrong = True, message_faults(name, error)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(f"{type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})")
    wrong += seen.faults
    wrong += [f"{key} was changed" for key, value in arguments.items() if fingerprint(value) != before[key]]
    if not refused and not wrong:
        wrong += [f for key, value in odd.items() for f in meaning_faults(name, key, value, odd, answer, functions)]
    return wrong


def message_faults(name: str, error: SpheresError) -> list[str]:
    """A refusal is one line of print, and names one of the arguments: which one, where two do not go together."""
    text, wrong = str(error), []
    if any(ord(sign) < 32 for sign in text):
        wrong.append("the message is not one line")
    expected = [OTHER_WORDS.get((name, parameter), parameter) for parameter in GOOD[name]()]
    if hasattr(error, "argument") and not any(word in text for word in expected):
        wrong.append(f"the message names no argument: {text}")
    return wrong


def meaning_faults(
    name: str, parameter: str, value: Odd, odd: dict[str, Odd], answer: Any, functions: dict[str, Callable[..., Any]]
) -> list[str]:
    """What was taken for a number is one, and has the answer of that number."""
    if not is_number(name, parameter) or value.means is None:
        return []
    if value.means == REFUSED:
        return [f"{value.text} was taken for a number"]
    if len(odd) > 1:
        return []
    plain = functions[name](**GOOD[name]() | {parameter: value.means})
    return [] if same(answer, plain) else [f"not the answer of {value.means}"]


def fingerprint(value: Any) -> Any:
    """What an argument holds, as far as it can be told."""
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.shape, value.dtype.str, value.tobytes()
    return None


def same(first: Any, second: Any) -> bool:
    """Whether two answers agree, to rounding, wherever they hold numbers."""
    if dataclasses.is_dataclass(first) and not isinstance(first, type):
        compared = (f.name for f in dataclasses.fields(first) if f.compare)
        return all(same(getattr(first, name), getattr(second, name)) for name in compared)
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray | np.generic | float | int):
        return bool(
            np.allclose(np.asarray(first, float), np.asarray(second, float), rtol=1e-12, atol=0, equal_nan=True)
        )
    return type(first) is type(second)


def every_case() -> Iterator[Case]:
    """Each parameter of each function with each odd value."""
    for name in names():
        for parameter in GOOD[name]():
            yield from ((name, {parameter: value}) for value in ODD if fair(parameter, value))


def fair(parameter: str, value: Odd) -> bool:
    """Whether a refusal can be asked for: not where the value is a function that is called."""
    return not (parameter in CALLED and callable(value.make()))


def cases_at_random(number: int, seed: int) -> list[Case]:
    """One or two odd values at a time."""
    rng, cases = random.Random(seed), []
    while len(cases) < number:
        name = rng.choice(names())
        parameters = list(GOOD[name]())
        chosen = rng.sample(parameters, min(len(parameters), rng.choice((1, 1, 2))))
        odd = {parameter: rng.choice(ODD) for parameter in chosen}
        if odd and all(fair(*pair) for pair in odd.items()):
            cases.append((name, odd))
    return cases


@pytest.mark.usefixtures("_here")
def test_calls_at_random() -> None:
    faults = faults_of(cases_at_random(600, seed=0))
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_parameter_with_odd_values(name: str) -> None:
    rng = random.Random(name)
    faults = faults_of(case for case in every_case() if case[0] == name and rng.random() < 0.5)
    assert not faults, told(faults)


@pytest.mark.usefixtures("_here")
def test_every_parameter_is_fuzzed() -> None:
    assert set(GOOD) == set(public_callables())
    for name, function in public_callables().items():
        known = {
            parameter for parameter in inspect.signature(function).parameters if (name, parameter) not in NOT_FUZZED
        }
        assert known == set(GOOD[name]()), name


@pytest.mark.usefixtures("_here")
def test_good_calls_are_good_and_unknown_keywords_are_refused_by_python() -> None:
    for name in names():
        with watched() as seen:
            public_callables()[name](**GOOD[name]())
        assert not seen.faults, (name, seen.faults)
        with pytest.raises(TypeError, match="no_such_argument"):
            public_callables()[name](**GOOD[name](), no_such_argument=1)


def test_every_odd_value_can_be_made() -> None:
    for value in ODD:
        value.make()
    assert len({value.text for value in ODD}) == len(ODD)


def _modified(error_rate: Any, dim: Any, radius: Any = 1.0, metric: Any = "geodesic") -> Any:
    error_rate[:] = 0


PLANTED: list[tuple[str, Callable[..., Any]]] = [
    ("ZeroDivisionError", lambda **_: 1 / 0),
    ("UserWarning", lambda **_: __import__("warnings").warn("planted", stacklevel=1)),
    ("was changed", _modified),
    ("was taken for a number", lambda **_: 0.5),
    ("names no argument", lambda **_: pickle.loads(pickle.dumps(_refuse()))),
]


def _refuse() -> Any:
    from adversarial_spheres.theory.basics.errors import InvalidArgumentError

    raise InvalidArgumentError("something", 1, "else")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(("word", "planted"), PLANTED)
def test_a_planted_fault_is_found(word: str, planted: Callable[..., Any]) -> None:
    text, means = ("np.arange(5)", None) if planted is _modified else ("'0.5'", REFUSED)
    case = ("mean_distance_bound", {"error_rate": Odd(text, means)})
    assert not faults_of([case]) or text != "'0.5'"
    assert word in told(faults_of([case], {"mean_distance_bound": planted}))
