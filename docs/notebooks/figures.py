"""
Figures for a paper
===================

The functions of :py:mod:`adversarial_spheres.plotting` draw on axes that
you give, and return them. Size, colours, fonts and lines are those of your
``rcParams``, so that a figure looks like the others of your paper.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np

import adversarial_spheres as spheres

# %%
# The look of a paper
# -------------------
#
# A column of 3.4 inches, type of 8 points with serifs, and colours that
# differ in print, too.

colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"]
plt.rcParams.update(
    {
        "figure.figsize": (3.4, 3),
        "figure.constrained_layout.use": True,
        "font.family": "serif",
        "font.size": 8,
        "axes.labelsize": 7,
        "legend.fontsize": 6,
        "lines.linewidth": 1.2,
        "savefig.dpi": 150,
        "axes.prop_cycle": plt.cycler(color=colours),
    }
)

# %%
# Your network and the limit
# --------------------------
#
# A network's coefficients: those outside the band cause its errors.

network = spheres.QuadraticClassifier.from_alphas(spheres.paper_alphas())
figure, ax = plt.subplots()
spheres.plotting.plot_alphas(network, ax=ax)
legend = ax.legend()

# %%
# Where it lies below the limit for any classifier. What is measured is put
# on the same axes by matplotlib alone.

measured = spheres.measure_distances(network, "outer", samples=2000, seed=0)
figure, ax = plt.subplots()
rates = np.linspace(-15, -1, 141)
spheres.plotting.plot_bound(
    500, ax=ax, radius=1.3, log10_error_rates=rates, color="black"
)
rate = float(measured.error_rate.log10)
ax.plot(rate, measured.observed.mean, "o", label="outer sphere, measured")
legend = ax.legend()

# %%
# Panels beside each other
# ------------------------
#
# Any axes will do, those of a grid for one.

figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
spheres.plotting.plot_distances(measured, ax=left, dim=500, bins=40)
spheres.plotting.plot_alphas(network, ax=right, color="0.5")
for ax, letter in zip((left, right), "ab", strict=True):
    ax.set_title(f"({letter})", loc="left")
names = left.get_legend_handles_labels()
legend = figure.legend(*names, loc="outside lower center", ncols=3)

# %%
# From a record
# -------------
#
# A report, a sweep or a bench of attacks leaves records: numbers and arrays
# by name (:doc:`/records`). This one lies in a checkout, beside the folder
# of this notebook; yours is ``report/experiments/quadratic-network``. Here
# is the path of a network along its training.

record = spheres.load_record("../standard/experiments/quadratic-network")
rates = record.arrays["history_log10_exact"]
means = record.arrays["history_mean_distance"]
figure, ax = plt.subplots()
spheres.plotting.plot_bound(
    500, ax=ax, log10_error_rates=np.linspace(-28, 0, 281), color="black"
)
for side, sphere in enumerate(("inner", "outer")):
    ax.plot(rates[side], means[side], ".-", label=f"{sphere} sphere")
ax.set(ylabel="mean distance / radius")
legend = ax.legend()

# %%
# The figures of the report
# -------------------------
#
# They are drawn from a record alone, as PDF, SVG, PNG or PGF, beside a
# file ``figures.tex`` that has each as a LaTeX figure with caption and
# label. The same record and versions give the same bytes, so your
# ``rcParams`` are left out here. PGF needs ``\usepackage{pgf}`` and is
# included by ``\input``.

with tempfile.TemporaryDirectory() as folder:
    files = spheres.figures.save_figures(record, folder, ["pgf"])
[file.name for file in files][:4]

# %%
# ``adversarial-spheres figures report/experiments/quadratic-network --out
# figures --format pdf,pgf`` does the same. All figures: :doc:`/gallery`.
# How a report is made: :doc:`/report`.
