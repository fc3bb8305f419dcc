"""Hypothesis strategies for tests of classifiers, bounds and attacks; needs the extra ``hypothesis``.

.. code-block:: python

    from hypothesis import given
    from adversarial_spheres import max_robust_accuracy
    from adversarial_spheres.numerics.models.error_sets import as_model
    from adversarial_spheres.strategies import dims, error_rates, error_sets

    @given(error_rates(), dims())
    def test_mine(error_rate, dim):
        assert my_bound(error_rate, dim) <= max_robust_accuracy(error_rate, dim, 0.1, metric="geodesic")

    @given(error_sets(dims(max_dim=20)))
    def test_my_attack(errors):
        model = as_model(errors)          # errs exactly in the set
        found = my_attack(model, points)
        exact = errors.angles(points)     # None where it cannot be derived
        assert exact is None or (found >= exact - 1e-9).all()

Values shrink towards small dimensions, moderate error rates and axis-parallel sets.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .numerics.models.error_sets import (
    BandSet,
    CapSet,
    ErrorSet,
    HalfSpacesSet,
    NetworkSet,
    QuadraticConeSet,
    UnionSet,
    random_rotation,
)
from .numerics.sampling.rotations import RandomRotation
from .theory.basics.errors import InvalidArgumentError
from .theory.basics.log_probability import LogProbability, log_one_minus_exp
from .theory.basics.validation import MAX_DIM, FloatArray, check_flag, check_outer_radius
from .theory.caps.cap import cap_of_measure

AlphaKind: TypeAlias = Literal["perfect", "nearly_perfect", "hopeless", "degenerate"]
SMALLEST_LOG_ERROR_RATE = -1e6
_SEEDS = st.integers(0, 2**32 - 1)


def dims(*, min_dim: int = 2, max_dim: int = 10_000) -> SearchStrategy[int]:
    """Ambient dimensions, evenly over their orders of magnitude.

    Parameters
    ----------
    min_dim, max_dim
        Between 2 and 10^9.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres.strategies import dims
    >>> find(dims(min_dim=5), lambda dim: True)
    5
    """
    if not 2 <= min_dim <= max_dim <= MAX_DIM:
        raise InvalidArgumentError("min_dim and max_dim", (min_dim, max_dim), "2 <= min_dim <= max_dim <= 10^9")
    exponents = st.floats(float(np.log(min_dim)), float(np.log(max_dim)))
    return st.one_of(
        st.integers(min_dim, max_dim),
        exponents.map(lambda exponent: int(np.clip(round(np.exp(exponent)), min_dim, max_dim))),
    )


def error_rates(
    *, min_log: float = SMALLEST_LOG_ERROR_RATE, max_log: float = 0.0, include_one: bool = False
) -> SearchStrategy[LogProbability]:
    """Error rates above 0, down to e^-1000000 and, where ``max_log`` is 0, up to 1 - e^-1000000.

    Parameters
    ----------
    min_log, max_log
        Natural logarithms of the smallest and of the largest error rate.
    include_one
        Whether error rate 1 occurs.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres.strategies import error_rates
    >>> float(find(error_rates(max_log=-1.0), lambda rate: True).log)
    -1.0
    """
    if not -np.inf < min_log <= max_log <= 0.0:
        raise InvalidArgumentError("min_log and max_log", (min_log, max_log), "finite, min_log <= max_log <= 0")
    tiny = st.floats(min_log, max_log, exclude_max=max_log == 0.0).map(LogProbability.from_log)
    choices: list[SearchStrategy[LogProbability]] = [tiny]
    moderate = max(min_log, -12.0)
    if moderate < max_log:
        choices.insert(0, st.floats(moderate, max_log, exclude_max=max_log == 0.0).map(LogProbability.from_log))
    if max_log == 0.0:
        largest = min(-1.0, float(log_one_minus_exp(min_log)))
        choices.append(st.floats(SMALLEST_LOG_ERROR_RATE, largest).map(LogProbability.from_log_complement))
    if check_flag("include_one", include_one):
        choices.append(st.just(LogProbability.of(1.0)))
    return st.one_of(choices)


def rotations(dim: int) -> SearchStrategy[FloatArray]:
    """Orthogonal matrices, shape (dim, dim): the identity, or uniform from a seed."""
    return st.one_of(st.just(np.eye(dim)), _SEEDS.map(lambda seed: random_rotation(dim, seed)))


def alphas(
    kind: AlphaKind = "perfect",
    *,
    dim: SearchStrategy[int] | int | None = None,
    outer_radius: float = 1.3,
) -> SearchStrategy[FloatArray]:
    """Coefficients of a quadratic classifier, shape (dim,).

    Parameters
    ----------
    kind
        "perfect": all in [1/R^2, 1], at least one above 1/R^2: no errors on either sphere.
        "nearly_perfect": the same but for up to a tenth of them (at least one), which are up to 5% outside.
        "hopeless": all above 1, or all below 1/R^2: every point of one sphere is an error.
        "degenerate": zeros, negative and repeated values, exact ends of the range, scales from 1e-12 to 1e12.
    dim
        Dimension or a strategy for it; default ``dims(max_dim=60)``.
    outer_radius
        R > 1.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres import QuadraticClassifier
    >>> from adversarial_spheres.strategies import alphas
    >>> found = find(alphas("perfect", dim=5), lambda values: True)
    >>> bool(QuadraticClassifier.from_alphas(found).is_perfect("outer", 1.3))
    True
    """
    if kind not in get_args(AlphaKind):
        raise InvalidArgumentError("kind", kind, f"one of {', '.join(get_args(AlphaKind))}")
    return _alphas(kind, dim, 1.0 / check_outer_radius(outer_radius) ** 2)


@st.composite
def _alphas(draw: Any, kind: AlphaKind, dim: SearchStrategy[int] | int | None, low: float) -> FloatArray:
    size = _drawn_dim(draw, dim)
    rng = np.random.default_rng(draw(_SEEDS))
    inside = rng.uniform(low * (1.0 + 1e-9), 1.0, size)
    if kind == "perfect":
        return inside
    if kind == "nearly_perfect":
        chosen = rng.permutation(size)[: draw(st.integers(1, max(1, size // 10)))]
        by = rng.uniform(1e-6, 0.05, len(chosen))
        inside[chosen] = np.where(rng.random(len(chosen)) < 0.5, 1.0 + by, low * (1.0 - by))
        return inside
    if kind == "hopeless":
        return 1.0 + 1e-6 + inside if draw(st.booleans()) else inside * low * (1.0 - 1e-6)
    specials = [0.0, 1.0, low, -1.0, 1e-12, 1e12, 0.5 * (1.0 + low)]
    return np.asarray(draw(st.lists(st.sampled_from(specials), min_size=size, max_size=size)))


@st.composite
def caps(draw: Any, dim: SearchStrategy[int] | int | None = None, *, min_log_measure: float = -12.0) -> CapSet:
    """Caps of measure from e^min_log_measure to nearly 1, around any pole."""
    size = _drawn_dim(draw, dim)
    measure = LogProbability.from_log(draw(st.floats(min_log_measure, -1e-5)))
    return CapSet(_pole(draw, size), float(cap_of_measure(measure, size).height))


@st.composite
def bands(draw: Any, dim: SearchStrategy[int] | int | None = None) -> BandSet:
    """Bands abs(u . pole) <= height around an equator."""
    size = _drawn_dim(draw, dim)
    return BandSet(_pole(draw, size), draw(st.floats(1e-3, 3.0)) / np.sqrt(size) if size > 9 else draw(_HEIGHTS))


@st.composite
def unions_of_caps(draw: Any, dim: SearchStrategy[int] | int | None = None, *, max_caps: int = 4) -> UnionSet:
    """Unions of up to ``max_caps`` caps; the measure is derived where they do not overlap."""
    size = _drawn_dim(draw, dim)
    return UnionSet(tuple(draw(st.lists(caps(size), min_size=1, max_size=max_caps))))


@st.composite
def quadratic_cones(draw: Any, dim: SearchStrategy[int] | int | None = None) -> QuadraticConeSet:
    """Cones sum c_i (u . q_i)^2 > 0 with coefficients of both signs, in a rotated basis."""
    size = _drawn_dim(draw, dim)
    positive = draw(st.integers(1, size - 1))
    rng = np.random.default_rng(draw(_SEEDS))
    c = rng.uniform(0.05, 1.0, size)
    c[positive:] *= -draw(st.floats(0.1, 10.0))
    seed = draw(st.one_of(st.none(), _SEEDS))
    return QuadraticConeSet(c, None if seed is None else RandomRotation(size, seed))


@st.composite
def half_space_intersections(draw: Any, dim: SearchStrategy[int] | int | None = None) -> HalfSpacesSet:
    """Intersections of up to five half-spaces that all hold one point of the sphere: never empty."""
    size = _drawn_dim(draw, dim)
    count = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(_SEEDS))
    normals = rng.standard_normal((count, size))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    centre = _pole(draw, size)
    return HalfSpacesSet(normals, normals @ centre - draw(st.floats(0.05, 1.5)) / np.sqrt(size))


@st.composite
def small_networks(draw: Any, dim: SearchStrategy[int] | int | None = None) -> NetworkSet:
    """Where a random ReLU network of one hidden layer is above a level; it may be empty."""
    size = _drawn_dim(draw, dim)
    return NetworkSet(size, draw(st.integers(1, 16)), draw(_SEEDS), draw(st.floats(-0.5, 0.5)))


def error_sets(dim: SearchStrategy[int] | int | None = None) -> SearchStrategy[ErrorSet]:
    """All kinds of error sets: caps, bands, unions of caps, quadratic cones, half-spaces, small networks.

    Parameters
    ----------
    dim
        Dimension or a strategy for it; default ``dims(max_dim=60)``.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres.strategies import error_sets
    >>> find(error_sets(3), lambda errors: True).dim
    3
    """
    return st.one_of(
        caps(dim),
        bands(dim),
        unions_of_caps(dim),
        quadratic_cones(dim),
        half_space_intersections(dim),
        small_networks(dim),
    )


_HEIGHTS = st.floats(1e-3, 0.999)


def _drawn_dim(draw: Any, dim: SearchStrategy[int] | int | None) -> int:
    if isinstance(dim, int):
        return dim
    return int(draw(dims(max_dim=60) if dim is None else dim))


def _pole(draw: Any, dim: int) -> FloatArray:
    axis = np.zeros(dim)
    axis[0] = 1.0
    seed = draw(st.one_of(st.none(), _SEEDS))
    return axis if seed is None else np.random.default_rng(seed).standard_normal(dim)
