"""The code of users: a model may raise anything, and end the process, as it is imported or asked.

Whatever it raises becomes a ModelError that names it, so that ``sys.exit(0)`` in a model is no verdict. Ctrl-C is the
user's own: Python raises KeyboardInterrupt in its main thread, and there it stays one. What the code does to NumPy's
floating-point errors ends with it. ``os._exit``, and what kills the process, cannot be caught.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ...theory.basics.errors import ModelError, described


@contextmanager
def users_code(
    name: str, allowed: str, *, about: str = "", passing: type[Exception] | tuple[type[Exception], ...] = ModelError
) -> Iterator[None]:
    """Turn whatever a user's code raises within the context into a ModelError.

    Parameters
    ----------
    name, allowed
        Of the argument that the code belongs to, and what it must be.
    about
        What to say before the error's own words.
    passing
        Errors that are left alone.

    Raises
    ------
    ModelError
        The code raised something else.

    Examples
    --------
    >>> with users_code("model", "a function that returns logits"):
    ...     raise SystemExit(0)
    Traceback (most recent call last):
    adversarial_spheres...ModelError: model must be a function that returns logits, got 'SystemExit: 0'
    """
    try:
        with np.errstate():
            yield
    except passing:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise
        raise ModelError(name, f"{about}: {described(error)}" if about else described(error), allowed) from error
