"""The fixture ``attack_bench``: an attack is held to the exact distances of the bench.

.. code-block:: python

    def test_my_attack(attack_bench):
        attack_bench(my_attack, problems=["easy", "near-hard-case"], dims=[50], within=1.01, share=0.99)

It is deterministic: the points are those of the bench's seed, and the share is that of these points. Nothing heavy is
imported before it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .numerics.bench.bench import AttackScore

REACHABLE = ("easy", "outer", "ill-conditioned", "huge-alpha", "near-hard-case", "cap", "half-space", "ellipsoid")
"""The problems that are tried unless others are named: all but "touching", whose errors are hidden by rounding."""


@pytest.fixture(scope="session")
def attack_bench() -> Callable[..., tuple[AttackScore, ...]]:
    """Fail the test of an attack that is not near enough to the nearest error on enough points.

    ``attack_bench(attack, *, problems=REACHABLE, dims=(50,), points=100, within=1.01, share=0.99, seed=0)``

    ``attack`` is a function of model and points, see :func:`~.bench.bench.attack_bench`. On each problem it must find
    an error within ``within`` times the exact distance for a ``share`` of the points. Returns the scores.
    """
    return _held_to_exact_distances


def _held_to_exact_distances(
    attack: Any,
    *,
    problems: Sequence[str] = REACHABLE,
    dims: Sequence[int] = (50,),
    points: int = 100,
    within: float = 1.01,
    share: float = 0.99,
    seed: int = 0,
) -> tuple[AttackScore, ...]:
    __tracebackhide__ = True
    from .numerics.bench.bench import attack_bench as scores_of
    from .theory.basics.arguments import check_single
    from .theory.basics.validation import check_range

    least = check_single("share", check_range("share", share, 0.0, 1.0))
    scores = scores_of(attack, problems=problems, dims=dims, points=points, within=within, seed=seed)
    lines = [_line(score, within, least) for score in scores if score.share_within < least]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
    return scores


def _line(score: AttackScore, within: float, share: float) -> str:
    """Why an attack has failed on a problem."""
    asked = (
        f"{score.share_within:.1%} of {score.points} points within {within:g} of the exact distance, not {share:.1%}"
    )
    found = f"errors found at {score.success:.1%}"
    far = "" if score.worst_ratio is None else f", the farthest {score.worst_ratio:.4g} times as far as the nearest"
    kinds = {"missing": score.missing, "off the sphere": score.off_sphere, "no error": score.no_error}
    kinds["nearer than any error"] = score.too_close
    failures = "".join(f", {count} {kind}" for kind, count in kinds.items() if count)
    note = f" ({score.note})" if score.note else ""
    return f"{score.attack} on {score.problem}: {asked}; {found}{far}{failures}{note}"
