"""Statements on the ReLU network, its distances, and the curve that all networks are said to hug."""

from __future__ import annotations

import numpy as np

from ...exhibits.distance_curves import error_rate_words
from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number
from .statement import FAILS, HOLDS, IN_PART, OTHER_SCALE, UNDECIDED, PaperStatement

KIND = "distance-curves"
PAPER_STEPS, PAPER_DIM, PAPER_POINTS, PAPER_DISTANCE = 1_000_000, 500, 20_000_000, 0.18
CLOSE = 0.02
"""Difference from the paper's distance that its recalled digits do not tell."""
HUGS, NEAR = 0.9, 0.5
"""Shares of the largest possible mean distance that count as hugging the curve, and as near it."""


def is_paper_scale(record: Record) -> bool:
    """Whether the ReLU network has the paper's dimension, width and number of steps."""
    relu = record.values["relu"]
    found = (record.values["config"]["grid"]["dim"], relu["depth"], relu["hidden"])
    return found == (PAPER_DIM, 2, 1000) and bool(relu["steps"] >= PAPER_STEPS)


def size_words(record: Record) -> str:
    """The scale of the ReLU network."""
    relu, dim = record.values["relu"], record.values["config"]["grid"]["dim"]
    return f"ReLU {relu['depth']} × {relu['hidden']:,}, d = {dim}, {relu['steps']:,} steps of {PAPER_STEPS:,}"


def no_errors_in_the_test(record: Record) -> PaperStatement:
    """Whether the paper's test would show an error, and whether an attack finds one near random points."""
    relu, summary = record.values["relu"], record.values["summary"]
    distances = [relu[s]["mean_distance"] for s in SPHERES]
    found = sum(d["points"] - d["failed_attacks"] for d in distances)
    rates = [relu[s]["error_rate"]["log10"] for s in SPHERES]
    highest = [relu[s]["error_rate"]["log10_high"] for s in SPHERES]
    expected = PAPER_POINTS / 2 * sum(10.0**log10 for log10 in rates if log10 is not None)
    most = PAPER_POINTS / 2 * sum(10.0**log10 for log10 in highest)
    if most < 1.0 or (expected < 1.0 and None not in rates):
        verdict = HOLDS if found else UNDECIDED
    elif expected < 1.0:
        verdict = UNDECIDED
    else:
        verdict = FAILS if is_paper_scale(record) else OTHER_SCALE
    return PaperStatement(
        "no error in 20 million points",
        KIND,
        f"The ReLU network errs on none of {PAPER_POINTS:,} random points, yet an attack on the sphere finds errors.",
        f"{summary['relu_monte_carlo_errors']:,} of {summary['relu_monte_carlo_points']:,} points are wrong; inner "
        "error "
        f"rate {error_rate_words(relu['inner'])}, outer {error_rate_words(relu['outer'])}. The attack finds an error "
        f"near {found:,} of {sum(d['points'] for d in distances):,} points ({size_words(record)}).",
        f"At these rates about {number(expected, 2)} errors are expected in the paper's test."
        if expected
        else f"At most about {number(most, 2)} errors are expected in the paper's test.",
        verdict,
        {
            HOLDS: "fewer than 1 error is expected in the paper's test, and the attack finds errors",
            FAILS: "1 or more are expected, at the paper's scale",
            OTHER_SCALE: "1 or more are expected, at a smaller scale",
            UNDECIDED: "the attack finds none, or a rate is known too badly",
        },
    )


def mean_distance(record: Record) -> PaperStatement:
    """The mean distance of the ReLU network."""
    summary = record.values["summary"]
    mean, bound = summary["relu_mean_distance_inner"], summary["relu_bound_inner"]
    close = mean is not None and abs(mean - PAPER_DISTANCE) <= CLOSE
    return PaperStatement(
        "mean distance 0.18",
        KIND,
        f"The mean distance from a random inner point to the nearest error found is {PAPER_DISTANCE}, while two random "
        "points are √2 apart.",
        f"{number(mean, 3)} by our attack, an upper bound on the true mean ({size_words(record)}).",
        f"No classifier of this error rate can be farther than {number(bound, 3, 1)}."
        if bound is not None
        else "The error rate is not known, so neither is the limit.",
        UNDECIDED if mean is None else HOLDS if close else FAILS if is_paper_scale(record) else OTHER_SCALE,
        {
            HOLDS: f"the mean is within {CLOSE} of {PAPER_DISTANCE}",
            FAILS: "it is not, at the paper's scale",
            OTHER_SCALE: "it is not, at a smaller scale",
            UNDECIDED: "the attack found no error",
        },
        recalled=True,
    )


def hugging(record: Record) -> PaperStatement:
    """How near the curves of all networks come to the optimum."""
    arrays, summary = record.arrays, record.values["summary"]
    words, shares = [], []
    last = arrays["is_last"]
    for index, network in enumerate(record.values["networks"]):
        mine = last & (arrays["network"] == index)
        with np.errstate(invalid="ignore"):
            share = arrays["mean_distance"][0, mine] / arrays["bound"][0, mine]
        share = share[np.isfinite(share)]
        if len(share):
            shares += share.tolist()
            words.append(f"{network['label']} {share.min():.2f} to {share.max():.2f} ({network['guarantee']})")
    above = summary["exact_points_above_bound"]
    if not shares:
        verdict = UNDECIDED
    elif min(shares) >= HUGS:
        verdict = HOLDS
    else:
        verdict = IN_PART if min(shares) >= NEAR else FAILS if is_paper_scale(record) else OTHER_SCALE
    return PaperStatement(
        "hugging the optimum",
        KIND,
        "Error rate and mean distance of three networks, at all training set sizes and times, hug the optimal curve of "
        "the cap (figure 4, inner sphere).",
        f"Mean distance over the largest possible, inner sphere, at the end of training: {'; '.join(words)}.",
        f"Nothing can lie above the curve, and {above or 'no'} exact distance does; how near to it a network comes is "
        "a matter of training. An attack that is too weak makes a network look nearer to the curve than it is.",
        verdict,
        {
            HOLDS: f"every mean distance at the end of training is at least {HUGS} of the largest possible",
            IN_PART: f"every one is at least {NEAR} of it",
            FAILS: "one is less, at the paper's scale",
            OTHER_SCALE: "one is less, at a smaller scale",
            UNDECIDED: "no such share is known",
        },
    )


STATEMENTS = (no_errors_in_the_test, mean_distance, hugging)
