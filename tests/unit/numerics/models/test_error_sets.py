"""Error sets whose measure and distances are known: against each other and against sampling."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adversarial_spheres.numerics.models.error_sets import (
    BandSet,
    CapSet,
    ErrorSet,
    HalfSpacesSet,
    NetworkSet,
    QuadraticConeSet,
    UnionSet,
    as_model,
    random_rotation,
)
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_interval

DIM = 4
POLE = np.array([1.0, 2.0, -2.0, 0.0])
POINTS = np.asarray(sample_unit_vectors(20_000, DIM, block_generator(0)), dtype=np.float64)
CAP, OTHER = CapSet(POLE, 0.7), CapSet(-POLE, 0.8)
SETS: list[ErrorSet] = [
    CAP,
    BandSet(POLE, 0.2),
    UnionSet((CAP, OTHER)),
    QuadraticConeSet(np.array([1.0, 0.5, -0.3, -1.0]), random_rotation(DIM, 1)),
]


@pytest.mark.parametrize("errors", SETS, ids=lambda errors: type(errors).__name__)
def test_the_measure_is_what_sampling_finds(errors: ErrorSet) -> None:
    """A right measure fails with probability 1e-9."""
    measure = errors.measure()
    assert measure is not None
    inside = int(np.count_nonzero(errors.contains(POINTS)))
    assert float(measure) in clopper_pearson_interval(inside, len(POINTS), 1.0 - 1e-9)


@pytest.mark.parametrize("errors", SETS, ids=lambda errors: type(errors).__name__)
def test_angles_are_zero_inside_and_lead_to_the_set(errors: ErrorSet) -> None:
    """Within its angle of a point there is no other sampled point of the set."""
    some = POINTS[:300]
    angles = errors.angles(some)
    assert angles is not None
    inside = errors.contains(some)
    assert np.all(angles[inside] == 0.0)
    assert np.all(angles[~inside] > 0.0)
    hits = POINTS[errors.contains(POINTS)]
    nearest = np.arccos(np.clip(some @ hits.T, -1.0, 1.0).max(axis=1))
    assert np.all(angles <= nearest + 1e-7)
    assert np.all(angles >= nearest - 0.5)  # no point of the set is far from a sampled one


def test_a_single_half_space_is_a_cap() -> None:
    unit = POLE / np.linalg.norm(POLE)
    assert np.array_equal(HalfSpacesSet(unit[None, :], np.array([0.7])).contains(POINTS), CAP.contains(POINTS))
    assert HalfSpacesSet(unit[None, :], np.array([0.7])).measure() is None


def test_caps_that_overlap_have_no_derived_measure() -> None:
    assert UnionSet((CAP, CapSet(POLE, 0.2))).measure() is None
    assert UnionSet((CAP, BandSet(POLE, 0.1))).measure() is None
    assert UnionSet((CAP, NetworkSet(DIM, 3, 0))).angles(POINTS[:2]) is None
    parts = float(CAP.measure()) + float(OTHER.measure())
    measure = UnionSet((CAP, OTHER)).measure()
    assert measure is not None
    assert float(measure) == pytest.approx(parts, rel=1e-14, abs=0.0)


def test_a_model_errs_exactly_in_the_set_on_its_sphere() -> None:
    wrong = CAP.contains(POINTS)
    assert np.array_equal(as_model(CAP).logits(2.0 * POINTS) > 0.0, wrong)
    assert np.array_equal(as_model(CAP, "outer").logits(POINTS) > 0.0, ~wrong)


def test_whole_and_empty_caps() -> None:
    assert (float(CapSet(POLE, -1.0).measure()), float(CapSet(POLE, 1.0).measure())) == (1.0, 0.0)
    assert CapSet(POLE, -1.0).angles(-POLE[None, :] / 3.0)[0] == pytest.approx(0.0, abs=1e-15)
    assert CapSet(POLE, 1.0).angles(-POLE[None, :] / 3.0)[0] == pytest.approx(math.pi)


def test_networks_of_the_same_seed_are_the_same() -> None:
    one, two, other = (NetworkSet(DIM, 5, seed).contains(POINTS) for seed in (0, 0, 1))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_rotations_are_orthogonal_and_of_either_orientation() -> None:
    rotations = [random_rotation(3, seed) for seed in range(12)]
    assert all(np.allclose(q @ q.T, np.eye(3), atol=1e-14) for q in rotations)
    assert {round(float(np.linalg.det(q))) for q in rotations} == {-1, 1}
