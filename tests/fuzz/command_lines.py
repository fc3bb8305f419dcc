"""Command lines at random, for every option of every command: what click knows of an option says what it is given.

A command line is one of the plain ones in ``PLAIN``, which ends well under a second, with some options set to other
values: valid, at the edge, or hostile. Nothing here names a command's options one by one, so that a new option is
fuzzed from its first day on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import click

from adversarial_spheres.cli import main

Options = dict[str, list[str]]
"""Values by parameter name; an empty string list is a flag."""

INTEGERS = (
    *(
        "1",
        "2",
        "3",
        "5",
        "0",
        "-1",
        "-0",
        "+3",
        " 4 ",
        "1_0",
        "٣",
        "2.0",
        "1e1",
        "0x4",
        "nan",
        "inf",
        "",
        "True",
        "4\n",
    ),
    *("1" + 30 * "0", "-1" + 30 * "0", "99999999999999999999", "1" + 5000 * "0", "three", "\x1b[31m3"),
)
NUMBERS = (
    *("0.1", "0.5", "1", "1.3", "2", "1e-3", "0", "-0.0", "-1", "-1e-9", "0.9999999999999999", "1.0000000000000002"),
    *("1e-17", "1e-300", "2.3e-308", "5e-324", "1e-400", "1e300", "1e308", "1e400", "-1e308", "nan", "-nan", "inf"),
    *("-inf", "", " 0.1 ", "0.1\n", "1_0", "0,5", "٠.٥", "0x1p-3", "half", "1e", "--", "1e99999999999"),
)
WORDS = ("", " ", "x", "ä ö ü 🦠", "a\nb", "a,b", ",", "--", "-", "tcp://127.0.0.1:1", "x" * 300, "\udcff", "None")
FILES = (
    *("alphas.npy", "alphas.csv", "alphas.json", "quadratic.checkpoint", "relu.checkpoint", "record", "sweep", "."),
    *("record/record.json", "record/record.npz", "text.txt", "empty.npy", "missing.npy", "loop.npy", "dangling.csv"),
    *("pipe.npy", "folder.npy", "ünï cödé.csv", "new\nline.npy", "x" * 300 + ".npy", "", "text.txt/below.npy"),
    *(
        "/dev/null",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/mem",
        "/proc/version",
        "~",
        "$HOME",
        "\udcff.csv",
        "-",
        "a\0.npy",
    ),
)
OUTPUTS = (
    *("new", "new.checkpoint", "deep/er/new", ".", "folder.npy", "record", "sweep", "text.txt", "text.txt/below"),
    *("quadratic.checkpoint", "unfinished.checkpoint", "alphas.npy", "loop.npy", "dangling.csv", "pipe.npy", "", "~"),
    *(
        "/dev/null",
        "/dev/full",
        "/proc/nothing/new",
        "x" * 300,
        "new\nline",
        "ünï cödé",
        "\udcff",
        "a\0b",
        "-",
        "folder.npy/",
    ),
)
MODELS = (
    *("playground_models:cap", "playground_models:Cap", "playground_models:labels", "playground_models:quadratic"),
    *("playground_models:nan", "playground_models:column", "playground_models:raising", "playground_models:leaving"),
    *("playground_models:text", "playground_models:none", "playground_models:printing", "playground_models:random"),
    *("playground_models:interrupting", "playground_models:stopping", "playground_models:warning"),
    *("playground_models:exhausting", "playground_models:nothing", "playground_models", "playground_models:"),
    *("playground_models.py:cap", "leaving_at_import:x", "syntax_error:x", "missing_module:x", ":", "a:b:c", "..:x"),
    *("os:path", "builtins:print", "numpy:ndarray", "ä:ö", "\n:x", "playground_models:cap.logits", "x" * 300 + ":y"),
)
PLAIN: dict[str, list[Options]] = {
    "bound": [
        {"dim": ["5"], "error_rate": ["0.1"]},
        {"dim": ["500"], "log10_error_rate": ["-30"], "epsilon": ["0.1"]},
        {"dim": ["2"], "distance": ["0.5"], "metric": ["geodesic"]},
    ],
    "quadratic-form": [
        {"weights": ["alphas.npy"], "threshold": ["9"]},
        {"weights": ["alphas.csv"], "degrees": ["alphas.csv"], "normal": ["0.5"], "quantile": ["0.9"]},
    ],
    "error-rate": [
        {"alphas": ["alphas.npy"], "samples": ["5"]},
        {"checkpoint": ["relu.checkpoint"], "samples": ["5"]},
        {"reference": ["playground_models:cap"], "dim": ["4"], "samples": ["5"]},
    ],
    "distances": [
        {"alphas": ["alphas.npy"], "samples": ["5"]},
        {"checkpoint": ["quadratic.checkpoint"], "samples": ["5"]},
        {"checkpoint": ["relu.checkpoint"], "samples": ["5"]},
        {"reference": ["playground_models:cap"], "dim": ["4"], "samples": ["5"]},
    ],
    "check": [
        {"alphas": ["alphas.npy"], "max_samples": ["9"], "claim_error_rate": ["0.1"]},
        {"checkpoint": ["relu.checkpoint"], "max_samples": ["9"], "sphere": ["inner"]},
        {"reference": ["playground_models:cap"], "dim": ["4"], "max_samples": ["9"], "claim_mean_distance": ["3"]},
    ],
    "train": [
        {"dim": ["3"], "hidden": ["4"], "steps": ["3"], "out": ["new"]},
        {"network": ["relu"], "dim": ["3"], "hidden": ["4"], "steps": ["3"], "out": ["new"]},
    ],
    "sweep": [
        {"dims": ["3"], "hidden": ["3"], "steps": ["2"], "monte_carlo_samples": ["9"], "distance_samples": ["5"]}
        | {"attack_points": ["2"], "rare_event_runs": ["0"], "workers": ["1"], "out": ["new"]},
    ],
    "attack-bench": [
        {"attacks": ["paper"], "problems": ["cap"], "dims": ["10"], "points": ["3"], "workers": ["1"], "out": ["new"]},
        {"attacks": ["playground_models:cap"], "quick": [], "points": ["3"], "out": ["new"]},
    ],
    "figures": [{"records": ["record"], "out": ["new"], "formats": ["svg"]}],
    "report": [{"only": ["clt-map"], "workers": ["1"], "out": ["new"]}],
    "compare": [{"first": ["record"], "second": ["record"]}, {"first": ["record"], "second": ["sweep"]}],
}


def values_for(parameter: click.Parameter) -> list[list[str]]:
    """All that a parameter is tried with, each as its words on the command line."""
    kind = parameter.type
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return [[], ["x"]]
    if isinstance(kind, click.Tuple):
        return [[a, b] for a, b in zip(NUMBERS, reversed(NUMBERS), strict=True)] + [["0.5"]]
    pool: tuple[str, ...]
    if parameter.name == "workers":  # more of them start processes, which takes seconds
        pool = tuple(value for value in INTEGERS if value not in ("2", "3", "5", "+3", " 4 ", "1_0", "٣", "4\n"))
    elif isinstance(kind, click.Choice):
        pool = (*map(str, kind.choices), str(kind.choices[0]).upper(), *WORDS)
    elif kind.name == "list":
        pool = (*(f"3,{value}" for value in INTEGERS), *WORDS, "online", "quadratic,relu", "pgd,average", "3,3")
    elif "integer" in kind.name:
        pool = INTEGERS
    elif "float" in kind.name:
        pool = NUMBERS
    elif parameter.name == "out":
        pool = OUTPUTS
    elif parameter.metavar and "MODULE" in parameter.metavar:
        pool = MODELS
    elif parameter.metavar and any(word in parameter.metavar for word in ("FILE", "RECORD", "A", "B")):
        pool = FILES
    else:
        pool = (*WORDS, "pdf,svg", "png", "pgf", "nearest-pair,width", "svg,", "SVG")
    return [[value] for value in pool]


def parameters(command: str) -> list[click.Parameter]:
    """All parameters of a command, hidden ones included."""
    return list(main.commands[command].params)


def words(command: str, options: Options) -> list[str]:
    """The command line of these options."""
    named, positional = [], []
    for parameter in parameters(command):
        if parameter.name not in options:
            continue
        values = options[parameter.name]
        if isinstance(parameter, click.Argument):
            positional += values
        elif parameter.is_flag and values:
            named.append(f"{parameter.opts[0]}={values[0]}")
        else:
            named += [parameter.opts[0], *values]
    return [command, *named, *positional]


def every_value(command: str) -> Iterator[list[str]]:
    """Each value of each parameter alone, in a plain command line."""
    for parameter in parameters(command):
        for number, values in enumerate(values_for(parameter)):
            plain = PLAIN[command][number % len(PLAIN[command])]
            yield words(command, plain | {str(parameter.name): values})


def at_random(command: str, rng: random.Random) -> list[str]:
    """A plain command line with one to four options set to other values, left out or repeated."""
    options = dict(rng.choice(PLAIN[command]))
    changed = rng.sample(parameters(command), rng.choice((1, 1, 2, 2, 3, 4)))
    for parameter in changed:
        options[str(parameter.name)] = rng.choice(values_for(parameter))
    if rng.random() < 0.1:
        options.pop(
            rng.choice(["dim", "weights", "alphas", "checkpoint", "reference", "out", "first", "records"]), None
        )
    line = words(command, options)
    if rng.random() < 0.05:
        line.insert(
            rng.randrange(1, len(line) + 1), rng.choice(("--unknown", "-x", "--", "-h", "--json=", "extra", "--di"))
        )
    if rng.random() < 0.3:
        line.insert(1, "--json")
    if rng.random() < 0.7:
        line.insert(1, "--quiet")
    return line
