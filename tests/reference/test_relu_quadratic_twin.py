"""The quadratic bounds of ReLU networks (``quadratic_radius``) have no twin: each step of the float code's proof is
held against exact numbers.

A step says that f . (h - h*) - mu |h - h*|^2 / 2 is at least a number on a cap. It is held against points of the cap
in arbitrary precision, the one that makes the form least to first order among them: on caps of radius 1e-15 that leaves
little but rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.relu import quadratic
from adversarial_spheres.theory.relu.bounds import FoldedRelu
from adversarial_spheres.theory.relu.quadratic import _Caps, _Centre, _Relaxed, _unit_bounds

Step = tuple[FloatArray, float, int, _Centre, float]
Exact = Any


def random_case(seed: int, depth: int) -> tuple[FoldedRelu, FloatArray]:
    rng, sizes = block_generator(seed, depth), [3] + [5] * depth
    weights = tuple(rng.standard_normal((m, n)) for n, m in pairwise(sizes))
    biases = tuple(0.3 * rng.standard_normal(m) for m in sizes[1:])
    return FoldedRelu(weights, biases, rng.standard_normal(6)), rng.standard_normal(3)


def at_corners(seed: int, depth: int) -> tuple[FoldedRelu, FloatArray]:
    """Half of the units at 0 up to rounding, where they are not smooth."""
    network, x = random_case(seed, depth)
    active = x
    for matrix, bias in zip(network.weights, network.biases, strict=True):
        bias[::2] = -(matrix @ active)[::2]
        active = np.maximum(matrix @ active + bias, 0.0)
    return network, x


class Recorded(_Caps):
    """Keeps what each step says."""

    def __init__(self, network: _Relaxed, x: FloatArray) -> None:
        super().__init__(network, x)
        self.steps = list[Step]()

    def _lower(self, form: FloatArray, mu: float, layer: int, centre: _Centre, *rest: Any) -> float:
        found = super()._lower(form, mu, layer, centre, *rest)
        self.steps.append((form, mu, layer, centre, found))
        return found


def activations(caps: _Caps, point: list[Exact], layers: int) -> list[list[Exact]]:
    """Exact, of the scaled network."""
    found, active = [], point
    for matrix, bias in zip(caps._network.weights[:layers], caps._biases, strict=False):
        active = [
            max(mp.fdot(map(mp.mpf, row), active) + mp.mpf(b), mp.mpf(0)) for row, b in zip(matrix, bias, strict=True)
        ]
        found.append(active)
    return found


def on_cap(caps: _Caps, chord: float, directions: FloatArray) -> list[list[Exact]]:
    """Exact points of the sphere, this chord (a little less) from x along the directions."""
    x, found = [mp.mpf(value) for value in caps._x], []
    square = mp.fdot(x, x)
    angle = 2 * mp.asin(min(mp.mpf(chord) * (1 - mp.mpf(10) ** -25) / (2 * mp.sqrt(square)), mp.mpf(1)))
    for direction in directions:
        t = [mp.mpf(value) for value in direction]
        share = mp.fdot(t, x) / square
        t = [value - share * along for value, along in zip(t, x, strict=True)]
        scale = mp.sqrt(square / mp.fdot(t, t))
        found.append([mp.cos(angle) * a + mp.sin(angle) * scale * b for a, b in zip(x, t, strict=True)])
    return found


def worst_excess(network: FoldedRelu, x: FloatArray, radius: float, sign: float) -> float:
    """The largest amount by which a step says more than is true at a point of the cap; negative where all hold."""
    caps = Recorded(_Relaxed.of(network, sign), x)
    with np.errstate(all="ignore"):
        caps._logit_lower(np.ldexp(radius, -caps._power), np.inf, 1.0)
    steps, worst = caps.steps[:: max(1, len(caps.steps) // 8)], -np.inf
    with mp.workdps(50):
        for form, mu, layer, centre, said in steps:
            r = float(np.ldexp(radius, -caps._power))
            first = caps._scales(form, layer, r)[0] @ caps._network.bases[0].T
            directions = np.vstack([first, block_generator(3).standard_normal((4, len(x)))])
            directions = directions[np.any(directions != 0.0, axis=1)]
            for point in on_cap(caps, r, directions):
                h = activations(caps, point, layer)[-1]
                off = [a - mp.mpf(b) for a, b in zip(h, centre.h[layer - 1], strict=True)]
                true = mp.fdot(map(mp.mpf, form), off) - mp.mpf(mu) * mp.fdot(off, off) / 2
                worst = max(worst, float(mp.mpf(said) - true))
    return worst


def test_every_step_holds_at_points_of_a_cap_that_leaves_little_but_rounding() -> None:
    network, x = random_case(4, 2)
    assert worst_excess(network, x, 1e-15 * float(np.linalg.norm(x)), 1.0) < 0.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [random_case, at_corners])
@pytest.mark.parametrize("share", [1e-15, 0.3, 1.9])
def test_every_step_holds_at_points_of_the_cap(
    kind: Callable[..., tuple[FoldedRelu, FloatArray]], share: float
) -> None:
    for depth in (1, 2):
        network, x = kind(4, depth)
        for sign in (1.0, -1.0):
            assert worst_excess(network, x, share * float(np.linalg.norm(x)), sign) < 0.0


@pytest.mark.slow
def test_negative_control_without_margins_steps_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quadratic, "_SHELL", 0.0)
    original = _Relaxed.of.__func__  # type: ignore[attr-defined]

    def without(cls: type[_Relaxed], network: FoldedRelu, sign: float) -> _Relaxed:
        made = original(cls, network, sign)
        object.__setattr__(made, "gamma", 0.0)
        return made  # type: ignore[no-any-return]

    monkeypatch.setattr(_Relaxed, "of", classmethod(without))
    assert (
        max(worst_excess(*kind(seed, 1), 1e-15, 1.0) for kind in (random_case, at_corners) for seed in range(3)) > 0.0
    )


def exact_excess(f: float, mu: float, z: float, m: float) -> tuple[Exact, float]:
    """t of the float code less the exact one for its slope, and the size of the terms."""
    slope, constant, size = (float(part[0]) for part in _unit_bounds(np.array([f]), mu, np.array([z]), m))
    F, M, Z, C, S = map(mp.mpf, (f, mu, z, m, slope))
    h = max(Z, mp.mpf(0))

    def value(at: Exact) -> Exact:
        off = max(at, mp.mpf(0)) - h
        return F * off - M * off**2 / 2 - S * (at - Z) + C * (at - Z) ** 2 / 2

    stationary = [min(Z + S / C, mp.mpf(0)), max((S - F - M * h + C * Z) / (C - M), mp.mpf(0))]
    return mp.mpf(constant) - min(map(value, stationary)), size


def test_bounds_of_units_are_the_exact_minima_up_to_rounding_and_touch_or_are_common_tangents() -> None:
    rng = block_generator(8)
    with mp.workdps(60):
        for _ in range(100):
            f, z = rng.standard_normal(2) * 10.0 ** rng.uniform(-12, 12, 2)
            mu = float(rng.choice([0.0, 10.0 ** rng.uniform(-12, 12)]))
            m = mu + float(10.0 ** rng.uniform(-12, 12))
            if m > mu:
                excess, size = exact_excess(f, mu, z, m)
                assert abs(excess) <= 64 * 2.0**-53 * max(size, 1e-300)


def test_the_unit_at_its_corner_loses_an_eighth_of_the_square_over_the_curvature() -> None:
    slope, constant, _ = _unit_bounds(np.array([-1.0, 1.0, -1.0]), 0.0, np.array([0.0, 0.0, 5.0]), 2.0)
    assert slope.tolist() == [-0.5, 0.0, -1.0]
    assert constant.tolist() == [-1.0 / 16.0, 0.0, 0.0]


def test_spectra_bound_the_squares_of_the_layers() -> None:
    """W^T W is below its float eigenvalues in their float basis, in exact numbers."""
    for seed in range(3):
        relaxed = _Relaxed.of(random_case(seed, 2)[0], 1.0)
        with mp.workdps(50):
            matrix, basis = mp.matrix(relaxed.weights[0].tolist()), mp.matrix(relaxed.bases[0].tolist())
            above = basis * mp.diag([mp.mpf(value) for value in relaxed.values[0]]) * basis.T - matrix.T * matrix
            assert min(mp.eigsy(above, eigvals_only=True)) >= 0


def test_eigenvectors_of_a_careless_solver_give_wider_margins_or_no_certificate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, _ = random_case(0, 2)
    solved = np.linalg.eigh
    with monkeypatch.context() as patched:
        patched.setattr(np.linalg, "eigh", lambda gram: (0.5 * solved(gram)[0], solved(gram)[1]))
        relaxed = _Relaxed.of(network, 1.0)
    true = [solved(matrix.T @ matrix)[0] for matrix in relaxed.weights[:-1]]
    assert all(np.all(values >= exact) for values, exact in zip(relaxed.values, true, strict=False))
    monkeypatch.setattr(np.linalg, "eigh", lambda gram: (solved(gram)[0], 1.1 * solved(gram)[1]))
    with pytest.raises(AccuracyError, match="orthogonal"):
        _Relaxed.of(network, 1.0)


def test_what_eigenvectors_of_a_wide_layer_cost_is_next_to_nothing() -> None:
    matrix = np.random.default_rng(0).normal(size=(1000, 500)) / 1000.0
    values, _, margin, defect = quadratic._spectrum(matrix)
    assert defect < 2e-10
    assert margin < 1e-7 * values.max()
