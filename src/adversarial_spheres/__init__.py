"""Exact error rates, certified nearest errors and the isoperimetric limit for classifiers of concentric spheres."""

from ._version import __version__

__all__ = ["__version__"]
