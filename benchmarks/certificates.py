"""Certified lower bounds against the attack's upper bounds on a trained ReLU network: how loose, and how slow.

``python -m benchmarks.certificates [CHECKPOINT]``: without a checkpoint, the network 500-1000-1000 is trained for 5000
steps at rate 1e-3 (a minute or two). Ratios are those of Euclidean distances, over the points that are no errors;
times are processor times, the spectra of the network's matrices included.
"""

from __future__ import annotations

import os
import sys
import time
from typing import get_args

import numpy as np

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.distances.certified import CertificateMethod, certifiable, certify
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.validation import Sphere

POINTS = 10
CONFIG = TrainingConfig(dim=500, hidden=1000, steps=5000, network="relu", depth=2, learning_rate=1e-3)
SPHERES: tuple[Sphere, ...] = ("inner", "outer")


def main() -> None:
    """Print the table."""
    state = load_checkpoint(sys.argv[1]) if len(sys.argv) > 1 else train(CONFIG)
    network = certifiable(state.trained_network())
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; {state.step} steps, {POINTS} points a sphere")
    print(f"{'':30s} {'lower':>9s} {'attack':>9s} {'ratio':>8s} {'ms a point':>11s}")
    for sphere in SPHERES:
        _measure(network, sphere)


def _measure(network: ReluNetwork, sphere: Sphere) -> None:
    points = sample_unit_vectors(POINTS, network.dim, block_generator(0))
    found = attack(network, points, sphere)
    upper = found.distance_upper(metric="euclidean")
    correct = found.succeeded & (upper > 0.0)
    for method in reversed(get_args(CertificateMethod)):
        start = time.process_time()
        lower = certify(network, points, sphere, method=method).distance_lower(metric="euclidean")
        spent = (time.process_time() - start) / POINTS * 1e3
        ratio = float(np.mean(lower[correct] / upper[correct]))
        means = f"{np.mean(lower[correct]):9.5f} {np.mean(upper[correct]):9.5f}"
        print(f"{f'{sphere}, {method}':30s} {means} {ratio:8.4f} {spent:11.1f}")


if __name__ == "__main__":
    main()
