"""The `filters` language of the patient list.

Words must all occur, in any order; `"quoted text"` must occur as given; `or` separates
alternatives (`a b or c` means both a and b, or c); `-` excludes the word or the quoted text after
it. Case does not matter, accents do. Text is compared by whole words, and a word is a run of
letters and digits: `1996-02` is two words in a row, and so part of a date is found.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
# A quote that is never closed ends with the text. Outside of quotes a comma separates words too.
_TERM = re.compile(r'(-*)"([^"]*)(?:"|$)|([^\s,]+)')


@dataclass(frozen=True)
class _Alternative:
    """Phrases that must occur and phrases that must not, each written as ` word word `."""

    wanted: frozenset[str]
    unwanted: frozenset[str]

    def matches(self, searched: str) -> bool:
        # A plain loop is faster than `all` here, and this runs for every patient of the list.
        for phrase in self.wanted:
            if phrase not in searched:
                return False
        return all(phrase not in searched for phrase in self.unwanted)


@dataclass(frozen=True)
class Filters:
    """A search, ready to be compared with patients."""

    alternatives: tuple[_Alternative, ...]

    @classmethod
    def parse(cls, text: str) -> "Filters":
        """Read `text`; no text is an error."""
        alternatives = [_alternative(terms) for terms in _split_at_or(text)]
        # An empty alternative, as in `smith or`, would match everybody.
        distinct = dict.fromkeys(
            alternative
            for alternative in alternatives
            if alternative.wanted or alternative.unwanted
        )
        return cls(tuple(distinct))

    def matches(self, searched: str) -> bool:
        """Whether a patient, as `searchable` wrote them, is among the results."""
        return not self.alternatives or any(
            alternative.matches(searched) for alternative in self.alternatives
        )


def searchable(fields: Iterable[str]) -> str:
    """The fields of a patient in the form that `Filters.matches` reads."""
    # The bar is no part of a word: so no phrase matches across two fields.
    return "|".join(_phrase(field) for field in fields)


def _split_at_or(text: str) -> list[list[tuple[bool, str]]]:
    """The terms of each alternative, as (excluded, phrase)."""
    alternatives: list[list[tuple[bool, str]]] = [[]]
    for minus, quoted, word in _TERM.findall(text):
        if word.casefold() == "or":
            alternatives.append([])
        elif phrase := _phrase(quoted or word):
            alternatives[-1].append((bool(minus) or word.startswith("-"), phrase))
    return alternatives


def _alternative(terms: list[tuple[bool, str]]) -> _Alternative:
    wanted = frozenset(phrase for excluded, phrase in terms if not excluded)
    unwanted = frozenset(phrase for excluded, phrase in terms if excluded)
    return _Alternative(wanted, unwanted)


def _phrase(text: str) -> str:
    # NFC: an accent typed as a character of its own equals the accented letter.
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return f" {' '.join(words)} " if words else ""
