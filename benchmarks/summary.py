"""One table of all topics: our time, that of a peer, the limit we set ourselves, and the ratio to whichever is there.

    python -m benchmarks [TOPIC ...]

Topics: caps, tails, nearest, training, attacks, certificates, rare-events; all without one. Times are the best of
several runs in seconds. A peer is used in its fastest form and at its best setting; one that is not installed is named
all the same. "Drawing" as the peer of exact distances is the time of drawing the same points: whoever samples pays it
anyway. The last column says what the time bought: errors of the results, distances found.
"""

from __future__ import annotations

import importlib.util
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.candidates import score_candidates
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.certified import CertificateMethod, certify
from adversarial_spheres.numerics.distances.exact import nearest_distances_of
from adversarial_spheres.numerics.error_rates.importance import importance_error_rate
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import splitting_error_rate
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.sphere import misclassified
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.quadratic.form import positive_probability
from benchmarks import attacks, caps, nearest, rare_events, tails, training

POINTS, DIM = 20_000, 500
QUADRATURES, TURNS, STEPS = 5, 10, 10
ATTACKED, CERTIFIED, COUNTED = 100, 4, 20_000
RELU = TrainingConfig(dim=DIM, hidden=1000, steps=500, network="relu", depth=2, learning_rate=1e-3)
ALL_PEERS_FOR = "alphas ~ N(0.8, 0.3)"
VERSIONS = ("numpy", "scipy", "numba", "torch", "foolbox", "chi2comb", "gx2")


@dataclass(frozen=True)
class Row:
    """One measurement, seconds; a peer without a time is not installed, no peer is the empty text."""

    what: str
    ours: float
    peer: str = ""
    peer_seconds: float | None = None
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's, else over the limit."""
        against = self.peer_seconds if self.peer_seconds is not None else self.limit
        return None if against is None else self.ours / against

    def line(self) -> str:
        """The row in Markdown."""
        missing = "not installed" if self.peer else ""
        theirs = _number(self.peer_seconds) if self.peer_seconds is not None else missing
        cells = (self.what, _number(self.ours), self.peer, theirs, _number(self.limit), _number(self.ratio), self.note)
        return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def cap_rows() -> Iterator[Row]:
    """Heights, measures and mean distances of caps."""
    for what, ours, against, theirs in caps.rows():
        yield Row(what, ours, limit=theirs) if against == "limit" else Row(what, ours, against, theirs)


def tail_rows() -> Iterator[Row]:
    """Exact tails of quadratic forms, a row of 500 coefficients at a time."""
    peers = {"Imhof, scipy.quad": tails.imhof, "chi2comb (Davies)": None, "gx2, Imhof": None}
    if importlib.util.find_spec("chi2comb"):
        peers["chi2comb (Davies)"] = tails.chi2comb_davies
    if importlib.util.find_spec("gx2"):
        peers["gx2, Imhof"] = lambda c: tails.gx2_tail(c, "imhof", AbsTol=0.0, RelTol=1e-13)
    for name, rows in tails.histories(np.random.default_rng(2018)).items():
        ours = tails.best_time(lambda rows=rows: positive_probability(rows), 2) / len(rows)  # type: ignore[misc]
        some = rows[:QUADRATURES]
        exact = positive_probability(some).probability
        what, limit = f"exact tail, d = {DIM}, one thread: {name}", tails.BATCH_LIMIT_MS / 1e3
        for peer_name, peer in peers.items():
            if peer is None:
                if name == ALL_PEERS_FOR:
                    yield Row(what, ours, peer_name, None, limit)
                continue
            found = np.array([peer(c) for c in some])
            seconds = tails.best_time(lambda p=peer, c=some: [p(row) for row in c], 1) / len(some)  # type: ignore[misc]
            error = float(np.max(np.abs(found - exact.probability)))
            note = f"P down to 10^{float(np.min(exact.log10)):.0f}; the peer is off by {error:.0e}"
            yield Row(what, ours, peer_name, seconds, limit, note)


