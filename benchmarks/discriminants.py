"""Exact error rates and nearest errors of fitted discriminants, beside 10^6 random points and SciPy's SLSQP.

``python -m benchmarks.discriminants`` prints two tables, one line for each data point: scikit-learn's quadratic
discriminant and Gaussian naive Bayes, fitted to its wine data (class 1 against the rest) and breast cancer data, all
features standardised, in Gaussian noise of standard deviation 1/2 about a data point.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import numpy as np
from scipy.optimize import minimize

from adversarial_spheres import KnownErrors, around, known_errors
from adversarial_spheres.numerics.models.problem import Problem

NOISE, COUNTED, STARTS = 0.5, 10**6, 8


def problems(count: int) -> Iterator[tuple[str, Problem, KnownErrors]]:
    """Problems about data points that are classified correctly, the hardest ones first, with their errors."""
    from sklearn.datasets import load_breast_cancer, load_wine
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.naive_bayes import GaussianNB

    for name, load in (("wine", load_wine), ("breast cancer", load_breast_cancer)):
        points, labels = load(return_X_y=True)
        points, labels = (points - points.mean(0)) / points.std(0), (labels == 1).astype(int)
        for short, estimator in (("QDA", QuadraticDiscriminantAnalysis(reg_param=0.1)), ("naive Bayes", GaussianNB())):
            right = np.flatnonzero(estimator.fit(points, labels).predict(points) == labels)
            doubt = estimator.predict_proba(points)[right].max(axis=1)
            for index in right[np.argsort(doubt)[:: max(1, len(right) // (3 * count))][:count]]:
                problem = around(estimator, points[index], label=labels[index], noise=NOISE)
                known = known_errors(problem)
                if known is not None:
                    yield f"{name}, {short}", problem, known


def counted(problem: Problem, samples: int) -> int:
    """Number of random points that the estimator's own ``predict`` gives another label."""
    rng, step = np.random.default_rng(1), 100_000
    return sum(int(np.count_nonzero(problem.errors(problem.sample(step, rng)))) for _ in range(samples // step))


def searched(known: KnownErrors, point: np.ndarray, starts: int = STARTS) -> float:
    """Distance to the nearest error that SLSQP finds from several starts."""
    function, best = known.function, np.inf
    full = np.diag(function.matrix) if function.matrix.ndim == 1 else function.matrix
    constraint = {"type": "ineq", "fun": function.values, "jac": lambda x: 2.0 * full @ x + function.linear}
    rng = np.random.default_rng(0)
    for _ in range(starts):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # values off the bounds of SLSQP's own making
            found = minimize(
                lambda x: float((x - point) @ (x - point)),
                point + rng.standard_normal(len(point)),
                jac=lambda x: 2.0 * (x - point),
                method="SLSQP",
                constraints=constraint,
                options={"ftol": 1e-15, "maxiter": 300},
            )
        if function.values(found.x) > -1e-9:
            best = min(best, float(np.sqrt(found.fun)))
    return best


def main() -> None:
    """Print both tables."""
    cases = list(problems(5))
    print(f"{'data, model':<28}{'dim':>4}{'error rate':>12}{'counted/10^6':>14}{'z':>6}{'log error':>11}{'ms':>8}")
    for name, problem, known in cases:
        p, found = float(known.rate), counted(problem, COUNTED)
        start = time.process_time()
        KnownErrors.of(problem.space, known.function.times(1.0))
        taken = 1e3 * (time.process_time() - start)
        z = (found - COUNTED * p) / np.sqrt(max(COUNTED * p * (1.0 - p), 1.0))
        print(f"{name:<28}{problem.dim:4d}{p:12.4e}{found:14d}{z:6.1f}{known.log_error:11.1e}{taken:8.1f}")
    print(f"\n{'data, model':<28}{'distance':>10}{'SLSQP - it':>12}{'certificate':>13}{'ms':>8}{'SLSQP / ours':>14}")
    for name, problem, known in cases:
        points = problem.sample(8, np.random.default_rng(2))
        start = time.process_time()
        low, high = known.distances(points)
        ours = 1e3 * (time.process_time() - start) / len(points)
        correct = int(np.argmax(high))
        start = time.process_time()
        best = searched(known, points[correct])
        theirs = 1e3 * (time.process_time() - start)
        gap = high[correct] - low[correct]
        difference = best - high[correct]
        print(f"{name:<28}{high[correct]:10.6f}{difference:12.1e}{gap:13.1e}{ours:8.3f}{theirs / ours:14.0f}")


if __name__ == "__main__":
    main()
