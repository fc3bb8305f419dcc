"""The examples in docstrings run, and show what they print; a warning is an error."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import adversarial_spheres

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?")
"""A number with a point or an exponent; integers are compared as text."""
ROUNDING = 1e-12


class Checker(doctest.OutputChecker):
    """Takes a float that agrees with the shown one in all shown digits, but for one unit of the last of them."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether what was printed is what the example shows."""
        if super().check_output(want, got, optionflags):
            return True
        shown, printed = NUMBER.findall(want), NUMBER.findall(got)
        if len(shown) != len(printed) or not all(map(agree, shown, printed)):
            return False
        return super().check_output(NUMBER.sub("#", want), NUMBER.sub("#", got), optionflags)


def agree(shown: str, printed: str) -> bool:
    """Whether a printed float is the shown one, but for the rounding of its last digit or of the computation."""
    digits, _, exponent = shown.lower().partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(shown) - float(printed)) <= max(1.001 * unit, ROUNDING * abs(float(shown)))


def is_public(dotted: str) -> bool:
    """Whether no part of a name is private."""
    return not any(part.startswith("_") for part in dotted.split("."))


def modules_with_examples() -> list[str]:
    """Public modules of the package whose source has an example in it; they are imported by their tests."""
    found = pkgutil.walk_packages(adversarial_spheres.__path__, "adversarial_spheres.")
    return sorted(module.name for module in found if is_public(module.name) and ">>> " in source(module.name))


def source(module: str) -> str:
    """Text of a module."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def examples_of(module: str) -> list[doctest.DocTest]:
    """The examples of a module and of its public names."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [test for test in finder.find(importlib.import_module(module)) if test.examples and is_public(test.name)]


MODULES = modules_with_examples()


def test_there_are_examples() -> None:
    assert len(MODULES) > 20


def test_every_function_and_class_that_loads_from_the_top_has_an_example() -> None:
    names = {name: getattr(adversarial_spheres, name) for name in adversarial_spheres.__all__}
    own = {name: thing for name, thing in names.items() if inspect.isclass(thing) or inspect.isfunction(thing)}
    lacking = [name for name, thing in own.items() if ">>> " not in (inspect.getdoc(thing) or "")]
    assert len(own) > 60
    assert not lacking
    # A class has its parent's docstring where it has none of its own.
    assert not [name for name, thing in own.items() if not thing.__doc__]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module: str) -> None:
    told: list[str] = []
    tests = examples_of(module)
    for test in tests:
        doctest.DocTestRunner(Checker(), optionflags=FLAGS, verbose=False).run(test, out=told.append)
    assert not told, "".join(told)
    # What is shown in a private place is found by nobody, and run by nobody.
    shown = sum(line.lstrip().startswith(">>> ") for line in source(module).splitlines())
    assert sum(len(test.examples) for test in tests) == shown


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ("0.2117\n", "0.21170000000000003\n", True),
        ("0.2117\n", "0.2119\n", False),
        ("1e-12\n", "1.0000000000000002e-12\n", True),
        ("[0.5, 1.0]\n", "[0.5, 1.0000000000000002]\n", True),
        ("[0.5, 1.0]\n", "[0.5]\n", False),
        ("3\n", "4\n", False),
        ("dim500\n", "dim501\n", False),
        ("(0.1, 'a')\n", "(0.1, 'b')\n", False),
    ],
)
def test_floats_are_compared_in_the_digits_shown(want: str, got: str, same: bool) -> None:
    assert Checker().check_output(want, got, FLAGS) is same
