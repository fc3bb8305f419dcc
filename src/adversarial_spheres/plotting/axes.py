"""What the functions of this room ask of their axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..theory.basics.arguments import check_instance

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def check_axes(ax: Axes) -> None:
    """Refuse what is not one ``Axes`` of matplotlib, a figure or an array of axes for instance."""
    from matplotlib.axes import Axes

    check_instance("ax", ax, Axes, "the Axes of matplotlib to draw on")
