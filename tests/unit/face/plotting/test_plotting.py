"""Functions that draw on given axes: what they draw, in whose colours, and what they refuse."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from adversarial_spheres import (
    InvalidArgumentError,
    LogProbability,
    QuadraticClassifier,
    around,
    mean_distance_bound,
    measure_data_set,
    measure_distances,
    measure_problem,
)
from adversarial_spheres.numerics.distances.measurement import Measurement, distance_histogram
from adversarial_spheres.plotting import (
    plot_alphas,
    plot_bound,
    plot_centre_distances,
    plot_distances,
    plot_mean_distances,
)
from adversarial_spheres.theory.basics.validation import Metric

ALPHAS = [0.5, 0.8, 0.9, 1.1]
CLASSIFIER = QuadraticClassifier.from_alphas(ALPHAS)
NO_ERRORS = QuadraticClassifier.from_alphas([0.8, 0.9, 0.9])


def measured(metric: Metric = "euclidean", classifier: QuadraticClassifier = CLASSIFIER) -> Measurement:
    return measure_distances(classifier, "outer", metric=metric, samples=3000, seed=0)


@cache
def near_data(*, on_sphere: bool = False) -> Any:
    space: dict[str, Any] = {"radius": [1.5, 2.0]} if on_sphere else {"noise": [0.5, 1.0]}
    centres = [[3.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.2, 0.0]]
    return measure_data_set(lambda x: x, centres, [0, 0, 1], samples=10, counted_samples=1000, seed=0, **space)


DRAWN: dict[str, Callable[[Axes], Axes]] = {
    "bound": partial(plot_bound, dim=10),
    "alphas": partial(plot_alphas, alphas=ALPHAS),
    "distances": lambda ax: plot_distances(ax, measured(), dim=4),
    "mean distances": lambda ax: plot_mean_distances(ax, near_data()),
    "centre distances": lambda ax: plot_centre_distances(ax, near_data(on_sphere=True)),
}


def axes() -> Axes:
    return Figure().subplots()


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_axes_come_back_and_can_be_rendered(draw: Callable[[Axes], Axes]) -> None:
    ax = axes()
    assert draw(ax) is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    ax.legend()
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_the_users_colours_are_taken_and_no_setting_is_changed(draw: Callable[[Axes], Axes]) -> None:
    cycle = matplotlib.cycler(color=["#123456", "#654321", "#abcdef", "#fedcba", "#a1b2c3"])
    with matplotlib.rc_context({"axes.prop_cycle": cycle, "lines.linewidth": 7.0}):
        before = dict(matplotlib.rcParams.copy())
        ax = draw(axes())
        assert dict(matplotlib.rcParams.copy()) == before
        assert all(line.get_linewidth() == 7.0 for line in ax.lines)
        colours = {to_rgba(line.get_color()) for line in ax.lines} | {patch.get_facecolor() for patch in ax.patches}
        assert {colour[:3] for colour in colours} <= {to_rgba(colour)[:3] for colour in cycle.by_key()["color"]}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_what_was_drawn_before_stays(draw: Callable[[Axes], Axes]) -> None:
    ax = axes()
    (line,) = ax.plot([0.0, 1.0], [0.0, 1.0])
    ax.set_title("mine")
    draw(ax)
    assert line in ax.lines
    assert ax.get_title() == "mine"


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize("wrong", [Figure(), np.array([1.0]), "ax"], ids=["figure", "array", "text"])
def test_what_is_no_axes_is_refused(draw: Callable[[Any], Axes], wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="ax must be the Axes"):
        draw(wrong)


SUBJECTS: dict[str, tuple[Callable[..., Axes], Callable[[], Any]]] = {
    "bound": (plot_bound, lambda: 10),
    "alphas": (plot_alphas, lambda: ALPHAS),
    "distances": (plot_distances, measured),
    "mean distances": (plot_mean_distances, near_data),
    "centre distances": (plot_centre_distances, near_data),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_axes_come_first_or_by_name_or_are_those_of_pyplot(name: str) -> None:
    draw, subject = SUBJECTS[name]
    first, named = axes(), axes()
    assert draw(first, subject()) is first
    assert draw(subject(), ax=named) is named
    figure, current = pyplot.subplots()
    try:
        assert draw(subject()) is current
    finally:
        pyplot.close(figure)


def test_large_type_fits() -> None:
    with matplotlib.rc_context({"font.size": 20}):
        figure = Figure(layout="constrained")
        ax = plot_distances(measured(), ax=figure.subplots())
        figure.draw_without_rendering()
        assert ax.xaxis.label.get_size() == 20


def attacked(model: Any, **about: Any) -> Measurement:
    return measure_problem(around(model, [0.5, 0.0, 0.0], label=0, **about), samples=40, seed=0)


def test_an_attacked_measurement_is_drawn_as_upper_bounds() -> None:
    """It said "no errors to be near", beside errors that the attack had found."""
    found = attacked(lambda x: x[:, :2], noise=1.0)
    ax = plot_distances(found, ax=axes(), bins=10)
    handles, labels = ax.get_legend_handles_labels()
    assert labels[0] == "upper bounds, found by an attack"
    assert not ax.texts
    density, edges, _ = handles[0].get_data()
    assert float(np.sum(density * np.diff(edges))) == pytest.approx(1.0 - found.failed_attacks / 40)
    assert [line.get_xdata()[0] for line in ax.lines] == [x for x in (found.mean, found.bound) if np.isfinite(x)]
    with pytest.raises(InvalidArgumentError, match="dim must be left out"):
        plot_distances(found, ax=axes(), dim=3)


@pytest.mark.parametrize("about", [{"noise": 1.0}, {"radius": 1.0}], ids=["noise", "sphere"])
def test_an_attack_that_found_nothing_says_so(about: dict[str, float]) -> None:
    ax = plot_distances(attacked(lambda x: x[:, :2] * 0.0 + [1.0, 0.0], **about), ax=axes())
    assert [text.get_text() for text in ax.texts] == ["no error was found"]


def test_pyplot_is_not_imported() -> None:
    code = (
        "import sys, adversarial_spheres as spheres; spheres.plotting.plot_bound\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from matplotlib.figure import Figure\n"
        "spheres.plotting.plot_bound(Figure().subplots(), 5)\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("metric", ["euclidean", "geodesic"])
def test_the_bound_is_the_limit_of_geometry(metric: Metric) -> None:
    x = np.array([-1000.0, -3.0, -1.0, 0.0])
    (line,) = plot_bound(axes(), 50, log10_error_rates=x, radius=1.3, metric=metric).lines
    rates = LogProbability.from_log10(x)
    assert line.get_xdata().tolist() == x.tolist()
    assert line.get_ydata().tolist() == mean_distance_bound(rates, 50, radius=1.3, metric=metric).tolist()
    assert line.get_label() == "any classifier, d = 50"


def test_options_of_the_line_are_the_users() -> None:
    (line,) = plot_bound(axes(), 50, color="red", ls="--", label="mine").lines
    assert (line.get_color(), line.get_linestyle(), line.get_label()) == ("red", "--", "mine")


def test_an_error_rate_of_zero_is_out_of_sight() -> None:
    ax = plot_bound(axes(), 50, log10_error_rates=[-np.inf, -3.0, -1.0])
    ax.figure.draw_without_rendering()
    assert ax.get_xlim()[0] > -4.0


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"dim": 1}, "dim"),
        ({"dim": [5, 6]}, "dim"),
        ({"log10_error_rates": [0.5]}, "log10_error_rates"),
        ({"log10_error_rates": [np.nan]}, "log10_error_rates"),
        ({"radius": 0.0}, "radius"),
        ({"radius": [1.0, 2.0]}, "radius"),
        ({"metric": "taxi"}, "metric"),
    ],
)
def test_a_bound_that_is_none_is_refused(options: dict[str, Any], name: str) -> None:
    ax = axes()
    with pytest.raises(InvalidArgumentError, match=name):
        plot_bound(ax, **{"dim": 5, **options})
    assert not ax.lines


@pytest.mark.parametrize("alphas", [ALPHAS, CLASSIFIER], ids=["numbers", "classifier"])
def test_alphas_are_counted_in_their_bins_beside_the_band(alphas: Any) -> None:
    ax = plot_alphas(axes(), alphas, bins=[0.0, 0.6, 1.0, 1.2])
    band, *bars = ax.patches
    assert [bar.get_height() for bar in bars] == [1.0, 2.0, 1.0]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1.0 / 1.3**2, 1.0))


@pytest.mark.parametrize(
    ("alphas", "name"),
    [
        ([1.0], "alphas"),
        ([1.0, np.nan], "alphas"),
        ([[1.0, 1.0], [1.0, 1.0]], "classifier"),
        (QuadraticClassifier(np.ones(3), np.float64(1.0)), "bias"),
        ([1e308, -1e308], "alphas"),
        ([1e17, 1e17 + 16.0], "alphas"),
    ],
    ids=["one", "nan", "history", "no-boundary", "too-far-apart", "too-alike"],
)
def test_what_has_no_alphas_is_refused(alphas: Any, name: str) -> None:
    ax = axes()
    with pytest.raises(InvalidArgumentError, match=name):
        plot_alphas(ax, alphas)
    assert not ax.patches


@pytest.mark.parametrize("bins", [0, 2.5, [1.0], [1.0, 0.5], [0.0, np.nan], [[0.0, 1.0]], "auto"])
def test_impossible_bins_are_refused(bins: Any) -> None:
    ax = axes()
    with pytest.raises(InvalidArgumentError, match="bins"):
        plot_alphas(ax, ALPHAS, bins=bins)
    assert not ax.patches


def test_an_impossible_outer_radius_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="outer_radius"):
        plot_alphas(axes(), ALPHAS, outer_radius=1.0)


@pytest.mark.parametrize("metric", ["euclidean", "geodesic"])
@pytest.mark.parametrize("dim", [None, 4])
def test_the_histogram_of_distances_is_a_density_of_all_points(metric: Metric, dim: int | None) -> None:
    found = measured(metric)
    ax = plot_distances(axes(), found, dim=dim, bins=20)
    values, edges, _ = ax.patches[0].get_data()
    assert len(values) <= 20
    assert float(np.sum(values * np.diff(edges))) == pytest.approx(1.0)
    histogram = distance_histogram(found, 20, dim)
    assert histogram is not None
    assert histogram.counts.sum() == 3000


def test_lines_stand_at_the_means() -> None:
    found = measured()
    assert found.observed is not None
    assert found.predicted is not None
    ax = plot_distances(axes(), found)
    places = [line.get_xdata()[0] for line in ax.lines]
    theory = found.predicted
    assert places == [found.observed.mean, theory.point, theory.lower, theory.upper, theory.even_limit]


def test_bounds_in_the_legend_are_rounded_outwards() -> None:
    found = measured()
    known = found.predicted
    assert known is not None
    labels = [str(line.get_label()) for line in plot_distances(axes(), found).lines[2:]]
    told = [float(label.rpartition(": ")[2]) for label in labels]
    assert told[0] <= known.lower
    assert told[1] >= known.upper
    assert told[2] >= known.even_limit
    assert told == pytest.approx([known.lower, known.upper, known.even_limit], abs=1e-4)


def test_the_cap_of_the_same_measure_is_drawn_where_the_dimension_is_known() -> None:
    labels = [plot_distances(axes(), measured(), dim=dim).lines[0].get_label() for dim in (None, 4)]
    assert labels[1] == "cap of the same measure"
    assert labels[0].startswith("observed mean")


def test_no_errors_are_said_in_words() -> None:
    ax = plot_distances(axes(), measured(classifier=NO_ERRORS), dim=3)
    assert [text.get_text() for text in ax.texts] == ["no errors to be near"]
    assert not ax.lines


def test_a_sample_of_errors_alone_has_one_bin() -> None:
    wrong = QuadraticClassifier(-np.ones(4), np.float64(-1.0))  # "inner" everywhere
    histogram = distance_histogram(measured(classifier=wrong), 20, 4)
    assert histogram is not None
    assert histogram.counts[0] == histogram.counts.sum() == 3000


@pytest.mark.parametrize(
    ("options", "name"),
    [({"measurement": 1.0}, "measurement"), ({"bins": 0}, "bins"), ({"dim": 1}, "dim")],
)
def test_a_drawing_of_no_distances_is_refused(options: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        plot_distances(axes(), **{"measurement": measured(), **options})


@pytest.mark.parametrize("on_sphere", [False, True])
def test_data_points_lie_below_the_limit_and_those_without_errors_are_left_out(on_sphere: bool) -> None:
    found = near_data(on_sphere=on_sphere)
    *drawn, limit = plot_mean_distances(axes(), found, alpha=0.5).lines
    assert limit.get_label() == "any classifier"
    for k, line in enumerate(drawn):
        assert line.get_alpha() == 0.5
        x, y = line.get_data()
        assert len(x) == np.count_nonzero(found.errors[k])
        np.testing.assert_allclose(10.0**x, found.error_rate[k][found.errors[k] > 0])
        assert np.all(y < np.interp(x, *limit.get_data()) + 0.3)
    assert any(np.any(found.errors[k] == 0) for k in range(2))


def test_estimates_and_found_distances_agree_for_flat_boundaries() -> None:
    centres = [[2.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    found = measure_data_set(lambda x: x, centres, [0] * 3, noise=1.0, samples=2, counted_samples=20_000, seed=0)
    points, diagonal = plot_centre_distances(axes(), found).lines
    estimate, attacked = points.get_data()
    np.testing.assert_allclose(attacked, np.array([2.0, 1.0, 0.5]) / np.sqrt(2.0), rtol=1e-4)
    np.testing.assert_allclose(estimate, attacked, atol=0.05)
    assert diagonal.get_xdata()[1] == max(estimate.max(), attacked.max())


@pytest.mark.parametrize("draw", [plot_mean_distances, plot_centre_distances])
def test_something_else_than_a_data_set_is_refused(draw: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="measured"):
        draw(axes(), measured())
