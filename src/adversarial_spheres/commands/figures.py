"""``figures``: the figures of records, as files."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..theory.basics.errors import InvalidArgumentError, SpheresError
from .common import common_options, emit

if TYPE_CHECKING:
    from ..numerics.storage.records import Record


@click.command(short_help="Draw the figures of records.")
@click.argument("records", metavar="RECORD...", nargs=-1, required=True)
@click.option("--out", required=True, metavar="DIR", help="Folder for the figures; made if missing.")
@click.option(
    "--format", "formats", default="pdf,svg,png", show_default=True, help="Comma-separated: pdf, svg, png, pgf."
)
@common_options(unused=("quiet", "seed", "workers", "confidence"), without=("format",))
def figures(records: tuple[str, ...], out: str, formats: str, as_json: bool) -> None:
    """Draw the figures of one or more RECORDs (a folder with record.json, or that file); nothing is computed anew.

    figures.tex beside them holds each figure as a LaTeX figure with caption and label. A figure with a raster image is
    not written as PGF, which cannot hold one: it stands under left_out.
    """
    from ..figures import check_formats, figures_of, save_figures
    from ..numerics.storage.files import check_path

    place = check_path(out, name="out")
    wanted = check_formats(formats.split(","))
    loaded = [_loaded(record) for record in records]
    written, left_out = [], []
    for record, name, content in zip(records, _names(records), loaded, strict=True):
        folder = place if len(records) == 1 else place / name
        try:
            paths = save_figures(content, folder, wanted)
        except SpheresError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # Read from a file: values of another form are the file's fault.
            allowed = f"a record whose values have the form of its kind, {content.kind}: {error}"
            raise InvalidArgumentError("record", record, allowed) from error
        written += [str(path) for path in paths]
        expected = [folder / f"{figure}.{file_format}" for figure in figures_of(content) for file_format in wanted]
        left_out += [str(path) for path in expected if path not in paths]
    emit({"files": written, "left_out": left_out}, as_json=as_json)


def _loaded(record: str) -> Record:
    """The record; of a report's folder, which holds many, the message says where they are."""
    from pathlib import Path

    from ..numerics.storage.records import RECORD_FILE, load_record
    from ..report.plans import EXPERIMENTS

    folder = Path(record)
    kinds = sorted(path.parent.name for path in folder.glob(f"{EXPERIMENTS}/*/{RECORD_FILE}"))
    if kinds and not (folder / RECORD_FILE).exists():
        allowed = f"one record: this report has them in {EXPERIMENTS}/KIND, KIND one of {', '.join(kinds)}"
        raise InvalidArgumentError("record", record, allowed)
    return load_record(record)


def _names(records: Sequence[str]) -> list[str]:
    """A folder's name for each record: that of its own folder, with a number where two are alike."""
    from pathlib import Path

    names: list[str] = []
    for record in records:
        path = Path(record).resolve()
        base = path.name if path.is_dir() else path.parent.name
        choices = (base if count == 1 else f"{base}-{count}" for count in itertools.count(1))
        names.append(next(name for name in choices if name not in names))
    return names
