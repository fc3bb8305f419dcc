"""What is known along training, row by row."""

import numpy as np

from adversarial_spheres.numerics.runs.history import history_predictions
from adversarial_spheres.numerics.runs.training import silent
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train


def test_predictions_at_every_third_row_are_those_of_all_rows() -> None:
    log = train(TrainingConfig(dim=6, hidden=12, steps=20), workers=1).quadratic()[1]
    all_rows, some = (history_predictions(log, 1.3, silent, every=every) for every in (1, 3))
    asked = (len(log) - 1 - np.arange(len(log))) % 3 == 0
    assert asked[-1]
    for name, values in all_rows.items():
        assert np.array_equal(some[name][:, asked], values[:, asked], equal_nan=True)
        assert np.all(np.isfinite(values[:, asked]))
        assert np.all(np.isnan(some[name][:, ~asked]))
