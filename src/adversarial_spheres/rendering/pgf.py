"""Figures as PGF pictures for LaTeX, written where no LaTeX is installed, too.

matplotlib's own backend asks an installed LaTeX how large each piece of text is. Here the sizes of matplotlib's own
fonts are taken instead, which are a little wider than LaTeX's: the same bytes on every machine, and text that LaTeX
sets in the document's font in the room that was left for it.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from .latex import PUNCTUATION, SIGNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class RasterImageError(ValueError):
    """A figure holds a raster image, which PGF can only take from a file of its own."""


ASCII = str.maketrans({sign: rf"\ensuremath{{{name}}}" for sign, name in SIGNS.items()} | PUNCTUATION)
_DECIMALS = re.compile(r"(\.\d{4})\d+(?=in)")
"""A ten-thousandth of an inch is enough."""
HEADER = r"""% needs \usepackage{pgf}
\begingroup
\makeatletter
\providecommand{\mathdefault}[1]{#1}
"""


def pgf_picture(figure: Figure) -> str:
    r"""Text of a PGF picture, for ``\input`` in LaTeX with the package pgf.

    Parameters
    ----------
    figure
        A figure without raster images.

    Raises
    ------
    RasterImageError
        The figure holds a raster image.
    """
    from matplotlib.backend_bases import RendererBase
    from matplotlib.backends.backend_pgf import RendererPgf

    class Renderer(RendererPgf):
        """PGF commands; room for text as matplotlib's own fonts need it."""

        def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
            return RendererBase.get_text_width_height_descent(self, s, prop, ismath)

        def draw_text(self, gc: Any, x: float, y: float, s: str, *arguments: Any, **options: Any) -> None:
            super().draw_text(gc, x, y, s.translate(ASCII), *arguments, **options)

        def draw_image(self, *arguments: Any, **options: Any) -> None:
            raise RasterImageError("a figure with a raster image cannot be one PGF picture")

    text = io.StringIO()
    text.write(HEADER)
    text.write("\\begin{pgfpicture}\n")
    width, height = figure.get_size_inches()
    corner = rf"\pgfqpoint{{{width:f}in}}{{{height:f}in}}"
    text.write(f"\\pgfpathrectangle{{\\pgfpointorigin}}{{{corner}}}\n\\pgfusepath{{use as bounding box, clip}}\n")
    figure.draw(Renderer(figure, text))
    text.write("\\end{pgfpicture}\n\\makeatother\n\\endgroup\n")
    return _DECIMALS.sub(r"\1", text.getvalue())
