"""
Predicted against observed distances
====================================

How far from an error is a random point, and could one have known without
sampling? Take the network of the paper's third figure. In place of its
coefficients stand your own: an array, or ``spheres.load_alphas("my.csv")``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import adversarial_spheres as spheres

network = spheres.QuadraticClassifier.from_alphas(spheres.paper_alphas())
network

# %%
# Predicted, without a sample
# ---------------------------

predicted = {
    side: spheres.predict_distance(network, side, metric="euclidean")
    for side in ("inner", "outer")
}
frames = {side: mean.to_frame() for side, mean in predicted.items()}
pd.concat(frames).droplevel(1).round(4)

# %%
# ``lower`` and ``proved_upper`` are proved to hold the mean distance
# between them, ``point`` is an estimate of it. ``upper`` is the limit for
# any classifier of this error rate, ``even_limit`` that for one whose
# errors come in pairs, x with -x, as here.
#
# Observed
# --------
#
# Each distance of the sample is the global minimum, with a certificate. The
# interval of their mean says with which confidence the true mean is inside.

measured = {
    side: spheres.measure_distances(network, side, samples=2000, seed=0)
    for side in predicted
}
measured["inner"]

# %%

frames = [found.to_frame() for found in measured.values()]
names = ["observed.low", "observed.mean", "observed.high"]
names += ["predicted.lower", "predicted.point", "predicted.upper"]
pd.concat(frames).set_index("sphere")[names].T.round(4)

# %%
# The network was not measured to predict, and yet:

for found in measured.values():
    assert found.predicted.lower <= found.observed.interval.high
    assert found.observed.interval.low <= found.predicted.upper
    assert abs(found.predicted.point / found.observed.mean - 1) < 0.02

figure, axes = plt.subplots(
    2, 1, figsize=(9, 6), sharex=True, layout="constrained"
)
for ax, (side, found) in zip(axes, measured.items(), strict=True):
    spheres.plotting.plot_distances(found, ax=ax, dim=500)
    ax.set_title(f"{side} sphere")
    ax.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    ax.label_outer()

# %%
# The rarer the errors
# --------------------
#
# Coefficients of the network that are pulled towards the middle of the band
# from :math:`1/R^2` to 1, where they cause no errors, make errors rarer.
# Each network is predicted and observed.

alphas = spheres.paper_alphas()
middle = (1 + 1 / 1.3**2) / 2
rows = []
for share in np.linspace(0.7, 1.2, 6):
    pulled = middle + share * (alphas - middle)
    classifier = spheres.QuadraticClassifier.from_alphas(pulled)
    rows.append(
        spheres.measure_distances(classifier, "outer", samples=500, seed=0)
    )
along = pd.concat([row.to_frame() for row in rows])
rates, means = along["log10_error_rate"], along["observed.mean"]
below, above = means - along["observed.low"], along["observed.high"] - means

figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
shown = np.linspace(-22, -2, 101)
spheres.plotting.plot_bound(
    500, ax=ax, radius=1.3, log10_error_rates=shown, color="black"
)
ax.errorbar(
    rates, means, (below, above), fmt="o", capsize=3, label="observed"
)
ax.plot(rates, along["predicted.point"], "x", ms=9, label="predicted")
legend = ax.legend()

# %%
# Points of your own
# ------------------
#
# Points are given by their coordinates in the eigenbasis of the network,
# which ``eigenbasis_of_weights`` finds. The answer is the nearest error
# and, as a certificate, an interval of its angle.

coefficients = network.error_coefficients("inner", 1.3)
point = np.random.default_rng(0).standard_normal((1, 500))
found = spheres.nearest_error(
    point, coefficients, boundary_is_error=False, return_points=True
)
assert found.angle_lower <= found.angle_upper
assert abs(np.sum(coefficients * found.points**2)) < 1e-9

# %%
# A model that is not quadratic
# -----------------------------
#
# Any other model is attacked: its distances are upper bounds, and what is
# predicted is only the limit for any classifier.


class Band:
    """Says "outer" where the first coordinate is small."""

    def logits(self, points):
        """Positive where it says "outer"."""
        return 0.3 - abs(points[:, 0])


spheres.measure_model_distances(Band(), 10, "outer", samples=50, seed=0)

# %%
# What has a frame
# ----------------
#
# ``to_frame()`` needs pandas (``pip install
# "adversarial-spheres[pandas]"``). Its columns have the names that
# ``--format csv`` prints, and ``to_dict()`` gives the same as plain values,
# ready for JSON.
#
# .. list-table::
#    :header-rows: 1
#
#    * - result
#      - a row of the frame
#    * - ``check_bound``, ``run_suite``, ``run_sequential_suite``
#      - a check
#    * - ``measure_distances``, ``measure_model_distances``,
#        ``measure_problem``
#      - the measurement
#    * - ``measure_data_set``
#      - a data point at a size of the noise
#    * - ``attack_bench``
#      - an attack on a problem
#    * - ``predict_distance``, ``count_errors``, an interval
#      - itself
#
# At the command line: ``adversarial-spheres distances``, see
# :doc:`/commands`. Why predictions are right: :doc:`/theory/predictions`.
