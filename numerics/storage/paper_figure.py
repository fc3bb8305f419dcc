"""The points of figure 4 of [Gil2018], as they could be read off the published image."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.by_value import ByValue
from ...theory.basics.validation import FloatArray

NETWORKS = ("quadratic_1000", "relu_2x1000", "relu_8x2000")
"""Names in the file, in the order of ``PaperPoints.network``."""
DIM = 500


@dataclass(frozen=True, eq=False)
class PaperPoints(ByValue):
    """Networks of the paper: error rate and mean distance to the nearest error found, inner sphere, d = 500.

    Parameters
    ----------
    network
        Index into :data:`NETWORKS`, shape (n,).
    log10_error_rate
        Shape (n,); as read, within 0.01.
    mean_distance
        Euclidean, on the unit sphere, shape (n,); as read, within 0.0005.
    """

    network: NDArray[np.int64]
    log10_error_rate: FloatArray
    mean_distance: FloatArray


def paper_figure_4() -> PaperPoints:
    """The 657 points of figure 4 of [Gil2018] that could be told apart on the image.

    Returns
    -------
    PaperPoints
        Estimates, in the order of the file: markers that hide one another are missing, and so are those of networks
        without a counted error.

    Examples
    --------
    >>> points = paper_figure_4()
    >>> np.bincount(points.network).tolist(), float(points.mean_distance.max())
    ([112, 135, 410], 0.1752)
    """
    text = (resources.files("adversarial_spheres") / "data" / "paper_figure_4.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    columns = [np.array([float(row[name]) for row in rows]) for name in ("log10_error_rate", "mean_distance")]
    return PaperPoints(np.array([NETWORKS.index(row["network"]) for row in rows]), *columns)
