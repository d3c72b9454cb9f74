"""What a search for a patient looked through, what it could not, and what else to try, in words."""

from datetime import date

from services.patients.search.patient_search import SearchReport
from services.patients.search.suggestions import Suggestion, SuggestionKind
from services.patients.search.terms import Unsearchable

_UNSEARCHABLE = {
    Unsearchable.TELEPHONE: (
        "Metriport cannot search telephone numbers. Ask for name and date of birth, and compare "
        "the number on the person’s page."
    ),
    Unsearchable.EMAIL: (
        "Metriport cannot search e-mail addresses. Ask for name and date of birth, and compare "
        "the address on the person’s page."
    ),
    Unsearchable.SSN: (
        "Social security numbers are not searched for, nor sent anywhere. Ask for name and date "
        "of birth."
    ),
    Unsearchable.DAY_OF_NO_YEAR: (
        "Metriport cannot search a day without its year. Add the year, or search for the year "
        "alone."
    ),
}

_NOT_SEARCHED = "Telephone numbers, e-mail and postal addresses are not searched."

_SUGGESTIONS = {
    SuggestionKind.WORD: "Only “{part}”",
    SuggestionKind.WITHOUT_DATE: "Without the date of birth",
    SuggestionKind.ONLY_DATE: "Only born {part}",
    SuggestionKind.SWAPPED_DATE: "Born {part}: day and month exchanged",
    SuggestionKind.SWAPPED_ORDER: "In the other order: {part}",
    SuggestionKind.ANY_ORDER: "Without quotes, in any order",
    SuggestionKind.WITHOUT_ACCENTS: "Without accents: {part}",
    SuggestionKind.DATE: "{part}",
}


def searched_words(report: SearchReport, *, filtered: bool) -> str:
    """What was searched, and what was not; `filtered` tells that filters left people out."""
    terms = report.terms
    if terms.is_empty:
        everybody = "Everybody whom Metriport lists, the newest first"
        within = ", as far as the filters let through" if filtered else ""
        return "" if terms.unsearchable else f"{everybody}{within}."
    typed = terms.texts()[0] if len(terms.texts()) == 1 else _typed(report)
    asked = f"Searched Metriport for “{typed}”"
    if terms.names:
        asked += " in any order" if len(terms.names) > 1 else ""
        asked += ", also in other spellings"
    if report.names_compared:
        asked += f", and {_count(report.names_compared)} read so far"
    if filtered:
        asked += ", among the people whom the filters let through"
    return f"{asked}. {_NOT_SEARCHED}"


def unsearchable_words(kind: Unsearchable) -> str:
    """Why something cannot be searched for, and the way around it."""
    return _UNSEARCHABLE[kind]


def which_date_words(report: SearchReport) -> str:
    """The question which meaning of a date is meant."""
    typed = next(day.typed for day in report.terms.dates if day.is_ambiguous)
    return f"“{typed}” can mean more than one date, and each was searched for. Which is meant?"


def suggestion_words(suggestion: Suggestion) -> str:
    """The label of the button that tries it."""
    return _SUGGESTIONS[suggestion.kind].format(part=day_words(suggestion.part))


def understood_words(report: SearchReport) -> str:
    """How dates were understood that were not typed in upstream's form; empty for none."""
    understood = [
        f"“{day.typed}” as {day_words(day.meanings[0])}"
        for day in report.terms.dates
        if not day.is_ambiguous and day.typed != day.meanings[0]
    ]
    return f"Understood {', '.join(understood)}." if understood else ""


def day_words(iso: str) -> str:
    """A date of birth that cannot be misread, such as February 10, 1996; other text as it is."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day:%B} {day.day}, {day.year}"


def _typed(report: SearchReport) -> str:
    pieces = report.terms.pieces
    return " ".join(
        "".join(piece if isinstance(piece, str) else piece.typed for piece in pieces).split()
    )


def _count(names: int) -> str:
    return "the 1 name" if names == 1 else f"the {names:,} names"
