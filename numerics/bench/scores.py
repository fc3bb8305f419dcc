"""The score of one attack on one problem, and those of many as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ...theory.basics.arguments import check_single
from ...theory.basics.validation import check_range
from ..storage.results import Result, between

__all__ = ["AttackScore", "AttackScores"]


@dataclass(frozen=True)
class AttackScore(Result):
    """One attack on one problem.

    Parameters
    ----------
    attack, problem
        Their names.
    dim, points
        Of the problem.
    success
        Share of the points near which an error was found and verified.
    mean_ratio, worst_ratio
        Of the distance found to the exact one, over the successes; None without any. Of a ReLU network to the best
        distance that is known, below 1 where the attack has found a nearer error.
    mean_ratio_upper
        The exact mean ratio lies between ``mean_ratio`` and this one, which is another one for ReLU networks only.
    median_ratio, quantile_99
        Quantiles over ALL points, failures as +inf; None where infinite.
    within, share_within
        A ratio, and the share of ALL points with at most that one.
    queries
        Points that the model was asked about, for all points together; a gradient counts as one.
    seconds
        That the attack took, for all points together.
    missing, off_sphere, no_error, too_close
        Failures by kind, see :mod:`.bench.problems`.
    note
        What else is to be said: an exception, another shape, points that were changed; empty else.

    Examples
    --------
    >>> from adversarial_spheres import attack_bench
    >>> score = attack_bench("walk", problems=["cap"], dims=[10], points=5)[0]
    >>> score.success, score.share_within, score.note
    (1.0, 1.0, '')
    """

    attack: str
    problem: str
    dim: int
    points: int
    success: float
    mean_ratio: float | None
    median_ratio: float | None
    quantile_99: float | None
    worst_ratio: float | None
    mean_ratio_upper: float | None
    within: float
    share_within: float
    queries: int
    seconds: float = field(compare=False)
    missing: int
    off_sphere: int
    no_error: int
    too_close: int
    note: str

    @property
    def queries_per_point(self) -> float:
        """Mean number of questions for each attacked point."""
        return self.queries / self.points

    def shortfall(self, share: float) -> str | None:
        """Why an attack is not within the ratio on a share of the points, in words; None where it is.

        Examples
        --------
        >>> from adversarial_spheres import attack_bench
        >>> score = attack_bench(lambda model, points: points, problems=["cap"], dims=[10], points=5)[0]
        >>> score.shortfall(0.99).partition("; ")[2]
        'errors at 0.0%, 5 no error'
        """
        least = check_single("share", check_range("share", share, 0.0, 1.0))
        if self.share_within >= least:
            return None
        asked = f"{self.share_within:.1%} of {self.points} points within {self.within:g} times the exact distance"
        far = "" if self.worst_ratio is None else f", the farthest {self.worst_ratio:.4g} times as far as the nearest"
        kinds = {"missing": self.missing, "off the sphere": self.off_sphere, "no error": self.no_error}
        kinds["nearer than any error"] = self.too_close
        failures = "".join(f", {count} {kind}" for kind, count in kinds.items() if count)
        note = f" ({self.note})" if self.note else ""
        found = f"errors at {self.success:.1%}{far}{failures}{note}"
        return f"{self.attack} on {self.problem}: {asked}, not {least:.1%}; {found}"

    def to_dict(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)

    def _shown(self) -> dict[str, Any]:
        names = ("attack", "problem", "success", "share_within", "mean_ratio", "worst_ratio", "queries_per_point")
        shown = {name: getattr(self, name) for name in names} | ({"note": self.note} if self.note else {})
        return shown | {"mean_ratio": between(self.mean_ratio, self.mean_ratio_upper)}


class AttackScores(Result, tuple[AttackScore, ...]):
    """The scores of a bench: a tuple, which can be shown as one table.

    Examples
    --------
    >>> from adversarial_spheres import attack_bench
    >>> attack_bench("walk", problems=["cap"], dims=[10], points=5)
    AttackScores
      attack  problem  success  share_within  mean_ratio  worst_ratio  queries_per_point  note
      walk    cap-10   1        1             1           1            108.8
    """

    def to_dict(self) -> dict[str, Any]:
        """Key attacks, a list, as in the JSON of ``attack-bench``."""
        return {"attacks": self._rows()}

    def _rows(self) -> list[dict[str, Any]]:
        return [score.to_dict() for score in self]

    def _shown(self) -> list[dict[str, Any]]:
        return [{**score._shown(), "note": score.note} for score in self]
