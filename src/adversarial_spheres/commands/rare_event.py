"""``error-rate --rare-event``: splitting with a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..numerics.models.checked import AnyModel
    from ..theory.basics.validation import Sphere


def rare_event_with_progress(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    *,
    outer_radius: float,
    no_errors: bool,
    seed: int,
    confidence: float,
    workers: int,
    quiet: bool,
) -> dict[str, Any]:
    """The values under ``rare_event`` for one sphere, progress on standard error."""
    from ..numerics.runs.rare_event import rare_event_values
    from ..progress import progress

    with progress(quiet=quiet) as callback:
        return rare_event_values(
            model,
            dim,
            sphere,
            outer_radius=outer_radius,
            no_errors=no_errors,
            seed=seed,
            confidence=confidence,
            workers=workers,
            progress=callback,
        )
