"""The data stream: a function of seed and step; epochs; thread and order don't matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.sampling.streams import ONLINE_KEY
from adversarial_spheres.numerics.training import data as training_data
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.data import BatchStream, training_set
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

ONLINE = TrainingConfig(dim=3, hidden=4, steps=10, batch_size=5)
FIXED = replace(ONLINE, train_size=12)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "_BLOCK_NUMBERS", 4 * 5 * 3)
    monkeypatch.setattr(training_data, "_SET_BLOCK_NUMBERS", 5 * 3)


def batches(config: TrainingConfig, steps: list[int]) -> list[np.ndarray]:
    with BatchStream(config) as stream:
        return [np.column_stack(stream.batch(step)[::-1]) for step in steps]


@pytest.mark.parametrize("config", [ONLINE, FIXED, replace(ONLINE, dtype="float64"), replace(FIXED, train_size=3)])
def test_a_batch_depends_on_seed_and_step_only(config: TrainingConfig) -> None:
    in_order = batches(config, list(range(14)))
    assert all(b.dtype == config.dtype and b.shape == (5, 4) for b in in_order)
    mixed = [9, 13, 2, 3, 0, 4, 12]
    for step, batch in zip(mixed, batches(config, mixed), strict=True):
        assert np.array_equal(batch, in_order[step])
    longer = batches(replace(config, steps=1000, stop_below=0.1), [6])
    assert np.array_equal(longer[0], in_order[6])
    assert not np.array_equal(batches(replace(config, seed=1), [6])[0], in_order[6])


def test_fresh_points_never_repeat() -> None:
    rows = np.concatenate(batches(ONLINE, list(range(40))))
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_fresh_points_are_the_documented_ones() -> None:
    points, labels = sample_two_spheres(20, 3, 1.3, block_generator(0, ONLINE_KEY, 1), "float32")
    assert np.array_equal(batches(ONLINE, [4])[0], np.column_stack([labels, points]).astype(np.float32)[:5])


def test_every_epoch_visits_each_point_once_in_a_new_order() -> None:
    points, labels = training_set(FIXED)
    expected = np.unique(np.column_stack([labels, points]), axis=0)
    rows = np.concatenate(batches(FIXED, list(range(12))))  # five epochs of twelve points
    epochs = rows.reshape(5, 12, 4)
    for epoch in epochs:
        assert np.array_equal(np.unique(epoch, axis=0), expected)
    assert not np.array_equal(epochs[0], epochs[1])


def test_smaller_sets_begin_larger_ones() -> None:
    small, large = training_set(FIXED), training_set(replace(FIXED, train_size=23))
    assert np.array_equal(small[0], large[0][:12])
    assert np.array_equal(small[1], large[1][:12])


def test_training_set_lies_on_the_spheres() -> None:
    points, labels = training_set(replace(FIXED, train_size=50))
    norms = np.linalg.norm(points.astype(np.float64), axis=1)
    np.testing.assert_allclose(norms, np.where(labels == 1.0, 1.3, 1.0), rtol=1e-6)


def test_sets_that_do_not_fit_or_do_not_exist() -> None:
    with pytest.raises(InvalidArgumentError, match=r"fit in memory"):
        BatchStream(replace(ONLINE, train_size=2**40, dim=10**6))
    with pytest.raises(InvalidArgumentError, match=r"^train_size must be"):
        training_set(ONLINE)


def test_errors_of_the_thread_reach_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room for the block")

    with BatchStream(ONLINE) as stream:
        stream.batch(3)
        monkeypatch.setattr(training_data, "sample_two_spheres", fail)
        with pytest.raises(MemoryError, match="no room"):
            [stream.batch(step) for step in range(20)]
