"""What the figures of the kept records show: nothing above the curve, each with words for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.exhibits import KINDS, exhibit_of, robust_training
from adversarial_spheres.exhibits.distance_curves import networks
from adversarial_spheres.figures import render
from adversarial_spheres.numerics.storage.records import Record, load_record

KEPT = Path(__file__).resolve().parents[3] / "docs" / "standard" / "experiments"


@pytest.fixture(scope="module")
def curves() -> Record:
    return load_record(KEPT / "distance-curves")


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_says_what_is_seen(kind: str) -> None:
    for name, spec in exhibit_of(kind).figures.items():
        assert len(spec.alt_text(Record(kind, {}, {}))) > len(spec.title) + 80, name


def test_nothing_is_drawn_above_the_curve_that_nothing_lies_above(curves: Record) -> None:
    for axis in networks.distance_curves(curves).axes:
        limit = axis.lines[0]
        for line in axis.lines:
            if line.get_marker() in ("o", "^", "D", 8):
                x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
                assert np.all(y <= np.interp(x, limit.get_xdata(), limit.get_ydata()) + 1e-9)
    assert "1 measurements" not in networks.caption_curves(curves)


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("draw", [networks.training_set_sizes, networks.relu_training])
def test_the_legend_tells_what_is_in_the_picture_alone(curves: Record, draw: Callable[..., Any], seen: bool) -> None:
    names = ("error_rate_method", "relu_error_rate_method")
    methods = {name: np.full_like(curves.arrays[name], 0 if seen else networks.NONE_SEEN) for name in names}
    (legend,) = draw(Record(curves.kind, curves.values, curves.arrays | methods)).legends
    assert any("no error seen" in text.get_text() for text in legend.get_texts()) is not seen


def test_the_axis_of_rates_ends_below_the_least_of_them() -> None:
    record = load_record(KEPT / "robust-training")
    figure = robust_training.wrong_alphas(record)
    rates = np.concatenate([record.arrays[f"{name}_log10_error_rate"].max(axis=0) for name in record.values["runs"]])
    least, lowest = np.min(rates[np.isfinite(rates)]), figure.axes[1].get_ylim()[0]
    assert least - 10.0 <= lowest <= max(least, lowest)


@pytest.mark.parametrize("drawn", [False, True])
def test_the_limit_of_even_errors_is_told_where_it_is_drawn(drawn: bool) -> None:
    record = load_record(KEPT / "quadratic-network")
    arrays = {name: array for name, array in record.arrays.items() if name != "curve_even_euclidean"}
    more = {"curve_even_euclidean": arrays["curve_exact_euclidean"]} if drawn else {}
    figure = exhibit_of("quadratic-network").figures["error_rate_vs_distance"]
    assert ("dash-dotted" in figure.caption(Record(record.kind, record.values, arrays | more))) == drawn


def test_each_seed_is_drawn() -> None:
    """A line for each seed, network and sphere, and one name for those that differ in the seed alone."""
    record = load_record(KEPT / "outer-radius")
    rates, distances, _ = exhibit_of("outer-radius").figures["outer_radii"].draw(record).axes
    assert [len(rates.lines), len(rates.get_legend_handles_labels()[1])] == [12, 4]
    assert len(distances.lines) == 12 + 6 + 1  # bounds of the quadratic network, and their name
    start = exhibit_of("perfect-start").figures["losses"].draw(load_record(KEPT / "perfect-start"))
    assert [len(axis.lines) for axis in start.axes] == [9, 3, 6]


def test_text_in_svg_is_text_without_ballast() -> None:
    record = load_record(KEPT / "nearest-pair")
    drawn = render(exhibit_of("nearest-pair").figures["nearest_pair"], record, ["svg"])["svg"].decode()
    assert "Euclidean distance of the nearest pair / radius</text>" in drawn
    assert "\n " not in drawn  # indentation
    assert "Bitstream" not in drawn
