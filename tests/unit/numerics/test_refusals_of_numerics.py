"""Every public function of numerics/ refuses what it cannot take, in its own words: no raw error of Python or NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.candidates import score_candidates
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.numerics.distances.attacked import measure_model_distances
from adversarial_spheres.numerics.distances.certified import certify
from adversarial_spheres.numerics.distances.exact import (
    measure_distances,
    nearest_distances_of,
    observe_nearest_distances,
)
from adversarial_spheres.numerics.distances.predicted import predict_distance
from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.error_rates.importance import importance_error_rate, importance_probability
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import splitting_error_rate
from adversarial_spheres.numerics.models.adapters import from_callable, from_sklearn
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.models.error_sets import (
    BandSet,
    CapSet,
    HalfSpacesSet,
    NetworkSet,
    QuadraticConeSet,
    UnionSet,
    as_model,
    random_rotation,
)
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.runs.slices import decision_slices
from adversarial_spheres.numerics.sampling.points import (
    block_generator,
    sample_two_spheres,
    sample_unit_vectors,
)
from adversarial_spheres.numerics.statistics.intervals import (
    clopper_pearson_interval,
    empirical_bernstein_half_width,
    lipschitz_half_width,
    mean_distance_interval,
    share_of_budget,
)
from adversarial_spheres.numerics.statistics.log_intervals import cox_interval
from adversarial_spheres.numerics.statistics.sequences import bounded_mean_sequence, error_rate_sequence
from adversarial_spheres.numerics.storage.comparison import compare
from adversarial_spheres.numerics.storage.records import load_record
from adversarial_spheres.numerics.training.adam import Adam
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint, save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims, MeanDistanceClaim
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    ExactErrorRate,
    LowerCertificates,
)
from adversarial_spheres.numerics.verdicts.samples import certified_mean
from adversarial_spheres.numerics.verdicts.sequential import looks
from adversarial_spheres.numerics.verdicts.suite import SuiteSettings, run_model_suite, run_sequential_suite, run_suite
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.spaces.sphere import Sphere

CLASSIFIER = QuadraticClassifier.from_alphas([0.3, 0.8, 1.1])
RELU = ReluNetwork.random(3, 1, 3, np.random.default_rng(0), np.float64)
RNG = np.random.default_rng(0)
SETTINGS = SuiteSettings(50, 50, 0)
HASTY = AttackSettings(steps=1, restarts=0, rescues=0)
STATE = TrainingState.initial(TrainingConfig(3, 3, 1))
EVIDENCE = Evidence(Sphere(3, 1.0, "euclidean"), ErrorCounts(3, 50))


class Norm:
    """Errs nowhere on the inner sphere and everywhere on the outer one."""

    def logits(self, points: np.ndarray) -> np.ndarray:
        return (points**2).sum(axis=1) - 1.8


class Fitted:
    """What is asked of a classifier of scikit-learn."""

    classes_ = (0, 1)

    def decision_function(self, points: np.ndarray) -> np.ndarray:
        return np.zeros(len(points))


POINTS = np.eye(3)
CAP = CapSet([1.0, 0.0, 0.0], 0.1)  # type: ignore[arg-type]
NONSENSE: list[Any] = [object(), "x", float("nan"), float("inf"), 1j, [[1, 2], [3]], np.array(["a"]), {}]
NOW_AND_THEN: list[Any] = [None, -1, []]
"""What some arguments take, and all others refuse."""
TEXTS = ("path", "folder", "checkpoint", "source", "name")


@dataclass(frozen=True)
class Call:
    """A function, arguments that it takes, and other names of things that its refusals use."""

    function: Callable[..., Any]
    valid: dict[str, Any]
    names: tuple[str, ...] = ()


SAMPLED: dict[str, Any] = {"samples": 20, "seed": 0, "confidence": 0.9, "workers": 1}
CALLS = [
    Call(from_callable, {"function": len, "returns": "logits", "gradient": None, "dtype": None, "max_batch": 8}),
    Call(from_sklearn, {"estimator": Fitted(), "max_batch": 8}),
    Call(
        AttackSettings,
        {
            "method": None,
            "steps": 1,
            "restarts": 1,
            "most_restarts": 1,
            "rescues": 1,
            "gain": 0.1,
            "paper_step": 0.1,
            "paper_steps": 1,
            "paper_start": 0.1,
            "query_budget": 9,
        },
    ),
    Call(
        attack,
        {
            "model": Norm(),
            "points": POINTS,
            "sphere": "inner",
            "outer_radius": 1.3,
            "settings": HASTY,
            "seed": 0,
            "key": (),
            "workers": 1,
        },
    ),
    Call(
        check_bound,
        {
            "model": Norm(),
            "claims": Claims(error_rate=0.5),
            "dim": 3,
            "sphere": "outer",
            "radius": 1.3,
            "metric": "euclidean",
            "max_samples": 20,
            "confidence": 0.9,
            "seed": 0,
            "workers": 1,
            "attack": "default",
            "attacked_points": 3,
            "certified_points": 0,
            "max_queries": None,
            "max_seconds": None,
        },
    ),
    Call(
        certify,
        {
            "network": RELU,
            "points": POINTS,
            "sphere": "inner",
            "outer_radius": 1.3,
            "method": "lipschitz",
            "workers": 1,
        },
    ),
    Call(
        certified_mean,
        {
            "network": RELU,
            "sphere": "outer",
            "outer_radius": 1.3,
            "metric": "euclidean",
            "points": 3,
            "seed": 0,
            "confidence": 0.9,
            "method": "lipschitz",
            "workers": 1,
        },
    ),
    Call(load_checkpoint, {"path": "missing"}, ("checkpoint",)),
    Call(save_checkpoint, {"path": "/nowhere/x", "state": STATE}),
    Call(share_of_budget, {"confidence": 0.9, "checks": 3}),
    Call(compare, {"first": "missing", "second": "missing", "tolerance": 0.0}, ("record",)),
    Call(clopper_pearson_interval, {"errors": 1, "samples": 3, "confidence": 0.9}),
    Call(lipschitz_half_width, {"samples": 3, "dim": 3, "confidence": 0.9, "radius": 1.0}),
    Call(empirical_bernstein_half_width, {"variance": 0.1, "samples": 3, "value_range": 1.0, "confidence": 0.9}),
    Call(
        mean_distance_interval,
        {
            "mean_low": 0.1,
            "mean_high": 0.2,
            "variance": 0.1,
            "samples": 3,
            "dim": 3,
            "confidence": 0.9,
            "radius": 1.0,
            "largest_distance": 2.0,
        },
    ),
    Call(error_rate_sequence, {"errors": [True, False], "confidence": 0.9}),
    Call(bounded_mean_sequence, {"values": [0.1, 0.2], "confidence": 0.9, "low": 0.0, "high": 1.0}, ("low and high",)),
    Call(
        measure_distances,
        {
            "classifier": CLASSIFIER,
            "sphere": "outer",
            "outer_radius": 1.3,
            "metric": "euclidean",
            "epsilon": 0.1,
            "key": (),
            "statistics": None,
            "progress": None,
            **SAMPLED,
        },
    ),
    Call(predict_distance, {"classifier": CLASSIFIER, "sphere": "outer", "outer_radius": 1.3, "metric": "euclidean"}),
    Call(monte_carlo_error_rate, {"model": Norm(), "dim": 3, "sphere": "outer", "outer_radius": 1.3, **SAMPLED}),
    Call(CapSet, {"pole": [1.0, 0.0], "height": 0.1}),
    Call(BandSet, {"pole": [1.0, 0.0], "height": 0.1}),
    Call(UnionSet, {"parts": (CAP, CAP)}),
    Call(QuadraticConeSet, {"coefficients": [1.0, -1.0], "basis": np.eye(2)}),
    Call(HalfSpacesSet, {"normals": [[1.0, 0.0]], "heights": [0.1]}, ("normals",)),
    Call(NetworkSet, {"dimension": 3, "hidden": 3, "seed": 0, "level": 0.0}),
    Call(random_rotation, {"dim": 3, "seed": 0}),
    Call(CAP.contains, {"points": POINTS}),
    Call(CAP.angles, {"points": POINTS}),
    Call(as_model, {"errors": CAP, "sphere": "inner"}),
    Call(ExactErrorRate, {"rate": 0.1, "log_error": 0.0, "touches": False}, ("error_rate",)),
    Call(ErrorCounts, {"errors": 1, "samples": 2, "anytime": False}),
    Call(ExactDistances, {"lower": [0.1], "upper": [0.2], "anytime": False, "largest": 2.0}),
    Call(AttackDistances, {"upper": [0.1], "succeeded": None, "anytime": False, "no_errors": 0, "largest": 2.0}),
    Call(LowerCertificates, {"lower": [0.1], "anytime": False, "largest": 2.0}),
    Call(Evidence, {"space": Sphere(3), "error_rate": None, "distances": ()}),
    Call(
        decision_slices,
        {
            "model": Norm(),
            "dim": 3,
            "outer_radius": 1.3,
            "sphere": "inner",
            "resolution": 3,
            "seed": 0,
            "workers": 1,
            "settings": HASTY,
        },
    ),
    Call(importance_error_rate, {"classifier": CLASSIFIER, "sphere": "outer", "outer_radius": 1.3, **SAMPLED}),
    Call(importance_probability, {"coefficients": [1.0, -1.0], "key": 0, **SAMPLED}),
    Call(cox_interval, {"logs": [0.0, 1.0], "confidence": 0.9}),
    Call(
        measure_model_distances,
        {
            "model": Norm(),
            "dim": 3,
            "sphere": "outer",
            "outer_radius": 1.3,
            "metric": "euclidean",
            "epsilon": 0.1,
            "settings": HASTY,
            "counted_samples": 20,
            "progress": None,
            **SAMPLED,
        },
    ),
    Call(
        run_model_suite,
        {
            "model": Norm(),
            "dim": 3,
            "outer_radius": 1.3,
            "settings": SETTINGS,
            "spheres": ("outer",),
            "claims": Claims(error_rate=0.5),
            "certified_points": 0,
            "attacked_points": 3,
            "max_queries": None,
            "max_seconds": None,
        },
    ),
    Call(
        run_suite,
        {
            "classifier": CLASSIFIER,
            "outer_radius": 1.3,
            "settings": SETTINGS,
            "spheres": ("outer",),
            "model": None,
            "claims": Claims(),
        },
    ),
    Call(
        run_sequential_suite,
        {
            "classifier": CLASSIFIER,
            "outer_radius": 1.3,
            "settings": SETTINGS,
            "spheres": ("outer",),
            "claims": Claims(),
            "max_seconds": None,
        },
    ),
    Call(CheckedModel, {"model": Norm(), "max_batch": 8, "source": "model"}),
    Call(
        observe_nearest_distances,
        {
            "errors": QuadraticErrors(np.array([1.0, -1.0]), False),
            "samples": 5,
            "seed": 0,
            "key": 0,
            "epsilon": 0.1,
            "metric": "geodesic",
            "workers": 1,
            "progress": None,
        },
    ),
    Call(
        nearest_distances_of,
        {
            "points": [[1.0, 2.0]],
            "errors": QuadraticErrors(np.array([1.0, -1.0]), False),
            "basis": np.eye(2),
            "workers": 1,
        },
    ),
    Call(QuadraticNetwork, {"weights": np.eye(2), "output_weight": 1.0, "bias": -1.0}),
    Call(QuadraticNetwork.random, {"hidden": 2, "dim": 3, "rng": RNG, "dtype": np.float32}),
    Call(
        QuadraticNetwork.perfect,
        {"hidden": 3, "dim": 3, "outer_radius": 1.3, "rng": RNG, "dtype": np.float32, "scale": 1.0},
    ),
    Call(ReluNetwork, {"layers": RELU.layers, "readout": RELU.readout}),
    Call(ReluNetwork.random, {"hidden": 2, "depth": 1, "dim": 3, "rng": RNG, "dtype": np.float32}),
    Call(QuadraticNetwork(np.eye(2), 1.0, -1.0).logits, {"points": [[1.0, 2.0]]}),
    Call(RELU.logits, {"points": POINTS}),
    Call(RELU.input_gradient, {"points": POINTS}),
    Call(RELU.loss, {"points": POINTS, "labels": [0, 1, 0]}),
    Call(Adam, {"parameters": [np.zeros(2)], "learning_rate": 0.1}),
    Call(SplittingBudget, {}),
    Call(
        splitting_error_rate,
        {
            "model": Norm(),
            "dim": 3,
            "sphere": "outer",
            "outer_radius": 1.3,
            "budget": SplittingBudget(particles=200, runs=4),
            "seed": 0,
            "confidence": 0.9,
            "workers": 1,
            "progress": None,
        },
    ),
    Call(load_record, {"path": "missing"}, ("record",)),
    Call(
        score_candidates,
        {
            "points": POINTS,
            "candidates": POINTS,
            "classifier": CLASSIFIER,
            "sphere": "inner",
            "outer_radius": 1.3,
            "tolerance": 1e-6,
        },
    ),
    Call(
        decide, {"claim": MeanDistanceClaim(0.5), "evidence": EVIDENCE, "confidence": 0.9, "name": None, "plan": True}
    ),
    Call(looks, {"max_samples": 10, "first": 2}),
    Call(block_generator, {"seed": 0}),
    Call(sample_unit_vectors, {"count": 2, "dim": 3, "rng": RNG, "dtype": np.float64}),
    Call(sample_two_spheres, {"count": 2, "dim": 3, "outer_radius": 1.3, "rng": RNG, "dtype": np.float64}),
    Call(
        SuiteSettings,
        {
            "distance_samples": 5,
            "monte_carlo_samples": 5,
            "seed": 0,
            "confidence": 0.9,
            "metric": "geodesic",
            "workers": 1,
        },
    ),
    Call(TrainingConfig, TrainingConfig(3, 3, 1).as_dict()),
    Call(
        train,
        {
            "config": TrainingConfig(3, 3, 1),
            "checkpoint": None,
            "resume": False,
            "checkpoint_seconds": 60.0,
            "checkpoint_steps": None,
        },
    ),
    Call(
        run_cells,
        {"cells": [], "folder": "cells", "workers": 1, "executor": "local", "scheduler": None, "progress": None},
        ("out",),
    ),
]


def name_of(call: Call) -> str:
    return getattr(call.function, "__qualname__", repr(call.function))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths among the arguments lead nowhere that matters."""
    monkeypatch.chdir(tmp_path)


