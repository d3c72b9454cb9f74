"""Text from outside on one line, for places that show it as it is."""

import re

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def one_line(text: object) -> str:
    """The text without line breaks and control characters.

    Half of a surrogate pair is no text that can be sent or written. A sign that turns the direction
    of writing is kept from what stands beside it.
    """
    line = without_breaks(text)
    return f"\u2068{line}\u2069" if _DIRECTIONS.search(line) else line


def without_breaks(text: object) -> str:
    """The text without line breaks, control characters and halves of surrogate pairs."""
    return _BREAKS.sub(" ", str(text)).encode("utf-8", "replace").decode()
