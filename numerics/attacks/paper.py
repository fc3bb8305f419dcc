"""The attack of [Gil2018], section 4: gradient ascent on the loss along the sphere, then bisection back.

Each step moves by 0.01 in the direction of the gradient of the loss and returns to the sphere by normalisation. The
direction of the gradient of the loss is that of the margin, so the loss need not be formed (and its gradient does not
underflow where the model is sure of itself). The error that is reached is pulled back along the great circle to the
attacked point.
"""

from __future__ import annotations

import numpy as np

from ...theory.basics.validation import FloatArray
from ..models.checked import IndexArray
from .circles import ErrorField
from .geometry import dots

STEP = 0.01
STEPS = 1000


def climb(
    field: ErrorField, rows: IndexArray, z: FloatArray, *, step: float = STEP, steps: int = STEPS
) -> tuple[FloatArray, FloatArray]:
    """Climb from unit vectors by steps of fixed length until an error is met; at most ``steps`` of them.

    Returns
    -------
    points : ndarray, shape (n, dim)
        Where the climb ended.
    margins : ndarray, shape (n,)
        Their margins; no error was reached where they say so.
    """
    u, at = z.copy(), np.arange(len(z))
    margins = field.margins(rows, u)
    at = at[~field.is_error(margins)]
    for _ in range(steps):
        if not at.size:
            break
        slope = field.slopes(rows[at], u[at])
        steep = np.sqrt(dots(slope, slope))
        at, slope, steep = at[steep > 0.0], slope[steep > 0.0], steep[steep > 0.0]
        u[at] = field.geometry.placed(u[at] + step * slope / steep[:, None])
        margins[at] = field.margins(rows[at], u[at])
        at = at[~field.is_error(margins[at])]
    return u, margins
