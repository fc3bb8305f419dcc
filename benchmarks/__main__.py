"""``python -m benchmarks [TOPIC ...]``: one table; ``--details``: then every topic's own tables, which take long."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks import summary


def main() -> None:
    """Print the table, and where asked the tables of the topics one after the other."""
    details = "--details" in sys.argv[1:]
    topics = [argument for argument in sys.argv[1:] if argument != "--details"]
    del sys.argv[1:]  # the modules of the topics read arguments of their own
    summary.main(topics)
    for module in pkgutil.iter_modules(benchmarks.__path__) if details else ():
        if not module.name.startswith("_") and module.name != "summary":
            print(f"\n== {module.name}")
            importlib.import_module(f"benchmarks.{module.name}").main()


if __name__ == "__main__":
    main()
