"""How often the verdict engine errs: false refutations of true claims, and power against false ones.

    python -m benchmarks.calibration [CHECKS]

True claims stand right at the boundary, where an engine errs most often; false ones have a fixed margin and power.
"""

from __future__ import annotations

import sys

from adversarial_spheres.numerics.verdicts.calibration import calibrate


def main() -> None:
    """Print the report."""
    checks = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{'simulated claim':64s} {'kind':13s} {'refuted':>8s} {'of':>7s} {'promised rate':>14s} {'p-value':>9s}")
    for row in calibrate(checks, seed=1):
        at = "<=" if row.kind == "false alarms" else ">="
        promise = f"{at} {row.promised:g}"
        print(f"{row.name:64s} {row.kind:13s} {row.refuted:8d} {row.checks:7d} {promise:>14s} {row.p_value:9.2g}")


if __name__ == "__main__":
    main()
