"""Figures of a record: matplotlib, from the record alone, same record and versions, same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .drawings.style import FigureSpec
from .numerics.files import write_atomically
from .numerics.records import Record, make_folder
from .theory.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("pdf", "svg", "png", "pgf")
STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.hashsalt": "adversarial-spheres",
    "pdf.fonttype": 42,
    "legend.frameon": False,
}


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()  # the user's own settings must not change the bytes
        mpl.rcParams.update(STYLE)
        yield


DRAWINGS: Mapping[str, str] = {
    "quadratic-network": "quadratic_network",
    "distance-curves": "distance_curves",
    "training-sets": "training_sets",
    "perfect-start": "perfect_start",
    "clt-map": "clt_map",
    "dimension-of-errors": "dimension_of_errors",
    "width": "width",
    "decision-slices": "slices",
    "dimension-scaling": "dimension_scaling",
    "exponential-law": "exponential_law",
    "robust-training": "robust_training",
}
"""The module in ``drawings`` that draws each kind of record."""


def figures_of(record: Record) -> Mapping[str, FigureSpec]:
    """The figures that a record of this kind has."""
    if record.kind not in DRAWINGS:
        raise InvalidArgumentError("record", record.kind, f"of a kind that has figures ({', '.join(DRAWINGS)})")
    module = import_module(f".drawings.{DRAWINGS[record.kind]}", __package__)
    figures: Mapping[str, FigureSpec] = module.FIGURES
    return figures


def check_formats(formats: Iterable[str]) -> list[str]:
    """Return names of figure formats."""
    names = [name.strip().lower() for name in formats]
    for name in names:
        if name not in FORMATS:
            raise InvalidArgumentError("format", name, f"one of {', '.join(FORMATS)}")
    return names


def render(spec: FigureSpec, record: Record, file_format: str) -> bytes:
    """Draw one figure and return the file's bytes: the same for the same record and versions."""
    check_formats([file_format])
    dateless: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": "adversarial-spheres"},
        "pdf": {"CreationDate": None, "Creator": "adversarial-spheres"},
        "png": {"Software": "adversarial-spheres"},
        "pgf": {},
    }
    buffer = io.BytesIO()
    with _style():
        figure = spec.draw(record)
        try:
            figure.savefig(buffer, format=file_format, metadata=dateless[file_format] or None)
        except (RuntimeError, FileNotFoundError) as error:
            if file_format != "pgf":
                raise
            raise InvalidArgumentError("format", "pgf", "another one where no LaTeX is installed") from error
    return buffer.getvalue()


def save_figures(record: Record, folder: str | Path, formats: Iterable[str] = ("pdf", "svg", "png")) -> list[Path]:
    """Draw every figure of a record in every format; returns the paths."""
    target = Path(folder)
    make_folder(target)
    paths = []
    wanted = check_formats(formats)
    for name, spec in figures_of(record).items():
        for file_format in wanted:
            path = target / f"{name}.{file_format}"
            write_atomically(path, render(spec, record, file_format))
            paths.append(path)
    return paths