NOTHING_THERE = (load_checkpoint, save_checkpoint, load_record, compare)


@pytest.mark.parametrize("call", [call for call in CALLS if call.function not in NOTHING_THERE], ids=name_of)
def test_what_the_others_are_changed_from_is_taken(call: Call) -> None:
    call.function(**call.valid)


@pytest.mark.parametrize(
    ("call", "argument"),
    [(c, a) for c in CALLS for a in c.valid],
    ids=lambda x: x if isinstance(x, str) else name_of(x),
)
@pytest.mark.filterwarnings("error")
def test_nonsense_is_refused_by_the_name_of_its_argument(call: Call, argument: str) -> None:
    """One argument is changed at a time."""
    for value in (*NONSENSE, *NOW_AND_THEN):
        refused = refusal(call, {**call.valid, argument: value})
        if refused is None:
            is_text = argument in TEXTS and isinstance(value, str)
            is_unbounded = argument == "largest" and value == float("inf")  # of an unbounded space
            assert is_text or is_unbounded or any(value is other for other in NOW_AND_THEN), (
                f"{argument}={value!r} was taken"
            )
        else:
            assert refused in (argument, *call.names)


def refusal(call: Call, arguments: dict[str, Any]) -> str | None:
    """Name of the argument that is refused; None where none is."""
    try:
        call.function(**arguments)
    except InvalidArgumentError as error:
        return error.argument
    return None
