"""Write predicted_distances.json: exact means of sin^2 and three-point predictions, 12 digits from mpmath.

Run from the root: ``python tests/reference/generate_predicted_distances.py`` (about four minutes).
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp

from adversarial_spheres.theory.reference import predicted_distance as twin

DIGITS = 12
SPECTRA = [
    [1.0, -1.0],
    [0.5, -0.4],
    [0.01, -1.0],
    [1.0, -0.02],
    [0.3, -0.5, -1.0],
    [1.0, 1.0, -1.0],
    [1.0, 1.0, 0.0, -3.0],
    [0.1, -1.0, -1.0, -1.0],
    [1.0, 0.2, -0.3, -0.6, -4.0, -0.01],
]


def main() -> None:
    rows = []
    for c in SPECTRA:
        rows.append(
            {
                "c": c,
                "mean_sine_square": mp.nstr(twin.mean_sine_square(c, digits=DIGITS), DIGITS),
                "jensen_sine_square": mp.nstr(twin.jensen_sine_square(c), DIGITS),
            }
        )
        if c == [0.3, -0.5, -1.0]:
            rows[-1]["mean_angle_prediction"] = mp.nstr(twin.mean_angle_prediction(c, digits=DIGITS), DIGITS)
            rows[-1]["mean_chord_prediction"] = mp.nstr(twin.mean_chord_prediction(c, digits=DIGITS), DIGITS)
    path = Path(__file__).with_name("predicted_distances.json")
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
