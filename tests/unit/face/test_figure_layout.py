"""How the figures of the kept records are laid out: labels within their panels, clear of the others, and plain text."""

from __future__ import annotations

import itertools
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from adversarial_spheres.exhibits.style import new_figure, set_step_axis
from adversarial_spheres.figures import LAYOUT_PASSES, STYLE, figures_of, render
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.storage.records import load_record

KEPT = Path(__file__).resolve().parents[3] / "docs" / "standard" / "experiments"
CLEAR = 10.0
"""Points between a label and the panel before it."""


def crowded(figure: Figure) -> list[str]:
    """Axis labels that are longer than their panel, or nearer to another one than CLEAR; texts over an axis."""
    found = []
    for axis in figure.axes:
        panel, label = axis.bbox, axis.yaxis.label.get_window_extent()
        if label.height > panel.height:
            found.append(f"longer than its panel: {axis.get_ylabel()}")
        for other in figure.axes:
            before = other is not axis and other.bbox.x1 < panel.x0 and other.bbox.y0 < panel.y1
            if before and axis.get_ylabel() and 72 / figure.dpi * (label.x0 - other.bbox.x1) < CLEAR:
                found.append(f"near the panel before it: {axis.get_ylabel()}")
        if axis.xaxis.label.get_window_extent().width > 1.05 * panel.width:
            found.append(f"wider than its panel: {axis.get_xlabel()}")
        found += overlapping_ticks(axis)
        boxes = {text.get_text(): text.get_window_extent() for text in axis.texts}
        found += [f"over the axis: {text}" for text, box in boxes.items() if box.x0 < panel.x0 < box.x1]
    return found


def overlapping_ticks(axis: Axes) -> list[str]:
    """Numbers along the x axis that run into the one before them."""
    labels = [label for minor in (False, True) for label in axis.get_xticklabels(minor=minor) if label.get_text()]
    low, high = sorted(axis.get_xlim())
    boxes = sorted(
        (label.get_window_extent().x0, label.get_window_extent().x1, label.get_text())
        for label in labels
        if label.get_rotation() == 0.0 and low <= label.get_position()[0] <= high
    )
    return [f"over the one before: {after[2]}" for before, after in pairwise(boxes) if after[0] < before[1]]


@pytest.mark.parametrize("steps", [(300, 8000), (300, 10_000), (2000, 5000), (3, 7), (0, 1), (50, 50), (1, 10**7)])
def test_numbers_of_steps_do_not_overlap(steps: tuple[int, int]) -> None:
    with matplotlib.rc_context(STYLE):
        figure, axes = new_figure(7.2, 4.4, 2)
        for axis in axes:
            axis.plot([max(step, 1) for step in steps], [0.0, 1.0])
            set_step_axis(axis, steps)
        figure.draw_without_rendering()
    for axis in axes:
        assert not overlapping_ticks(axis)
        shown = [text.get_text() for text in axis.get_xticklabels() if text.get_text()]
        assert shown


@pytest.mark.slow
@pytest.mark.parametrize("kind", [experiment.kind for experiment in EXPERIMENTS])
def test_labels_are_within_their_panels_and_clear_of_others(kind: str) -> None:
    record = load_record(KEPT / kind)
    for name, spec in figures_of(record).items():
        with matplotlib.rc_context(STYLE):
            figure = spec.draw(record)
            for _ in range(LAYOUT_PASSES):
                figure.draw_without_rendering()
            assert not crowded(figure), name
            # In SVG the sign of a root is text, too, and its line is not: they part in another font.
            assert not [text for text in figure.findobj(Text) if r"\sqrt" in text.get_text()], name


def test_a_legend_may_take_long_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matplotlib warns where finding a place took a second, and no place was named: a warning is an error here."""
    record, clock = load_record(KEPT / "quadratic-network"), itertools.count(step=10.0)
    monkeypatch.setattr("matplotlib.legend.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert render(figures_of(record)["alphas"], record, ["svg"])["svg"]
