"""One classifier of scikit-learn's digits near some test images: trained, counted, attacked."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....theory.basics.arguments import Progress, check_integer, check_word
from ...attacks.settings import AttackSettings
from ...distances.data_sets import DataSetMeasurement, measure_data_set
from ...storage.records import Record
from .convolutional import answers, fit, own_randomness

NAMES = ("mlp", "forest", "svc", "conv")
ARRAYS = ("errors", "error_rate_low", "error_rate_high", "mean_distance", "centre_distance", "failed")
ATTACK = AttackSettings(steps=10, restarts=0, most_restarts=0, query_budget=1000)


@dataclass(frozen=True)
class RealClassifier:
    """One classifier near some test images.

    Parameters
    ----------
    name
        "mlp", "forest" or "svc", of scikit-learn; "conv", of PyTorch.
    noise
        Standard deviations of the noise.
    images
        How many test images, the first of those not trained on.
    samples, counted_samples
        Random points about each image that are attacked, and on which errors are counted.
    trained_on
        How many images it is trained on, the first of the data set.
    confidence
        Of all limits together.
    seed
        Same seed, same numbers.
    """

    name: str
    noise: tuple[float, ...]
    images: int
    samples: int
    counted_samples: int
    trained_on: int
    confidence: float
    seed: int

    KIND: ClassVar[str] = "real-classifier"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_word("name", self.name, NAMES)
        check_integer("images", self.images, 1, 1000)
        check_integer("trained_on", self.trained_on, 10, 797)

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        each = {"mlp": 0.02, "forest": 0.3, "svc": 0.07, "conv": 0.05}[self.name]
        return each * self.images * len(self.noise) * self.samples

    @property
    def label(self) -> str:
        """Name, size and seed."""
        return f"{self.name} near {self.images} digits, seed {self.seed}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train and measure; minutes, so nothing is kept in progress."""
        with own_randomness(self.seed) if self.name == "conv" else nullcontext():
            return self._run()

    def _run(self) -> Record:
        from sklearn.datasets import load_digits

        pixels, digits = load_digits(return_X_y=True)
        pixels = pixels / 16.0
        test = slice(self.trained_on, self.trained_on + self.images)
        classifier = fitted(self.name, pixels[: self.trained_on], digits[: self.trained_on], self.seed)
        found = measure_data_set(
            classifier,
            pixels[test],
            digits[test],
            noise=self.noise,
            samples=self.samples,
            counted_samples=self.counted_samples,
            confidence=self.confidence,
            settings=ATTACK,
            seed=self.seed,
        )
        asked = partial(answers, classifier) if self.name == "conv" else classifier.predict
        accuracy = float(np.mean(asked(pixels[self.trained_on :]) == digits[self.trained_on :]))
        arrays = {name: getattr(found, name) for name in (*ARRAYS, "wrong_at_centre")}
        return Record(self.KIND, {"cell": self, "accuracy": accuracy, "noise": _by_noise(found)}, arrays)


def fitted(name: str, pixels: NDArray[Any], digits: NDArray[Any], seed: int) -> Any:
    """The classifier of a name, trained."""
    if name == "conv":
        return fit(pixels, digits)
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC

    made = {
        "mlp": lambda: MLPClassifier((64,), random_state=seed, max_iter=300),
        "forest": lambda: RandomForestClassifier(20, random_state=seed),
        "svc": SVC,
    }
    with warnings.catch_warnings(action="ignore"):  # the network's passes may end before it has converged
        return made[name]().fit(pixels, digits)


def _by_noise(found: DataSetMeasurement) -> list[dict[str, Any]]:
    """Means over the images whose errors were counted and found, for each size of the noise."""
    rows = []
    for k, size in enumerate(found.sizes):
        some = (found.errors[k] > 0) & np.isfinite(found.mean_distance[k])
        images, means = int(np.count_nonzero(some)), {}
        if images:
            measured = (found.error_rate, found.mean_distance, found.bound_at_estimate)
            rate, distance, bound = (float(array[k][some].mean()) for array in measured)
            means = {"error_rate": rate, "mean_distance": distance, "bound": bound, "share": distance / bound}
        low = found.mean_distance[k].mean() - found.width[k]
        rows.append({"noise": float(size), "images": images, "above_bound": bool(low > found.mean_bound[k]), **means})
    return rows
