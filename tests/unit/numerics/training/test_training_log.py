"""The log of a training run."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.training.log import (
    BatchLog,
    BatchLogEntry,
    TrainingLog,
    is_scheduled,
    measure,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate, worst_case_loss


def test_schedule_is_geometric() -> None:
    steps = [step for step in range(100_001) if is_scheduled(step)]
    expected = sorted({0} | {round(10.0 ** (k / 10.0)) for k in range(51)})
    assert steps == expected
    assert len([s for s in steps if 1000 <= s < 10_000]) == 10
    assert is_scheduled(10**9)
    assert not is_scheduled(10**9 + 1)


def small_log() -> TrainingLog:
    log = TrainingLog(1.3)
    for step in (0, 1, 5):
        network = QuadraticNetwork.random(6, 4, block_generator(0, step), np.float64)
        log.entries.append(measure(network, step, float("nan") if step == 0 else 0.5 / step, 1.3))
    return log


def test_columns_agree_with_theory() -> None:
    log = small_log()
    history = log.classifier()
    assert log.steps.tolist() == [0, 1, 5]
    assert len(log) == len(history) == 3
    assert np.isnan(log.mean_losses[0])
    assert log.mean_losses[1:].tolist() == [0.5, 0.1]
    assert np.array_equal(log.alphas_outside, history.alphas_outside(1.3))
    for sphere in ("inner", "outer"):
        rates, expected = log.error_rate(sphere), exact_error_rate(history, sphere, 1.3)
        np.testing.assert_allclose(rates.log, expected.log, rtol=1e-12)
        np.testing.assert_allclose(rates.log_complement, expected.log_complement, rtol=1e-12)
        np.testing.assert_allclose(log.worst_case_loss(sphere), worst_case_loss(history, sphere, 1.3), rtol=1e-14)


def test_positive_bias_has_rates_but_no_alphas() -> None:
    entry = measure(QuadraticNetwork(-np.eye(3), -1.0, 1.2), 0, float("nan"), 1.3)
    assert entry.alphas_outside == -1
    assert np.all(np.exp(entry.log_error_rates[:, 0]) == 1.0)
    assert not entry.is_below(1.0)


def test_below_asks_for_both_spheres() -> None:
    good = measure(QuadraticNetwork.perfect(3, 3, 1.3, block_generator(0)), 0, 0.0, 1.3)
    assert good.is_below(1e-300)
    one_sided = measure(QuadraticNetwork(0.1 * np.eye(3), 1.0, -1.0), 0, 0.0, 1.3)
    assert one_sided.log_error_rates[0, 0] == -np.inf
    assert not one_sided.is_below(0.5)


def test_arrays_and_back() -> None:
    log = small_log()
    again = TrainingLog.from_arrays(log.as_arrays())
    assert again.outer_radius == 1.3
    for name, column in log.as_arrays().items():
        assert np.array_equal(column, again.as_arrays()[name], equal_nan=True)


def test_empty_log_has_no_columns() -> None:
    log = TrainingLog(1.3)
    for call in (log.classifier, lambda: log.error_rate("inner"), lambda: log.worst_case_loss("outer")):
        with pytest.raises(InvalidArgumentError, match="at least one entry"):
            call()
    assert TrainingLog.from_arrays(log.as_arrays()).entries == []


def test_log_of_batches() -> None:
    log = BatchLog(1.3, [BatchLogEntry(0, float("nan"), float("nan")), BatchLogEntry(4, 0.25, 0.1)])
    assert len(log) == 2
    assert log.steps.tolist() == [0, 4]
    assert (log.mean_losses[1], log.training_errors[1]) == (0.25, 0.1)
    again = BatchLog.from_arrays(log.as_arrays())
    assert next(entry for entry in again if entry.step) == log.entries[1]
    assert np.isnan(again.training_errors[0])
    assert BatchLog.from_arrays(BatchLog(1.3).as_arrays()).entries == []
