"""Exact tails of quadratic forms: time, accuracy and cost per dimension, beside the tools that people use today.

``python -m benchmarks.tails`` prints four tables; times are processor times. Each peer runs at its
tightest setting. Peers: chi2comb (Davies),
gx2 (Imhof, and its own choice), R's CompQuadForm through Rscript, and Imhof's integral on the
imaginary axis by SciPy's adaptive quadrature, which is what Imhof's method comes to wherever it is packaged; in the
last table, of general forms, momentchi2 (matched moments), too, where all weights are positive.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

from adversarial_spheres.theory.quadratic.form import (
    clt_probability,
    lugannani_rice_probability,
    positive_probability,
)
from adversarial_spheres.theory.quadratic.general import quadratic_form_tail

Peer = Callable[[np.ndarray], float]
Form = dict[str, Any]
BATCH_LIMIT_MS, ALONE_LIMIT_MS, MILLION_LIMIT_S = 0.5, 2.0, 5.0


def imhof(c: np.ndarray) -> float:
    """P(Q > 0) by Imhof's formula, adaptive quadrature at its tightest."""
    scaled = c / np.abs(c).max()

    def integrand(u: float) -> float:
        return np.sin(0.5 * np.sum(np.arctan(scaled * u))) / (u * np.exp(0.25 * np.sum(np.log1p((scaled * u) ** 2))))

    upper = 80.0 / np.sqrt(np.sum(scaled**2))
    return 0.5 + integrate.quad(integrand, 1e-300, upper, epsabs=0, epsrel=1e-13, limit=2000)[0] / np.pi


def chi2comb_davies(c: np.ndarray) -> float:
    """chi2comb at its tightest: one chi-square per coefficient."""
    from chi2comb import ChiSquared, chi2comb_cdf

    return 1.0 - chi2comb_cdf(0.0, [ChiSquared(float(x), 0.0, 1) for x in c], 0.0, 100_000, 1e-16)[0]


def gx2_tail(c: np.ndarray, method: str, **tolerances: float) -> float:
    """gx2, its own choice of method or Imhof's at its tightest; it warns where it clips."""
    import gx2

    ones, zeros = np.ones_like(c), np.zeros_like(c)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.ravel(gx2.cdf(0.0, c, ones, zeros, 0.0, 0.0, side="upper", method=method, **tolerances))[0])


def comp_quad_form(c: np.ndarray) -> float:
    """R's CompQuadForm, davies at its tightest."""
    code = "suppressMessages(library(CompQuadForm)); cat(davies(0, scan(quiet=TRUE, 'stdin'), acc=1e-14, lim=1e6)$Qq)"
    text = " ".join(repr(float(x)) for x in c)
    result = subprocess.run(["Rscript", "-e", code], input=text, capture_output=True, text=True, check=True)
    return float(result.stdout)


def peers() -> dict[str, Peer]:
    """The peers that are there; the others are named in a message."""
    found: dict[str, Peer] = {"Imhof by scipy.quad": imhof}
    packaged: list[tuple[str, str, Peer]] = [
        ("chi2comb", "chi2comb (Davies)", chi2comb_davies),
        ("gx2", "gx2, Imhof, tight", lambda c: gx2_tail(c, "imhof", AbsTol=0.0, RelTol=1e-13)),
        ("gx2", "gx2, automatic", lambda c: gx2_tail(c, "auto")),
    ]
    for module, name, peer in packaged:
        if importlib.util.find_spec(module):
            found[name] = peer
        else:
            print(f"{name}: not installed, skipped (pip install {module})")
    if shutil.which("Rscript"):
        found["CompQuadForm (Davies)"] = comp_quad_form
    else:
        print("CompQuadForm (Davies): no Rscript, skipped")
    return found


