"""Networks narrower than the dimension, and the hidden units needed: figure, text and table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, rate
from ..rendering.latex import Table
from .style import BLACK, COLOURS, DASHES, PURPLE, SPHERE_STYLE, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST = -24.0
"""Where the axis of log10 error rates ends."""


def narrow_networks(record: Record) -> Figure:
    """Error rates of narrow networks against their width: trained, and of the best equal alphas; units needed."""
    arrays, config, rows = record.arrays, record.values["config"], record.values["trained"]
    figure, (left, right) = new_figure(7.4, 4.2, 2)
    share = arrays["equal_hidden"] / config["dim"]
    left.plot(share, arrays["log10_equal_mean"], color="0.5", lw=2.5, label="best equal coefficients, both spheres")
    for sphere, style in SPHERE_STYLE.items():
        rates = [row[f"log10_error_rate_{sphere}"] for row in rows]
        left.plot(
            [row["share"] for row in rows], rates, ls="", ms=5, mfc="white", label=f"trained, {sphere} sphere", **style
        )
    left.set(xlabel="hidden units / dimension", ylabel=r"$\log_{10}$ exact error rate", xlim=(0, 1), ylim=(LOWEST, 0.5))
    for dim, row, colour, dash in zip(arrays["hidden_dims"], arrays["hidden_share"], COLOURS, DASHES, strict=False):
        right.plot(arrays["hidden_log10_error_rate"], row, color=colour, ls=dash, label=f"best equal, d = {dim:,}")
    right.plot(
        [row["log10_mean_error_rate"] for row in rows],
        [row["share"] for row in rows],
        ls="",
        marker="D",
        ms=5,
        mfc=PURPLE,
        color=BLACK,
        label=f"trained, d = {config['dim']}",
    )
    right.set(xlabel=r"$\log_{10}$ error rate, mean of both spheres", ylabel="hidden units / dimension", ylim=(0, 1.02))
    handles = [axis.get_legend_handles_labels() for axis in (left, right)]
    figure.legend(*(handles[0][i] + handles[1][i] for i in range(2)), loc="outside lower center", ncols=3)
    return figure


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    config = record.values["config"]
    return (
        f"Quadratic networks with fewer hidden units k than dimensions (d = {config['dim']}, R = "
        f"{config['outer_radius']}): d − k coefficients are exactly 0, so errors exist for certain, yet they can be "
        f"rare. Markers: networks after {config['steps']:,} steps on fresh points (learning rate "
        f"{config['learning_rate']:g}), exact error rates. Curves: the best network whose k other "
        "coefficients are equal. It is not proved to be the best of all: the number of "
        "units that it needs (right) is an upper bound on the least number."
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    config, trained = record.values["config"], record.values["trained"]
    best = min(trained, key=lambda row: row["log10_mean_error_rate"])
    return [
        "With fewer hidden units than dimensions some coefficients are 0, so a network has errors for certain. Yet "
        "one "
        f"of {best['hidden']} units in dimension {config['dim']}, with {best['zero_alphas']} coefficients that are 0, "
        f"ends training ({config['steps']:,} steps) with a mean error rate of {rate(best['log10_mean_error_rate'])} "
        "(exact).",
        f"By theory {best['hidden_equal_alphas']} equal coefficients suffice for this error rate, an upper bound on "
        "the least number of units; training does not find the best ones.",
    ]


def tables(record: Record) -> list[Table]:
    """One row for each width."""
    config = record.values["config"]
    rows = [
        [
            str(row["hidden"]),
            f"{row['share']:.2f}",
            *(rate(row[f"log10_error_rate_{sphere}"]) for sphere in SPHERES),
            rate(row["log10_mean_error_rate"]),
            rate(row["log10_equal_alphas"]),
            str(row["hidden_equal_alphas"]),
        ]
        for row in record.values["trained"]
    ]
    caption = (
        f"Quadratic networks narrower than the dimension {config['dim']} after {config['steps']:,} steps: exact error "
        "rates, the mean of both spheres for as many equal coefficients at their best, and how many of these suffice "
        "for the trained network's error rate."
    )
    columns = ["units", "share of d", "inner", "outer", "mean", "best equal", "equal ones needed"]
    return [Table("trained", caption, columns, rows)]


EXHIBIT = Exhibit(
    {
        "narrow_networks": FigureSpec(
            "Networks narrower than the dimension",
            figure_caption,
            narrow_networks,
            "Left: log10 of the error rates of trained networks against their width, and a grey curve of the "
            "best network of equal coefficients that falls as the width grows. Right: the width that an error "
            "rate needs, one falling curve a dimension, and diamonds for the trained networks.",
        )
    },
    text,
    tables,
)
