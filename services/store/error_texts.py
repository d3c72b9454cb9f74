"""The text of an error without what differs from one occurrence to the next. Pure.

The log keeps it beside each error: charts count by it, and an index finds the queries behind.
"""

import re
from functools import lru_cache

LONGEST = 200
"""Characters of a normalised text."""

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
    # A word of letters and figures with at least three figures, as ids of any make are; a word such
    # as "h26" or "ipv6" stays.
    (re.compile(r"\b(?=[\w-]*[a-z])(?=(?:[\w-]*\d){3})[\w-]{8,}\b", re.IGNORECASE), "[id]"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "[id]"),
    # A number, with its decimals and thousands.
    (re.compile(r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?=\D|$)"), "[n]"),
)


@lru_cache(maxsize=5_000)
def normalised(text: str | None) -> str | None:
    """The text with marks in place of addresses, times, ids and numbers, and with single spaces.

    None for no text. Texts of the same failure become equal by it.
    """
    shown = text or ""
    for pattern, mark in _MARKS:
        shown = pattern.sub(mark, shown)
    return " ".join(shown.split())[:LONGEST].strip() or None
