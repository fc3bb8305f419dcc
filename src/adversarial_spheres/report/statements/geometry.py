"""Statements on dimension, width, scaling, the exponential law, and the nearest two of many points."""

from __future__ import annotations

import math
from itertools import pairwise

from ...numerics.experiments.nearest_pair import log_none_within
from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, counted, number, of_seeds, rate
from .statement import FAILS, HOLDS, IN_PART, OTHER_SCALE, UNDECIDED, UNLIKELY, PaperStatement

PAPER_DIM, PAPER_POINTS, PAPER_DISTANCE = 500, 10_000, 1.25
HALF_DIGIT = 0.005
SELDOM = 0.01
"""A smaller probability makes a number unlikely."""
PAPER_STEPS = 1_000_000
AROUND = (40, 100)
"""Dimensions that count as around the one at which the paper first sees errors."""
TINY, SMALL, RARE = -6.0, -3.0, -2.0
"""log10 of what counts as a tiny, as a small error rate, and as one of rare errors."""


def dimension_of_errors(record: Record) -> PaperStatement:
    """From which dimension on a test sees errors, and from which on there are any."""
    values, config = record.values, record.values["config"]
    names = {"quadratic": "Quadratic", "relu": "ReLU"}
    exist, seen = (
        {network: values[f"{network}_least_dim_{what}"] for network in names}
        for what in ("with_errors", "seen_in_test")
    )
    words = [
        f"{names[n]} networks: errors exist from d = {_dim(exist[n])}, the paper's test shows them from "
        f"d = {_dim(seen[n])} ({config[f'{n}_steps']:,} steps)"
        for n in names
    ]
    near = [dim is not None and AROUND[0] <= dim <= AROUND[1] for dim in seen.values()]
    lowest = min(row["dim"] for row in values["quadratic"])
    if all(near):
        verdict = HOLDS
    elif any(near):
        verdict = IN_PART
    else:
        verdict = FAILS if config["relu_steps"] >= PAPER_STEPS else OTHER_SCALE
    return PaperStatement(
        "dimension of errors",
        "dimension-of-errors",
        "In low dimension no errors are found; they appear around d = 60 (another note: nothing at 100).",
        "; ".join(words) + ".",
        f"Dimensions from {lowest} on; no theorem names one. Whether the quadratic network has errors is decided by "
        "its coefficients; how rare they are depends on width and time of training.",
        verdict,
        {
            HOLDS: f"the test first shows errors of both networks at a dimension from {AROUND[0]} to {AROUND[1]}",
            IN_PART: "of one of them",
            FAILS: f"of neither, after {PAPER_STEPS:,} steps",
            OTHER_SCALE: "of neither, after fewer steps",
        },
    )


def _dim(dim: int | None) -> str:
    return "none tried" if dim is None else str(dim)


def width(record: Record) -> PaperStatement:
    """Tiny error rates of networks narrower than the dimension."""
    config, trained = record.values["config"], record.values["trained"]
    best = min(trained, key=lambda row: row["log10_mean_error_rate"])
    log10 = best["log10_mean_error_rate"]
    reached = HOLDS if log10 <= TINY else IN_PART if log10 <= SMALL else FAILS
    return PaperStatement(
        "narrow networks",
        "width",
        "A quadratic network with fewer hidden units than dimensions, wrong for certain, still reaches tiny error "
        "rates.",
        f"{best['hidden']} units in dimension {config['dim']}: mean error rate {rate(log10)} after {config['steps']:,} "
        "steps (exact).",
        f"{best['hidden_equal_alphas']} equal coefficients suffice for that (upper bound on the least number of "
        "units).",
        OTHER_SCALE if reached == FAILS and config["dim"] < PAPER_DIM else reached,
        {
            HOLDS: f"the best mean error rate is at most {rate(TINY)}",
            IN_PART: f"it is at most {rate(SMALL)}",
            FAILS: f"it is larger, d ≥ {PAPER_DIM}",
            OTHER_SCALE: f"it is larger, d < {PAPER_DIM}",
        },
        recalled=True,
    )


def figure_numbers(record: Record) -> PaperStatement:
    """The printed distances at an error rate of 0.01, to the digits printed."""
    rows = record.values["paper"]
    mean, median = (
        [abs(row[name] - row["paper"]) <= _half_digit(row["paper"]) for row in rows]
        for name in ("cap_mean", "cap_median")
    )
    shown = ", ".join(number(row["paper"]) for row in rows)
    dims = ", ".join(str(row["dim"]) for row in rows)
    exact = ", ".join(f"{row['cap_mean']:.4f}" for row in rows)
    chords = ", ".join(f"{row['cap_median']:.4f}" for row in rows)
    return PaperStatement(
        "caps at an error rate of 0.01",
        "dimension-scaling",
        f"Caps of measure 0.01 have d(E) = {shown} for d = {dims}.",
        f"Mean distance {exact}; chord from the equator to the edge of the cap (the median) {chords}.",
        "Both are exact functions of the dimension. "
        f"To the digits printed the mean is right at {sum(mean)} of {len(rows)} dimensions, the chord at "
        f"{sum(median)}.",
        HOLDS if all(mean) else IN_PART if any(mean) or all(median) else FAILS,
        {
            HOLDS: "to the digits printed the mean distance agrees at every dimension",
            IN_PART: "it agrees at some, or the chord at every one",
            FAILS: "neither",
        },
    )


