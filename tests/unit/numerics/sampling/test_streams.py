"""Streams of random numbers: one word for each purpose, all in one place."""

from __future__ import annotations

import re
from pathlib import Path

from adversarial_spheres import numerics
from adversarial_spheres.numerics.sampling import streams

NUMERICS = Path(numerics.__file__).parent


def test_no_two_purposes_share_a_word() -> None:
    words = [value for name, value in vars(streams).items() if name.endswith("_KEY") and isinstance(value, int)]
    assert len(words) == len(set(words)) >= 17


def test_no_other_place_makes_up_a_word() -> None:
    for path in NUMERICS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "streams.py" and "block_generator(" in text:
            code = "\n".join(line for line in text.splitlines() if ">>>" not in line)
            for call in re.findall(r"block_generator\(([^()]*)", code):
                words = [word.strip() for word in call.split(",")]
                assert len(words) < 2 or not words[1].isdigit(), f"{path}: block_generator({call})"
