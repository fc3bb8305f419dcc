"""Mean and variance that can be merged block by block."""

from __future__ import annotations

from dataclasses import dataclass

from ...theory.basics.validation import FloatArray


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations; merged without cancellation (Chan, Golub and LeVeque)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: FloatArray) -> Moments:
        """Moments of an array."""
        if values.size == 0:
            return cls()
        mean = float(values.mean())
        return cls(values.size, mean, float(((values - mean) ** 2).sum()))

    def merged(self, other: Moments) -> Moments:
        """Moments of both samples together."""
        count = self.count + other.count
        if count == 0:
            return self
        shift = other.mean - self.mean
        return Moments(
            count,
            self.mean + shift * (other.count / count),
            self.squares + other.squares + shift**2 * (self.count * (other.count / count)),
        )

    @property
    def variance(self) -> float:
        """Unbiased variance of one value; 0 for fewer than two."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0
