"""Files inside the page: data: URIs, so that nothing is asked of a network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

MIME = {"pdf": "application/pdf", "svg": "image/svg+xml", "pgf": "text/plain", "tex": "text/plain"}
LIMIT = 300_000
"""Larger files stay in their folder, beside the page: the page must stay light."""


@dataclass(frozen=True)
class Download:
    """A file for a link: its format, its name, and its content as a data: URI (None: too large for the page)."""

    file_format: str
    file: str
    source: str | None


def data_uri(content: bytes, file_format: str) -> str:
    """A file as an address."""
    return f"data:{MIME[file_format]};base64,{base64.b64encode(content).decode('ascii')}"


def downloads(name: str, files: Mapping[str, bytes]) -> list[Download]:
    """Links for the formats of one figure."""
    return [
        Download(kind, f"{name}.{kind}", data_uri(content, kind) if len(content) <= LIMIT else None)
        for kind, content in files.items()
    ]
