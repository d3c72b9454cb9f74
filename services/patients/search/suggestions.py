"""Other searches to try, made of what was typed. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from services.patients.search.folding import without_accents
from services.patients.search.terms import SearchTerms
from services.patients.typed_dates import TypedDate, swapped

_MOST = 6
_QUOTED = re.compile(r'"([^"\s]+) ([^"\s]+)"')


class SuggestionKind(StrEnum):
    """What a suggested search does differently."""

    DATE = "date"
    WORD = "word"
    WITHOUT_DATE = "without_date"
    ONLY_DATE = "only_date"
    SWAPPED_DATE = "swapped_date"
    SWAPPED_ORDER = "swapped_order"
    ANY_ORDER = "any_order"
    WITHOUT_ACCENTS = "without_accents"


@dataclass(frozen=True)
class Suggestion:
    """A search to try: the `text` to search for, and the part of it that makes the difference."""

    kind: SuggestionKind
    text: str
    part: str


def which_date(terms: SearchTerms) -> list[Suggestion]:
    """The meanings of the first ambiguous date, each as a search for that one alone."""
    ambiguous = next((date for date in terms.dates if date.is_ambiguous), None)
    if ambiguous is None:
        return []
    return [
        Suggestion(SuggestionKind.DATE, _text(terms, {ambiguous: meaning}), meaning)
        for meaning in ambiguous.meanings
    ]


def also_try(terms: SearchTerms) -> list[Suggestion]:
    """Searches that may find the person whom this one did not find, at most six."""
    of_terms = _of_filter_language if terms.is_in_filter_language else _of_words
    by_text = {suggestion.text: suggestion for suggestion in of_terms(terms) if suggestion.text}
    by_text.pop(_text(terms), None)
    return list(islice(by_text.values(), _MOST))


def _of_words(terms: SearchTerms) -> Iterator[Suggestion]:
    words = " ".join(terms.words)
    for date in terms.dates:
        # Of an ambiguous date, the other day was searched for already.
        other = None if date.is_ambiguous else swapped(date.meanings[0])
        if other is not None:
            yield Suggestion(SuggestionKind.SWAPPED_DATE, _text(terms, {date: other}), other)
    if words and terms.dates:
        yield Suggestion(SuggestionKind.WITHOUT_DATE, words, words)
        date = terms.dates[0]
        day = date.typed if date.is_ambiguous else date.meanings[0]
        yield Suggestion(SuggestionKind.ONLY_DATE, day, day)
    for word in terms.words if len(terms.words) > 1 else ():
        if len(word) > 2:
            yield Suggestion(SuggestionKind.WORD, word, word)


def _of_filter_language(terms: SearchTerms) -> Iterator[Suggestion]:
    text = _text(terms)
    if _QUOTED.search(text):
        turned = _QUOTED.sub(r'"\2 \1"', text)
        yield Suggestion(SuggestionKind.SWAPPED_ORDER, turned, turned)
    if '"' in text:
        plain = " ".join(text.replace('"', " ").split())
        yield Suggestion(SuggestionKind.ANY_ORDER, plain, plain)
    bare = without_accents(text)
    yield Suggestion(SuggestionKind.WITHOUT_ACCENTS, bare, bare)


def _text(terms: SearchTerms, meant: dict[TypedDate, str] | None = None) -> str:
    """The search as text, with dates replaced by what they are `meant` to be."""
    meant = meant or {}
    parts = (
        piece if isinstance(piece, str) else meant.get(piece, piece.typed) for piece in terms.pieces
    )
    return " ".join("".join(parts).split())
