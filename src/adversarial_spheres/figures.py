"""Figures of a record: matplotlib, from the record alone, same record and versions, same bytes."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .exhibits import exhibit_of
from .exhibits.style import FigureSpec
from .numerics.storage.files import make_folder, write_atomically
from .numerics.storage.records import Record
from .rendering.latex import latex_figure
from .rendering.pgf import RasterImageError, pgf_picture
from .theory.basics.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png", "pgf")
CAPTIONS_FILE = "figures.tex"
LAYOUT_PASSES = 2
SAVED_DPI = 200
_COORDINATES = re.compile(rb' (?:d|x|y)="[^"]*"')
_DECIMALS = re.compile(rb"(\.\d\d)\d+")
"""In an SVG file a hundredth of a point is enough: half of its size are digits beyond."""
_INDENT = re.compile(rb"(?<=\n) +")
STYLE: dict[str, Any] = {
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "axes.titlesize": 9,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "figure.dpi": 100,
    "figure.constrained_layout.wspace": 0.06,
    "svg.hashsalt": "adversarial-spheres",
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "legend.frameon": False,
}


@contextmanager
def _style() -> Iterator[None]:
    """Settings of matplotlib that the user's own do not change, so that the bytes are the same."""
    with _without_backend():
        import matplotlib as mpl

    defaults = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
    # A record of extreme numbers may overflow in matplotlib's arithmetic of ticks; its points are out of sight then.
    with mpl.rc_context(defaults | STYLE), np.errstate(all="ignore"):
        yield


@contextmanager
def _without_backend() -> Iterator[None]:
    """The variable of a notebook, or of a backend that is not installed, is not for us: figures are drawn by Agg."""
    name = os.environ.pop("MPLBACKEND", None)
    try:
        yield
    finally:
        if name is not None:
            os.environ["MPLBACKEND"] = name


def figures_of(record: Record) -> Mapping[str, FigureSpec]:
    """The figures that a record of this kind has.

    Returns
    -------
    mapping
        From the name of a figure to its title, caption and drawing.

    Raises
    ------
    InvalidArgumentError
        Records of that kind have none.

    Examples
    --------
    >>> from adversarial_spheres import Record
    >>> from adversarial_spheres.figures import figures_of
    >>> sorted(figures_of(Record("nearest-pair", {}, {})))
    ['nearest_pair']
    """
    return exhibit_of(record.kind).figures


def check_formats(formats: Iterable[str]) -> list[str]:
    """Return names of figure formats."""
    names = [name.strip().lower() for name in formats]
    for name in names:
        if name not in FORMATS:
            raise InvalidArgumentError("format", name, f"one of {', '.join(FORMATS)}")
    return names


def render(spec: FigureSpec, record: Record, formats: Iterable[str]) -> dict[str, bytes]:
    """Draw one figure and return its files' bytes by format: the same for the same record and versions.

    A figure with a raster image has no PGF: that format is missing then.
    """
    wanted = check_formats(formats)
    with _style():
        figure = spec.draw(record)
        if engine := figure.get_layout_engine():
            for _ in range(LAYOUT_PASSES):
                engine.execute(figure)  # to draw without a renderer does this, and then draws for nothing
        figure.set_layout_engine("none")  # all formats share one layout, which takes longer than drawing
        files = {file_format: _file(figure, file_format) for file_format in wanted}
    return {file_format: content for file_format, content in files.items() if content is not None}


def _file(figure: Figure, file_format: str) -> bytes | None:
    if file_format == "pgf":
        try:
            return pgf_picture(figure).encode()
        except RasterImageError:
            return None
    dateless: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": "adversarial-spheres"},
        "pdf": {"CreationDate": None, "Creator": "adversarial-spheres"},
        "png": {"Software": "adversarial-spheres"},
    }
    content = _printed(figure, file_format, dateless[file_format])
    return _COORDINATES.sub(_fewer_digits, _INDENT.sub(b"", content)) if file_format == "svg" else content


def _printed(figure: Figure, file_format: str, metadata: dict[str, Any]) -> bytes:
    """What ``savefig`` writes, without its second drawing for a layout that is fixed already."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer, dpi = io.BytesIO(), figure.dpi
    figure.dpi = SAVED_DPI
    try:
        if file_format == "pdf":
            FigureCanvasPdf(figure).print_pdf(buffer, metadata=metadata)
        elif file_format == "svg":
            FigureCanvasSVG(figure).print_svg(buffer, metadata=metadata)
        else:
            FigureCanvasAgg(figure).print_png(buffer, metadata=metadata)
    finally:
        figure.dpi = dpi
        FigureCanvasAgg(figure)
    return buffer.getvalue()


def _fewer_digits(coordinates: re.Match[bytes]) -> bytes:
    return _DECIMALS.sub(rb"\1", coordinates[0])


def save_figures(
    record: Record, folder: str | os.PathLike[str], formats: Iterable[str] = ("pdf", "svg", "png")
) -> list[Path]:
    """Draw every figure of a record in every format, and write ``figures.tex`` with captions and labels.

    Parameters
    ----------
    record
        Of a kind that has figures, see :data:`adversarial_spheres.exhibits.KINDS`.
    folder
        Made if missing; files of the same names are replaced.
    formats
        Any of "pdf", "svg", "png" and "pgf".

    Returns
    -------
    list of Path
        The figures, by name and then by format; one with a raster image is not written as PGF.

    Raises
    ------
    InvalidArgumentError
        The record has no figures, a format is not known, or a file can't be written.
    """
    target = make_folder(folder)
    paths = []
    wanted = check_formats(formats)
    for name, spec in figures_of(record).items():
        for file_format, content in render(spec, record, wanted).items():
            path = target / f"{name}.{file_format}"
            write_atomically(path, content)
            paths.append(path)
    # LaTeX looks for the file by itself where no PDF was made.
    extension = ".pdf" if "pdf" in wanted else ""
    write_atomically(target / CAPTIONS_FILE, captions_latex(record, extension).encode())
    return paths


def captions_latex(record: Record, extension: str = ".pdf") -> str:
    """Every figure of a record as a LaTeX figure with its caption and label, for direct use."""
    return "\n".join(
        latex_figure(f"{name}{extension}", f"{spec.title}. {spec.caption(record)}", figure_label(record.kind, name))
        for name, spec in figures_of(record).items()
    )


def figure_label(kind: str, name: str) -> str:
    """Label of a figure in LaTeX."""
    return f"{kind}-{name}".replace("_", "-")
