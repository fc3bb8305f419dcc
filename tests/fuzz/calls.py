"""A good call of every public function and of every public class that is made by hand.

``GOOD`` has the keywords of a call that ends in a few milliseconds; each is replaced by odd values, one or two at a
time. A public name that has no good call here, and is not listed as made by the package alone, fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import adversarial_spheres as spheres

MADE_BY_THE_PACKAGE = {
    *("AttackResult", "BoundCheck", "Cap", "Check", "Interval", "LogProbability", "PredictedMean", "Record"),
    *("AccuracyError", "InconclusiveError", "InvalidArgumentError", "ModelError", "NotWrittenError", "RefutedError"),
    *("Finding", "ModelWarning", "NearErrors", "Measurement", "Space", "LabelModel", "Model", "__version__"),
    *("AttackScore", "AttackScores", "BenchProblem", "DataSetMeasurement", "KnownErrors"),
}
"""Results, errors and protocols: nobody's input."""


@cache
def classifier() -> Any:
    """Four coefficients, errors on both spheres."""
    return spheres.QuadraticClassifier.from_alphas([0.5, 1.2, 0.9, 1.1])


def cap(points: Any) -> Any:
    """Logits of a cap."""
    return np.asarray(points)[:, 0] - 0.5


def _points() -> Any:
    return np.array([[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5], [0.0, 0.6, 0.8, 0.0]])


class Estimator:
    """What scikit-learn would have fitted."""

    classes_ = np.array([0, 1])

    def predict(self, points: Any) -> Any:
        """One of the classes."""
        return (cap(points) > 0).astype(int)

    def decision_function(self, points: Any) -> Any:
        """A score."""
        return cap(points)


def _form() -> Any:
    weights = np.array([1.0, -0.5])
    return {"weights": weights, "degrees": np.array([2.0, 3.0]), "noncentrality": np.array([0.0, 1.0]), "normal": 0.5}


def _function() -> Any:
    matrix = np.array([[1.0, 0.5], [0.5, -1.0]])
    return {"matrix": matrix, "linear": np.array([0.5, 0.0]), "constant": -2.0, "sizes": (2.0, 1.0, 3.0)}


def _problem() -> Any:
    return spheres.around(Estimator(), [0.1, 0.2, 0.3, 0.4], label=0, noise=0.5)


def _evidence(**given: Any) -> Any:
    return spheres.Evidence(**{"space": spheres.Sphere(4), "error_rate": spheres.ErrorCounts(3, 100)} | given)


