"""Training until all alphas are right: when it ends, and that an interruption changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.experiments.trainings.robust_training import (
    PROFILES,
    REPORTED_STEPS,
    RobustRun,
    RobustTrainingConfig,
    assemble,
    cells,
    trials,
)
from adversarial_spheres.numerics.storage.records import Record, to_json
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

CONFIG = RobustTrainingConfig(
    dim=8,
    hidden=16,
    learning_rate=1e-2,
    trials=trials(average=(60, 20), worst_case=(3000, 7), pgd={3: (40, 10), 2: (40, 10)}),
)
TRAINING = TrainingConfig(dim=8, hidden=16, steps=3000, learning_rate=3e-3, objective="worst-case")


class KilledError(Exception):
    pass


def same(a: Record, b: Record) -> bool:
    return to_json(a.values) == to_json(b.values) and all(
        np.array_equal(a.arrays[name], b.arrays[name], equal_nan=True) for name in {*a.arrays, *b.arrays}
    )


def test_worst_case_training_makes_all_alphas_right_and_stops_there() -> None:
    arrays = RobustRun(TRAINING, test_every=7).run().arrays
    assert arrays["alphas_outside"][0] > 0
    assert arrays["alphas_outside"][-1] == 0
    assert arrays["step"][-1] % 7 == 0
    assert arrays["step"][-1] < TRAINING.steps
    assert arrays["log10_error_rate"][:, -1].tolist() == [-np.inf, -np.inf]


def test_a_run_ends_at_its_limit() -> None:
    arrays = RobustRun(replace(TRAINING, objective="average", steps=25), test_every=10).run().arrays
    assert arrays["step"][-1] == 25
    assert arrays["alphas_outside"][-1] > 0


@pytest.mark.parametrize("killed_after", [3, 21, 25])
def test_a_killed_run_goes_on_to_the_same_record(tmp_path: Path, killed_after: int) -> None:
    cell = RobustRun(TRAINING, test_every=20)
    checkpoint = tmp_path / "work"
    for end in range(20, killed_after, 20):
        train(replace(TRAINING, steps=end), checkpoint=checkpoint, resume=True, workers=1)

    def kill(state: Any) -> None:
        if state.step == killed_after:
            raise KilledError

    segment = replace(TRAINING, steps=20 * (killed_after // 20 + 1))
    with pytest.raises(KilledError):
        train(segment, checkpoint=checkpoint, resume=True, checkpoint_steps=1, visit=kill, workers=1)
    assert load_checkpoint(checkpoint).step == killed_after
    whole = cell.run()
    assert same(cell.run(checkpoint), whole)
    assert same(cell.run(checkpoint), whole)  # what a finished run left behind gives the same once more


def test_what_has_no_alphas_or_ends_otherwise_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="no other has alphas"):
        RobustRun(TrainingConfig(dim=8, hidden=16, steps=3, network="relu"), 1)
    with pytest.raises(InvalidArgumentError, match="the alphas end this run"):
        RobustRun(replace(TRAINING, stop_below=1e-3), 1)
    with pytest.raises(InvalidArgumentError, match="test_every"):
        RobustRun(TRAINING, 0)


def test_the_record_says_when_all_alphas_were_right() -> None:
    record = assemble(CONFIG, [cell.run() for cell in cells(CONFIG)])
    worst, ordinary = record.values["runs"]["worst-case"], record.values["runs"]["average"]
    first = np.flatnonzero(record.arrays["worst-case_alphas_outside"] == 0)[0]
    assert worst["steps_until_all_right"] == record.arrays["worst-case_step"][first]
    assert worst["wrong_alphas_final"] == 0
    assert worst["reported_steps"] == REPORTED_STEPS["worst-case"]
    assert ordinary["steps_until_all_right"] is None
    assert ordinary["steps_taken"] == ordinary["limit"] == 60
    # All objectives start from the same network.
    starts = {name: record.arrays[f"{name}_alphas_outside"][0] for name in record.values["runs"]}
    assert len(set(starts.values())) == 1


def test_every_profile_has_the_ways_of_training_of_the_re_implementation() -> None:
    for config in PROFILES.values():
        assert set(REPORTED_STEPS) <= {trial.name for trial in config.trials}
        assert config.hidden == config.dim
        for cell in cells(config):
            assert cell.training.batch_size == (1 if cell.training.objective == "worst-case" else 50)
    assert [cell.training.pgd_steps for cell in cells(PROFILES["paper"])][1:-1] == [100, 50, 10, 5, 1]
