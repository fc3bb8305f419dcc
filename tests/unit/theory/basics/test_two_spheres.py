"""The two spheres: which logits are errors, ties included, and what radii are allowed."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.sphere import error_sign, misclassified, sphere_radius, ties_are_errors

LOGITS = np.array([-1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0])


def test_a_tie_is_an_error_on_the_outer_sphere_only() -> None:
    assert misclassified(LOGITS, "inner").tolist() == [False, False, False, False, True, True]
    assert misclassified(LOGITS, "outer").tolist() == [True, True, True, True, False, False]
    assert (ties_are_errors("inner"), ties_are_errors("outer")) == (False, True)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_signed_logits_are_positive_at_errors(sphere: str) -> None:
    signed = error_sign(sphere) * LOGITS
    assert np.array_equal(misclassified(LOGITS, sphere), signed >= 0 if ties_are_errors(sphere) else signed > 0)


@pytest.mark.parametrize("function", [ties_are_errors, error_sign, lambda sphere: misclassified(LOGITS, sphere)])
@pytest.mark.parametrize("sphere", ["middle", None, ["outer"]])
def test_another_sphere_is_refused(function, sphere) -> None:
    with pytest.raises(InvalidArgumentError, match="sphere must be"):
        function(sphere)


def test_radii() -> None:
    assert (sphere_radius("inner", 1.3), sphere_radius("outer", 1.3)) == (1.0, 1.3)
