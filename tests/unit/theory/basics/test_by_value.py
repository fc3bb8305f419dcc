"""Values that hold arrays: equal by content, usable in sets, untouched by what the caller does with the arrays."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adversarial_spheres as spheres
from adversarial_spheres.numerics.models.error_sets import BandSet, CapSet, HalfSpacesSet, QuadraticConeSet
from adversarial_spheres.numerics.verdicts.evidence import AttackDistances, ExactDistances, LowerCertificates
from adversarial_spheres.theory.basics.by_value import ByValue
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import Cap, cap_of_measure
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

VALUES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "from_alphas": (QuadraticClassifier.from_alphas, lambda q: q.eigenvalues),
    "eigenvalues": (lambda a: QuadraticClassifier(a, -1.0), lambda q: q.eigenvalues),
    "bias": (lambda a: QuadraticClassifier(np.ones((len(a), 2)), a), lambda q: q.bias),
    "LogProbability": (lambda a: LogProbability(-a, -a), lambda p: p.log),
    "from_log": (lambda a: LogProbability.from_log(np.negative(a, out=a)), lambda p: p.log),
    "from_log_complement": (
        lambda a: LogProbability.from_log_complement(np.negative(a, out=a)),
        lambda p: p.log_complement,
    ),
    "Cap": (lambda a: Cap(a, a, a, a), lambda c: c.height),
    "cap_of_measure": (lambda a: cap_of_measure(a, 3), lambda c: c.height),
    "CapSet": (lambda a: CapSet(a, 0.1), lambda s: s.pole),
    "BandSet": (lambda a: BandSet(a, 0.1), lambda s: s.pole),
    "QuadraticConeSet": (QuadraticConeSet, lambda s: s.coefficients),
    "basis": (lambda a: QuadraticConeSet(a, np.eye(len(a))), lambda s: s.basis),
    "HalfSpacesSet": (lambda a: HalfSpacesSet(np.eye(len(a)), a), lambda s: s.heights),
}


@pytest.mark.parametrize("name", VALUES)
def test_n8_a_value_is_its_own_copy(name: str) -> None:
    make, look = VALUES[name]
    mine = np.array([0.9, 0.8])
    value = make(mine)
    before = look(value).copy()
    mine[0] = 9.0
    assert look(value).tolist() == before.tolist()
    with pytest.raises(ValueError, match="read-only"):
        look(value)[0] = 9.0


@pytest.mark.parametrize("name", VALUES)
def test_n8_values_are_equal_by_content_and_have_a_hash(name: str) -> None:
    make = VALUES[name][0]
    first, second, other = make(np.array([0.9, 0.8])), make(np.array([0.9, 0.8])), make(np.array([0.8, 0.9]))
    assert first == second
    assert hash(first) == hash(second)
    assert (first != other) or name == "basis"
    assert len({first, second}) == 1
    assert pickle.loads(pickle.dumps(first)) == first
    assert first != 0.5


def test_n8_the_input_of_the_list() -> None:
    a = np.array([0.9, 1.1])
    q = QuadraticClassifier.from_alphas(a)
    a[0] = 9.0
    assert q.alphas.tolist() == [0.9, 1.1]
    assert q == QuadraticClassifier.from_alphas([0.9, 1.1])
    assert hash(q) == hash(QuadraticClassifier.from_alphas([0.9, 1.1]))
    assert q != QuadraticClassifier.from_alphas([9.0, 1.1])


@pytest.mark.parametrize(
    ("make", "look"),
    [
        (lambda a: ExactDistances(a, a), lambda e: e.lower),
        (AttackDistances, lambda e: e.upper),
        (LowerCertificates, lambda e: e.lower),
        (lambda a: AttackDistances([0.1, 0.2], a > 0.0), lambda e: e.succeeded),
    ],
)
def test_n8_evidence_is_its_own_copy(make: Callable[[Any], Any], look: Callable[[Any], Any]) -> None:
    angles = np.array([0.1, 0.2])
    evidence = make(angles)
    before = look(evidence).copy()
    angles[:] = 0.0
    assert look(evidence).tolist() == before.tolist()
    assert len({evidence, evidence}) == 1


def test_n8_succeeded_is_a_copy() -> None:
    won = np.array([True, True])
    evidence = AttackDistances([0.1, 0.2], won)
    won[:] = False
    assert evidence.failed == 0


def test_zeros_types_and_nested_values() -> None:
    assert LogProbability(0.0, -np.inf) == LogProbability(-0.0, -np.inf)  # type: ignore[arg-type]
    assert QuadraticClassifier([0.0, 1.0], 0.0) == QuadraticClassifier([-0.0, 1.0], -0.0)
    history = QuadraticClassifier(np.ones((2, 2)), [-1.0, -1.0])
    assert history != QuadraticClassifier(np.ones(2), -1.0)
    assert history[0] == history[1] == QuadraticClassifier(np.ones(2), -1.0)
    with_points, without = (
        nearest_error([0.6, 0.8], [1.0, -1.0], boundary_is_error=False, return_points=points)
        for points in (True, False)
    )
    assert with_points != without
    record = spheres.Record("kind", {"a": [1, {"b": None}]}, {"x": np.ones(2)})
    assert record == spheres.Record("kind", {"a": [1, {"b": None}]}, {"x": np.ones(2)})
    assert len({record, spheres.Record("kind", {"a": [1, {"b": 0}]}, {"x": np.ones(2)})}) == 2


INSIDE = {
    "contour",
    "hyperbola",
    "strip",
    "dual_pieces",
    "quadrature",
    "secular",
    "sources",
    "statement",
    "experiments",
    "runs",
}
"""Modules whose dataclasses do not leave the computation that makes them, or hold no arrays."""


def test_no_public_value_compares_arrays_as_if_they_were_numbers() -> None:
    found = []
    for room in (spheres.theory.__name__, spheres.numerics.__name__):
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if INSIDE & set(module.name.split(".")):
                continue
            for kind in vars(importlib.import_module(module.name)).values():
                own = getattr(kind, "__module__", None) == module.name
                if own and isinstance(kind, type) and dataclasses.is_dataclass(kind):
                    arrays = any("Array" in str(field.type) for field in dataclasses.fields(kind))
                    frozen = kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
                    public = not kind.__name__.startswith("_")
                    if public and arrays and frozen and kind.__eq__ not in (ByValue.__eq__, object.__eq__):
                        found.append(kind.__name__)
    assert found == []
