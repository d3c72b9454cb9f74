"""Text from outside as the fonts of our documents can print it."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from services.exports.lines import without_breaks

FONTS = Path(__file__).parent / "fonts"

_WITHOUT_PICTURE = frozenset("\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2009\u202f\u2060")
"""Blanks, and marks without a width that join, part and order what stands beside them."""


def printable(text: object) -> str:
    """The text on one line; signs that cannot be printed are told by their numbers.

    These are the ones that the font lacks, and those that would turn the direction of writing.
    """
    return "".join(one if _has(one) else f"[U+{ord(one):04X}]" for one in _signs(text))


def lacks_signs_of(text: str) -> bool:
    """Whether the font cannot print the whole text."""
    return not all(map(_has, _signs(text)))


def printable_data(value: Any) -> Any:
    """`value` with every text in it made printable, as a document is given it.

    Numbers, truth values and None stay; lists and mappings with their keys are kept in form.
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {str(name): printable_data(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [printable_data(part) for part in value]
    return value


def _signs(text: object) -> str:
    return unicodedata.normalize("NFC", without_breaks(text))


def _has(sign: str) -> bool:
    if unicodedata.category(sign) == "Cf":
        return sign in _WITHOUT_PICTURE
    return sign in _WITHOUT_PICTURE or ord(sign) in _characters()


@cache
def _characters() -> frozenset[int]:
    """The characters of which both fonts have a picture."""
    found = []
    for file in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        with TTFont(FONTS / file, lazy=True) as font:
            found.append(set(font.getBestCmap()))
    return frozenset(set.intersection(*found))
