"""Makes a PDF of a template and what it is to say."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from services.exports.pdf.printable import FONTS, printable_data

MIME = "application/pdf"

_PAPER = Path(__file__).parent / "paper.typ"
_STANDARDS: Any = ["ua-1", "a-3a"]
"""PDF/UA-1: whoever cannot see it can have it read to them. PDF/A-3: it can be archived."""

_FONTS = typst.Fonts(
    include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
)
_one_at_a_time = Lock()
"""A long document takes some hundred megabytes for two seconds, and two at once twice as much."""


def make_pdf(
    template: Path,
    contents: Mapping[str, Any],
    made_at: datetime,
    attached: Mapping[str, bytes] | None = None,
) -> bytes:
    """The template as a tagged PDF; every text of `contents` is printed as the text that it is.

    The template finds `contents` in `contents.json` and what every document shares in `paper.typ`.
    It attaches the files of `attached` with `attach(name, …)`.
    """
    # Files by name; the library takes them, and its types do not say so.
    files: Any = {
        "main.typ": template.read_bytes(),
        "paper.typ": _PAPER.read_bytes(),
        "contents.json": json.dumps(printable_data(contents)).encode("ascii"),
        # As numbers: the library takes every file for a text.
        "attached.json": _as_numbers(attached or {}),
    }
    with _one_at_a_time:
        made: bytes = typst.compile(
            files,
            font_paths=_FONTS,
            pdf_standards=_STANDARDS,
            timestamp=made_at.astimezone(UTC).replace(microsecond=0),
        )
    return made


def _as_numbers(files: Mapping[str, bytes]) -> bytes:
    return json.dumps({name: list(content) for name, content in files.items()}).encode("ascii")
