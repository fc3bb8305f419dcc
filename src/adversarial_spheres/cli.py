"""The command line: ``adversarial-spheres COMMAND``.

Exit status: 0 done; 1 a check was refuted (with ``--strict`` also inconclusive); 2 bad input; 3 a value could not be
computed to the promised accuracy.
"""

from __future__ import annotations

from typing import Any

import click

from ._version import __version__
from .commands import bound, check, compare, distances, error_rate, figures, report, sweep, train


class BadInput(click.ClickException):
    """Bad input, told in one line."""

    exit_code = 2


class NotComputed(click.ClickException):
    """A value that could not be computed to the promised accuracy."""

    exit_code = 3


class SpheresGroup(click.Group):
    """A group that turns the package's errors into one line and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from .theory.errors import AccuracyError, InvalidArgumentError

        try:
            return super().invoke(ctx)
        except InvalidArgumentError as error:
            raise BadInput(str(error)) from error
        except AccuracyError as error:
            raise NotComputed(str(error)) from error


@click.group(cls=SpheresGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="adversarial-spheres")
def main() -> None:
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
):
    main.add_command(_command)
