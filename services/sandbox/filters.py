"""The `filters` language of the patient list.

Words must all occur, in any order; `"quoted text"` must occur as given; `or` stands between
alternatives and binds weaker than standing side by side; `-` excludes the word or the quoted text
after it. Case does not matter, accents do. Text is compared by whole words, a word being a run of
letters and digits: so `1996-02` is two words in a row, which is how a part of a date is found.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
# A quote that is never closed reaches to the end. Outside of quotes a comma parts words too.
_TERM = re.compile(r'(-*)"([^"]*)(?:"|$)|([^\s,]+)')


@dataclass(frozen=True)
class _Alternative:
    """What must occur and what must not, each as ` word word `."""

    wanted: frozenset[str]
    unwanted: frozenset[str]

    def matches(self, searched: str) -> bool:
        # Plain loops: this runs once per entry and alternative.
        for phrase in self.wanted:
            if phrase not in searched:
                return False
        return all(phrase not in searched for phrase in self.unwanted)


@dataclass(frozen=True)
class Filters:
    """What a person searched for."""

    alternatives: tuple[_Alternative, ...]

    @classmethod
    def parse(cls, text: str) -> "Filters":
        """Read `text`; whatever is typed means something, nothing is an error."""
        alternatives = [_alternative(terms) for terms in _split_at_or(text)]
        meant = dict.fromkeys(one for one in alternatives if one.wanted or one.unwanted)
        return cls(tuple(meant))

    def matches(self, searched: str) -> bool:
        """Whether an entry, as `searchable` wrote it, is among the results."""
        return not self.alternatives or any(one.matches(searched) for one in self.alternatives)


def searchable(fields: Iterable[str]) -> str:
    """The fields of an entry in the form that `Filters.matches` reads; phrases never span two."""
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
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return f" {' '.join(words)} " if words else ""
