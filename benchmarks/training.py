"""Steps of training in a second: ours, PyTorch (if it is installed), and the limit of the arithmetic.

``python -m benchmarks.training``: dim 500, batches of 50 fresh points, single precision; the quadratic network with
1000 hidden units, and the ReLU network with two layers of 1000. The candidates take turns and the best turn of each
counts, as other programs can only slow a turn down.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.sampling.threads import Team
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.data import BatchStream
from adversarial_spheres.numerics.training.state import TrainingState

CONFIGS = {
    "quadratic 500-1000": TrainingConfig(dim=500, hidden=1000, steps=1),
    "ReLU 500-1000-1000": TrainingConfig(dim=500, hidden=1000, steps=1, network="relu", depth=2),
}
STEPS = 20
TURNS = 40


def main() -> None:
    """Print the tables."""
    print(f"{os.cpu_count()} cores; load before the start: {os.getloadavg()[0]:.2f} (other programs spoil the numbers)")
    for name, config in CONFIGS.items():
        print(f"\n{name}, batch {config.batch_size}, {config.dtype}")
        _compare(config)


def _compare(config: TrainingConfig) -> None:
    best = fastest_steps(config, turns=TURNS, steps=STEPS)
    limit = limit_seconds(config, tell=True)
    if not any(name.startswith("PyTorch") for name in best):
        print("PyTorch is not installed: skipped")
    print(f"{'':32s} {'steps/s':>8s} {'of the limit of one core':>26s}")
    for name, seconds in best.items():
        print(f"{name:32s} {1 / seconds:8.0f} {limit / seconds:26.2f}")
    print(f"{'limit of one core':32s} {1 / limit:8.0f} {1.0:26.2f}")


def fastest_steps(config: TrainingConfig, *, turns: int, steps: int) -> dict[str, float]:
    """Seconds a step of every candidate that is there: the best of its turns of that many steps."""
    candidates: dict[str, Callable[[int], None]] = {
        f"ours, {workers} worker(s)": _ours(config, workers) for workers in (1, 2)
    }
    candidates |= _torch_candidates(config)
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(turns):
        for name, run in candidates.items():
            start = time.perf_counter()
            run(steps)
            best[name] = min(best[name], (time.perf_counter() - start) / steps)
    return best


def _ours(config: TrainingConfig, workers: int) -> Callable[[int], None]:
    state, stream, team = TrainingState.initial(config), BatchStream(config), Team(workers)
    workspace, state.optimizer.team = state.network.workspace(config.batch_size, team), team

    def steps(count: int) -> None:
        with team:
            for _ in range(count):
                loss = workspace.loss_and_gradients(*stream.batch(state.step))
                state.optimizer.step(workspace.gradients)
                workspace.update_statistics(state.step)
                state.add_loss(loss, workspace.errors)

    return steps


def limit_seconds(config: TrainingConfig, *, tell: bool = False) -> float:
    """Seconds a step of the matrix products at full speed and Adam's memory traffic; all else is free (overlapped)."""
    matrices = [p.size for p in config.initial_network().parameters if p.ndim == 2 and len(p) > 2]
    numbers = sum(matrices)
    square, out = np.ones((1000, 1000), dtype=np.float32), np.empty((1000, 1000), dtype=np.float32)
    source, target = np.ones(numbers, dtype=np.float32), np.empty(numbers, dtype=np.float32)
    with threadpool_limits(1, user_api="blas"):
        flops = 2.0 * 1000**3 / _best_time(lambda: np.matmul(square, square, out=out), 1)
        bandwidth = 2.0 * source.nbytes / _best_time(lambda: np.copyto(target, source), 20)
    # Forward and weight gradient of every matrix, and the derivatives of the inputs of all but the first.
    products = 2.0 * config.batch_size * (2 * numbers + numbers - matrices[0]) / flops
    traffic = 7 * 4.0 * numbers / bandwidth  # reads of gradient, parameter and both averages, writes of the last three
    if tell:
        print(f"one core: {flops / 1e9:.0f} GFLOP/s, {bandwidth / 1e9:.0f} GB/s; ", end="")
        print(f"products {products * 1e3:.2f} ms, Adam's traffic {traffic * 1e3:.2f} ms a step")
    return products + traffic


def _best_time(call: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        times.append((time.perf_counter() - start) / repeats)
    return min(times)


def _torch_candidates(config: TrainingConfig) -> dict[str, Callable[[int], None]]:
    try:
        import torch
    except ModuleNotFoundError:
        return {}
    return {
        f"PyTorch, {threads} thread(s), {kind} Adam": _torch(torch, config, threads, fused=kind == "fused")
        for threads in (1, 2)
        for kind in ("default", "fused")
    }


def _torch(t: Any, config: TrainingConfig, threads: int, *, fused: bool) -> Callable[[int], None]:
    logits_of, parameters = (_torch_relu if config.network == "relu" else _torch_quadratic)(t, config)
    adam = t.optim.Adam(parameters, lr=config.learning_rate, fused=fused)
    loss_of = t.nn.BCEWithLogitsLoss()

    def steps(count: int) -> None:
        t.set_num_threads(threads)
        for _ in range(count):
            points = t.randn(config.batch_size, config.dim)
            labels = t.randint(0, 2, (config.batch_size,)).float()
            radii = 1.0 + (config.outer_radius - 1.0) * labels
            points *= (radii / points.norm(dim=1))[:, None]
            adam.zero_grad()
            loss_of(logits_of(points), labels).backward()
            adam.step()

    return steps


def _torch_quadratic(t: Any, config: TrainingConfig) -> tuple[Callable[[Any], Any], list[Any]]:
    weights, scalars = (t.tensor(p, requires_grad=True) for p in config.initial_network().parameters)
    return lambda points: (points @ weights.T).square().sum(dim=1) * scalars[0] + scalars[1], [weights, scalars]


def _torch_relu(t: Any, config: TrainingConfig) -> tuple[Callable[[Any], Any], list[Any]]:
    layers, inputs = [], config.dim
    for _ in range(config.depth or 1):
        layers += [t.nn.Linear(inputs, config.hidden, bias=False), t.nn.BatchNorm1d(config.hidden), t.nn.ReLU()]
        inputs = config.hidden
    network = t.nn.Sequential(*layers, t.nn.Linear(inputs, 1))
    return lambda points: network(points)[:, 0], list(network.parameters())


if __name__ == "__main__":
    main()
