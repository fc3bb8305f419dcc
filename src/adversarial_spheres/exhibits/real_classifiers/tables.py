"""What was seen of real classifiers near the images of a data set: text and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import number
from ...rendering.latex import Table
from .figures import TITLES

_SIDES = {"error_rate": 0, "mean_distance": 1, "bound": 1, "share": 1}
"""The columns that are means, and which way each is rounded: 1 for an upper bound, up."""


def text(record: Record) -> list[str]:
    """What was seen."""
    if record.values["skipped"]:
        return [f"Skipped: {record.values['skipped']} (extra sklearn: pip install 'adversarial-spheres[sklearn]')."]
    config = record.values["config"]
    left_out = [f"The {TITLES[name]} is left out: {why}." for name, why in record.values.get("left_out", {}).items()]
    largest = [(row["name"], row["noise"][-1]) for row in record.values["classifiers"]]
    seen = [_seen(name, part) for name, part in largest if "share" in part]
    return [
        "The limit is no matter of two spheres: noise about an image is a Gaussian space, where half-spaces are the "
        f"farthest error sets. At a standard deviation of {number(config['noise'][-1])} (pixels from 0 to 1) the "
        f"attack finds errors {'; '.join(seen)}.",
        "The attack's distances are upper bounds: a share above 1 says that it is too weak, as it is where scores are "
        "steps, those of a random forest, and never that the limit fails. The limit of a data set is the mean of the "
        "limits of its images; at their mean error rate it would be lower, and false.",
        *left_out,
    ]


def _seen(name: str, part: Mapping[str, Any]) -> str:
    return (
        f"{number(part['mean_distance'])} from noisy copies on average with the {TITLES[name]}, "
        f"{number(part['share'])} of the limit at its error rates (mean {number(part['error_rate'])})"
    )


def tables(record: Record) -> list[Table]:
    """Means over the images of each classifier, at each noise."""
    caption = (
        "Means over the images some of whose noisy copies were errors: error rate (counted), mean distance of the "
        "copies (found by an attack, an upper bound), the limit for any classifier at these error rates, and the share "
        "of the one in the other."
    )
    rows = [
        [
            TITLES[row["name"]],
            number(row["accuracy"]),
            number(part["noise"]),
            str(part["images"]),
            *(number(part[key], 4, side) if key in part else "–" for key, side in _SIDES.items()),
        ]
        for row in record.values["classifiers"]
        for part in row["noise"]
    ]
    columns = ["classifier", "accuracy", "noise", "images", "error rate", "mean distance", "limit", "share"]
    return [Table("real_classifiers", caption, columns, rows)]
