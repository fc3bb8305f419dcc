"""The fast path against the safe solver on inputs meant to break it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adversarial_spheres.theory.nearest.many import GAP_FLOOR, RELATIVE_GAP, bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error

COEFFICIENTS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.999999999, 1e-9]),
    st.floats(-2.0, 2.0).map(lambda x: round(x, 9)),
    st.builds(lambda s, e: s * 10.0**e, st.sampled_from([-1.0, 1.0]), st.floats(-12.0, 12.0)),
)


@given(
    st.lists(COEFFICIENTS, min_size=2, max_size=30).map(np.array),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.sampled_from(["plain", "top missing", "nearly on the boundary", "few coordinates", "tiny positive part"]),
)
def test_it_never_contradicts_the_safe_solver(c: np.ndarray, seed: int, tie: bool, kind: str) -> None:
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((40, c.size))
    if kind == "top missing":
        z[:, c == c.max()] = 0.0
    elif kind == "few coordinates":
        z *= rng.random(z.shape) < 0.3
    elif kind == "tiny positive part":
        z[:, c > 0.0] *= 10.0 ** rng.uniform(-12.0, 0.0, (40, 1))
    elif kind == "nearly on the boundary" and c.min() < 0.0 < c.max():
        above, below = (z**2) @ np.maximum(c, 0.0), (z**2) @ np.maximum(-c, 0.0)
        z[:, c > 0.0] *= (np.sqrt(below / above) * (1.0 + 10.0 ** rng.uniform(-15.0, -1.0, 40) * -1.0))[:, None]
    z[np.abs(z).max(axis=1) == 0.0, 0] = 1.0
    found = bulk_nearest(bulk_plan(c, boundary_is_error=tie), z**2)
    safe = nearest_error(z, c, boundary_is_error=tie)
    assert np.all(found.angle_lower <= safe.angle_upper + 1e-15)
    assert np.all(found.angle_upper >= safe.angle_lower - 1e-15)
    finite = np.isfinite(safe.angle_upper)
    assert np.array_equal(finite, np.isfinite(found.angle_upper))
    gap = found.angle_upper[finite] - found.angle_lower[finite]
    assert np.all(gap <= np.maximum(RELATIVE_GAP * found.angle_upper[finite], GAP_FLOOR))


@given(st.lists(COEFFICIENTS, min_size=2, max_size=30).map(np.array), st.integers(0, 2**32 - 1))
def test_lengths_do_not_matter(c: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    squares = rng.standard_normal((10, c.size)) ** 2
    plan = bulk_plan(c, boundary_is_error=True)
    first, second = bulk_nearest(plan, squares), bulk_nearest(plan, squares * 10.0 ** rng.uniform(-9.0, 9.0, (10, 1)))
    assert np.all(first.angle_lower <= second.angle_upper + 1e-15)
    assert np.all(second.angle_lower <= first.angle_upper + 1e-15)
