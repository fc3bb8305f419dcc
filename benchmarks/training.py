"""Steps of training in a second: ours, PyTorch (if it is installed), and the limit of the arithmetic.

``python -m benchmarks.training``: dim 500, 1000 hidden units, batches of 50 fresh points, single precision. The
candidates take turns and the best turn of each counts, as other programs can only slow a turn down.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.lanes import Lanes
from adversarial_spheres.numerics.training_config import TrainingConfig
from adversarial_spheres.numerics.training_data import BatchStream
from adversarial_spheres.numerics.training_state import TrainingState

CONFIG = TrainingConfig(dim=500, hidden=1000, steps=1)
STEPS = 40
TURNS = 40


def main() -> None:
    """Print the table."""
    print(
        f"dim {CONFIG.dim}, hidden {CONFIG.hidden}, batch {CONFIG.batch_size}, {CONFIG.dtype}, {os.cpu_count()} cores"
    )
    print(f"load of the machine before the start: {os.getloadavg()[0]:.2f} (other programs spoil the numbers)")
    candidates: dict[str, Callable[[int], None]] = {f"ours, {workers} worker(s)": _ours(workers) for workers in (1, 2)}
    candidates |= _torch_candidates()
    best = dict.fromkeys(candidates, 0.0)
    for _ in range(TURNS):
        for name, steps in candidates.items():
            start = time.perf_counter()
            steps(STEPS)
            best[name] = max(best[name], STEPS / (time.perf_counter() - start))
    limit = _limit()
    print(f"{'':32s} {'steps/s':>8s} {'of the limit of one core':>26s}")
    for name, rate in best.items():
        print(f"{name:32s} {rate:8.0f} {rate / limit:26.2f}")
    print(f"{'limit of one core':32s} {limit:8.0f} {1.0:26.2f}")


def _ours(workers: int) -> Callable[[int], None]:
    state, stream, lanes = TrainingState.initial(CONFIG), BatchStream(CONFIG), Lanes(workers)
    workspace, state.optimizer.lanes = state.network.workspace(CONFIG.batch_size, lanes), lanes

    def steps(count: int) -> None:
        with threadpool_limits(1, user_api="blas"):
            for _ in range(count):
                state.add_loss(workspace.loss_and_gradients(*stream.batch(state.step)), workspace.errors)
                state.optimizer.step(workspace.gradients)

    return steps


def _limit() -> float:
    """Steps a second of two matrix products at full speed and Adam's memory traffic; drawing is free (overlapped)."""
    numbers = CONFIG.dim * CONFIG.hidden
    square, out = np.ones((1000, 1000), dtype=np.float32), np.empty((1000, 1000), dtype=np.float32)
    source, target = np.ones(numbers, dtype=np.float32), np.empty(numbers, dtype=np.float32)
    with threadpool_limits(1, user_api="blas"):
        flops = 2.0 * 1000**3 / _best_time(lambda: np.matmul(square, square, out=out), 1)
        bandwidth = 2.0 * source.nbytes / _best_time(lambda: np.copyto(target, source), 50)
    products = 2 * (2.0 * CONFIG.batch_size * numbers) / flops
    traffic = 7 * 4.0 * numbers / bandwidth  # reads of gradient, parameter and both averages, writes of the last three
    print(f"one core: {flops / 1e9:.0f} GFLOP/s, {bandwidth / 1e9:.0f} GB/s; ", end="")
    print(f"products {products * 1e3:.2f} ms, Adam's traffic {traffic * 1e3:.2f} ms a step")
    return 1.0 / (products + traffic)


def _best_time(call: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        times.append((time.perf_counter() - start) / repeats)
    return min(times)


def _torch_candidates() -> dict[str, Callable[[int], None]]:
    try:
        import torch
    except ModuleNotFoundError:
        print("PyTorch is not installed: skipped")
        return {}
    return {
        f"PyTorch, {threads} thread(s), {kind} Adam": _torch(torch, threads, fused=kind == "fused")
        for threads in (1, 2)
        for kind in ("default", "fused")
    }


def _torch(t: Any, threads: int, *, fused: bool) -> Callable[[int], None]:
    network = CONFIG.initial_network()
    weights = t.tensor(network.weights, requires_grad=True)
    scalars = t.tensor(network.parameters[1], requires_grad=True)
    adam = t.optim.Adam([weights, scalars], lr=CONFIG.learning_rate, fused=fused)
    loss_of = t.nn.BCEWithLogitsLoss()

    def steps(count: int) -> None:
        t.set_num_threads(threads)
        for _ in range(count):
            points = t.randn(CONFIG.batch_size, CONFIG.dim)
            labels = t.randint(0, 2, (CONFIG.batch_size,)).float()
            radii = 1.0 + (CONFIG.outer_radius - 1.0) * labels
            points *= (radii / points.norm(dim=1))[:, None]
            logits = (points @ weights.T).square().sum(dim=1) * scalars[0] + scalars[1]
            adam.zero_grad()
            loss_of(logits, labels).backward()
            adam.step()

    return steps


if __name__ == "__main__":
    main()