def _half_digit(printed: float) -> float:
    """Half a unit of the last digit of a printed number, and a little for its own rounding."""
    decimals = len(f"{printed:g}".partition(".")[2])
    return float(0.5 * 10.0**-decimals + 1e-9)


def exponential_law(record: Record) -> PaperStatement:
    """Whether each further bit of distance costs more decades than the one before."""
    values = record.values
    falls = [[row["decades_for_next_tenth"] for row in curve["rows"]] for curve in values["curves"]]
    grows = all(b > a > 0 for curve in falls for a, b in pairwise(curve))
    curve = next((c for c in values["curves"] if c["dim"] == PAPER_DIM), values["curves"][0])
    first, last = curve["rows"][0], curve["rows"][-1]
    return PaperStatement(
        "exponential law",
        "exponential-law",
        "To raise the distance linearly the error rate must fall exponentially.",
        f"{values['points_above_curve']} of {values['points']} measured networks lie above the curve of their "
        "dimension with their whole interval.",
        f"In dimension {curve['dim']} a distance of {number(first['distance'])} needs an error rate of "
        f"at most {rate(first['log10_max_error_rate'], side=1)}, and 0.1 more costs "
        f"{number(first['decades_for_next_tenth'], 3)} decades; "
        f"from {number(last['distance'])} on it costs {number(last['decades_for_next_tenth'], 3)}: faster than "
        "exponentially.",
        HOLDS if grows else FAILS,
        {
            HOLDS: "on every curve each further 0.1 of distance costs more decades than the one before",
            FAILS: "on some it does not",
        },
    )


def nearest_pair(record: Record) -> PaperStatement:
    """The paper's number against the law of the nearest pair."""
    config, theory, nearest = record.values["config"], record.values["theory"], record.values["nearest"]
    same = (config["dim"], config["points"]) == (PAPER_DIM, PAPER_POINTS)
    lowest = PAPER_DISTANCE - HALF_DIGIT
    most = math.exp(log_none_within(lowest, PAPER_DIM, PAPER_POINTS))
    return PaperStatement(
        "nearest pair",
        "nearest-pair",
        f"Among {PAPER_POINTS:,} random points of the inner sphere the nearest pair is {PAPER_DISTANCE} apart.",
        f"{number(min(nearest))} to {number(max(nearest))} in {counted(len(nearest), 'draw')} of {config['points']:,} "
        f"points, d = {config['dim']}.",
        f"Median about {number(theory['median'])}, d = {config['dim']}; that the nearest of {PAPER_POINTS:,} points, "
        f"d = {PAPER_DIM}, are at least {lowest} apart has a probability of at most {number(most, 2, 1)} (proved).",
        (UNLIKELY if most < SELDOM else HOLDS) if same else OTHER_SCALE,
        {
            HOLDS: f"the paper's number, to its rounding, or a larger one has a probability of {SELDOM} or more, "
            f"d = {PAPER_DIM} and {PAPER_POINTS:,} points",
            UNLIKELY: "it has less, in that setting",
            OTHER_SCALE: "the setting is another",
        },
    )


def depth_of_errors(record: Record) -> PaperStatement:
    """Whether most errors are near a correct point."""
    config, rows = record.values["config"], record.values["quadratic"]
    found = [
        {name: row[f"{name}_{s}"] for name in ("errors_drawn", "share_near", "median_depth", "largest_median_depth")}
        for row in rows
        for s in SPHERES
        if row[f"errors_drawn_{s}"] and row[f"log10_error_rate_{s}"] <= RARE
    ]
    shares, depths = [f["share_near"] for f in found], [f["median_depth"] for f in found]
    near = [share > 0.5 for share in shares]
    return PaperStatement(
        "errors are near correct points",
        "outer-radius",
        "Most errors lie close to a correct point.",
        f"In {sum(near)} of {len(found)} networks and spheres of an error rate up to {rate(RARE)} (R from "
        f"{rows[0]['outer_radius']:g} to {rows[-1]['outer_radius']:g}) most errors are nearer to a correct point than "
        f"random points are to the errors; half of them within {number(min(depths), 2)} to {number(max(depths), 2)} "
        f"radii of one (exact distances of errors drawn uniformly, quadratic network, d = {config['dim']}"
        f"{of_seeds(rows)})."
        if found
        else "No rare error was drawn.",
        "By Lévy's inequality the part of any error set deeper than an angle is at most as large as that of the cap: "
        "the "
        + (
            f"medians here could be at most {number(max(f['largest_median_depth'] for f in found), 2, 1)}, and "
            if found
            else ""
        )
        + "the rarer the errors and the higher the dimension, the thinner they are.",
        UNDECIDED if not found else HOLDS if all(near) else IN_PART if any(near) else FAILS,
        {
            HOLDS: f"on both spheres, for every R and seed, where the error rate is at most {rate(RARE)}, more than "
            "half of the errors are nearer to a correct point than the mean distance of random points to the errors",
            IN_PART: "it is so for some",
            FAILS: "it is so for none",
            UNDECIDED: "no such error was drawn",
        },
    )


STATEMENTS = {
    "outer-radius": (depth_of_errors,),
    "dimension-of-errors": (dimension_of_errors,),
    "width": (width,),
    "dimension-scaling": (figure_numbers,),
    "exponential-law": (exponential_law,),
    "nearest-pair": (nearest_pair,),
}
