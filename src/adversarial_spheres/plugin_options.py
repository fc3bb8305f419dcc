"""Options of the pytest plugin: each on the command line and as a key of the ini file; the command line wins.

``--spheres-samples 500`` and ``spheres_samples = 500`` mean the same and are read and refused by the same function.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

INCONCLUSIVE = ("fail", "xfail", "warn")


@dataclass(frozen=True)
class Settings:
    """What the options say, for the whole session."""

    confidence: float
    test_confidence: float | None
    samples: int
    seed: int
    inconclusive: str
    max_seconds: float | None
    max_queries: int | None
    record: str | None


@dataclass(frozen=True)
class Option:
    """One option: ``--spheres-NAME`` and the ini key ``spheres_NAME``."""

    name: str
    read: Callable[[str], Any]
    default: Any
    metavar: str
    help: str

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return f"--spheres-{self.name.replace('_', '-')}"

    @property
    def key(self) -> str:
        """Name in the ini file."""
        return f"spheres_{self.name}"


def _number(kind: type, words: str, allowed: Callable[[Any], bool]) -> Callable[[str], Any]:
    """A reader of numbers that says in ``words`` what is allowed."""

    def read(text: str) -> Any:
        try:
            value = kind(text) if text.isascii() and "_" not in text else None  # Python reads "1_0" as 10
        except ValueError:
            value = None
        if value is None or not allowed(value):
            raise argparse.ArgumentTypeError(f"must be {words}, got {text!r}")
        return value

    return read


def _treatment(text: str) -> str:
    if text not in INCONCLUSIVE:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(INCONCLUSIVE)}, got {text!r}")
    return text


def _folder(text: str) -> str:
    if Path(text).exists() and not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"must be a folder, got the file {text}")
    return text


_confidence = _number(float, "a number in (0, 1)", lambda value: 0.0 < value < 1.0)

OPTIONS = (
    Option("confidence", _confidence, 0.99, "C", "probability that no verdict of the whole session is wrong"),
    Option(
        "test_confidence",
        _confidence,
        None,
        "C",
        "probability that no verdict of one test is wrong, instead of the whole session's: a verdict then does not "
        "depend on which other tests are selected",
    ),
    Option(
        "samples",
        _number(int, "an integer of at least 2", lambda value: value >= 2),
        20_000,
        "N",
        "most random points of a bound check; it stops as soon as it is decided",
    ),
    Option(
        "seed", _number(int, "an integer of at least 0", lambda value: value >= 0), 0, "SEED", "same seed, same points"
    ),
    Option(
        "inconclusive", _treatment, "warn", "{fail,xfail,warn}", "what becomes of a test whose claims stay undecided"
    ),
    Option(
        "max_seconds",
        _number(float, "a positive number", lambda value: 0.0 < value < math.inf),
        None,
        "S",
        "longest time of a bound check; what is undecided by then stays inconclusive",
    ),
    Option(
        "max_queries",
        _number(int, "an integer of at least 1", lambda value: value >= 1),
        None,
        "N",
        "most points that a bound check asks a model about; what is undecided by then stays inconclusive",
    ),
    Option("record", _folder, None, "PATH", "folder to write a record of all bound checks to"),
)


def add_options(parser: pytest.Parser) -> None:
    """Add every option to the command line and to the ini file."""
    group = parser.getgroup("adversarial-spheres", "claims about classifiers (adversarial-spheres)")
    for option in OPTIONS:
        words = f"{option.help} (default: {'none' if option.default is None else option.default})"
        group.addoption(
            option.flag, dest=option.key, type=option.read, default=None, metavar=option.metavar, help=words
        )
        parser.addini(option.key, f"{option.help}; as {option.flag}", default="")


def read_settings(config: pytest.Config) -> Settings:
    """What the command line says, else the ini file, else the default.

    Raises
    ------
    pytest.UsageError
        A value of the ini file is not allowed, or both confidences are given in the same place.
    """
    given = {option.name: config.getoption(option.key) for option in OPTIONS}
    written = {option.name: _from_ini(config, option) for option in OPTIONS}
    for place, values in (("on the command line", given), ("in the ini file", written)):
        if None not in (values["confidence"], values["test_confidence"]):
            raise pytest.UsageError(f"{place}, give one of spheres_confidence and spheres_test_confidence, not both")
    if given["confidence"] is not None:
        written["test_confidence"] = None
    defaults = {option.name: option.default for option in OPTIONS}
    return Settings(**defaults | _without_none(written) | _without_none(given))


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _from_ini(config: pytest.Config, option: Option) -> Any:
    text = str(config.getini(option.key))
    if not text:
        return None
    try:
        # A folder of the ini file is meant from where that file is.
        return option.read(str(config.rootpath / text) if option.read is _folder else text)
    except argparse.ArgumentTypeError as error:
        raise pytest.UsageError(f"{option.key} in the ini file {error}") from error
