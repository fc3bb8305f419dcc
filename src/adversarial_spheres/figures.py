"""Figures of a record: matplotlib, from the record alone, same record and versions, same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import drawings
from .numerics.files import write_atomically
from .numerics.records import Record, make_folder
from .theory.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

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


@dataclass(frozen=True)
class FigureSpec:
    """A figure that can be drawn from a record: its title, its caption and the function that draws it."""

    title: str
    caption: Callable[[Record], str]
    draw: Callable[[Record], Figure]


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()  # the user's own settings must not change the bytes
        mpl.rcParams.update(STYLE)
        yield


FIGURES: Mapping[str, Mapping[str, FigureSpec]] = {
    "quadratic-network": {
        "alphas": FigureSpec("Spectrum of the alphas", drawings.caption_spectrum, drawings.spectrum),
        "error_rate_vs_distance": FigureSpec(
            "Error rate against mean distance", drawings.caption_distance, drawings.error_rate_against_distance
        ),
        "error_rates": FigureSpec(
            "Error rates along training", drawings.caption_rates, drawings.error_rates_along_training
        ),
        "distances": FigureSpec(
            "Distances to the nearest error", drawings.caption_histogram, drawings.distance_histograms
        ),
        "prediction": FigureSpec(
            "Predicted against observed", drawings.caption_prediction, drawings.predicted_against_observed
        ),
        "hidden_units": FigureSpec("Hidden units needed", drawings.caption_hidden_units, drawings.hidden_units),
    }
}


def figures_of(record: Record) -> Mapping[str, FigureSpec]:
    """The figures that a record of this kind has."""
    if record.kind not in FIGURES:
        raise InvalidArgumentError("record", record.kind, f"of a kind that has figures ({', '.join(FIGURES)})")
    return FIGURES[record.kind]


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
