"""Calls to upstream as a list: one row for each, which opens it."""

from collections.abc import Callable, Sequence

from pages._ui.list.cells import Column, Hover, Kind, Order, Row
from pages._ui.list.table import show_list
from pages._ui.words.states import CALL_STATES, StateWords
from pages._ui.words.wire import call_error_name, call_name
from services.calls.rows import UpstreamCall
from services.lookup.finder import Place, PlaceKind


def calls_table(
    rows: Sequence[UpstreamCall], *, empty: str, order: Order, turn: Callable[[Order], None]
) -> None:
    """Draw the list."""
    columns = [
        Column("Call", Kind.ID),
        Column("At", Kind.MOMENT, order=order),
        Column("Operation"),
        Column("Outcome", Kind.STATE),
        Column("Took", Kind.NUMBER, unit="ms"),
        Column("Error"),
        Column("Patient", Kind.ID, hidden=True),
    ]
    show_list(
        columns,
        [_row(call) for call in rows],
        key="calls",
        caption="Calls to Metriport",
        empty=empty,
        turn=turn,
    )


def _row(call: UpstreamCall) -> Row:
    operation = f"{call.method} {call.path}"
    return Row(
        call.id,
        [
            call.id,
            call.at,
            Hover(call_name(operation), operation),
            _outcome(call),
            call.duration_ms,
            Hover(call_error_name(call.error_kind), call.error_title or "")
            if call.error_kind
            else None,
            call.patient_id,
        ],
        Place(PlaceKind.CALL, call.id),
    )


def _outcome(call: UpstreamCall) -> StateWords:
    """The HTTP status that was answered, coloured by whether the call succeeded."""
    state = CALL_STATES["failed" if call.error_kind else "completed"]
    return StateWords(str(call.status or "No answer"), state.icon, state.colour, state.label)
