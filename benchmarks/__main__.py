"""``python -m benchmarks``: one table of all topics; ``--details``: then every topic's own tables, which take long."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks import summary


def main() -> None:
    """Print the table, and where asked the tables of the topics one after the other."""
    details = sys.argv[1:] == ["--details"]
    del sys.argv[1:]  # topics read arguments of their own
    summary.main()
    for module in pkgutil.iter_modules(benchmarks.__path__) if details else ():
        if not module.name.startswith("_") and module.name != "summary":
            print(f"\n== {module.name}")
            importlib.import_module(f"benchmarks.{module.name}").main()


if __name__ == "__main__":
    main()
