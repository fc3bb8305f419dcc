"""Run every benchmark: ``python -m benchmarks``; one alone: ``python -m benchmarks.<topic>``."""

from __future__ import annotations

import importlib
import pkgutil
import platform

import benchmarks


def main() -> None:
    """Run the benchmarks one after the other."""
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}")
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            print(f"\n== {module.name}")
            importlib.import_module(f"benchmarks.{module.name}").main()


if __name__ == "__main__":
    main()
