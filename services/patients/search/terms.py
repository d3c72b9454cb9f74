"""What was typed into the search, taken apart: words, dates, and what has no filter. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice, product

from services.errors import InvalidInput
from services.patients.typed_dates import DayOfNoYear, TypedDate, find_dates

SEARCH_LIMIT = 200
MOST_MEANINGS = 8
"""Several ambiguous dates multiply; so many combinations of their meanings are asked for."""


class Unsearchable(StrEnum):
    """What upstream's list of patients has no filter for."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    SSN = "ssn"
    DAY_OF_NO_YEAR = "day_of_no_year"


@dataclass(frozen=True)
class SearchTerms:
    """A search taken apart.

    `pieces` are texts and dates in the order in which they were typed, without what cannot be
    searched for, of which `unsearchable` names the kinds. `is_in_filter_language` tells that the
    text uses quotes, `or` or `-word`, and so means exactly what it says.
    """

    pieces: tuple[str | TypedDate, ...] = ()
    unsearchable: tuple[Unsearchable, ...] = ()
    is_in_filter_language: bool = False

    @property
    def dates(self) -> tuple[TypedDate, ...]:
        """The dates, in the order in which they were typed."""
        return tuple(piece for piece in self.pieces if isinstance(piece, TypedDate))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are no date: names and ids."""
        texts = [piece for piece in self.pieces if isinstance(piece, str)]
        return tuple(word for text in texts for word in _BETWEEN_WORDS.split(text) if word)

    @property
    def names(self) -> tuple[str, ...]:
        """The words, if all of them can be names; empty otherwise, and for the filter language."""
        is_named = all(
            any(map(str.isalpha, word)) and not _DIGIT.search(word) for word in self.words
        )
        return self.words if is_named and not self.is_in_filter_language else ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to search for."""
        return not self.words and not self.dates

    def texts(self) -> list[str]:
        """The text in each meaning that its dates can have, in upstream's form."""
        choices = [
            piece.meanings if isinstance(piece, TypedDate) else (piece,) for piece in self.pieces
        ]
        return [_tidy("".join(chosen)) for chosen in islice(product(*choices), MOST_MEANINGS)]


def read_terms(text: str, today: date) -> SearchTerms:
    """Take `text` apart.

    Raises `InvalidInput` for more than 200 characters, or a date that does not exist. `today` (UTC)
    decides what a year of two digits can mean.
    """
    text = _tidy(text.translate(_PLAIN))
    if len(text) > SEARCH_LIMIT:
        raise InvalidInput(
            f"Search with at most {SEARCH_LIMIT} characters; this has {len(text):,}."
        )
    unsearchable: list[Unsearchable] = []
    for kind, form in _UNSEARCHABLE:
        text, number = form.subn(" ", text)
        unsearchable += [kind] * bool(number)
    pieces: list[str | TypedDate] = []
    for piece in find_dates(text, today):
        if isinstance(piece, DayOfNoYear):
            unsearchable.append(Unsearchable.DAY_OF_NO_YEAR)
        else:
            pieces.append(piece)
    return SearchTerms(
        tuple(pieces), tuple(dict.fromkeys(unsearchable)), _OPERATOR.search(text) is not None
    )


def _tidy(text: str) -> str:
    return " ".join(text.split())


# What phones and word processors make of straight quotes, apostrophes and hyphens.
_PLAIN = str.maketrans(
    {
        "\x00": " ",
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    }
)
_BETWEEN_WORDS = re.compile(r"[\s,;]+")
_DIGIT = re.compile(r"\d")
_OPERATOR = re.compile(r'"|(?:^|\s)-\S|(?:^|\s)or(?:\s|$)', re.IGNORECASE)

_UNSEARCHABLE = (
    (Unsearchable.EMAIL, re.compile(r"\S*@\S*")),
    # Ten digits in a row may be an id and are searched for; parted as on a card, they are none.
    (
        Unsearchable.TELEPHONE,
        re.compile(
            r"(?<![\w-])(?:\+[0-9][0-9 ().-]{7,}[0-9]"
            r"|(?:1[-. ])?(?:\([0-9]{3}\) ?|[0-9]{3}[-. ])[0-9]{3}[-. ]?[0-9]{4})(?![\w-])"
        ),
    ),
    (Unsearchable.SSN, re.compile(r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])")),
)