SAMPLED: dict[str, Any] = {"samples": 5, "seed": 0, "confidence": 0.9, "workers": 1}
GOOD: dict[str, Callable[[], dict[str, Any]]] = {
    "AttackClaim": dict,
    "AttackDistances": lambda: (
        {"upper": np.array([0.5, 0.6]), "succeeded": np.array([True, True]), "anytime": False}
        | {"no_errors": 0, "largest": np.pi}
    ),
    "AttackSettings": lambda: (
        {"method": None, "steps": 3, "restarts": 1, "rescues": 1, "gain": 1e-5}
        | {"paper_step": 0.01, "paper_steps": 3, "paper_start": 0.1, "query_budget": 99, "most_restarts": 2}
    ),
    "CheckedModel": lambda: {"model": spheres.from_callable(cap), "max_batch": 7, "source": "model", "dim": 4},
    "Claims": lambda: (
        {"error_rate": 0.1, "mean_distance": 0.3, "tightness": 0.5, "perfect": False}
        | {"robust_accuracy": 0.5, "epsilon": 0.1, "quantile": 0.5, "quantile_distance": 0.1}
    ),
    "ErrorCounts": lambda: {"errors": 3, "samples": 100, "anytime": False},
    "ErrorRateClaim": lambda: {"error_rate": 0.1, "relation": "at most"},
    "Evidence": lambda: (
        {"space": spheres.Sphere(4), "error_rate": spheres.ErrorCounts(3, 100), "even": False}
        | {"distances": (spheres.AttackDistances(np.array([0.5, 0.6])),)}
    ),
    "ExactDistances": lambda: {
        "lower": np.array([0.1, 0.2]),
        "upper": np.array([0.1, 0.3]),
        "anytime": False,
        "largest": np.pi,
    },
    "ExactErrorRate": lambda: {"rate": spheres.LogProbability.of(0.1), "log_error": 0.0, "touches": False},
    "LogProbability.of": lambda: {"probability": 0.25},
    "LogProbability.from_log10": lambda: {"log10_p": -30.0},
    "QuadraticClassifier.from_alphas": lambda: {"alphas": np.array([0.5, 1.2, 0.9])},
    "LowerCertificates": lambda: {"lower": np.array([0.1, 0.2]), "anytime": False, "largest": np.pi},
    "MeanDistanceClaim": lambda: {"distance": 0.3, "relation": "at least"},
    "NearErrorsClaim": lambda: {"share": 0.3, "epsilon": 0.1, "relation": "at least"},
    "PerfectionClaim": dict,
    "ProvedMeanDistance": lambda: {"at_least": 0.1},
    "QuadraticClassifier": lambda: {"eigenvalues": np.array([0.5, 1.2, 0.9]), "bias": -1.0},
    "QuadraticNetwork": lambda: {"weights": np.eye(3), "output_weight": 1.0, "bias": -1.2},
    "QuantileDistanceClaim": lambda: {"quantile": 0.5, "distance": 0.3, "relation": "at least"},
    "RobustAccuracyClaim": lambda: {"accuracy": 0.5, "epsilon": 0.3, "relation": "at least"},
    "SplittingBudget": lambda: {"particles": 50, "runs": 4, "steps": 2, "level_probability": 0.2, "max_levels": 5},
    "SuiteSettings": lambda: (
        {"distance_samples": 5, "monte_carlo_samples": 5, "seed": 0, "confidence": 0.9}
        | {"metric": "euclidean", "workers": 1, "control": False}
    ),
    "TightnessClaim": lambda: {"share": 0.5, "relation": "at least"},
    "TrainingConfig": lambda: (
        {"dim": 3, "hidden": 4, "steps": 2, "batch_size": 5, "learning_rate": 1e-3, "seed": 0}
        | {
            "outer_radius": 1.3,
            "train_size": 5,
            "network": "quadratic",
            "depth": 1,
            "init": "random",
            "init_scale": 1.0,
        }
        | {"objective": "average", "pgd_steps": 2, "pgd_step": 0.05, "dtype": "float32", "blas_threads": 1}
        | {"stop_below": None, "check_every": 1, "schedule": "linear", "ema_decay": 0.9}
    ),
    "AnisotropicGaussian": lambda: {"covariance": np.array([1.0, 4.0, 0.5, 2.0]), "norm": 2.0},
    "Ball": lambda: {"dim": 4, "radius": 1.0},
    "Cube": lambda: {"dim": 4, "side": 1.0},
    "Curved": lambda: {"kappa": 2.0, "dim": 4},
    "EvenSphere": lambda: {"dim": 4, "radius": 1.0, "metric": "euclidean"},
    "Gaussian": lambda: {"dim": 4, "sigma": 0.5, "norm": 2.0},
    "Hamming": lambda: {"dim": 4},
    "LipschitzImage": lambda: {"base": spheres.Gaussian(4), "constant": 2.0, "image": None, "outputs": 3},
    "SphereProduct": lambda: {"dims": (4, 3), "radii": (1.0, 0.5)},
    "Problem": lambda: (
        {"model": spheres.from_callable(cap), "space": spheres.Gaussian(4), "sphere": "inner"}
        | {"centre": np.array([0.1, 0.2, 0.3, 0.4]), "at_data_point": True}
    ),
    "Sphere": lambda: {"dim": 4, "radius": 1.0, "metric": "euclidean"},
    "around": lambda: (
        {"model": Estimator(), "centre": np.array([0.1, 0.2, 0.3, 0.4]), "label": 0, "noise": 0.5}
        | {"radius": None, "shape": None, "metric": "euclidean"}
    ),
    "asymptotic_mean_distance": lambda: {"error_rate": 0.1, "dim": 5, "radius": 1.0},
    "attack": lambda: (
        {"model": spheres.from_callable(cap), "points": _points(), "sphere": "inner", "outer_radius": 1.3}
        | {"settings": spheres.AttackSettings(steps=2, rescues=1), "seed": 0, "key": (1,), "workers": 1}
        | {"radius": None}
    ),
    "art_attack": lambda: {"make": Estimator},
    "attack_bench": lambda: (
        {"attacks": ["paper"], "problems": ["cap"], "dims": [10], "points": 3, "within": 1.01, "seed": 0}
        | {"progress": None}
    ),
    "bench_problem": lambda: {"family": "cap", "dim": 10, "points": 3, "seed": 0},
    "bounded_mean_sequence": lambda: {"values": np.array([0.1, 0.5]), "confidence": 0.9, "low": 0.0, "high": 1.0},
    "cap_distance_survival": lambda: {
        "distance": 0.1,
        "error_rate": 0.1,
        "dim": 5,
        "radius": 1.0,
        "metric": "geodesic",
    },
    "cap_height": lambda: {"measure": 0.3, "dim": 5},
    "cap_log_measure": lambda: {"height": 0.3, "dim": 5},
    "cap_measure": lambda: {"height": 0.3, "dim": 5},
    "cap_of_measure": lambda: {"measure": 0.3, "dim": 5},
    "check_bound": lambda: (
        {"model": spheres.from_callable(cap), "claims": spheres.Claims(0.5), "dim": 4, "seed": 0}
        | {"sphere": "inner", "radius": 1.0, "metric": "euclidean", "max_samples": 9, "confidence": 0.9, "workers": 1}
        | {"attack": None, "attacked_points": 2, "certified_points": 0, "max_queries": 10**6, "max_seconds": 60.0}
    ),
    "chernoff_log_error_rate": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3},
    "clt_error_rate": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3},
    "count_errors": lambda: {"problem": _problem(), **SAMPLED},
    "decide": lambda: (
        {"claim": spheres.ErrorRateClaim(0.1), "evidence": _evidence(), "confidence": 0.9, "name": None}
        | {"plan": True}
    ),
    "error_rate_sequence": lambda: {"errors": np.array([False, True]), "confidence": 0.9},
    "exact_error_rate": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3},
    "exact_error_rate_enclosure": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3},
    "explicit_mean_distance_bound": lambda: {"error_rate": 0.1, "dim": 5, "radius": 1.0},
    "foolbox_attack": lambda: {"attack": Estimator},
    "from_callable": lambda: (
        {"function": cap, "returns": "logits", "gradient": None, "dtype": None, "max_batch": 7}
        | {"classes": None, "shape": None}
    ),
    "from_jax": lambda: (
        {"function": cap, "dtype": None, "max_batch": 7, "returns": "logits"} | {"classes": None, "shape": None}
    ),
    "from_sklearn": lambda: {"estimator": Estimator(), "outer": 1, "max_batch": 7},
    "from_torch": lambda: (
        {"module": cap, "device": "cpu", "dtype": None, "max_batch": 7, "gradient": True}
        | {"classes": None, "shape": None, "returns": "logits"}
    ),
    "hidden_units_needed": lambda: {"error_rate": 0.1, "dim": 5, "outer_radius": 1.3},
    "importance_error_rate": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3, **SAMPLED},
    "load_alphas": lambda: {"path": Path("alphas.npy")},
    "load_checkpoint": lambda: {"path": Path("quadratic.checkpoint")},
    "load_model": lambda: {"reference": "playground_models:cap"},
    "load_record": lambda: {"path": Path("record")},
    "max_error_rate": lambda: {"mean_distance": 0.3, "dim": 5, "radius": 1.0, "metric": "geodesic"},
    "max_robust_accuracy": lambda: {"error_rate": 0.1, "dim": 5, "epsilon": 0.1, "radius": 1.0, "metric": "geodesic"},
    "mean_angle_lower_bound": lambda: (
        {"coefficients": np.array([-1.0, 0.5, 0.2]), "error_rate": 0.1} | {"boundary_is_error": False}
    ),
    "mean_angle_prediction": lambda: {"coefficients": np.array([-1.0, 0.5, 0.2]), "boundary_is_error": False},
    "mean_distance_bound": lambda: {"error_rate": 0.1, "dim": 5, "radius": 1.0, "metric": "geodesic"},
    "measure_data_set": lambda: (
        {"model": Estimator(), "centres": _points(), "labels": [0, 1, 0], "noise": [0.5], "radius": None, **SAMPLED}
        | {"counted_samples": 9, "settings": spheres.AttackSettings(steps=2, rescues=1), "progress": None}
        | {"shape": None, "metric": "euclidean"}
    ),
    "measure_distances": lambda: (
        {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3, **SAMPLED}
        | {"metric": "geodesic", "epsilon": 0.1, "key": (), "statistics": None, "progress": None}
        | {"control": False, "predict": False}
    ),
    "measure_model_distances": lambda: (
        {"model": spheres.from_callable(cap), "dim": 4, "sphere": "inner", **SAMPLED}
        | {"outer_radius": 1.3, "metric": "geodesic", "epsilon": 0.1, "counted_samples": 9, "progress": None}
        | {"settings": spheres.AttackSettings(steps=2, rescues=1)}
    ),
    "measure_problem": lambda: (
        {"problem": _problem(), **SAMPLED}
        | {"counted_samples": 9, "settings": spheres.AttackSettings(steps=2, rescues=1), "progress": None}
        | {"epsilon": 0.3}
    ),
    "monte_carlo_error_rate": lambda: (
        {"model": spheres.from_callable(cap), "dim": 4, "sphere": "inner", **SAMPLED} | {"outer_radius": 1.3}
    ),
    "nearest_boundary_point": lambda: (
        {"points": _points(), "alphas": np.array([0.5, 1.2, 0.9, 1.1])} | {"return_points": True}
    ),
    "nearest_error": lambda: (
        {"points": _points(), "coefficients": np.array([0.5, -1.2, -0.9, -1.1])}
        | {"boundary_is_error": True, "return_points": True}
    ),
    "on": lambda: {"model": Estimator(), "space": spheres.Cube(4), "label": 0, "shape": None},
    "paper_alphas": dict,
    "quadratic_form_log_density": lambda: {"point": 1.5, **_form()},
    "quadratic_form_quantile": lambda: {"probability": 0.9, **_form()},
    "quadratic_form_tail": lambda: {"threshold": 3.0, **_form(), "accuracy": 1e-9},
    "QuadraticFunction": _function,
    "known_errors": lambda: {"problem": _problem()},
    "mean_positive_distance_lower_bound": lambda: {
        "function": spheres.QuadraticFunction(**_function()),
        "normal": np.array([[0.5, -1.0], [1.0, 0.2]]),
        "factor": 0.5,
    },
    "nearest_positive_point": lambda: {
        "points": np.array([0.5, -1.0]),
        "function": spheres.QuadraticFunction(**_function()),
        "return_points": True,
    },
    "positive_probability": lambda: {"coefficients": np.array([-1.0, 0.5, 0.2])},
    "predict_distance": lambda: {
        "classifier": classifier(),
        "sphere": "inner",
        "outer_radius": 1.3,
        "metric": "geodesic",
    },
    "quantile_distance_bound": lambda: {
        "quantile": 0.5,
        "error_rate": 0.1,
        "dim": 5,
        "radius": 1.0,
        "metric": "geodesic",
    },
    "run_sequential_suite": lambda: (
        {"classifier": classifier(), "outer_radius": 1.3, "spheres": ("inner",), "max_seconds": 60.0}
        | {"settings": spheres.SuiteSettings(9, 9, 0), "claims": spheres.Claims(0.9)}
    ),
    "run_suite": lambda: (
        {"classifier": classifier(), "outer_radius": 1.3, "spheres": ("inner",), "model": None}
        | {"settings": spheres.SuiteSettings(9, 9, 0), "claims": spheres.Claims(0.9)}
    ),
    "sample": lambda: {"space": spheres.Cube(4), "count": 3, "seed": 0},
    "score_candidates": lambda: (
        {"points": _points(), "candidates": _points(), "classifier": classifier()}
        | {"sphere": "inner", "outer_radius": 1.3, "tolerance": 1e-6}
    ),
    "splitting_error_rate": lambda: (
        {"model": spheres.from_callable(cap), "dim": 4, "sphere": "inner", "seed": 0}
        | {
            "outer_radius": 1.3,
            "budget": spheres.SplittingBudget(50, 4, 2),
            "confidence": 0.9,
            "workers": 1,
            "progress": None,
        }
    ),
    "torch_attack": lambda: {"run": Estimator},
    "torchattacks_attack": lambda: {"make": Estimator},
    "train": lambda: (
        {"config": spheres.TrainingConfig(3, 4, 2), "checkpoint": None, "resume": False, "workers": 1}
        | {"checkpoint_seconds": 9.0, "checkpoint_steps": 1, "progress": None, "visit": None}
    ),
    "two_spheres": lambda: (
        {"model": spheres.from_callable(cap), "dim": 4, "outer_radius": 1.3, "metric": "euclidean"}
    ),
    "worst_case_loss": lambda: {"classifier": classifier(), "sphere": "inner", "outer_radius": 1.3},
}
OTHER_WORDS = {
    ("attack_bench", "attacks"): "attack",
    ("TightnessClaim", "share"): "claim_tightness",
    ("load_alphas", "path"): "alphas",
    ("quadratic_form_log_density", "point"): "threshold",
    ("load_checkpoint", "path"): "checkpoint",
    ("load_record", "path"): "record",
    ("load_model", "reference"): "model",
    ("check_bound", "certified_points"): "certified",
    ("LogProbability.of", "probability"): "error_rate",
    ("LogProbability.from_log10", "log10_p"): "log10_error_rate",
}
"""Where the message names an argument by another word, and rightly so."""
NOT_FUZZED = {("LogProbability.of", "name"), ("LogProbability.from_log10", "name")}
"""Names for messages."""
CALLED = {"progress", "visit", "attack", "function", "gradient", "module", "estimator", "model", "image"}
"""Arguments that are called: what a function of the user raises is the user's."""
WAYS_TO_MAKE = ("LogProbability.of", "LogProbability.from_log10", "QuadraticClassifier.from_alphas")
"""Methods that make a value of a class, beside the class itself or in its place."""


def public_callables() -> dict[str, Callable[..., Any]]:
    """Every public function and class that takes somebody's input."""
    names = [name for name in spheres.__all__ if name not in MADE_BY_THE_PACKAGE]
    found = {name: attrgetter(name)(spheres) for name in (*names, *WAYS_TO_MAKE)}
    return {name: value for name, value in found.items() if not isinstance(value, ModuleType)}
