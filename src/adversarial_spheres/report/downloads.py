"""Files inside the page: data: URIs, so that nothing is asked of a network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

MIME = {"pdf": "application/pdf", "svg": "image/svg+xml", "pgf": "text/plain", "tex": "text/plain"}
LIMIT = 400_000
"""Larger files stay in their folder, beside the page: the page must stay light."""


@dataclass(frozen=True)
class Download:
    """A file for a link: its format, its name, and its content as a data: URI, or else why there is none."""

    file_format: str
    file: str
    source: str | None
    reason: str = ""


def data_uri(content: bytes, file_format: str) -> str:
    """A file as an address."""
    return f"data:{MIME[file_format]};base64,{base64.b64encode(content).decode('ascii')}"


def downloads(name: str, files: Mapping[str, bytes | None]) -> list[Download]:
    """Links for the formats of one figure; None: a format that it cannot have."""
    return [_download(kind, f"{name}.{kind}", content) for kind, content in files.items()]


def _download(kind: str, file: str, content: bytes | None) -> Download:
    if content is None:
        return Download(kind, file, None, "not possible for a raster image")
    if len(content) > LIMIT:
        return Download(kind, file, None, f"{len(content) / 1e6:.1f} MB, in the folder figures")
    return Download(kind, file, data_uri(content, kind))
