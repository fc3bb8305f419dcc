"""Exact error rates, certified nearest errors and the isoperimetric limit for classifiers of concentric spheres.

The names below load when they are first used. Two rooms stand behind them: :mod:`adversarial_spheres.theory` (what
is proved or computed exactly) and :mod:`adversarial_spheres.numerics` (what is trained, sampled and measured).
"""

import lazy_loader as _lazy

from ._version import __version__ as __version__

__getattr__, __dir__, _lazy_names = _lazy.attach_stub(__name__, __file__)
__all__ = [*_lazy_names, "__version__"]  # noqa: PLE0604 (names are strings, read from the stub)