def best_time(call: Callable[[], object], repeats: int = 5) -> float:
    """Least processor time of several runs in seconds, all single-threaded: other programs don't count."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def histories(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """1000 rows of coefficients of inner spheres at dimension 500, of the kinds that training passes through."""
    return {
        "untrained, c ~ N(0, 1)": rng.normal(0.0, 1.0, (1000, 500)),
        "alphas ~ N(0.8, 0.3)": rng.normal(0.8, 0.3, (1000, 500)) - 1.0,
        "alphas ~ N(0.8, 0.11)": rng.normal(0.8, 0.11, (1000, 500)) - 1.0,
        "one alpha above 1": np.concatenate([np.full((1000, 1), 1e-3), -rng.random((1000, 499))], axis=1),
    }


def print_speed(rng: np.random.Generator) -> None:
    """Time of one tail at dimension 500, in a batch and alone, against the limits."""
    print(f"\n{'one tail at dim 500':<26}{'batch ms':>10}{'/ 0.5 ms':>10}{'alone ms':>10}{'/ 2 ms':>9}{'nodes':>7}")
    for name, rows in histories(rng).items():
        batch = best_time(lambda rows=rows: positive_probability(rows), 3) / len(rows) * 1e3
        alone = best_time(lambda rows=rows: positive_probability(rows[0]), 20) * 1e3
        nodes = int(np.median(positive_probability(rows).nodes))
        print(
            f"{name:<26}{batch:10.3f}{batch / BATCH_LIMIT_MS:10.2f}{alone:10.3f}{alone / ALONE_LIMIT_MS:9.2f}{nodes:7d}"
        )


def print_scaling(rng: np.random.Generator) -> None:
    """Cost against the dimension, with the exponent fitted over the larger dimensions."""
    dims = np.array([1_000, 10_000, 100_000, 300_000, 1_000_000])
    seconds = []
    print(f"\n{'dim':>9}{'seconds':>10}")
    for dim in dims:
        c = rng.normal(-0.2 / np.sqrt(dim / 500), 1.0, dim)
        seconds.append(best_time(lambda c=c: positive_probability(c), 3))
        print(f"{dim:9d}{seconds[-1]:10.4f}")
    exponent = np.polyfit(np.log(dims[2:]), np.log(seconds[2:]), 1)[0]
    share = seconds[-1] / MILLION_LIMIT_S
    print(f"fitted exponent from dim 10^5 on {exponent:.2f}; dim 10^6 takes {share:.2f} of the 5 s allowed")


def print_accuracy() -> None:
    """Relative error of P of each tool over tails from 0.1 to 1e-100, against the exact value; and its time."""
    found = peers()
    print(f"\n{'dim 500, tool':<26}{'P':>9}{'rel. error':>12}{'ms':>9}{'time / ours':>12}")
    for mean in (-0.01, -0.1, -0.2, -0.3, -0.45, -0.6, -0.9):
        c = mean + np.linspace(-1.0, 1.0, 500) ** 3
        tail = positive_probability(c)
        exact = float(tail.probability.probability)
        ours = best_time(lambda c=c: positive_probability(c))
        print(f"{'this package':<26}{exact:9.1e}{float(tail.log_error):12.1e}{ours * 1e3:9.3f}{1.0:12.1f}  (estimate)")
        estimates: dict[str, Peer] = {
            "central limit theorem": lambda x: float(clt_probability(x).probability),
            "Lugannani-Rice": lambda x: float(lugannani_rice_probability(x).probability),
        }
        for name, peer in {**found, **estimates}.items():
            error = abs(peer(c) - exact) / exact
            taken = best_time(lambda c=c, peer=peer: peer(c), 2)
            print(f"{name:<26}{'':>9}{error:12.1e}{taken * 1e3:9.3f}{taken / ours:12.1f}")


def general_forms() -> dict[str, tuple[float, Form]]:
    """Forms of the kinds that statisticians have, with thresholds from the middle to far out."""
    skat: Form = {"weights": 100.0 * 0.8 ** np.arange(30)}
    full: Form = {
        "weights": np.array([1.0, -0.5, 0.2]),
        "degrees": np.array([2.0, 3.0, 1.0]),
        "noncentrality": np.array([1.0, 4.0, 9.0]),
        "normal": 0.5,
    }
    found = {f"SKAT, q = {q:g}": (q, skat) for q in (1500.0, 5000.0, 20000.0)}
    return found | {f"noncentral, q = {q:g}": (q, full) for q in (2.0, 30.0, 150.0)}


def gx2_general(q: float, form: Form, method: str, **tolerances: float) -> float:
    """gx2 on a general form."""
    import gx2

    w = form["weights"]
    k, delta = form.get("degrees", np.ones_like(w)), form.get("noncentrality", np.zeros_like(w))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gx2.cdf(q, w, k, delta, form.get("normal", 0.0), 0.0, side="upper", method=method, **tolerances)
    return float(np.ravel(found)[0])


def general_peers() -> dict[str, Callable[[float, Form], float]]:
    """Tools for general forms that are there; momentchi2 knows sums of central ones of positive weights only."""
    found: dict[str, Callable[[float, Form], float]] = {}
    if importlib.util.find_spec("gx2"):
        found["gx2, Imhof, tight"] = lambda q, form: gx2_general(q, form, "imhof", AbsTol=0.0, RelTol=1e-13)
        found["gx2, automatic"] = lambda q, form: gx2_general(q, form, "auto")
    if importlib.util.find_spec("momentchi2"):
        import momentchi2

        for name in ("hbe", "wf"):  # lpb4 asks for numpy.math, which is gone
            cdf = getattr(momentchi2, name)
            found[f"momentchi2, {name}"] = lambda q, form, cdf=cdf: 1.0 - float(cdf(list(form["weights"]), q))
    return found


def print_general() -> None:
    """Relative error and time of each tool on general forms, against tails whose error is proved to be below 1e-12."""
    print(f"\n{'general form, tool':<26}{'P':>9}{'rel. error':>12}{'ms':>9}{'time / ours':>12}")
    for name, (q, form) in general_forms().items():
        tail = quadratic_form_tail(q, **form)
        exact = float(tail.probability)
        ours = best_time(lambda q=q, form=form: quadratic_form_tail(q, **form))
        print(f"{name:<26}{exact:9.1e}{float(tail.log_error):12.1e}{ours * 1e3:9.3f}{1.0:12.1f}  (proved)")
        for peer_name, peer in general_peers().items():
            if peer_name.startswith("momentchi2") and len(form) > 1:
                continue
            error = abs(peer(q, form) - exact) / exact
            taken = best_time(lambda q=q, form=form, peer=peer: peer(q, form), 2)
            print(f"{peer_name:<26}{'':>9}{error:12.1e}{taken * 1e3:9.3f}{taken / ours:12.1f}")


def main() -> None:
    """Print all tables."""
    rng = np.random.default_rng(2018)
    print_speed(rng)
    print_scaling(rng)
    print_accuracy()
    print_general()


if __name__ == "__main__":
    main()
