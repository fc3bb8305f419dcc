"""Our networks among the points of figure 4 of [Gil2018]: the figure, and how many lie within the paper's range.

Points are compared by their shares of the largest possible mean distance (that of the cap of their error rate), inner
sphere: a share does not fall with the error rate as the distance does, nor with the dimension.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics.storage.paper_figure import DIM, PaperPoints, paper_figure_4
from ...numerics.storage.records import Record
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.spaces.isoperimetry import mean_distance_bound
from ..style import BLACK, FigureSpec, new_figure
from .networks import NETWORK_STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAME_RATE = 0.25
"""Decades within which error rates count as the same."""
LEAST_POINTS = 3
"""Of the paper, that make a range."""
AXES = {"xlim": (-6.0, -0.5), "ylim": (0.0, 0.2)}
"""Those of figure 4, up to a little."""
PAPER_LABELS = ("quadratic, 1,000 units", "ReLU, 2 × 1,000 units", "ReLU, 8 × 2,000 units")


@dataclass(frozen=True)
class InRange:
    """Measured points of one network whose error rates are among the paper's.

    Parameters
    ----------
    label
        The network.
    compared, inside
        Points with enough of the paper's own points of this kind of network at the same error rate, and how many of
        them have a share between the smallest and the largest of those.
    compared_with_all, inside_all
        The same with the points of all three networks of the paper.
    """

    label: str
    compared: int
    inside: int
    compared_with_all: int
    inside_all: int


def in_paper_range(record: Record) -> list[InRange]:
    """For each network, how many of its points lie within the range of the paper's."""
    paper = paper_figure_4()
    found = []
    for index, network in enumerate(record.values["networks"]):
        log10_rate, share = _ours(record, index)
        own = _counts(log10_rate, share, paper, paper.network == index)
        found.append(InRange(network["label"], *own, *_counts(log10_rate, share, paper, paper.network >= 0)))
    return found


def paper_shares(paper: PaperPoints) -> FloatArray:
    """Mean distances of the paper by the largest possible ones."""
    bound = mean_distance_bound(LogProbability.from_log10(paper.log10_error_rate), DIM, metric="euclidean")
    return np.asarray(paper.mean_distance / bound)


def _ours(record: Record, index: int) -> tuple[FloatArray, FloatArray]:
    """log10 of the error rates, and shares, of the points of a network where both are known."""
    arrays = record.arrays
    mine = (arrays["network"] == index) & (arrays["bound"][0] > 0.0)
    log10_rate, share = arrays["log10_error_rate"][0, mine], arrays["mean_distance"][0, mine] / arrays["bound"][0, mine]
    known = np.isfinite(log10_rate) & np.isfinite(share)
    return log10_rate[known], share[known]


def _counts(log10_rate: FloatArray, share: FloatArray, paper: PaperPoints, chosen: Any) -> tuple[int, int]:
    near = (np.abs(log10_rate[:, None] - paper.log10_error_rate) <= SAME_RATE) & chosen
    shares = np.broadcast_to(paper_shares(paper), near.shape)
    low, high = (f(shares, axis=1, where=near, initial=e) for f, e in ((np.min, np.inf), (np.max, -np.inf)))
    compared = near.sum(axis=1) >= LEAST_POINTS
    return int(compared.sum()), int((compared & (low <= share) & (share <= high)).sum())


def paper_points(record: Record) -> Figure:
    """Ours above the paper's points: on the axes of figure 4, and as shares of the largest possible distance."""
    arrays, paper = record.arrays, paper_figure_4()
    figure, (distances, shares) = new_figure(7.2, 4.4, 2, sharex=True)
    _draw_paper(distances, paper, paper.mean_distance)
    _draw_paper(shares, paper, paper_shares(paper))
    for index, style in enumerate(NETWORK_STYLE):
        label = f"here: {record.values['networks'][index]['label']}"
        options: dict[str, Any] = {"ls": "", "ms": 4, "mec": BLACK, "mew": 0.5, **style, "label": label}
        shares.plot(*_ours(record, index), **options)
        if record.values["config"]["grid"]["dim"] == DIM:
            mine = arrays["network"] == index
            distances.plot(arrays["log10_error_rate"][0, mine], arrays["mean_distance"][0, mine], **options)
    x = np.linspace(*AXES["xlim"], 100)
    bound = mean_distance_bound(LogProbability.from_log10(x), DIM, metric="euclidean")
    distances.plot(x, bound, color=BLACK, label=f"exact bound for any classifier, d = {DIM}")
    shares.axhline(1.0, color=BLACK)
    distances.set(title=f"as in figure 4, d = {DIM}", ylabel="mean distance to the nearest error", **AXES)
    shares.set(title=f"by the largest possible, d = {record.values['config']['grid']['dim']}", ylim=(0.4, 1.05))
    shares.set_ylabel("mean distance / its upper bound")
    for axis in (distances, shares):
        axis.set_xlabel(r"$\log_{10}$ error rate $\mu$, inner sphere")
    handles, (limit,) = shares.get_legend_handles_labels()[0], distances.get_lines()[-1:]
    figure.legend(handles=[*handles[:3], limit, *handles[3:]], loc="outside lower center", ncols=2)
    return figure


def _draw_paper(axis: Axes, paper: PaperPoints, heights: FloatArray) -> None:
    for index, (style, label) in enumerate(zip(NETWORK_STYLE, PAPER_LABELS, strict=True)):
        mine = paper.network == index
        options: dict[str, Any] = {"ls": "", "ms": 3, "alpha": 0.3, "mew": 0, **style, "label": f"the paper: {label}"}
        axis.plot(paper.log10_error_rate[mine], heights[mine], **options)


def caption(record: Record) -> str:
    """Caption of the figure."""
    dim = record.values["config"]["grid"]["dim"]
    missing = "" if dim == DIM else f" The networks here have d = {dim} and stand in the right panel only."
    return (
        f"Pale: the {len(paper_figure_4().network)} points of figure 4 of the paper that can be told apart on its "
        "image (inner sphere, three networks at several training set sizes and times; distances found by its attack, "
        "so upper bounds; error rates counted). Above them, with edges: the networks measured here, whose ReLU "
        "distances are upper bounds, too. Left: on the axes of figure 4. Right: by the largest mean distance that any "
        f"classifier of the same error rate can have.{missing}"
    )


FIGURE = FigureSpec(
    "Our networks among the points of figure 4",
    caption,
    paper_points,
    "Two panels against log10 of the error rate, ours drawn over the points read off the paper's figure. Left: mean "
    "distances below the curve of the cap. Right: the same as shares of the largest possible distance.",
)
