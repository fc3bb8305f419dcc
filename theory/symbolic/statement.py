"""A statement of the theory as a value: a SymPy relation with its kind, its sources and its LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import mpmath
import sympy as sp
from sympy.printing.latex import LatexPrinter

from ..basics.errors import InvalidArgumentError
from .notation import spell_out

Kind: TypeAlias = Literal["exact", "upper bound", "lower bound", "estimate", "asymptotic"]

_RELATIONS: dict[str, tuple[Any, str]] = {
    "exact": (sp.Eq, "="),
    "upper bound": (sp.Le, r"\le"),
    "lower bound": (sp.Ge, r"\ge"),
    "estimate": (sp.Eq, r"\approx"),
    "asymptotic": (sp.Eq, r"\sim"),
}
_GUARD_DIGITS = 15


class _Printer(LatexPrinter):
    """LaTeX with negative terms after the others: 1 - x instead of -x + 1."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms: list[Any] = super()._as_ordered_terms(expr, order=order)
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


@dataclass(frozen=True)
class Statement:
    """One statement: a quantity, how it is related to an expression, and the expression.

    Parameters
    ----------
    key
        Its name in the registry.
    title
        What it says, in words.
    expression
        SymPy relation: an equation (exact, estimate, asymptotic) or an inequality <= (upper bound), >= (lower bound)
        whose left side is the quantity.
    symbols
        The free symbols of the right side, by the names under which :meth:`evaluate` takes their values.
    kind
        exact | upper bound | lower bound | estimate | asymptotic.
    sources
        Keys of the bibliography, such as [Gil2018]; empty for what follows from definitions.
    domain
        Where it holds, in words with LaTeX between dollar signs.
    computed_by
        Dotted name, below adversarial_spheres, of the function that computes the right side in double precision.
    """

    key: str
    title: str
    expression: Any
    symbols: Mapping[str, Any] = field(hash=False)
    kind: Kind
    sources: tuple[str, ...]
    domain: str
    computed_by: str

    @classmethod
    def of(
        cls,
        key: str,
        title: str,
        left: Any,
        right: Any,
        *,
        symbols: Mapping[str, Any],
        kind: Kind = "exact",
        sources: tuple[str, ...] = (),
        domain: str,
        computed_by: str,
    ) -> Statement:
        """Make a statement from its two sides; the kind decides the relation between them."""
        relation = _RELATIONS[kind][0](left, right, evaluate=False)
        return cls(key, title, relation, MappingProxyType(dict(symbols)), kind, sources, domain, computed_by)

    def latex(self) -> str:
        r"""LaTeX of the relation, without dollar signs; estimates read \approx and asymptotes \sim."""
        printer = _Printer({"inv_trig_style": "full"})
        left, right = (printer.doprint(side) for side in (self.expression.lhs, self.expression.rhs))
        return f"{left} {_RELATIONS[self.kind][1]} {right}"

    def evaluate(self, *, digits: int = 30, **values: Any) -> Any:
        """Value of the right side at numbers, in arbitrary precision.

        Parameters
        ----------
        digits
            Decimal digits of the arithmetic. Integrals are computed by tanh-sinh quadrature to that many decimal
            places, so one as small as 10^-50 needs 50 more digits.
        values
            A number for each symbol, a sequence for each indexed one. Floats are taken as the binary numbers they are.

        Returns
        -------
        mpmath.mpf
            The right side. Guarantee: estimate, exact to about ``digits`` decimal places for the integrals and, for
            the rest, to as many significant digits less those that the expression loses by cancellation.

        Raises
        ------
        InvalidArgumentError
            The names are not exactly those of ``symbols``.

        Examples
        --------
        >>> from adversarial_spheres.theory.symbolic import STATEMENTS
        >>> print(mpmath.nstr(STATEMENTS["cap_measure"].evaluate(height=0.5, dim=3), 15))
        0.25
        """
        if values.keys() != self.symbols.keys():
            raise InvalidArgumentError("values", sorted(values), f"given for exactly {', '.join(self.symbols)}")
        with mpmath.workdps(digits + _GUARD_DIGITS):
            arguments = [_number(name, values[name]) for name in self.symbols]
            value = _compiled(self.expression.rhs, tuple(self.symbols.values()))(*arguments)
            return mpmath.re(mpmath.mpmathify(value))


@lru_cache(maxsize=256)
def _compiled(expression: Any, symbols: tuple[Any, ...]) -> Any:
    # SymPy 1.14 translates the regularised incomplete beta function to mpmath's unregularised one.
    functions = {"betainc_regularized": partial(mpmath.betainc, regularized=True)}
    return sp.lambdify(symbols, spell_out(expression), modules=[functions, "mpmath"])


def _number(name: str, value: Any) -> Any:
    """Integers stay (they bound sums), other numbers become mpf; sequences get a 0th place, as sums start at 1."""
    if isinstance(value, str):
        raise InvalidArgumentError(name, value, "a number or a sequence of numbers")
    if hasattr(value, "__len__"):
        return [None, *(mpmath.mpmathify(_plain(entry)) for entry in value)]
    plain = _plain(value)
    return plain if isinstance(plain, int) else mpmath.mpmathify(plain)


def _plain(value: Any) -> Any:
    """A NumPy scalar as the Python number it holds."""
    return value.item() if hasattr(value, "item") else value
