"""``compare``: what differs between two records, number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .common import REAL, IntegerRange, common_options, echo, emit

if TYPE_CHECKING:
    from ..numerics.storage.comparison import Comparison, Difference, RecordComparison


@click.command(short_help="What differs between two records, number by number.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--tolerance", type=REAL, default=0.0, show_default=True, help="Relative differences up to this are equal."
)
@click.option(
    "--limit", type=IntegerRange(0), default=20, show_default=True, help="Differences to show, of each record."
)
@common_options(unused=("quiet", "seed", "workers", "confidence"), without=("format",))
def compare(first: str, second: str, tolerance: float, limit: int, as_json: bool) -> None:
    """Compare the records A and B: a record.json, its folder, or a folder with records below it (report, sweep).

    Exit status: 0 equal within the tolerance, 1 they differ or one lacks a record, 2 bad input.
    """
    from ..numerics.storage.comparison import compare as compare_places

    found = compare_places(first, second, tolerance=tolerance)
    if as_json:
        emit(comparison_json(found, first, second, tolerance, limit), as_json=True)
    else:
        print_comparison(found, first, second, limit)
    if not found.equal:
        click.get_current_context().exit(1)


def comparison_json(found: Comparison, first: str, second: str, tolerance: float, limit: int) -> dict[str, Any]:
    """A comparison as plain values."""
    return {
        "first": first,
        "second": second,
        "tolerance": tolerance,
        "equal": found.equal,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "records": [
            {
                "record": record.name,
                "equal": not record.differences,
                "versions": {"first": record.versions[0], "second": record.versions[1]},
                "differing": len(record.differences),
                "differing_within_tolerance": record.within_tolerance,
                "differences": record.differences[:limit],
            }
            for record in found.records
        ],
    }


def print_comparison(found: Comparison, first: str, second: str, limit: int) -> None:
    """A comparison for people."""
    for record in found.records:
        _print_record(record, limit)
    for names, there, lacking in ((found.only_first, first, second), (found.only_second, second, first)):
        for name in names:
            echo(f"{name}: in {there} only, missing in {lacking}")
    differing = sum(bool(record.differences) for record in found.records)
    missing = len(found.only_first) + len(found.only_second)
    echo(f"{len(found.records)} records compared, {differing} differ, {missing} on one side only")


def _print_record(record: RecordComparison, limit: int) -> None:
    for index, versions in enumerate(record.versions):
        if index == 0 or versions != record.versions[0]:
            words = ", ".join(f"{name} {version}" for name, version in versions.items())
            echo(f"{record.name}: {('made', 'the second')[index]} with {words}")
    within = f" ({record.within_tolerance} within the tolerance)" if record.within_tolerance else ""
    echo(f"{record.name}: {len(record.differences) or 'no'} differences{within}")
    for difference in record.differences[:limit]:
        echo(f"  {_line(difference)}")
    if len(record.differences) > limit:
        echo(f"  ... and {len(record.differences) - limit} more (--limit)")


def _line(difference: Difference) -> str:
    sizes = [
        f"{name} {value:.3g}"
        for name, value in (("absolute", difference.absolute), ("relative", difference.relative))
        if value is not None
    ]
    if difference.entries is None:
        return "  ".join([f"{difference.path}  {difference.first} | {difference.second}", *sizes])
    place = f"{difference.entries} entries of {difference.first} differ, most at {list(difference.where or ())}"
    return "  ".join([f"{difference.path}  {place}", *(f"largest {size}" for size in sizes)])
