"""Where the last errors of a ReLU network come from: Adam's constant rate, a decayed one, and averaged weights.

    python -m benchmarks.settling [--out DIR] [--dim 100] [--hidden 200] [--steps 3000] [--seeds 0,1,2] [--points N]
    python -m benchmarks.settling --checkpoint FILE [--out DIR] [--windows 2000,10000] [--points N]

First: for each seed two runs on fresh points, which are measured on other fresh points in four forms: with a constant
rate, as it is; the same with the statistics of batch normalisation computed afresh; its averaged weights
(``ema_decay``), with fresh statistics; and a run whose rate falls along half a cosine. Errors are counted, the error
rate is estimated by splitting (log10; its interval is not rigorous), and distances, by an attack, are upper bounds.

Training goes on from DIR after an interruption, and what was measured is kept there. The default takes a minute or two,
the paper's size an hour and more: ``--dim 500 --hidden 1000 --steps 60000 --learning-rate 1e-4 --ema-decay 0.9998``.

Second: the run of the checkpoint goes on with its constant rate, and its weights are averaged over that many further
steps, with fresh statistics.
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.runs.relu_measurement import MeasurementBudget, measure_network
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.storage.files import write_atomically
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState

FRESH, OUTER_RADIUS = 20_000, 1.3
COLUMNS = ("monte_carlo_errors", "log10_rare_event", "mean_distance", "bound")
HEAD = "form | seed | errors, inner, outer | log10 error rate | attack distance | limit"


def main() -> None:
    """Train, measure and print the table."""
    given = _arguments()
    given.out = Path(tempfile.mkdtemp() if given.out is None else given.out)
    given.out.mkdir(parents=True, exist_ok=True)
    if given.checkpoint is not None:
        return _go_on(given)
    print(f"ReLU {given.dim}-{given.hidden}-{given.hidden}, {given.steps} steps, {given.points} points of each sphere")
    print(f"\n| {HEAD} |\n|{'---|' * 6}")
    for seed in given.seeds:
        for name, (run, form) in FORMS.items():
            row = _measured(given, name, seed, partial(_formed, given, run, form, seed))
            _say(name, seed, row)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    for name, value in (("dim", 100), ("hidden", 200), ("steps", 3000), ("points", 100_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--ema-decay", type=float, default=0.998)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--windows", type=_integers, default=[2000, 10_000])
    parser.add_argument("--seeds", type=_integers, default=[0, 1, 2])
    return parser.parse_args()


def _integers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _say(name: str, seed: int, row: dict[str, Any]) -> None:
    cells = [", ".join(f"{value:.4g}" for value in row[column]) for column in COLUMNS]
    print(f"| {name} | {seed} | {' | '.join(cells)} |", flush=True)


def _go_on(given: argparse.Namespace) -> None:
    """Average the weights of the run over its further steps."""
    first = load_checkpoint(given.checkpoint)
    sums = [np.zeros(parameter.shape) for parameter in first.network.parameters]
    print(f"after {first.step} steps, {given.points} points of each sphere\n\n| {HEAD} |\n|{'---|' * 6}")

    def visit(state: TrainingState) -> None:
        taken = state.step - first.step
        if taken == 0:
            return
        for total, parameter in zip(sums, state.network.parameters, strict=True):
            np.add(total, parameter, out=total)
        if taken in given.windows:
            averaged = copy.deepcopy(_as_trained(state))
            for parameter, total in zip(averaged.parameters, sums, strict=True):
                parameter[...] = total / taken
            name, seed = f"averaged over {taken} steps", state.config.seed
            _say(name, seed, _measured(given, name, seed, lambda: _with_fresh_statistics(averaged, OUTER_RADIUS)))

    copied = given.out / "further.checkpoint"
    shutil.copyfile(given.checkpoint, copied)
    config = replace(first.config, steps=first.step + max(given.windows))
    # Sums are not in a checkpoint: what is interrupted begins anew.
    train(config, checkpoint=copied, resume=True, checkpoint_seconds=None, visit=visit, workers=1)


def _measured(given: argparse.Namespace, name: str, seed: int, network_of: Callable[[], ReluNetwork]) -> dict[str, Any]:
    """Numbers of one form, from the file of an earlier call where there is one."""
    file = given.out / f"{name.replace(' ', '_')}_{seed}.json"
    if not file.exists():
        network = network_of()
        budget = MeasurementBudget(
            outer_radius=OUTER_RADIUS,
            monte_carlo_samples=given.points,
            attack_points=200,
            rare_event_runs=8,
            rare_event_particles=200,
            rare_event_levels=60,
            confidence=0.99,
            seed=seed + 1000,
        )
        with threadpool_limits(1, user_api="blas"):
            row = measure_network(network, budget, lambda *_: None)
        write_atomically(file, json.dumps(row).encode())
    return dict(json.loads(file.read_bytes()))


def _formed(given: argparse.Namespace, run: str, form: Form, seed: int) -> ReluNetwork:
    return form(_trained(given, run, seed))


def _trained(given: argparse.Namespace, run: str, seed: int) -> TrainingState:
    """The run after its last step: with a constant rate and an average beside it, or with a decayed rate."""
    config = TrainingConfig(
        dim=given.dim,
        hidden=given.hidden,
        depth=2,
        network="relu",
        steps=given.steps,
        learning_rate=given.learning_rate,
        seed=seed,
        **({"ema_decay": given.ema_decay} if run == "constant" else {"schedule": run}),
    )
    return train(config, checkpoint=given.out / f"{run}_{seed}.checkpoint", resume=True, workers=1)


Form = Callable[[TrainingState], ReluNetwork]


def _as_trained(state: TrainingState) -> ReluNetwork:
    assert isinstance(state.network, ReluNetwork)
    return state.network


def _fresh_statistics(state: TrainingState) -> ReluNetwork:
    """The network as it is, its normalisation by the statistics of fresh points of both spheres."""
    return _with_fresh_statistics(copy.deepcopy(_as_trained(state)), state.config.outer_radius)


def _with_fresh_statistics(network: ReluNetwork, outer_radius: float) -> ReluNetwork:
    values = sample_unit_vectors(FRESH, network.dim, block_generator(2)).astype(network.readout.dtype)
    values[FRESH // 2 :] *= outer_radius
    network.set_statistics(values)
    return network


def _averaged(state: TrainingState) -> ReluNetwork:
    network = state.trained_network()
    assert isinstance(network, ReluNetwork)
    return network


FORMS: dict[str, tuple[str, Form]] = {
    "constant rate": ("constant", _as_trained),
    "fresh statistics": ("constant", _fresh_statistics),
    "averaged weights": ("constant", _averaged),
    "decayed rate": ("cosine", _as_trained),
}


if __name__ == "__main__":
    main()
