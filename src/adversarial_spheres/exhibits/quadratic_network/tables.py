"""Text and tables of the main experiment, and of the paper's own network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, interval, log10_number, number, rate, signed, typeset
from ...rendering.latex import Table
from ...theory.basics.rounded_text import confidence_text


def tables(record: Record) -> list[Table]:
    """The tables of a report."""
    values = record.values
    return [
        paper_table(values),
        error_rate_table(values),
        distance_table(values),
        check_table(values),
    ]


def paper_table(values: Mapping[str, Any]) -> Table:
    """The paper's own network: what was printed, the central limit estimate and the exact error rate."""
    paper = values["paper_network"]
    rows = []
    for sphere in SPHERES:
        rates = paper[sphere]
        printed = signed(paper["printed_log10_error_rate"]) if sphere == "inner" else "not given"
        rows.append(
            [
                sphere,
                printed,
                log10_number(rates["log10_clt"], no_errors=rates["no_errors"]),
                log10_number(rates["log10_exact"], no_errors=rates["no_errors"]),
                log10_number(rates["chernoff_log10"], no_errors=rates["no_errors"], upper_bound=True),
                number(paper["predicted_distance"][sphere]["point"]),
                number(paper["predicted_distance"][sphere]["upper"], side=1),
            ]
        )
    caption = (
        "The paper's own network: log10 of its error rate. Its 500 coefficients are read off the published histogram "
        "(bin width 0.0392). The paper prints one number, a central limit estimate for the inner sphere; the exact "
        "error rate of the outer sphere is the larger one by far. Mean Euclidean distances to the nearest error: the "
        "prediction for these coefficients, and the isoperimetric bound for any classifier of the exact error rate."
    )
    columns = [
        "sphere",
        "paper prints",
        "central limit",
        "exact",
        "Chernoff (upper bound)",
        "predicted mean distance",
        "isoperimetric bound",
    ]
    return Table("paper_network", caption, columns, rows)


def error_rate_table(values: Mapping[str, Any]) -> Table:
    """Error rates of the trained network."""
    rows = []
    for sphere in SPHERES:
        rates, counted = values["spheres"][sphere]["error_rate"], values["spheres"][sphere]["monte_carlo"]
        rows.append(
            [
                sphere,
                number(rates["exact"]),
                log10_number(rates["log10_exact"], no_errors=rates["no_errors"]),
                log10_number(rates["log10_clt"], no_errors=rates["no_errors"]),
                f"{counted['errors']:,} of {counted['samples']:,}",
                interval(counted["low"], counted["high"], 3),
            ]
        )
    caption = (
        f"Error rates of the trained network on each sphere. The interval is Clopper–Pearson's at confidence "
        f"{confidence_text(values['spheres']['inner']['monte_carlo']['confidence'])}."
    )
    columns = ["sphere", "exact", "log10 exact", "log10 central limit", "Monte Carlo errors", "Monte Carlo interval"]
    return Table("error_rates", caption, columns, rows)


def distance_table(values: Mapping[str, Any]) -> Table:
    """Predicted and observed mean distances."""
    rows = []
    for sphere in SPHERES:
        for metric in ("euclidean", "geodesic"):
            found = values["spheres"][sphere]["distances"][metric]
            seen, theory = found["observed"], found["predicted"]
            rows.append(
                [
                    f"{sphere}, {metric}",
                    number(theory["lower"], 5, -1),
                    number(theory["point"], 5),
                    number(seen["mean"], 5),
                    interval(seen["low"], seen["high"], 5),
                    number(theory.get("even_limit"), 5, 1),
                    number(theory["upper"], 5, 1),
                    number(found["certificate_gap_max"], 2, 1),
                ]
            )
    samples = values["config"]["distance_samples"]
    caption = (
        f"Mean distance to the nearest error, in the unit of the inner radius, over {samples:,} uniform points a "
        "sphere (exact distances; points in error count as 0). Lower bound, prediction and limits use no "
        "sample."
    )
    columns = [
        "sphere, metric",
        "lower bound",
        "predicted",
        "observed",
        "interval",
        "limit for even error sets",
        "isoperimetric bound",
        "largest certificate gap (rad)",
    ]
    return Table("distances", caption, columns, rows)


def check_table(values: Mapping[str, Any]) -> Table:
    """The checks with their verdicts."""
    rows = [
        [
            check["verdict"],
            check["claim"],
            number(check["observed"], 5),
            number(check["bound"], 5),
            confidence_text(check["confidence"]),
            typeset(check["explanation"]),
        ]
        for check in values["checks"]
    ]
    caption = (
        f"Checks, all right together with confidence {confidence_text(values['config']['confidence'])}. Confidence 1 "
        "marks what is decided without a sample."
    )
    return Table("checks", caption, ["verdict", "claim", "observed", "held against", "confidence", "explanation"], rows)


def text(record: Record) -> list[str]:
    """What was seen."""
    values = record.values
    config, training = values["config"], values["training"]
    found = {sphere: values["spheres"][sphere] for sphere in SPHERES}
    seen = " and ".join(
        f"{found[s]['monte_carlo']['errors']:,} of {found[s]['monte_carlo']['samples']:,} {s}" for s in SPHERES
    )
    start = (
        f"After {training['steps']:,} steps {training['alphas_outside']} of {config['dim']} coefficients lie outside "
        f"[1/R², 1]. The exact error rates are {_exact(found['inner'])} on the inner and {_exact(found['outer'])} on "
        f"the outer sphere; {seen} points are wrong."
    )
    if any(found[sphere]["distances"]["euclidean"]["no_errors"] for sphere in SPHERES):
        return [start]
    means = [found[sphere]["distances"]["euclidean"] for sphere in SPHERES]
    return [
        start,
        f"Yet random points are on average {means[0]['observed']['mean']:.4f} and {means[1]['observed']['mean']:.4f} "
        f"from the nearest error (Euclidean, unit of the inner radius), a relative "
        f"{number(_relative_difference(means), 2)} from what theory predicts without a sample. No classifier of these "
        f"error rates can be farther from its errors than {number(means[0]['predicted']['upper'], side=1)} and "
        f"{number(means[1]['predicted']['upper'], side=1)}.",
    ]


def _exact(found: Mapping[str, Any]) -> str:
    rates = found["error_rate"]
    return "exactly 0" if rates["no_errors"] else rate(rates["log10_exact"])


def _relative_difference(found: Sequence[Mapping[str, Any]]) -> float:
    return max(abs(item["observed"]["mean"] / item["predicted"]["point"] - 1.0) for item in found)
