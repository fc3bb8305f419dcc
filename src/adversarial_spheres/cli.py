"""The command line: ``adversarial-spheres COMMAND``.

Exit status: 0 done; 1 a check was refuted (with ``--strict`` also inconclusive), or records differ; 2 bad input; 3 a
value could not be computed to the promised accuracy, or a result could not be written; 70 an error that nobody
expected; 130 interrupted (Ctrl-C); 141 nobody reads standard output any more.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import click

from . import interrupts, output
from ._version import __version__
from .commands import (
    attack_bench,
    bound,
    check,
    compare,
    distances,
    error_rate,
    figures,
    quadratic_form,
    report,
    sweep,
    train,
)
from .commands.common import Interrupted, NotComputed


class BadInput(click.ClickException):
    """Bad input, told in one line."""

    exit_code = 2


class UnexpectedError(click.ClickException):
    """A fault of this package, in one line that asks for a report."""

    exit_code = output.UNEXPECTED


class NotPrinted(NotComputed):
    """A result that standard output did not take."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(f"standard output cannot be written: {reason}")


class NotRead(click.ClickException):
    """A result that nobody wants to read any more; nothing is said."""

    exit_code = 128 + 13  # as of a program that SIGPIPE ends

    def __init__(self) -> None:
        super().__init__("nobody reads standard output")

    def show(self, file: Any = None) -> None:
        """Say nothing."""


class SpheresGroup(click.Group):
    """A group that turns every ending into an exit status, and what went wrong into one line."""

    def main(self, *args: Any, standalone_mode: bool = True, **options: Any) -> Any:
        """Run the command line and leave Python; not ``standalone_mode``: return, or raise an exception of click."""
        run: Callable[..., Any] = super().main
        if not standalone_mode:
            return run(*args, standalone_mode=False, **options)
        try:
            with _told_in_a_line(), _standard_output():
                status = run(*args, standalone_mode=False, **options)
        except click.ClickException as error:
            if isinstance(error, NotPrinted | NotRead):
                _drop_standard_output()
            vars(error)["message"] = output.printable(error.message)  # an argument may hold a line's end
            with contextlib.suppress(OSError):
                error.show(output.errors())
            status = error.exit_code
        raise SystemExit(status or 0)  # not sys.exit, which a user's code may have replaced

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line, and print help."""
        with _told_in_a_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _told_in_a_line(), _traceback_shown(ctx.params["debug"]):
            return super().invoke(ctx)


@contextlib.contextmanager
def _told_in_a_line() -> Iterator[None]:
    """Turn what ends a command into an exception of click, before click makes something else of it."""
    try:
        yield
    except (click.exceptions.Exit, click.ClickException):
        raise
    except BaseException as error:
        raise _ending(error) from error


def _ending(error: BaseException) -> click.ClickException:
    """The exit status of an error, and its line."""
    from .numerics.storage.files import is_of_the_disk
    from .theory.basics.errors import AccuracyError, InvalidArgumentError, NotWrittenError, described

    if interrupts.heard() and not isinstance(error, KeyboardInterrupt | click.Abort):
        interrupts.leave_at_once()  # Ctrl-C at a bad moment became another error in somebody's code
    if isinstance(error, InvalidArgumentError):
        return BadInput(str(error))
    if isinstance(error, AccuracyError | NotWrittenError):
        return NotComputed(str(error))
    if isinstance(error, MemoryError):
        return NotComputed(f"there is not enough memory: {error or 'none is left'}")
    if isinstance(error, KeyboardInterrupt | click.Abort):
        if interrupts.heard() is not False:
            return Interrupted()
        raised = f"{described(error)} was raised ({output.place_of(error)})"
        return BadInput(f"model must be code that leaves Ctrl-C to its user: {raised}, and nobody pressed it")
    if isinstance(error, OSError) and _is_of_standard_output(error):
        return NotRead() if error.errno == errno.EPIPE else NotPrinted(error.strerror)
    if is_of_the_disk(error):
        return NotComputed(described(error))
    if isinstance(error, OSError) and error.filename is not None:
        return BadInput(f"{error.filename!r} cannot be used: {error.strerror}")
    return UnexpectedError(output.unexpected(error))


@contextlib.contextmanager
def _traceback_shown(debug: bool) -> Iterator[None]:
    """Show where an error was raised, if that is asked for."""
    try:
        yield
    except click.exceptions.Exit:
        raise
    except BaseException as error:
        if debug:
            click.echo("".join(traceback.format_exception(error)).rstrip(), file=output.errors(), err=True)
        raise


@contextlib.contextmanager
def _standard_output() -> Iterator[None]:
    """Let a command print: nowhere if standard output is closed, which older versions of click do not expect."""
    closed = sys.stdout is None
    if closed:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
        raise NotPrinted("it is closed")
    yield
    click.echo(nl=False)  # flushes


def _is_of_standard_output(error: OSError) -> bool:
    """Whether it was raised where commands print."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_code is click.echo.__code__ and not frame.f_locals["err"] for frame in frames)


def _drop_standard_output() -> None:
    """Lead what is left in the buffer nowhere; Python would try to write it once more, and complain."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@click.group(
    cls=SpheresGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 1 refuted, or different records; 2 bad input; 3 not computed to the promise, or not "
    "printed; 70 unexpected error; 130 interrupted; 141 nobody reads the output.",
)
@click.version_option(__version__, prog_name="adversarial-spheres")
@click.option("--debug", is_flag=True, help="Also show the traceback of an error.")
def main(debug: bool) -> None:
    """Error rates and distances to the nearest error for classifiers of two concentric spheres.

    Exact and certified for quadratic networks; with the isoperimetric limit that holds for any classifier.
    """


for _command in (
    bound.bound,
    error_rate.error_rate,
    distances.distances,
    train.train,
    check.check,
    figures.figures,
    report.report,
    sweep.sweep,
    compare.compare,
    quadratic_form.quadratic_form,
    attack_bench.attack_bench,
):
    main.add_command(_command)
