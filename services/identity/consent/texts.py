"""The text that people agree to: from the operator's file, or the example that is shipped."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from services.errors import BadSettings
from services.identity.consent.consent_state import ConsentRule

EXAMPLE_FILE = Path(__file__).parent / "example.txt"
"""The text that is asked for without a file of the operator's."""

MOST_CHARACTERS = 20_000
"""A text that fills more than about ten pages is read by nobody on a phone."""

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}", re.ASCII)
"""What a version may be called."""

_FIRST_LINE = re.compile(r"Version:[ \t]*(.*?)[ \t]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What no text has; signs that turn the direction of writing could show another text."""


@dataclass(frozen=True)
class ConsentWords:
    """A text that people agree to; `hash` is its SHA-256, in hexadecimal, in UTF-8."""

    version: str
    text: str = field(repr=False)
    is_example: bool = False

    @property
    def hash(self) -> str:
        """The SHA-256 of the text."""
        return text_hash(self.text)


@dataclass(frozen=True)
class ConsentTerms:
    """What is asked of people, what a missing consent means, and how long one lasts."""

    rule: ConsentRule
    words: ConsentWords
    lasts: timedelta

    @property
    def is_asked(self) -> bool:
        """Whether consent is asked for and shown at all."""
        return self.rule is not ConsentRule.OFF


@dataclass(frozen=True)
class Block:
    """A part of a text: one paragraph, or the items of one list."""

    lines: Sequence[str]
    is_list: bool = False


def text_hash(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_words(file: Path | None) -> ConsentWords:
    """The text of the setting `CONSENT_TEXT`, or the shipped example without one.

    Raises `BadSettings` for a file that is missing, empty, too long, not in UTF-8, or without a
    version in its first line.
    """
    try:
        content = (file or EXAMPLE_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise _bad(f"must be a file that can be read ({type(error).__name__})") from None
    # Some editors begin a file with a mark that is no part of it.
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad("must be a text in UTF-8") from None
    return parse_words(text, is_example=file is None)


def parse_words(text: str, is_example: bool = False) -> ConsentWords:
    """The version and the text of a file's content; raises `BadSettings`."""
    first, _, rest = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    found = _FIRST_LINE.fullmatch(first)
    if found is None or not VERSION.fullmatch(found[1]):
        raise _bad("must name its version in the first line, as in “Version: 2026-11”")
    if rest[:1] not in ("", "\n"):
        raise _bad("must have an empty line behind the version")
    body = "\n".join(line.rstrip() for line in rest.strip("\n").split("\n")).strip()
    if not body:
        raise _bad("must have a text behind its version")
    if len(body) > MOST_CHARACTERS:
        raise _bad(f"must have at most {MOST_CHARACTERS:,} characters")
    if _CONTROL.search(body):
        raise _bad("must have no control characters")
    return ConsentWords(found[1], body, is_example)


def blocks_of(text: str) -> Iterator[Block]:
    """The paragraphs and lists of a text: lists have a hyphen and a space before each item."""
    for part in re.split(r"\n{2,}", text):
        lines: list[str] = []
        in_list = False
        for line in part.split("\n"):
            if line.startswith("- "):
                if lines and not in_list:
                    yield Block([" ".join(lines)])
                    lines = []
                in_list = True
                lines.append(line[2:].strip())
            elif in_list and lines:
                # A long item goes on in the next line.
                lines[-1] += f" {line.strip()}"
            else:
                lines.append(line.strip())
        yield Block(lines, is_list=True) if in_list else Block([" ".join(lines)])


def _bad(what: str) -> BadSettings:
    return BadSettings(f"CONSENT_TEXT: {what}")
