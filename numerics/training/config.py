"""What defines a training run: equal configurations give equal bits on one machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from ...theory.basics.arguments import check_dtype, check_integer, check_word
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import MAX_DIM, check_number, check_outer_radius, check_range
from ..networks.quadratic import QuadraticNetwork
from ..networks.relu import ReluNetwork
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import INITIALISATION_KEY


@dataclass(frozen=True)
class TrainingConfig:
    """A training run, checked at construction.

    Parameters
    ----------
    dim, hidden
        Ambient dimension >= 2 and number of hidden units (of each hidden layer) >= 1.
    steps
        Number of steps, >= 0; the only field that may differ (grow) when a run is resumed, unless a ``schedule`` ends
        with it.
    batch_size
        Points of a step, >= 1; >= 2 for the ReLU network, which needs their variance.
    learning_rate
        Adam's step size, in (0, 1000]; with a ``schedule`` its largest one.
    schedule
        "constant", or a step size that falls to 0 over the ``steps`` of the run: "linear", or "cosine" ([LH2017]).
    ema_decay
        Decay in (0, 1) of an exponential moving average of the parameters ([PJ1992]), 0.999, say: the network of the
        run is then the averaged one; None: no average is kept.
    outer_radius
        R > 1.
    train_size
        Number of points of a fixed training set, kept in memory; None draws fresh points at every step (online).
        A smaller set is the beginning of a larger one with the same seed.
    network
        "quadratic" or "relu", see :class:`~.QuadraticNetwork` and :class:`~.ReluNetwork`.
    depth
        Number of hidden layers: 1 for the quadratic network, >= 1 for the ReLU network; None takes 1 and 2.
    init
        "random", or for the quadratic network "random-dim", whose weights have the variance 1 / dim instead of
        1 / hidden, or "perfect" (hidden >= dim), see :class:`~.QuadraticNetwork`.
    init_scale
        Factor of the logit of a perfect network at its start, in (0, 1e6]; else 1.
    objective
        "average": the mean sigmoid cross-entropy of the batch; "worst-case": of the worst points of both spheres
        (quadratic network); "pgd": of the batch after an attack on it; see :mod:`~.training.objectives`.
    pgd_steps, pgd_step
        Number >= 1 of the steps of the objective "pgd", and their length in units of the radius, in (0, 1].
    seed
        Integer in [0, 2^128).
    dtype
        "float32" or "float64".
    blas_threads
        Threads of the matrix products, 1 ... 256; fixed, because the bits of a product may depend on it.
    stop_below
        Stop once the exact error rate of BOTH spheres is below this number in (0, 1]; None: never. Only for the
        quadratic network: no other has a known exact error rate.
    check_every
        Number of steps, >= 1, between two tests of ``stop_below``.

    Raises
    ------
    InvalidArgumentError
        A field is out of its range, or two of them do not go together.

    Examples
    --------
    >>> TrainingConfig(dim=500, hidden=1000, steps=30_000).batch_size
    50
    """

    dim: int
    hidden: int
    steps: int
    batch_size: int = 50
    learning_rate: float = 1e-3
    outer_radius: float = 1.3
    train_size: int | None = None
    network: str = "quadratic"
    depth: int | None = None
    init: str = "random"
    objective: str = "average"
    pgd_steps: int = 10
    pgd_step: float = 0.05
    seed: int = 0
    dtype: str = "float32"
    blas_threads: int = 1
    stop_below: float | None = None
    check_every: int = 500
    init_scale: float = 1.0
    schedule: str = "constant"
    ema_decay: float | None = None

    def __post_init__(self) -> None:
        checked = {name: check(getattr(self, name)) for name, check in _CHECKS.items()}
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.init == "perfect" and self.hidden < self.dim:
            raise InvalidArgumentError("hidden", self.hidden, f"at least dim = {self.dim} for a perfect network")
        if self.init != "perfect" and self.init_scale != 1.0:
            raise InvalidArgumentError("init_scale", self.init_scale, '1 unless init is "perfect"')
        if self.depth is None:
            object.__setattr__(self, "depth", 2 if self.network == "relu" else 1)
        if self.network == "relu":
            self._check_relu()
        elif self.depth != 1:
            raise InvalidArgumentError("depth", self.depth, "1 for the quadratic network")

    def _check_relu(self) -> None:
        if self.stop_below is not None:
            why = "None for the ReLU network: its exact error rate is not known"
            raise InvalidArgumentError("stop_below", self.stop_below, why)
        if self.objective == "worst-case":
            raise InvalidArgumentError("objective", self.objective, '"average" or "pgd" for the ReLU network')
        if self.init != "random":
            raise InvalidArgumentError("init", self.init, '"random" for the ReLU network')
        if self.batch_size < 2:
            raise InvalidArgumentError("batch_size", self.batch_size, "at least 2 for the ReLU network: a variance")

    def as_dict(self) -> dict[str, int | float | str | None]:
        """The fields as plain numbers and text, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`as_dict`; refuses missing and unknown fields."""
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise InvalidArgumentError("config", sorted(set(values) ^ names), "a mapping with exactly the known fields")
        return cls(**values)

    def check_resumable_from(self, saved: TrainingConfig) -> None:
        """Check that a run with this configuration may go on from one with ``saved``.

        Raises
        ------
        InvalidArgumentError
            Names the first field that differs; ``steps`` may grow while the learning rate is constant.
        """
        for name, value in saved.as_dict().items():
            if (name != "steps" or self.schedule != "constant") and getattr(self, name) != value:
                raise InvalidArgumentError(name, getattr(self, name), f"{value!r} as in the checkpoint to resume from")
        if self.steps < saved.steps:
            raise InvalidArgumentError("steps", self.steps, f"at least {saved.steps} as in the checkpoint")

    def learning_rate_at(self, step: int) -> float:
        """Adam's step size for the step from ``step`` to ``step + 1``."""
        done = step / max(self.steps, 1)
        left = {"constant": 1.0, "linear": 1.0 - done, "cosine": 0.5 * (1.0 + math.cos(math.pi * done))}
        return self.learning_rate * left[self.schedule]

    @property
    def parameter_shapes(self) -> Iterator[tuple[int, ...]]:
        """Shapes of the parameters of the network, in their order; known before it is made."""
        yield self.hidden, self.dim
        if self.network == "relu":
            for _ in range((self.depth or 1) - 1):
                yield 2, self.hidden
                yield self.hidden, self.hidden
            yield 2, self.hidden
            yield (self.hidden + 1,)
        else:
            yield (2,)

    def initial_network(self) -> QuadraticNetwork | ReluNetwork:
        """The network before the first step, a function of the configuration alone."""
        rng = block_generator(self.seed, INITIALISATION_KEY)
        if self.network == "relu":
            return ReluNetwork.random(self.hidden, self.depth or 1, self.dim, rng, self.dtype)
        if self.init == "perfect":
            return QuadraticNetwork.perfect(
                self.hidden, self.dim, self.outer_radius, rng, self.dtype, scale=self.init_scale
            )
        by_dim = self.init == "random-dim"
        return QuadraticNetwork.random(
            self.hidden, self.dim, rng, self.dtype, variance=1.0 / self.dim if by_dim else None
        )


