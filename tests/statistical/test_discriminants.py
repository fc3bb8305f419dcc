"""Fitted discriminants of real data: exact error rates against points that ``predict`` is asked about, and SLSQP.

False alarms: each count is off by 5.5 standard deviations with probability 4e-8; the seed is fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from adversarial_spheres import around, known_errors

pytest.importorskip("sklearn")
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB

CASES = [
    (load_wine, QuadraticDiscriminantAnalysis(reg_param=0.1), 0),
    (load_wine, GaussianNB(), 70),
    (load_breast_cancer, QuadraticDiscriminantAnalysis(reg_param=0.1), 40),
    (load_breast_cancer, GaussianNB(), 13),
]
SAMPLES = 200_000


def off(errors: int, rate: float) -> float:
    """By how many standard deviations a count is off."""
    return abs(errors - SAMPLES * rate) / np.sqrt(SAMPLES * rate * (1.0 - rate))


@pytest.mark.slow
@pytest.mark.parametrize("case", range(len(CASES)))
def test_counts_and_searches_agree_with_what_is_known(case: int) -> None:
    load, estimator, index = CASES[case]
    points, labels = load(return_X_y=True)
    points, labels = (points - points.mean(0)) / points.std(0), (labels == 1).astype(int)
    problem = around(estimator.fit(points, labels), points[index], label=labels[index], noise=1.0)
    known = known_errors(problem)
    assert known is not None
    rng = np.random.default_rng([5, case])
    errors = sum(int(problem.errors(problem.sample(50_000, rng)).sum()) for _ in range(SAMPLES // 50_000))
    rate = float(known.rate)
    assert 1e-4 < rate < 0.9
    assert off(errors, rate) < 5.5 < off(errors, 1.2 * rate + 1e-3)  # the second is a negative control
    assert known.log_error < 1e-8

    point = problem.sample(20, rng)
    low, high = known.distances(point)
    at = int(np.argmax(low))
    full = np.diag(known.function.matrix) if known.function.matrix.ndim == 1 else known.function.matrix
    best = np.inf
    for _ in range(6):
        found = minimize(
            lambda x: float((x - point[at]) @ (x - point[at])),
            point[at] + rng.standard_normal(problem.dim),
            jac=lambda x: 2.0 * (x - point[at]),
            method="SLSQP",
            constraints={
                "type": "ineq",
                "fun": known.function.values,
                "jac": lambda x: 2.0 * full @ x + known.function.linear,
            },
            options={"ftol": 1e-15, "maxiter": 300},
        )
        if known.function.values(found.x) > -1e-9:
            best = min(best, float(np.sqrt(found.fun)))
    assert low[at] > 0.1
    assert abs(best - high[at]) < 1e-6
    assert high[at] - low[at] < 1e-9
