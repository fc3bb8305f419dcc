"""``figures``: the figures of records, as files."""

from __future__ import annotations

import click

from .common import common_options, emit


@click.command(short_help="Draw the figures of records.")
@click.argument("records", metavar="RECORD...", nargs=-1, required=True)
@click.option("--out", required=True, metavar="DIR", help="Folder for the figures; made if missing.")
@click.option(
    "--format", "formats", default="pdf,svg,png", show_default=True, help="Comma-separated: pdf, svg, png, pgf."
)
@common_options(unused=("quiet", "seed", "workers", "confidence"))
def figures(records: tuple[str, ...], out: str, formats: str, as_json: bool) -> None:
    """Draw the figures of one or more RECORDs (a folder with record.json, or that file); nothing is computed anew."""
    from pathlib import Path

    from ..figures import check_formats, save_figures
    from ..numerics.records import load_record

    wanted = check_formats(formats.split(","))
    loaded = {record: load_record(record) for record in records}
    written = []
    for record, content in loaded.items():
        folder = Path(out) if len(records) == 1 else Path(out) / _name_of(record)
        written += [str(path) for path in save_figures(content, folder, wanted)]
    emit({"files": written}, as_json=as_json)


def _name_of(record: str) -> str:
    from pathlib import Path

    path = Path(record).resolve()
    return path.name if path.is_dir() else path.parent.name
