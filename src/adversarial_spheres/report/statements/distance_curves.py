"""Statements on the ReLU network, its distances, and the points of figure 4."""

from __future__ import annotations

import numpy as np

from ...exhibits.distance_curves.networks import error_rate_words
from ...exhibits.distance_curves.paper_points import LEAST_POINTS, SAME_RATE, in_paper_range, paper_shares
from ...numerics.storage.paper_figure import paper_figure_4
from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number
from .statement import FAILS, HOLDS, IN_PART, OTHER_SCALE, UNDECIDED, PaperStatement

KIND = "distance-curves"
PAPER_STEPS, PAPER_DIM, PAPER_POINTS, PAPER_DISTANCE = 1_000_000, 500, 20_000_000, 0.18
CLOSE = 0.02
"""Difference from the paper's distance that its recalled digits do not tell."""
MOST, HALF = 0.9, 0.5
"""Shares of the points within the paper's range that count as most of them, and as a part."""


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
        f"{number(mean, 3, 1)} by our attack, an upper bound on the true mean ({size_words(record)}).",
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


def close_to_optimal(record: Record) -> PaperStatement:
    """Whether the networks lie where the paper's own points of figure 4 do."""
    found = in_paper_range(record)
    compared, inside, all_compared, all_inside = (
        sum(getattr(network, name) for network in found)
        for name in ("compared", "inside", "compared_with_all", "inside_all")
    )
    words = ", ".join(f"{network.label} {network.inside} of {network.compared}" for network in found)
    share = inside / compared if compared else float("nan")
    if not compared:
        verdict = UNDECIDED
    elif share >= MOST:
        verdict = HOLDS
    else:
        verdict = IN_PART if share >= HALF else FAILS if is_paper_scale(record) else OTHER_SCALE
    shares = np.percentile(paper_shares(paper_figure_4()), (5, 50, 95))
    above = record.values["summary"]["exact_points_above_bound"]
    return PaperStatement(
        "close to optimal (figure 4)",
        KIND,
        "Error rate and mean distance of three networks, at all training set sizes and times, are close to optimal on "
        "the inner sphere; its curve is approximate, and some networks may appear slightly better than it.",
        f"Within the paper's range at the same error rate: {inside} of {compared} points ({words}); in that of its "
        f"three networks together {all_inside} of {all_compared}. Compared are shares of the largest possible mean "
        "distance with those of its own points.",
        f"The paper's own points reach {shares[0]:.2f} to {shares[2]:.2f} of the largest possible, median "
        f"{shares[1]:.2f} (by its attack, so at most that). Nothing can lie above the exact curve, and "
        f"{above or 'no'} exact distance here does.",
        verdict,
        {
            HOLDS: f"at least {MOST:.0%} of the points with {LEAST_POINTS} or more of the paper's within {SAME_RATE} "
            "decades are in the range of these, the same kind of network, inner sphere",
            IN_PART: f"at least {HALF:.0%} are",
            FAILS: "fewer are, at the paper's scale",
            OTHER_SCALE: "fewer are, at a smaller scale",
            UNDECIDED: "no point can be compared",
        },
    )


STATEMENTS = (no_errors_in_the_test, mean_distance, close_to_optimal)
