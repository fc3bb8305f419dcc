r"""Real classifiers near the images of a data set: error rates in noise, distances, and what geometry says of both.

Three classifiers of scikit-learn's digits (8 x 8 pixels from 0 to 1, ten classes): a neural network with one hidden
layer, a random forest and a support vector machine. About each of some test images points have Gaussian noise of some
standard deviations: their error rate is counted, their distances to an error are found by an attack, and the limit for
any classifier at that error rate is theirs, image by image. From the image itself the distance to a half-space of that
error rate is an estimate [FGCC2019], beside what an attack finds.

The record's values: ``config``; ``skipped`` (why, where scikit-learn is missing; else None), ``classifiers`` (for each:
``name``, ``accuracy`` on the images that it was not trained on, and by noise ``images`` whose errors were counted and
found, ``error_rate``, ``mean_distance``, ``bound`` and ``share``: means over these images, the share that of mean
distance in bound; ``above_bound``: whether the attack is too weak for sure, its mean over all images above the mean of
the limits).
Arrays: NAME_errors, NAME_error_rate_low, NAME_error_rate_high, NAME_mean_distance, NAME_centre_distance, NAME_failed,
each of shape (noise, images), and NAME_wrong_at_centre, shape (images,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from ...runs.experiment import Experiment
from ...storage.records import Record
from .cell import NAMES, RealClassifier

KIND = "real-classifiers"
LIBRARY = "sklearn"


@dataclass(frozen=True)
class RealClassifiersConfig:
    """Sizes of the noise, number of images and of points; confidence of the limits of each classifier."""

    noise: tuple[float, ...] = (0.2, 0.4)
    images: int = 5
    samples: int = 3
    counted_samples: int = 500
    trained_on: int = 400
    confidence: float = 0.99
    seed: int = 0


def cells(config: RealClassifiersConfig) -> Sequence[RealClassifier]:
    """One cell a classifier; none where scikit-learn is missing."""
    if find_spec(LIBRARY) is None:
        return []
    return [RealClassifier(name, **asdict(config)) for name in NAMES]


def assemble(config: RealClassifiersConfig, records: Sequence[Record]) -> Record:
    """The classifiers side by side."""
    skipped = None if records else "scikit-learn is not installed"
    rows: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for name, record in zip(NAMES, records, strict=False):
        rows.append({"name": name, **{key: record.values[key] for key in ("accuracy", "noise")}})
        arrays |= {f"{name}_{key}": array for key, array in record.arrays.items()}
    return Record(KIND, {"config": config, "skipped": skipped, "classifiers": rows}, arrays)


EXPERIMENT = Experiment(
    KIND,
    "Real classifiers in noise",
    {
        "quick": RealClassifiersConfig(),
        "standard": RealClassifiersConfig(noise=(0.2, 0.3, 0.4), images=16, samples=5, counted_samples=2000),
        "paper": RealClassifiersConfig(noise=(0.1, 0.2, 0.3, 0.4), images=1000, samples=20, counted_samples=20_000),
    },
    cells,
    assemble,
)
