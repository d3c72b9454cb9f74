"""Dates of birth as people write them, and every date that each can mean. Pure.

Upstream knows dates as YYYY, YYYY-MM and YYYY-MM-DD only. Which of two days is meant is never
decided here: both are answered, and the page asks.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import product

from services.errors import InvalidInput

_FIRST_YEAR = 1900
"""Upstream refuses births before it."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_NUMBER = r"([0-9]{1,2})"
_YEAR = r"('?[0-9]{2}|[0-9]{4})"
_GAP = r"(?:[-/. ]|, ?)"


@dataclass(frozen=True)
class TypedDate:
    """A date as it was typed, and what it can mean in upstream's form, the likeliest first.

    `typed` is among its `meanings` where it may as well be a name and a year, as in "May 1996".
    """

    typed: str
    meanings: tuple[str, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether somebody has to say which date is meant."""
        return len(self.meanings) > 1


@dataclass(frozen=True)
class DayOfNoYear:
    """A day and a month without a year, which upstream has no filter for."""

    typed: str


def find_dates(text: str, today: date) -> list[str | TypedDate | DayOfNoYear]:
    """`text` cut into dates and what stands between them, in its order.

    Raises `InvalidInput` for a date with a year of four digits that does not exist. With a year of
    two digits, it may be anything, and stays text.
    """
    pieces: list[str | TypedDate | DayOfNoYear] = []
    end = 0
    for match in _ANY.finditer(text):
        found = _read(match[0], today)
        if found is not None:
            pieces += [text[end : match.start()], found]
            end = match.end()
    return [*pieces, text[end:]]


def swapped(iso: str) -> str | None:
    """The date with its day and month exchanged; None where that is no other day."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
        return None
    year, month, day = iso.split("-")
    return next((other for other in _days([year], [(day, month)]) if other != iso), None)


def _read(typed: str, today: date) -> TypedDate | DayOfNoYear | None:
    for form, read in _FORMS:
        if match := form.fullmatch(typed):
            return read(typed, today, *match.groups())
    return None


def _read_day(
    typed: str, today: date, year: str, days: Iterable[tuple[str, str]]
) -> TypedDate | None:
    meanings = _days(_years(year, today), days)
    # Nobody is born tomorrow: such a meaning counts only where there is no other.
    born = [iso for iso in meanings if iso <= today.isoformat()]
    if meanings:
        return TypedDate(typed, tuple(born or meanings))
    if len(year) < 4:
        return None
    raise InvalidInput(f"{typed} is no date. Write a date of birth as YYYY-MM-DD.")


def _month_first(typed: str, today: date, month: str, day: str, year: str) -> TypedDate | None:
    return _read_day(typed, today, year, [(_number(month), day)])


def _day_first(typed: str, today: date, day: str, month: str, year: str) -> TypedDate | None:
    return _read_day(typed, today, year, [(_number(month), day)])


def _numbers(typed: str, today: date, first: str, second: str, year: str) -> TypedDate | None:
    # Americans write the month first; who parts numbers by dots writes the day first.
    orders = [(first, second), (second, first)]
    return _read_day(typed, today, year, orders[::-1] if "." in typed else orders)


def _year_first(typed: str, today: date, year: str, month: str, day: str) -> TypedDate | None:
    return _read_day(typed, today, year, [(month, day)])


def _month_of_year(typed: str, today: date, month: str, year: str) -> TypedDate | None:
    if not 1 <= int(_number(month)) <= 12:
        raise InvalidInput(f"{typed} is no month. Write it as YYYY-MM.")
    iso = f"{year}-{int(_number(month)):02}"
    # May, June, April and Jan are first names too.
    is_name_too = month.isalpha() and month.casefold() in _FIRST_NAMES
    return TypedDate(typed, (iso, typed) if is_name_too else (iso,))


def _year_and_month(typed: str, today: date, year: str, month: str) -> TypedDate | None:
    return _month_of_year(typed, today, month, year)


def _year_alone(typed: str, today: date, year: str) -> TypedDate | None:
    return TypedDate(typed, (year,)) if _FIRST_YEAR <= int(year) <= today.year else None


def _no_year(typed: str, today: date, first: str, second: str) -> DayOfNoYear:
    return DayOfNoYear(typed)


_FIRST_NAMES = ("may", "june", "april", "jan", "august")


def _number(month: str) -> str:
    """The number of a month that may be given by its name."""
    return str(_MONTHS.index(month[:3].casefold()) + 1) if month.isalpha() else month


def _years(year: str, today: date) -> list[str]:
    digits = year.lstrip("'")
    if len(digits) == 4:
        return [digits]
    centuries = (f"20{digits}", f"19{digits}")
    return [full for full in centuries if int(full) <= today.year]


def _days(years: list[str], days: Iterable[tuple[str, str]]) -> list[str]:
    """Each real day among them in ISO form, once."""
    found = []
    for (month, day), year in product(days, years):
        try:
            found.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(found))


_Reader = Callable[..., TypedDate | DayOfNoYear | None]
_FORM_TEXTS: tuple[tuple[str, _Reader], ...] = (
    (rf"{_MONTH}{_GAP}?{_DAY}{_GAP}{_YEAR}", _month_first),
    (rf"{_DAY}(?: of )?{_GAP}?{_MONTH}{_GAP}?{_YEAR}", _day_first),
    (r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", _year_first),
    (rf"{_NUMBER}[-/.]{_NUMBER}[-/.]{_YEAR}", _numbers),
    (rf"{_MONTH}{_GAP}?([0-9]{{4}})", _month_of_year),
    (r"([0-9]{1,2})[/.]([0-9]{4})", _month_of_year),
    (r"([0-9]{4})[-/.]([0-9]{1,2})", _year_and_month),
    (r"([0-9]{4})", _year_alone),
    (rf"{_NUMBER}/{_NUMBER}", _no_year),
    (rf"{_MONTH} {_DAY}", _no_year),
    (rf"{_DAY} {_MONTH}", _no_year),
)
"""Every form, the longer before those that it begins or ends with."""

_FORMS = tuple((re.compile(text, re.IGNORECASE), read) for text, read in _FORM_TEXTS)
# What touches a letter, a digit or a hyphen is part of something longer, as of an id.
_ANY = re.compile(
    rf"(?<![\w/.'-])(?:{'|'.join(text for text, _ in _FORM_TEXTS)})(?![\w/-]|\.\w)", re.IGNORECASE
)
