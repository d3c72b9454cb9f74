"""Events of the access log as a list: one row each, which opens it."""

from collections.abc import Callable, Sequence

from pages._ui.list.cells import Column, Hover, Kind, Order, Row
from pages._ui.list.table import show_list
from pages._ui.words.audit.outcomes import outcome_words
from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.names import role_name
from services.staff.access_log.rows import AuditEvent


def events_columns(order: Order | None) -> list[Column]:
    """The columns of the list; `order` is how its rows are in order now."""
    return [
        Column("Number", Kind.NUMBER, help="The log counts its events without a gap."),
        Column("When", Kind.MOMENT, order=order),
        Column("Who"),
        Column("What"),
        Column("Outcome", Kind.STATE),
        Column("Patient", Kind.ID),
        Column("Why", help="The reason that was chosen, and the ticket."),
        Column("From", hidden=True, help="The address of the browser."),
        Column("Session", Kind.ID, hidden=True),
    ]


def event_row(event: AuditEvent) -> Row:
    """The row of one event."""
    return Row(
        str(event.seq),
        [
            event.seq,
            event.at,
            Hover(_who(event), event.actor_id),
            Hover(event_sentence(event), event.action),
            outcome_words(event.outcome),
            event.patient_id or _shown(event),
            ", ".join(part for part in (event.reason, event.ticket) if part) or None,
            event.address,
            event.session_id,
        ],
    )


def events_table(
    events: Sequence[AuditEvent],
    *,
    key: str,
    order: Order,
    turn: Callable[[Order], None],
    open_event: Callable[[str], None],
) -> None:
    """Draw the list; `open_event` is called with the number of the event that is clicked."""
    show_list(
        events_columns(order),
        [event_row(event) for event in events],
        key=key,
        caption="Events of the access log",
        empty="No event matches these filters. Widen the time, or take a filter away.",
        open_row=open_event,
        turn=turn,
    )


def _who(event: AuditEvent) -> str:
    return f"{event.actor} ({role_name(event.role)})" if event.role else event.actor


def _shown(event: AuditEvent) -> str | None:
    """How many people a search showed, as in "12 shown"; None for any other event."""
    shown = (event.details or {}).get("shown")
    return f"{len(shown)} shown" if isinstance(shown, list) and shown else None
