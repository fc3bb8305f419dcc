r"""The symbols of the statements and the functions that several of them share.

d is the ambient dimension, r a radius, R > 1 the radius of the outer sphere, mu an error rate, theta a polar angle,
phi the angular radius of the cap of measure mu, h = cos(phi) its height, t an angle or, where it follows sqrt(d), a
deviation; c_i are error coefficients (a unit vector is an error iff sum c_i u_i^2 > 0), a_i eigenvalues, b the bias
and alpha_i = -a_i/b. Phi and varphi stand for the distribution function and the density of the standard normal law.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

dim = sp.Symbol("d", integer=True, positive=True)
index = sp.Symbol("i", integer=True, positive=True)
hidden = sp.Symbol("k", integer=True, positive=True)
samples = sp.Symbol("n", integer=True, positive=True)

radius = sp.Symbol("r", positive=True)
outer_radius = sp.Symbol("R", positive=True)
error_rate = sp.Symbol("mu", positive=True)
angle = sp.Symbol("theta", real=True)
cap_angle = sp.Symbol("phi", real=True)
quantile_angle = sp.Symbol("phi_q", real=True)
height = sp.Symbol("h", real=True)
distance = sp.Symbol("t", nonnegative=True)
epsilon = sp.Symbol("epsilon", nonnegative=True)
score = sp.Symbol("z", real=True)
deviation = sp.Symbol("t", real=True)

bias = sp.Symbol("b", real=True)
equal_alpha = sp.Symbol("a", positive=True)
saddle = sp.Symbol("s", real=True)
multiplier = sp.Symbol("m", real=True)
sine_square = sp.Symbol("e", real=True)
failure = sp.Symbol("delta", positive=True)

coefficients = sp.IndexedBase("c", real=True)
eigenvalues = sp.IndexedBase("a", real=True)
alphas = sp.IndexedBase("alpha", real=True)
coordinates = sp.IndexedBase("z", real=True)

Phi = sp.Function("Phi")
varphi = sp.Function("varphi")


def named(latex: str) -> Any:
    """A real symbol that prints as this LaTeX (which must hold a brace: SymPy then leaves it alone)."""
    return sp.Symbol(latex, real=True)


def over_coordinates(term: Any) -> Any:
    """Sum of a term over i = 1 ... d."""
    return sp.Sum(term, (index, 1, dim))


def polar_density(at: Any) -> Any:
    """Density of the angle between a uniform point and a fixed one, sin^(d-2)(theta) / B((d-1)/2, 1/2)."""
    return sp.sin(at) ** (dim - 2) / sp.beta((dim - 1) / sp.Integer(2), sp.Rational(1, 2))


def cumulants(at: Any) -> Any:
    """K, the cumulant generating function of sum c_i u_i^2, u standard normal."""
    return -over_coordinates(sp.log(1 - 2 * at * coefficients[index])) / 2


def dual_function(at: Any) -> Any:
    """psi, whose minimum over m is the squared cosine of the angle to the nearest error."""
    return over_coordinates(coordinates[index] ** 2 / (1 - at * coefficients[index]))


def spell_out(expression: Any) -> Any:
    """The expression with Phi and varphi replaced by what they stand for; Phi keeps its digits in the lower tail."""
    plain = expression.replace(Phi, lambda x: sp.erfc(-x / sp.sqrt(2)) / 2)
    return plain.replace(varphi, lambda x: sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi))
