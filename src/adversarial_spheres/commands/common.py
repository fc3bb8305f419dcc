"""What the commands share: options, the choice of the model, and how results are printed."""

from __future__ import annotations

import functools
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .. import interrupts, output

if TYPE_CHECKING:
    from ..numerics.models.checked import AnyModel
    from ..numerics.models.findings import Finding
    from ..numerics.networks.relu import ReluNetwork
    from ..numerics.verdicts.checks import Check
    from ..theory.basics.validation import Sphere
    from ..theory.quadratic.classifier import QuadraticClassifier

_FORMAT = "result_format"
_FORMATS = "How to print the result  [default: text]; csv: names in the first line, values below, every digit."
Function = TypeVar("Function", bound=Callable[..., Any])


class _Plain(click.ParamType):
    """Numbers in ASCII digits: Python reads "1_0" as 10, and digits of other scripts, too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read text; where it is no number it is refused below."""
        if isinstance(value, str) and not is_plain(value):
            self.fail(f"{value!r} is not a valid {self.name}: digits 0 to 9, without underscores.", param, ctx)
        return super().convert(value, param, ctx)


def is_plain(text: str) -> bool:
    """Whether a number is written as everybody reads it."""
    return text.isascii() and "_" not in text


class Integer(_Plain, click.types.IntParamType):
    """An integer."""


class IntegerRange(_Plain, click.IntRange):
    """An integer within a range."""


class Fraction(_Plain, click.FloatRange):
    """A number within a range."""


class Real(_Plain, click.types.FloatParamType):
    """A number as a double, refused where its size is beyond what doubles hold in full.

    Parameters
    ----------
    advice
        What to give instead.
    """

    def __init__(self, advice: str = "give a number between them, or 0") -> None:
        self._advice = advice

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read text; "1e-400" is no zero, and "1e400" not infinite."""
        number = float(super().convert(value, param, ctx))
        digits = re.search("[1-9]", str(value).lower().partition("e")[0])
        if digits and (abs(number) < sys.float_info.min or math.isinf(number)):
            self.fail(f"doubles hold sizes from 2.3e-308 to 1.7e308, not {value}; {self._advice}", param, ctx)
        return number


INTEGER, REAL = Integer(), Real()


class Listed(click.ParamType):
    """Comma-separated values, each of one type; "online" among training-set sizes means fresh points."""

    name = "list"

    def __init__(self, kind: click.ParamType, words: dict[str, Any] | None = None) -> None:
        self._kind, self._words = kind, words or {}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Turn text into a tuple."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        return tuple(
            self._words[part] if part in self._words else self._kind.convert(part, param, ctx) for part in parts
        )


class NotComputed(click.ClickException):
    """A value that could not be computed to the promised accuracy, or a result that could not be written."""

    exit_code = 3


class Interrupted(click.ClickException):
    """Ctrl-C: one line that says what is kept on disk."""

    exit_code = 130

    def __init__(self, kept: str = "nothing is kept on disk; run the command again") -> None:
        super().__init__(kept)

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"Interrupted: {self.message}", file=file, err=file is None)


@contextmanager
def telling_what_is_kept(kept: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C, and a disk that is full, end in words that say what is kept on disk, which ``kept`` finds out."""
    from ..theory.basics.errors import NotWrittenError

    try:
        yield
    except KeyboardInterrupt as error:
        if interrupts.heard() is False:
            raise  # nobody pressed Ctrl-C: it is of a user's code
        raise Interrupted(kept()) from error
    except NotWrittenError as error:
        raise NotComputed(f"{error}; {kept()}") from error


