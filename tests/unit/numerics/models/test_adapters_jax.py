"""JAX functions as users have them: half precision, squeezed outputs, convolutions, probabilities, many classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.models.adapters import as_model, from_jax
from adversarial_spheres.numerics.models.checked import BFLOAT16_EPS
from adversarial_spheres.numerics.models.sanity import ModelWarning, sanity_points
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import ModelError

pytestmark = pytest.mark.libraries
jnp = pytest.importorskip("jax.numpy")

DIM = 16
POINTS = sanity_points(DIM, 1.0)
WEIGHTS = np.linspace(-1.0, 1.0, DIM).astype(np.float32)


def test_bfloat16() -> None:
    def coarse(x: Any) -> Any:
        return x.astype(jnp.bfloat16) @ jnp.asarray(WEIGHTS, dtype=jnp.bfloat16)

    for model in (from_jax(coarse), from_jax(lambda x: x @ jnp.asarray(WEIGHTS, x.dtype), dtype=jnp.bfloat16)):
        np.testing.assert_allclose(model.logits(POINTS), POINTS @ WEIGHTS, atol=0.05)
        np.testing.assert_allclose(model.input_gradient(POINTS), np.tile(WEIGHTS, (len(POINTS), 1)), atol=0.01)
        assert model.resolution == BFLOAT16_EPS
        check_bound(model, Claims(error_rate=0.9), dim=DIM)


def test_plain_functions_may_use_jax() -> None:
    model = as_model(lambda x: (jnp.asarray(x) @ jnp.asarray(WEIGHTS)).astype(jnp.bfloat16)[:, None])
    np.testing.assert_allclose(model.logits(POINTS), POINTS @ WEIGHTS, atol=0.05)
    assert model.resolution == BFLOAT16_EPS


def test_squeezed_outputs_of_one_point() -> None:
    model = from_jax(lambda x: (x @ jnp.asarray(WEIGHTS)[:, None]).squeeze(), max_batch=8)
    np.testing.assert_allclose(model.logits(POINTS[:9]), POINTS[:9] @ WEIGHTS, atol=1e-6)
    assert model.input_gradient(POINTS[:1]).shape == (1, DIM)


def test_shapes_classes_and_probabilities() -> None:
    def images(x: Any) -> Any:
        assert x.shape[1:] == (4, 4, 1)
        flat = x.reshape(len(x), -1) @ jnp.asarray(WEIGHTS)
        return jnp.stack([0 * flat, flat, -flat], axis=1)

    model = from_jax(images, shape=(4, 4, 1), classes=(2, 1))
    np.testing.assert_allclose(model.logits(POINTS), 2 * POINTS @ WEIGHTS, atol=1e-5)
    np.testing.assert_allclose(model.input_gradient(POINTS), np.tile(2 * WEIGHTS, (len(POINTS), 1)), atol=1e-5)

    def chances(x: Any) -> Any:
        return 1 / (1 + jnp.exp(-8 * (x[:, 0] - 0.1)))

    claims = Claims(error_rate=0.01)
    named = from_jax(chances, returns="probabilities")
    assert check_bound(named, claims, dim=DIM, sphere="outer").verdict == "refuted"
    with pytest.warns(ModelWarning):
        check_bound(from_jax(chances), claims, dim=DIM, sphere="outer")
    with pytest.raises(ModelError, match="probabilities"):
        from_jax(lambda x: x[:, 0] + 2.0, returns="probabilities").logits(POINTS)
    with pytest.raises(ModelError, match="by itself"):
        check_bound(from_jax(lambda x: x[:, 0] - x[:, 0].mean()), claims, dim=DIM)
