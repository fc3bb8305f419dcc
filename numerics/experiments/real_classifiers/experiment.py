r"""Real classifiers near the images of a data set: error rates in noise, distances, and what geometry says of both.

Classifiers of scikit-learn's digits (8 x 8 pixels from 0 to 1, ten classes): a neural network with one hidden layer, a
random forest and a support vector machine; and, where PyTorch is there, a convolutional network. About each of some
test images points have Gaussian noise of some standard deviations: their error rate is counted, their distances to an
error are found by an attack, and the limit for any classifier at that error rate is theirs, image by image. From the
image itself the distance to a half-space of that error rate is an estimate [FGCC2019], beside what an attack finds.

The record's values: ``config``; ``skipped`` (why, where scikit-learn is missing; else None), ``left_out`` (by name of a
classifier: why), ``classifiers`` (for each:
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
LIBRARIES = {"sklearn": "scikit-learn is not installed", "torch": "PyTorch is not installed"}
"""Import names, and what is said where one is missing."""


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
    """One cell a classifier whose library is there; none where scikit-learn, which has the digits, is missing."""
    return [RealClassifier(name, **asdict(config)) for name in NAMES if _missing(name) is None]


def _missing(name: str) -> str | None:
    """What a classifier lacks; None: nothing."""
    needed = ("sklearn", "torch") if name == "conv" else ("sklearn",)
    return next((LIBRARIES[library] for library in needed if find_spec(library) is None), None)


def assemble(config: RealClassifiersConfig, records: Sequence[Record]) -> Record:
    """The classifiers side by side."""
    left_out = {name: why for name in NAMES if (why := _missing(name)) is not None}
    skipped = None if records else LIBRARIES["sklearn"]
    rows: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for name, record in zip((name for name in NAMES if name not in left_out), records, strict=False):
        rows.append({"name": name, **{key: record.values[key] for key in ("accuracy", "noise")}})
        arrays |= {f"{name}_{key}": array for key, array in record.arrays.items()}
    values = {"config": config, "skipped": skipped, "left_out": left_out, "classifiers": rows}
    return Record(KIND, values, arrays)


EXPERIMENT = Experiment(
    KIND,
    "Real classifiers in noise",
    {
        "quick": RealClassifiersConfig(images=4),
        "standard": RealClassifiersConfig(noise=(0.2, 0.3, 0.4), images=12, samples=20, counted_samples=2000),
        "paper": RealClassifiersConfig(noise=(0.1, 0.2, 0.3, 0.4), images=1000, samples=20, counted_samples=20_000),
    },
    cells,
    assemble,
)
