"""What commands answer to people: a sentence or two, and a small table; ``--json`` has every digit and every key.

All take a command's result as plain values, under the keys that docs/commands.md describes, and give lines of text.
Bounds are rounded outwards; other numbers are rounded to four digits.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..numerics.storage.results import aligned
from ..theory.basics.rounded_text import rounded_up
from .formatting import NONE, SPHERES, rounded

Values: TypeAlias = Mapping[str, Any]
DIGITS = 4
_SPACES = {
    "sphere": "the sphere",
    "even-sphere": "the sphere, in pairs x and -x,",
    "ball": "the ball",
    "cube": "the cube",
    "gaussian": "Gaussian noise",
    "hamming": "binary points",
}
_PLAIN_ABOVE = -4.0  # decimal logarithm of the error rates that are written as plain numbers


def bound_answer(result: Values) -> list[str]:
    """Of ``bound``: the limit for any classifier."""
    where = f"{_SPACES.get(result['space'], result['space'])} in {result['dim']:,} dimensions"
    if result["empty_error_set"]:
        return [f"No limit: where there is no error ({where}) there is none to be near."]
    limit, metric = rounded(result["mean_distance_bound"], DIGITS, 1), result["metric"] or _unit(result)
    rate = error_rate_text(result["log10_error_rate"], at_most=True)
    rows = [
        ("error rate", rate),
        ("mean distance", f"at most {limit} ({metric}; {'attained' if result['sharp'] else 'not attained'})"),
        ("closed form", _at_most(result["explicit_bound"])),
        ("asymptote", None if result["asymptotic"] is None else f"{_short(result['asymptotic'])}, not a bound"),
        ("cap of that measure", _cap(result)),
        ("robust accuracy", _robust(result)),
    ]
    return [
        f"Any classifier that errs on {rate} of {where} has errors within {limit} of a random point on average.",
        f"Assumed: {result['assumption']}.",
        "",
        *table(rows),
    ]


def _unit(result: Values) -> str:
    """What distances are where there is no choice of a metric."""
    return "features changed" if result["space"] == "hamming" else f"l_{result['norm'] or 2:g}"


def _cap(result: Values) -> str | None:
    height, angle = result["cap_height"], result["cap_angle"]
    return None if height is None else f"height {_short(height)}, angle {_short(angle)}"


def _robust(result: Values) -> str | None:
    if "epsilon" not in result:
        return None
    return f"at most {rounded(result['max_robust_accuracy'], DIGITS, 1)} within {result['epsilon']:g}"


def error_rate_answer(result: Values) -> list[str]:
    """Of ``error-rate``: both spheres side by side, or the points near a data point."""
    places = [place for place in (*SPHERES, "around") if place in result]
    found = [result[place] for place in places]
    names = [f"{place} sphere" if place in SPHERES else "near the data point" for place in places]
    words = ", ".join(f"{_best_rate(values)} ({name})" for name, values in zip(names, found, strict=True))
    rows = [
        ("exact", [_exact_rate(values) for values in found]),
        ("central limit, an estimate", [_known_rate(values, "log10_clt") for values in found]),
        ("Chernoff, an upper bound", [_chernoff(values["chernoff_log10"]) for values in found]),
        ("counted", [_counted(values.get("monte_carlo")) for values in found]),
        ("its interval", [_count_interval(values.get("monte_carlo")) for values in found]),
        ("splitting, an estimate", [_splitting(values.get("rare_event")) for values in found]),
        ("its interval, not rigorous", [_splitting_interval(values.get("rare_event")) for values in found]),
    ]
    shown = [(name, *cells) for name, cells in rows if any(cell != NONE for cell in cells)]
    about = [line for values in found if "smoothed" in values for line in _smoothed(values["smoothed"])]
    return [f"Error rate in {result['dim']:,} dimensions: {words}.", "", *table([("", *names), *shown]), *about]


def _smoothed(values: Values) -> list[str]:
    """What is said of another classifier than the one counted."""
    at_least = rounded(values["distance_at_least"], DIGITS, -1)
    level = f"(confidence {values['confidence']:g})"
    return ["", f"Randomised smoothing: {at_least} {level}, about {values['about']}."]


def _best_rate(values: Values) -> str:
    if values["no_errors"] is not None:
        return _exact_rate(values)
    count = values["monte_carlo"]
    if count["errors"]:
        return f"about {_short(count['errors'] / count['samples'])}"
    return f"no error among {count['samples']:,} points"


def _exact_rate(values: Values) -> str:
    if values["no_errors"]:
        return "no errors"
    return _known_rate(values, "log10_exact")


def _known_rate(values: Values, key: str) -> str:
    return NONE if values[key] is None else error_rate_text(values[key])


def _chernoff(log10: float | None) -> str:
    return NONE if log10 is None else f"10^{rounded_up(log10, places=3)}"


def _counted(count: Values | None) -> str:
    return NONE if count is None else f"{count['errors']:,} of {count['samples']:,}"


def _count_interval(count: Values | None) -> str:
    if count is None:
        return NONE
    return f"{rounded(count['low'], DIGITS, -1)} to {rounded(count['high'], DIGITS, 1)}"


def _splitting(rare: Values | None) -> str:
    return NONE if rare is None or rare["log10_estimate"] is None else error_rate_text(rare["log10_estimate"])


def _splitting_interval(rare: Values | None) -> str:
    if rare is None or rare["log10_estimate"] is None:
        return NONE
    low = "0" if rare["log10_low"] is None else error_rate_text(rare["log10_low"])
    return f"{low} to {error_rate_text(rare['log10_high'])}"


def distances_answer(result: Values) -> list[str]:
    """Of ``distances``: observed against predicted, and whether they agree."""
    seen, exact = result["observed"], result["method"] == "exact"
    rate = NONE if result["log10_error_rate"] is None else error_rate_text(result["log10_error_rate"])
    if seen["mean"] is None:
        return [f"No distances: {'there is no error' if result['no_errors'] else 'no error was found'}."]
    predicted = result["predicted"]
    found = f"{_short(seen['mean'])} ({'exact' if exact else 'found by an attack: an upper bound'})"
    rows = [
        ("points", f"{result['samples']:,}, {seen['errors_in_sample']:,} of them errors"),
        ("error rate", rate),
        ("mean of the sample", found),
        ("true mean, from the sample", _interval(seen["low"], seen["high"], seen["confidence"])),
        ("predicted, an estimate", _number(predicted["point"])),
        ("predicted, proved", _proved(predicted)),
        ("any classifier", _at_most(predicted["upper"])),
        ("quantiles", ", ".join(f"{q}: {_short(x)}" for q, x in seen["quantiles"].items())),
        ("within epsilon", _within(result.get("within_epsilon"))),
    ]
    agreed = result["agreement"]
    words = "" if agreed is None else f"Prediction and sample {'agree' if agreed['consistent'] else 'DISAGREE'}: "
    return [
        f"The nearest error is {_short(seen['mean'])} away on average ({_place(result)}, {result['metric']}).",
        *([] if agreed is None else [f"{words}{agreed['explanation']}."]),
        *(f"REFUTED: {check['claim']}: {check['explanation']}." for check in result["checks"] if _refuted(check)),
        "",
        *table(rows),
        *_along_training(result.get("history", [])),
    ]


def _along_training(history: Sequence[Values]) -> list[str]:
    """Some steps of a training."""
    names = ("step", "error rate", "mean of the sample", "true mean, from the sample")
    rows = [(f"{row['step']:,}", _exact_row(row), *_seen(row["observed"])) for row in history]
    return ["", "Along the training:", *table([names, *rows])] if rows else []


def _exact_row(row: Values) -> str:
    return "no errors" if row["no_errors"] else error_rate_text(row["log10_error_rate"])


def _seen(seen: Values) -> tuple[str, str]:
    if seen["mean"] is None:
        return NONE, NONE
    return _short(seen["mean"]), f"{rounded(seen['low'], DIGITS, -1)} to {rounded(seen['high'], DIGITS, 1)}"


def _refuted(check: Values) -> bool:
    return bool(check["verdict"] == "refuted")


def _place(result: Values) -> str:
    return f"{result['sphere']} sphere" if result.get("sphere") else "near the data point"


def _interval(low: float, high: float | None, confidence: float) -> str:
    top = "any value" if high is None else rounded(high, DIGITS, 1)
    return f"{rounded(low, DIGITS, -1)} to {top} (confidence {confidence:.4g})"


def _proved(predicted: Values) -> str | None:
    if predicted["lower"] is None:
        return None
    return f"{rounded(predicted['lower'], DIGITS, -1)} to {rounded(predicted['proved_upper'], DIGITS, 1)}"


def _within(share: Values | None) -> str | None:
    if share is None:
        return None
    ends = f"{rounded(share['low'], DIGITS, -1)} to {rounded(share['high'], DIGITS, 1)}"
    return f"{_short(share['observed'])} of the points within {share['epsilon']:g}; true share {ends}"


def training_answer(result: Values) -> list[str]:
    """Of ``train``: how training ended."""
    rows = [
        ("steps", f"{result['steps']:,}"),
        ("mean loss at the end", _short(result["final_loss"])),
        ("training error", _number(result["training_error"])),
        ("coefficients outside", _count(result["alphas_outside"])),
    ]
    if result["inner"]["no_errors"] is not None:
        rows += [(f"error rate, {sphere} sphere", _exact_rate(result[sphere])) for sphere in SPHERES]
    return [
        f"Trained a {result['network']} network for {result['steps']:,} steps: {result['checkpoint']}.",
        "",
        *table(rows),
    ]


def tail_answer(result: Values) -> list[str]:
    """Of ``quadratic-form``: a tail with its proved error, or a quantile."""
    if "quantile" in result:
        return [f"The quantile is {result['quantile']!r}."]
    tail = result["tail"]
    exponent = tail["log10_probability"]
    size = "0" if exponent is None else f"{tail['probability']!r}, 10^{exponent:.6f}"
    return [f"The probability of a larger value is {size}; relative error at most {rounded_up(tail['log_error'], 2)}."]


def values_answer(result: Values) -> list[str]:
    """A line for each value, under its key."""
    rows = list(flat(result))
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def error_rate_text(log10: float, *, at_most: bool = False) -> str:
    """An error rate, however small, given as its decimal logarithm; one that is a limit from above is rounded up.

    Examples
    --------
    >>> error_rate_text(-5.15784), error_rate_text(-11.01004), error_rate_text(-1e5), error_rate_text(-2.0)
    ('10^-5.158', '10^-11.010', '10^-100000', '0.01')
    >>> error_rate_text(-30.3897), error_rate_text(-30.3897, at_most=True)
    ('10^-30.390', '10^-30.389')
    """
    plain = log10 > _PLAIN_ABOVE
    value = 10.0**log10 if plain else log10
    text = _short(value) if plain else f"{value:.3f}"
    if math.isclose(float(text), value, rel_tol=1e-12):
        text = text if plain else text.rstrip("0").rstrip(".")
    elif at_most:
        text = rounded(value, DIGITS, 1) if plain else rounded_up(value, places=3)
    return text if plain else f"10^{text}"


def table(rows: Sequence[Sequence[str | None]]) -> list[str]:
    """Lines of a table, columns two spaces apart; a row with None in it is left out.

    Examples
    --------
    >>> table([("", "inner", "outer"), ("exact", "10^-12.24", "10^-5.158")])
    ['         inner      outer', '  exact  10^-12.24  10^-5.158']
    """
    return aligned([[cell for cell in row if cell is not None] for row in rows if None not in row])


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as comma-separated values, quoted where they must be.

    Examples
    --------
    >>> csv_text([("dim", "notes"), ("500", "exact, sharp")])
    'dim,notes\\n500,"exact, sharp"'
    """
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue().rstrip("\n")


def flat(value: Any, name: str = "", *, none: str = NONE) -> Iterator[tuple[str, str]]:
    """Nested values as pairs of a dotted name and text; ``none`` where there is no value.

    Examples
    --------
    >>> dict(flat({"inner": {"exact": 0.5}, "findings": []}))
    {'inner.exact': '0.5', 'findings': '[]'}
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}" if name else str(key), none=none)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for index, item in enumerate(value):
            yield from flat(item, f"{name}[{index}]", none=none)
    else:
        yield name, none if value is None else str(value)


def _short(value: float) -> str:
    return rounded(value, DIGITS)


def _number(value: float | None) -> str | None:
    return None if value is None else _short(value)


def _count(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _at_most(value: float | None) -> str | None:
    return None if value is None else f"at most {rounded(value, DIGITS, 1)}"