def _choice(name: str, *allowed: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        check_word(name, value, allowed)
        return value

    return check


def _integer(name: str, low: int, high: int) -> Callable[[int], int]:
    return lambda value: check_integer(name, value, low, high)


def _real(name: str, high: float) -> Callable[[float], float]:
    return lambda value: float(check_range(name, check_number(name, value), 0.0, high, low_open=True))


def _share(name: str) -> Callable[[float], float]:
    return lambda value: float(check_range(name, check_number(name, value), 0.0, 1.0, low_open=True, high_open=True))


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "dim": _integer("dim", 2, MAX_DIM),
    "hidden": _integer("hidden", 1, MAX_DIM),
    "steps": _integer("steps", 0, 2**53),
    "batch_size": _integer("batch_size", 1, 2**31),
    "learning_rate": _real("learning_rate", 1e3),
    "outer_radius": check_outer_radius,
    "train_size": _optional(_integer("train_size", 1, 2**40)),
    "network": _choice("network", "quadratic", "relu"),
    "depth": _optional(_integer("depth", 1, 1000)),
    "init": _choice("init", "random", "random-dim", "perfect"),
    "objective": _choice("objective", "average", "worst-case", "pgd"),
    "pgd_steps": _integer("pgd_steps", 1, 10**6),
    "pgd_step": _real("pgd_step", 1.0),
    "seed": check_seed,
    "dtype": lambda value: check_dtype(value).name,
    "blas_threads": _integer("blas_threads", 1, 256),
    "stop_below": _optional(_real("stop_below", 1.0)),
    "check_every": _integer("check_every", 1, 2**53),
    "init_scale": _real("init_scale", 1e6),
    "schedule": _choice("schedule", "constant", "linear", "cosine"),
    "ema_decay": _optional(_share("ema_decay")),
}