def common_options(*, unused: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> Callable[[Function], Function]:
    """Add --json, --format, --quiet, --seed, --workers and --confidence: every command takes them.

    Parameters
    ----------
    unused
        Names of those that do not concern a command: it takes them, without a word in its help, and is not told.
    without
        Names of those that a command defines itself.
    """
    kinds: dict[str, dict[str, Any]] = {
        "quiet": {"is_flag": True, "help": "No progress on standard error."},
        "seed": {"type": IntegerRange(0), "default": 0, "show_default": True, "help": "Same seed, same numbers."},
        "workers": {
            "type": IntegerRange(1),
            "default": 2,
            "show_default": True,
            "help": "Threads, of several runs processes; they change no number.",
        },
        "confidence": {
            "type": Fraction(0, 1, min_open=True, max_open=True),
            "default": 0.99,
            "show_default": True,
            "help": "Of intervals and verdicts, in (0, 1).",
        },
    }

    def decorate(body: Function) -> Function:
        function = _apart(body)
        options = [click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")]
        if "format" not in without:
            options.append(click.option("--format", _FORMAT, type=click.Choice(["text", "json", "csv"]), help=_FORMATS))
        for name, kind in kinds.items():
            if name in without:
                continue
            used = name not in unused
            options.append(click.option(f"--{name}", **kind, hidden=not used, expose_value=used))
        return functools.reduce(lambda f, option: option(f), reversed(options), function)

    return decorate


def _apart(body: Function) -> Function:
    """The body of a command, apart from what a user's code does: it prints elsewhere, and sees no arguments of ours."""

    @functools.wraps(body)
    def run(*arguments: Any, **options: Any) -> Any:
        _keep_format(options)
        before, sys.argv = sys.argv, sys.argv[:1]
        try:
            with output.kept_for_results():
                return body(*arguments, **options)
        except MemoryError as error:
            raise NotComputed(f"there is not enough memory: {error or 'none is left'}{_asked()}") from error
        finally:
            sys.argv = before

    return run  # type: ignore[return-value]


def _keep_format(options: dict[str, Any]) -> None:
    """Keep --format where :func:`emit` finds it; "json" is --json."""
    wanted = options.pop(_FORMAT, None)
    if options["as_json"] and wanted not in (None, "json"):
        raise click.UsageError(f"--json and --format {wanted} contradict each other")
    options["as_json"] |= wanted == "json"
    click.get_current_context().meta[_FORMAT] = wanted


def _asked() -> str:
    """The integers of the command line: of these, smaller ones need less memory."""
    context = click.get_current_context()
    asked = [
        f"{option.opts[-1]} {value}"
        for option in context.command.params
        if type(value := context.params.get(option.name or "")) is int and is_given(option.name or "")
    ]
    return f" (asked for {', '.join(asked)}; smaller numbers need less)" if asked else ""


def is_given(option: str) -> bool:
    """Whether the command line has an option, rather than its default."""
    return click.get_current_context().get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE


def executor_options(function: Function) -> Function:
    """Add --executor and --scheduler: who runs the cells."""
    options = [
        click.option(
            "--executor",
            type=click.Choice(["local", "dask"]),
            default="local",
            show_default=True,
            help="Who runs the cells: processes on this machine (--workers), or the workers of a Dask scheduler.",
        ),
        click.option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler, such as tcp://HOST:8786."),
    ]
    return functools.reduce(lambda f, option: option(f), reversed(options), function)


def metric_option(function: Function) -> Function:
    """Add --metric."""
    return click.option(
        "--metric",
        type=click.Choice(["geodesic", "euclidean"]),
        default="euclidean",
        show_default=True,
        help="Metric of distances.",
    )(function)


def model_options(function: Function) -> Function:
    """Add --alphas, --checkpoint and --outer-radius."""
    options = [
        click.option(
            "--alphas", metavar="FILE", help="Coefficients of a quadratic network: .npy, .npz, .csv or .json."
        ),
        click.option("--checkpoint", metavar="FILE", help="A checkpoint written by `train`."),
        click.option(
            "--outer-radius",
            type=REAL,
            default=None,
            help="Radius of the outer sphere  [default: the checkpoint's, else 1.3]",
        ),
    ]
    return functools.reduce(lambda f, option: option(f), reversed(options), function)


def any_model_options(function: Function) -> Function:
    """Add --model and --dim to the options of :func:`model_options`."""
    options = [
        click.option(
            "--model",
            "reference",
            metavar="MODULE:NAME",
            help="Any classifier: an object with logits or labels, a function that returns logits, a PyTorch module or "
            "a fitted classifier. With --dim.",
        ),
        click.option("--dim", type=INTEGER, help="Ambient dimension of --model; a quadratic one knows it."),
    ]
    return model_options(functools.reduce(lambda f, option: option(f), reversed(options), function))


def load_any_model(
    alphas: str | None,
    checkpoint: str | None,
    reference: str | None,
    dim: int | None,
    outer_radius: float | None,
) -> tuple[AnyModel, int, float]:
    """The model that the options name, its dimension and the outer radius."""
    from ..theory.basics.validation import check_dim, check_outer_radius

    if sum(value is not None for value in (alphas, checkpoint, reference)) != 1:
        raise click.UsageError("give exactly one of --alphas and --checkpoint, or else --model")
    if reference is None:
        network, own_dim, radius = _load_ours(alphas, checkpoint, outer_radius)
        if dim not in (None, own_dim):
            raise click.UsageError(f"--dim is {own_dim} here; it goes with --model")
        return network, own_dim, radius
    from ..inputs import load_model
    from ..numerics.models.checked import exact_classifier
    from ..theory.basics.errors import InvalidArgumentError

    model = load_model(reference)
    exact = exact_classifier(model)
    radius = check_outer_radius(1.3 if outer_radius is None else outer_radius)
    if exact is not None:
        if dim not in (None, exact.dim):
            raise InvalidArgumentError("dim", dim, f"that of the quadratic model, {exact.dim}")
        return exact, exact.dim, radius
    if dim is None:
        raise click.UsageError("--model needs --dim")
    return model, int(check_dim(dim)), radius


def tell_findings(model: AnyModel, dim: int, spheres: Sequence[Sphere], outer_radius: float) -> list[dict[str, Any]]:
    """Question a model before it is measured: a line for each finding on standard error; and all as plain values."""
    import warnings

    from ..numerics.models.checked import CheckedModel
    from ..numerics.models.sanity import ModelWarning, examine

    found: dict[Any, None] = {}
    for sphere in spheres:
        if not isinstance(model, CheckedModel):  # a network of ours
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)
            found |= dict.fromkeys(examine(model, dim, sphere, 1.0 if sphere == "inner" else outer_radius))
    return told(found)


def told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """A line for each finding on standard error; and all as plain values."""
    from dataclasses import asdict

    given = list(findings)
    for finding in given:
        click.echo(f"Warning: {finding.message}", err=True)
    return [asdict(finding) for finding in given]


def _load_ours(
    alphas: str | None, checkpoint: str | None, outer_radius: float | None
) -> tuple[QuadraticClassifier | ReluNetwork, int, float]:
    """A quadratic classifier or the network of a checkpoint, its dimension and the outer radius."""
    from ..numerics.networks.quadratic import QuadraticNetwork
    from ..theory.basics.validation import check_outer_radius
    from ..theory.quadratic.classifier import QuadraticClassifier

    if alphas is not None:
        from ..numerics.storage.alphas import load_alphas

        radius = check_outer_radius(1.3 if outer_radius is None else outer_radius)
        classifier = QuadraticClassifier.from_alphas(load_alphas(alphas))
        return classifier, classifier.dim, radius
    from ..numerics.training.checkpoint import load_checkpoint

    loaded = load_checkpoint(str(checkpoint))
    radius = check_outer_radius(loaded.config.outer_radius if outer_radius is None else outer_radius)
    network = loaded.trained_network()
    return network.classifier() if isinstance(network, QuadraticNetwork) else network, network.dim, radius


def check_json(check: Check) -> dict[str, Any]:
    """A check as plain values."""
    from dataclasses import asdict

    return asdict(check)


def emit(
    result: Mapping[str, Any], *, as_json: bool, words: Callable[[Mapping[str, Any]], list[str]] | None = None
) -> None:
    """Print a result: one JSON object, a line of names and one of values, or what ``words`` makes of it for people."""
    from ..numerics.storage.records import plain, to_json
    from ..rendering.answers import values_answer

    if as_json:
        click.echo(to_json(result), file=output.results())
    elif not emit_csv([result]):
        for line in (words or values_answer)(plain(result)):
            echo(line)


def is_csv() -> bool:
    """Whether --format asks for comma-separated values."""
    return bool(click.get_current_context().meta[_FORMAT] == "csv")


def emit_csv(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Print rows of the same names as comma-separated values, and whether that is what --format asks for."""
    from ..numerics.storage.records import plain
    from ..rendering.answers import csv_text, flat

    if not is_csv():
        return False
    found = [dict(flat(plain(row), none="")) for row in rows]
    lines = [list(found[0]), *(list(row.values()) for row in found)] if found else []
    for line in csv_text(lines).splitlines():
        echo(line)
    return True


def echo(text: str, prefix: str = "") -> None:
    """Print a line of a result; ``prefix`` may be in colour, what follows it is printed with escapes where it must."""
    click.echo(prefix + output.printable(text), file=output.results())


def emit_checks(checks: Sequence[Check]) -> None:
    """Print checks for people: the verdict first."""
    from ..theory.basics.rounded_text import confidence_text

    colours = {"verified": "green", "refuted": "red", "inconclusive": "yellow", "vacuous": "cyan"}
    for check in checks:
        verdict = click.style(f"{check.verdict:<12}", fg=colours[check.verdict])
        points = "" if check.samples is None else f", {check.samples:,} points"
        level = confidence_text(check.confidence)
        echo(f" {check.claim}", verdict)
        echo(f"{'':12} {check.explanation} (confidence {level}{points})")
        if check.advice is not None:
            echo(f"{'':12} {check.advice}")