def nearest_rows() -> Iterator[Row]:
    """Certified distances to the nearest error against drawing the points, two threads each."""
    rng = np.random.default_rng(0)
    for name, c in [
        *nearest.spectra(DIM, rng).items(),
        *(("", nearest.scaling_spectrum(dim, rng)) for dim in (100, 10)),
    ]:
        points = np.empty((POINTS * DIM // c.size, c.size))
        drawing = min(nearest.timed(nearest.draw, points)[0] for _ in range(nearest.ROUNDS))
        ours = min(
            nearest.timed(nearest_distances_of, points, QuadraticErrors(c, False), workers=nearest.WORKERS)[0]
            for _ in range(nearest.ROUNDS)
        )
        what = f"{len(points)} nearest errors, d = {c.size}, 2 threads" + f": {name}" * bool(name)
        yield Row(what, ours, "drawing", drawing, nearest.LIMITS[c.size] * drawing, "certified to 1e-9")


def training_rows() -> Iterator[Row]:
    """One step of training, by threads; the peer's faster form of Adam counts, and our limit is the arithmetic's."""
    for name, config in training.CONFIGS.items():
        best = training.fastest_steps(config, turns=TURNS, steps=STEPS)
        limit = training.limit_seconds(config)
        for threads in (1, 2):
            ours = best[f"ours, {threads} worker(s)"]
            theirs = {label: t for label, t in best.items() if label.startswith(f"PyTorch, {threads} ")}
            label = min(theirs, key=lambda one: theirs[one]) if theirs else f"PyTorch, {threads} thread(s)"
            yield Row(f"training step, {name}", ours, label, theirs.get(label), limit if threads == 1 else None)


def attack_rows() -> Iterator[Row]:
    """Seconds a point of our attack and of foolbox's at several settings, one thread, on quadratic networks."""
    for name, draw in attacks.NETWORKS.items():
        classifier = QuadraticClassifier.from_alphas(draw(block_generator(0)))
        points = sample_unit_vectors(ATTACKED, DIM, block_generator(1))
        ours, quality = _attacked(attacks.ours(classifier, AttackSettings()), classifier, points)
        what = f"attack, d = {DIM}, network {name}, a point"
        peers = attacks.foolbox_attacks(classifier)
        if not peers:
            yield Row(what, ours, "foolbox", None, None, f"distance over the exact one: {quality}")
        for peer, run in peers.items():
            theirs, worse = _attacked(run, classifier, points)
            yield Row(what, ours, peer, theirs, None, f"distance over the exact one: {quality}, the peer's {worse}")


def _attacked(run: attacks.Attack, classifier: QuadraticClassifier, points: np.ndarray) -> tuple[float, str]:
    with threadpool_limits(1):
        start = perf_counter()
        candidates, _ = run(points)
        spent = (perf_counter() - start) / len(points)
    found = score_candidates(points, candidates, classifier, "inner", outer_radius=attacks.OUTER_RADIUS).summary()
    mean = "none found" if found.mean_ratio is None else f"{found.mean_ratio:.5f}"
    return spent, mean if found.success_share == 1.0 else f"{mean} ({found.success_share:.0%} found)"


def certificate_rows() -> Iterator[Row]:
    """Seconds a point of certified lower bounds of a ReLU network, and their share of the attack's distances."""
    network = train(RELU).network
    points = sample_unit_vectors(CERTIFIED, RELU.dim, block_generator(0))
    points = points[~misclassified(np.asarray(network.logits(points)), "inner")]
    upper = attack(network, points, "inner").distance_upper(metric="euclidean")
    methods: tuple[CertificateMethod, ...] = ("lipschitz", "relaxation")
    for method in methods:
        start = process_time()
        with threadpool_limits(1):
            lower = certify(network, points, "inner", method=method).distance_lower(metric="euclidean")
        spent = (process_time() - start) / len(points)
        what = f"certificate, one thread ({method}), ReLU 500-1000-1000, a point"
        yield Row(what, spent, note=f"{float(np.mean(lower / upper)):.3f} of the attack's distance")


def rare_event_rows() -> Iterator[Row]:
    """Estimates of tiny error rates against counting errors until the same relative spread, extrapolated."""
    for depth in (-6, -20):
        model, exact = rare_events.classifier_of_rate(100, float(depth))
        points = sample_unit_vectors(COUNTED, 100, block_generator(0))
        start = perf_counter()
        misclassified(np.asarray(model.logits(sample_unit_vectors(COUNTED, 100, block_generator(1)))), "inner")
        a_point = (perf_counter() - start) / len(points)
        budget = SplittingBudget(500, 10, 5)
        ways: dict[str, Callable[[], tuple[float, float]]] = {
            "splitting": lambda model=model, budget=budget: _spread_of_splitting(model, budget),  # type: ignore[misc]
            "tilting": lambda model=model: _spread_of_tilting(model),  # type: ignore[misc]
        }
        for way, estimate in ways.items():
            start = perf_counter()
            log_rate, spread = estimate()
            spent = perf_counter() - start
            counting = a_point * np.exp(-exact) / spread**2
            note = f"found {np.exp(log_rate - exact):.3f} of the exact rate, relative spread {spread:.2g}"
            yield Row(f"error rate 1e{depth}, d = 100, {way}", spent, "counting, extrapolated", counting, None, note)


def _spread_of_splitting(model: QuadraticClassifier, budget: SplittingBudget) -> tuple[float, float]:
    found = splitting_error_rate(model, 100, "inner", budget=budget, seed=0)
    return float(found.probability.log), _spread(found.interval.log_low, found.interval.log_high)


def _spread_of_tilting(model: QuadraticClassifier) -> tuple[float, float]:
    found = importance_error_rate(model, "inner", rare_events.RADIUS, samples=5000, seed=0)
    return float(found.probability.log), _spread(found.normal_interval.log_low, found.normal_interval.log_high)


def _spread(log_low: float, log_high: float) -> float:
    """Relative standard error that belongs to a 99 % interval of a normal law."""
    return (log_high - log_low) / (2.0 * 2.5758)


TOPICS: dict[str, Callable[[], Iterator[Row]]] = {
    "caps": cap_rows,
    "tails": tail_rows,
    "nearest": nearest_rows,
    "training": training_rows,
    "attacks": attack_rows,
    "certificates": certificate_rows,
    "rare-events": rare_event_rows,
}


def machine() -> str:
    """Date, processor, cores, versions and load: what the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", maxsplit=1)[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    versions = ", ".join(f"{name} {_version(name)}" for name in VERSIONS)
    return (
        f"{date.today().isoformat()}; {platform.system()} {platform.machine()}, {processor}, {os.cpu_count()} cores, "
        f"load {load} before the start; Python {platform.python_version()}, {versions}"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def main(topics: list[str]) -> None:
    """Print the table of the topics named, or of all."""
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise SystemExit(f"no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    began = perf_counter()
    print(machine())
    print("\n| what | ours, s | peer | peer, s | limit, s | ratio | what it bought |\n|---|---|---|---|---|---|---|")
    for topic in topics or TOPICS:
        for row in TOPICS[topic]():
            print(row.line(), flush=True)
    print(f"\nMeasured in {perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main([])
