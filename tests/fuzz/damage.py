"""Files damaged at random: bytes turned, cut, doubled and mixed; trees of JSON with leaves and branches exchanged."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2.5, 1e308, -1e308, 1e-320, 2**53 + 1, 10**400, "", "x", "a\nb", "\ud800", "0.5"),
    *([], [[]], {}, {"a": 1}, [1, [2, 3]], ["x"], 10**5 * "x"),
)
TOKENS = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"[",
    b"{",
    b"\x00",
    b'"',
    b",",
    b"\xff",
    b"\xef\xbb\xbf",
    b"1_0",
    b"\r\n",
    b"9" * 400,
)


def damaged(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Bytes that are damaged in one of the ways in which files are."""
    at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    kind = rng.randrange(8)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + other[rng.randrange(len(other)) :]
    if kind == 2:
        return data[:at] + data[to:]
    if kind == 3:
        return data[:to] + data[at:]
    if kind == 4:
        return data[:at] + bytes(min(to - at, 512)) + data[to:]
    if kind == 5:
        return data[:at] + rng.choice(TOKENS) + data[at + rng.choice((0, 1, 8)) :]
    flipped = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 16))):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def changed_tree(tree: Any, rng: random.Random) -> Any:
    """A tree of JSON with one place emptied, exchanged or added to."""
    changed = copy.deepcopy(tree)
    places = list(_places(changed))
    holder, key = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        other, its_key = rng.choice(places)
        holder[key] = copy.deepcopy(other[its_key]) if its_key in _keys(other) else None
    elif kind == 2 and isinstance(holder[key], list):
        holder[key] = holder[key][: len(holder[key]) // 2]
    else:
        holder[key] = copy.deepcopy(rng.choice(LEAVES))
    return changed


def _keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Where each value of a tree stands: what holds it, and under which key."""
    found = []
    for key in _keys(tree):
        found.append((tree, key))
        if isinstance(tree[key], dict | list):
            found += _places(tree[key])
    return found


def json_bytes(tree: Any) -> bytes:
    """A tree as a file."""
    return json.dumps(tree, indent=2, sort_keys=True).encode()
