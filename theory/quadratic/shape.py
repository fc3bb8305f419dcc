r"""How many pieces the error set of a quadratic classifier has on its sphere.

The errors are {sum c_i u_i^2 > 0} on the unit sphere, and {... = 0}, too, if ties count. Let P be the projection on
the axes of the positive coefficients (if ties count: of those that are not negative), k their number and S the great
sphere S^(k-1) in them. An error u has Pu != 0, as the other axes add nothing that counts; and along the arc from u to
Pu/|Pu| the form does not fall, so that all of it are errors. So the error set can be drawn together into S, which lies
in it: it has as many pieces as S^(k-1), one for k > 1, two antipodal ones for k = 1, none for k = 0.

A coefficient that is 0 counts with ties only: then it joins the pieces that two opposite axes would have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import QuadraticErrors, as_errors

__all__ = ["error_regions"]


def error_regions(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> NDArray[np.int64]:
    """Number of connected pieces of a quadratic classifier's error set on its sphere.

    One where more than one coefficient is positive (if ties count: not negative), two antipodal ones where exactly one
    is, none where none is: there is no error then.

    Source: this module's introduction, a deformation of the set into a great sphere.

    Parameters
    ----------
    coefficients
        The errors: those of ``classifier.errors_on(sphere, outer_radius)``, or their c, shape (..., dim), dim >= 2,
        finite; their signs alone matter.
    boundary_is_error
        Beside c: whether sum c_i u_i^2 = 0 counts, as it does on the outer sphere.

    Returns
    -------
    ndarray
        Shape (...), each 0, 1 or 2. Guarantee: exact.

    Examples
    --------
    >>> error_regions([[0.1, 0.2, -1.0], [0.1, -0.2, -1.0], [-0.1, -0.2, -1.0]]).tolist()
    [1, 2, 0]
    >>> int(error_regions([0.0, -1.0, -1.0], boundary_is_error=True))  # an axis
    2
    """
    errors = as_errors(coefficients, boundary_is_error)
    c = errors.coefficients
    axes = np.count_nonzero(c >= 0.0 if errors.ties_are_errors else c > 0.0, axis=-1)
    return np.asarray(np.where(axes > 1, 1, 2 * axes), dtype=np.int64)
