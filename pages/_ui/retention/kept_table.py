"""What is kept how long and why, as a list: the table of the program itself."""

from datetime import timedelta

from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.states import StateWords
from services.compliance.retention.kept import BODIES, KEPT, LOG, Fate, Kept
from services.compliance.retention.purge import Keeps

_FATES = {
    Fate.DELETED: StateWords("Deleted", "delete", "gray", "The row goes."),
    Fate.EMPTIED: StateWords("Emptied", "ink_eraser", "gray", "The row stays without it."),
    Fate.KEPT: StateWords("Kept", "lock", "blue", "It is never deleted."),
}

_COLUMNS = (
    Column("What"),
    Column("How long"),
    Column("Counted from"),
    Column("Then", Kind.STATE),
    Column("Why"),
    Column("Table", hidden=True, help="Its name in the database, and its column."),
)
_MOST_ROWS = 14


def kept_table(keeps: Keeps) -> None:
    """Draw it, with the settings as they are now."""
    show_list(
        _COLUMNS,
        [_row(kept, keeps) for kept in KEPT],
        key="kept",
        caption="What is kept how long",
        empty="",
        most=_MOST_ROWS,
    )


def _row(kept: Kept, keeps: Keeps) -> Row:
    what = kept.what[:1].upper() + kept.what[1:]
    cells = [what, _how_long(kept.how_long, keeps), kept.since, _FATES[kept.fate], kept.why]
    return Row(kept.name, [*cells, kept.name])


def _how_long(told: str, keeps: Keeps) -> str | Hover:
    settings = {LOG: keeps.log, BODIES: keeps.bodies}
    if told in settings:
        return Hover(in_days(settings[told]), f"The setting {told}")
    return Hover("As its setting", f"The setting {told}") if told.isupper() else told


def in_days(length: timedelta) -> str:
    """A length of time as a number of years where it is one, else in days."""
    years, rest = divmod(length.days, 366)
    if years and not rest:
        return f"{years:,} {'year' if years == 1 else 'years'}"
    return f"{length.days:,} {'day' if length.days == 1 else 'days'}"
