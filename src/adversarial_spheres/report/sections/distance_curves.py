"""Text and tables of error rate against distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...numerics.storage.records import Record
from ...rendering.formatting import NONE, SPHERES, number, rate
from ...rendering.latex import Table
from .section import Section

METHODS = ("exact", "counted", "splitting (interval not rigorous)", "none seen")


def text(record: Record) -> list[str]:
    """What was seen."""
    relu, summary, config = record.values["relu"], record.values["summary"], record.values["config"]
    inner = relu["inner"]
    paragraphs = [
        f"The ReLU network of {relu['depth']} × {relu['hidden']:,} units (d = {config['grid']['dim']}, "
        f"{relu['steps']:,} steps on {relu['points_seen']:,} points) errs on {summary['relu_monte_carlo_errors']:,} of "
        f"{summary['relu_monte_carlo_points']:,} random points; its inner error rate is {error_rate_words(inner)}. "
        f"The attack finds an error at a mean distance of {number(inner['mean_distance']['mean'], 3)} from random "
        f"inner points: an upper bound on the true mean"
        + (
            "."
            if summary["relu_bound_inner"] is None
            else f", and {number(summary['relu_tightness_inner'], 2)} of the most that any classifier of this error "
            f"rate can have, {number(summary['relu_bound_inner'], 3, 1)}."
        )
    ]
    above = summary["exact_points_above_bound"]
    exact = int(np.sum(np.isfinite(record.arrays["mean_distance_inner"][record.arrays["network"] == 0])))
    paragraphs.append(
        f"No network lies above the curve that holds for any classifier: of the {exact} measurements of the quadratic "
        f"networks, whose distances are exact, {above if above else 'none'} "
        f"{'lies' if above in (0, 1) else 'lie'} above it on either sphere. The paper trains for 1,000,000 steps, here "
        f"the ReLU network was trained for {relu['steps']:,}."
    )
    return paragraphs


def error_rate_words(found: Mapping[str, Any]) -> str:
    """An error rate with its interval and how it is known."""
    known = found["error_rate"]
    if known["log10"] is None:
        return f"at most {rate(known['log10_high'], side=1)} (none seen)"
    interval = f"{rate(known['log10_low'], side=-1)} to {rate(known['log10_high'], side=1)}"
    method = {"rare event": "by splitting, interval not rigorous", "Monte Carlo": "counted"}
    return f"{rate(known['log10'])} ({interval}, {method.get(known['method'], known['method'])})"


def tables(record: Record) -> list[Table]:
    """The networks after their last step."""
    arrays, networks, config = record.arrays, record.values["networks"], record.values["config"]
    rows = [
        _row(arrays, networks, int(index), sphere) for index in np.flatnonzero(arrays["is_last"]) for sphere in SPHERES
    ]
    caption = (
        f"The networks after their last step, d = {config['grid']['dim']}: error rate and mean Euclidean distance to "
        "the "
        "nearest error in units of the radius. Distances of ReLU networks are found by an attack: upper bounds on the "
        "true means. The bound is the largest mean distance of any classifier of this error rate."
    )
    columns = ["network", "training points", "steps", "sphere", "error rate", "known by", "mean distance", "bound"]
    return [Table("networks", caption, columns, rows)]


def _row(arrays: Mapping[str, Any], networks: list[Mapping[str, Any]], index: int, sphere: str) -> list[str]:
    size, network = int(arrays["train_size"][index]), networks[int(arrays["network"][index])]
    method = int(arrays[f"error_rate_method_{sphere}"][index])
    log10 = float(arrays[f"log10_error_rate{'_high' if method == 3 else ''}_{sphere}"][index])
    sign = "≤ " if network["guarantee"] == "upper bound" else ""
    mean = float(arrays[f"mean_distance_{sphere}"][index])
    return [
        network["label"],
        f"{size:,}" if size else "online",
        f"{int(arrays['step'][index]):,}",
        sphere,
        f"≤ {rate(log10, side=1)}" if method == 3 else rate(log10),
        METHODS[method],
        NONE if np.isnan(mean) else f"{sign}{number(mean, 3, 1 if sign else 0)}",
        number(float(arrays[f"bound_{sphere}"][index]), 3, 1),
    ]


SECTION = Section(text, tables)
