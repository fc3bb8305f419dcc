"""Adam against the algorithm as it is printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.training import adam as optimizer
from adversarial_spheres.numerics.training.adam import Adam, compiled_update, update_in_passes
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def printed_adam(parameter: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    """Algorithm 1 of Kingma and Ba, line by line."""
    m, v, theta = np.zeros_like(parameter), np.zeros_like(parameter), parameter.copy()
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1.0 - 0.9**t), v / (1.0 - 0.999**t)
        theta = theta - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
    return theta


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 2e-6)])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e4])
def test_is_the_printed_algorithm(dtype: type, tolerance: float, scale: float) -> None:
    rng = block_generator(0)
    start = [rng.standard_normal(shape) for shape in ((3, 4), (2,))]
    gradients = [[scale * rng.standard_normal(p.shape) for p in start] for _ in range(300)]
    parameters = [p.astype(dtype) for p in start]
    adam = Adam(parameters, learning_rate=1e-2)
    for step in gradients:
        adam.step([g.astype(dtype) for g in step])
    assert adam.steps == 300
    for i, parameter in enumerate(parameters):
        expected = printed_adam(start[i], [step[i] for step in gradients], 1e-2)
        np.testing.assert_allclose(parameter, expected, rtol=0.0, atol=tolerance * 10)


def test_blocks_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for block in (2**18, 7):
        monkeypatch.setattr(optimizer, "_BLOCK", block)
        rng = block_generator(1)
        parameter = rng.standard_normal((10, 9)).astype(np.float32)
        adam = Adam([parameter])
        for _ in range(20):
            adam.step([rng.standard_normal((10, 9)).astype(np.float32)])
        results.append(parameter)
    assert np.array_equal(*results)


def test_is_in_place() -> None:
    parameter, gradient = np.ones((2, 3)), np.full((2, 3), 0.5)
    adam = Adam([parameter])
    adam.step([gradient])
    assert adam.parameters[0] is parameter
    np.testing.assert_allclose(parameter, 1.0 - 1e-3, rtol=1e-10)  # the first step has length learning_rate


def test_zero_gradient_moves_nothing() -> None:
    parameter = np.array([1.0, 2.0])
    adam = Adam([parameter])
    for _ in range(3):
        adam.step([np.zeros(2)])
    assert parameter.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "bad",
    [{"learning_rate": 0.0}, {"learning_rate": np.nan}, {"beta1": 1.0}, {"beta2": -0.1}, {"epsilon": 0.0}],
)
def test_bad_settings(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{next(iter(bad))} must be"):
        Adam([np.ones(2)], **bad)


def test_refuses_arrays_that_it_could_not_change_in_place() -> None:
    with pytest.raises(InvalidArgumentError, match="C-contiguous"):
        Adam([np.ones((3, 3)).T[:2].T])


@pytest.mark.parametrize(("beta1", "beta2"), [(0.0, 0.999), (0.9, 0.0), (0.5, 0.5), (0.001, 0.9), (0.99, 0.9999)])
def test_any_decays_give_the_printed_algorithm(beta1: float, beta2: float) -> None:
    rng = block_generator(2)
    parameter, gradients = np.ones(5), rng.standard_normal((150, 5))
    adam = Adam([parameter], learning_rate=1e-2, beta1=beta1, beta2=beta2)
    m, v, theta = np.zeros(5), np.zeros(5), np.ones(5)
    for t, g in enumerate(gradients, start=1):
        adam.step([g.copy()])
        m, v = beta1 * m + (1.0 - beta1) * g, beta2 * v + (1.0 - beta2) * g**2
        theta = theta - 1e-2 * (m / (1.0 - beta1**t)) / (np.sqrt(v / (1.0 - beta2**t)) + 1e-8)
    np.testing.assert_allclose(parameter, theta, rtol=1e-9, atol=1e-12)


@pytest.mark.libraries
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_and_in_passes_give_the_same_bits(dtype: type[np.floating[Any]]) -> None:
    pytest.importorskip("numba")
    compiled, rng = compiled_update(), block_generator(4)
    assert compiled is not None
    numbers = [dtype(value) for value in (0.9, 0.999, 1e-3, 1e-8)]
    arrays = [(rng.standard_normal(100_003) * 10.0 ** rng.integers(-25, 12, 100_003)).astype(dtype) for _ in range(4)]
    arrays[3] = np.abs(arrays[3])
    for array, special in zip(arrays, (0.0, -0.0, np.inf, np.nan), strict=True):
        array[:50] = special
    others = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        for gradient in rng.standard_normal((3, 100_003)).astype(dtype):
            arrays[1][:], others[1][:] = gradient, gradient
            update_in_passes(*arrays, *numbers)
            compiled(*others, *numbers)
            for index in (0, 2, 3):  # the gradient is scratch
                np.testing.assert_array_equal(arrays[index], others[index])  # NaN equal to NaN, of any payload
