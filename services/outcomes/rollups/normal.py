"""The text of an error without what differs from one occurrence to the next. Pure."""

import re
from functools import lru_cache

_MARKS = (
    (re.compile(r"\bhttps?://[^\s\"'<>]+", re.IGNORECASE), "[url]"),
    (re.compile(r"\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b"), "[address]"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?)?\b"
        ),
        "[time]",
    ),
    (re.compile(r"\b\d{1,2}:\d\d(:\d\d(\.\d+)?)?\b"), "[time]"),
    (
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I),
        "[id]",
    ),
    # A word of letters and figures with at least two figures, as ids of any make are; a word such
    # as "h264" or "ipv6" stays.
    (re.compile(r"\b(?=[\w-]*[a-z])(?=(?:[\w-]*\d){3})[\w-]{8,}\b", re.IGNORECASE), "[id]"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "[id]"),
    # A number, with its decimals and thousands.
    (re.compile(r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?=\D|$)"), "[n]"),
)
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=5_000)
def normalised(text: str) -> str:
    """The text with marks in place of addresses, times, ids and numbers, and with single spaces.

    Texts of the same failure become equal by it. A normalised text is its own normal form.
    """
    for pattern, mark in _MARKS:
        text = pattern.sub(mark, text)
    return _SPACES.sub(" ", text).strip()
