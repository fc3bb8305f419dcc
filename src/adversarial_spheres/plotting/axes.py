"""On which axes the functions of this room draw: those that are given, else the current ones of pyplot."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from ..theory.basics.arguments import check_instance

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def checked_axes(ax: Axes | None) -> Axes:
    """The axes to draw on; what is not one ``Axes`` of matplotlib, a figure or an array of axes, is refused."""
    if ax is None:
        from matplotlib import pyplot

        return pyplot.gca()
    from matplotlib.axes import Axes

    check_instance("ax", ax, Axes, "the Axes of matplotlib to draw on, or left out")
    return ax


def axes_may_come_first(draw: Callable[..., Axes]) -> Callable[..., Axes]:
    """Let a function of what it draws and ``ax=`` be called with the axes before what it draws, too."""
    subject = next(iter(inspect.signature(draw).parameters))

    @wraps(draw)
    def drawn(*given: Any, **options: Any) -> Axes:
        if given and (len(given) > 1 or subject in options):
            return draw(*given[1:], ax=given[0], **options)
        return draw(*given, **options)

    return drawn
