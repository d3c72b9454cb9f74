"""Legal holds as a list: those in force, and below them those that were lifted."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.list.cells import Cell, Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.names import short
from services.compliance.retention.rows import LegalHold

_CHOSEN = "hold_chosen"
_COLUMNS = (
    Column("Holds"),
    Column("Why"),
    Column("Ticket"),
    Column("Set by"),
    Column("Set", Kind.MOMENT),
)
_LIFTED = (*_COLUMNS, Column("Lifted", Kind.MOMENT), Column("Lifted by"), Column("Because"))
_MOST_ROWS = 10


def holds_list(holds: Sequence[LegalHold], lifted: Sequence[LegalHold]) -> None:
    """Draw both lists; a press on a hold in force keeps it for `chosen_hold`."""
    show_list(
        _COLUMNS,
        [Row(hold.id, _cells(hold)) for hold in holds],
        key="holds",
        caption="Legal holds in force",
        empty="No hold is in force: everything goes when it is old enough.",
        most=_MOST_ROWS,
        open_row=_choose,
    )
    if lifted:
        with st.expander(f"Lifted holds ({len(lifted):,})"):
            show_list(
                _LIFTED,
                [Row(hold.id, [*_cells(hold), *_end(hold)]) for hold in lifted],
                key="lifted_holds",
                caption="Lifted holds",
                empty="",
                most=_MOST_ROWS,
            )


def chosen_hold() -> str | None:
    """The id of the hold that was pressed just now, once."""
    hold_id: str | None = st.session_state.pop(_CHOSEN, None)
    return hold_id


def hold_words(hold: LegalHold) -> str:
    """What a hold keeps, in words."""
    days = f"{hold.since} to {hold.until}" if hold.since != hold.until else f"{hold.since}"
    if hold.patient_id is None:
        return f"Everything of {days} (UTC)"
    whom = f"Patient {short(hold.patient_id)}"
    return whom if hold.since is None else f"{whom}, {days} (UTC)"


def _choose(key: str) -> None:
    st.session_state[_CHOSEN] = key


def _cells(hold: LegalHold) -> list[Cell]:
    words = hold_words(hold)
    what = Hover(words, hold.patient_id) if hold.patient_id else words
    return [what, hold.reason, hold.ticket, hold.set_by, hold.set_at]


def _end(hold: LegalHold) -> list[Cell]:
    because = f"{hold.lifted_reason} ({hold.lifted_ticket})" if hold.lifted_ticket else ""
    return [hold.lifted_at, hold.lifted_by, because or hold.lifted_reason]
