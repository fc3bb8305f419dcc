"""Where the last errors of a ReLU network come from: running statistics, or the last steps of training.

    python -m benchmarks.weight_averaging [--dim 100] [--hidden 200] [--steps 3000] [--window 500] [--points 100000]

A ReLU network of two layers is trained by Adam on fresh points, and measured on other fresh points in three forms: as
it is; with the statistics of batch normalisation replaced by those of fresh points; and with its parameters averaged
over the last ``--window`` steps, and fresh statistics. Adam's rate is constant, so that the weights go on wandering
about what they have found: where averaging removes errors that fresh statistics do not, they come from the wandering.
The paper's size takes minutes: ``--dim 500 --hidden 1000 --steps 20000 --window 2000 --points 1000000``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.networks.layers import ReluLayer
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.data import BatchStream
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.validation import Sphere

FRESH = 20_000
SPHERES: tuple[Sphere, ...] = ("inner", "outer")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    for name, value in (("dim", 100), ("hidden", 200), ("steps", 3000), ("window", 500), ("points", 100_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if not 0 < given.window < given.steps:
        parser.error("--window must be at least 1 and less than --steps")
    config = TrainingConfig(
        dim=given.dim,
        hidden=given.hidden,
        steps=given.steps - given.window,
        network="relu",
        depth=2,
        learning_rate=given.learning_rate,
        seed=given.seed,
    )
    network, parameters = trained(config, given.window)
    forms = {
        "as trained": network,
        "fresh statistics": with_fresh_statistics(network.parameters, config),
        f"averaged over {given.window} steps, fresh statistics": with_fresh_statistics(parameters, config),
    }
    print(f"ReLU {given.dim}-{given.hidden}-{given.hidden}, {given.steps} steps, seed {given.seed}")
    print(f"\n| errors in {given.points} points of each sphere | inner | outer |\n|---|---|---|")
    for name, form in forms.items():
        counts = [
            monte_carlo_error_rate(form, given.dim, sphere, samples=given.points, seed=1).errors for sphere in SPHERES
        ]
        print(f"| {name} | {counts[0]} | {counts[1]} |", flush=True)


def trained(config: TrainingConfig, window: int) -> tuple[ReluNetwork, list[np.ndarray]]:
    """The network after ``window`` steps more than configured, and its parameters averaged over these."""
    state, stream = train(config), BatchStream(config)
    network = state.network
    assert isinstance(network, ReluNetwork)
    workspace = network.workspace(config.batch_size)
    sums = [np.zeros(p.shape) for p in network.parameters]
    with threadpool_limits(1, user_api="blas"):
        for step in range(config.steps, config.steps + window):
            workspace.loss_and_gradients(*stream.batch(step))
            state.optimizer.step(workspace.gradients)
            workspace.update_statistics(step)
            for total, parameter in zip(sums, network.parameters, strict=True):
                np.add(total, parameter, out=total)
    return network, [(total / window).astype(network.readout.dtype) for total in sums]


def with_fresh_statistics(parameters: Sequence[Any], config: TrainingConfig) -> ReluNetwork:
    """The network of these parameters, its normalisation by the statistics of fresh points of both spheres."""
    values = sample_unit_vectors(FRESH, config.dim, block_generator(2)).astype(parameters[-1].dtype)
    values[FRESH // 2 :] *= config.outer_radius
    layers = [
        ReluLayer(weights, normalisation, np.stack([np.zeros(len(weights)), np.ones(len(weights))]))
        for weights, normalisation in zip(parameters[:-1:2], parameters[1:-1:2], strict=True)
    ]
    network = ReluNetwork(layers, parameters[-1])
    network.set_statistics(values)
    return network


if __name__ == "__main__":
    main()
