"""One event of the access log in full."""

import json
from collections.abc import Sequence

import streamlit as st

from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import zone
from pages._ui.list.facts_grid import Fact, Id, facts_grid
from pages._ui.words.audit.outcomes import outcome_words
from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.names import role_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from pages._ui.words.times import exact
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import PlaceKind
from services.staff.access_log.rows import AuditEvent
from services.staff.permissions import Actor

_CHOSEN = "access_log_chosen"
_MOST_SHOWN = 25


def choose_event(key: str) -> None:
    """Keep the number of an event, for `open_chosen` to open once the page is drawn."""
    st.session_state[_CHOSEN] = key


def open_chosen(who: Actor) -> None:
    """Open the dialog of the event that `choose_event` kept, if there is one."""
    key = st.session_state.pop(_CHOSEN, None)
    if key is not None:
        _event_dialog(who, int(key))


@dialog("Event of the access log", icon=":material/policy:", width="large")
def _event_dialog(who: Actor, seq: int) -> None:
    try:
        event = desk().access_log.open(who, seq)
    except AccessDeskError as error:
        show_error(error)
        return
    st.markdown(
        f"**{markdown_text(event_sentence(event))}** {badge_of(outcome_words(event.outcome))}"
    )
    st.markdown(exact(event.at, zone()))
    facts_grid(event_facts(event), key="event_facts")
    with st.container(horizontal=True):
        open_link(PlaceKind.PATIENT, event.patient_id)
        if event.session_id:
            _link_to_session(event.session_id)


def _link_to_session(session_id: str) -> None:
    # No link of Streamlit's: it would keep the other filters.
    label, icon = "Everything of this session", ":material/manage_search:"
    if st.button(label, icon=icon, type="tertiary"):
        go_to(page_address("access_log.py", {"session": session_id}))


def event_facts(event: AuditEvent) -> list[tuple[str, Fact]]:
    """The event's fields by their names, without the empty ones."""
    details = dict(event.details or {})
    shown = details.pop("shown", None)
    facts: list[tuple[str, Fact]] = [
        ("Number", f"{event.seq:,}"),
        ("Who", event.actor),
        ("Stable id", event.actor_id),
        ("Role", role_name(event.role)),
        ("Action", event.action),
        ("Patient", Id(event.patient_id) if event.patient_id else None),
        ("Object", event.object_kind),
        ("Object id", Id(event.object_id) if event.object_id else None),
        ("Reason", event.reason),
        ("Ticket", event.ticket),
        ("From", event.address),
        ("Staff session", Id(event.session_id) if event.session_id else None),
        *_shown_facts(shown),
        *((name.replace("_", " ").capitalize(), _plain(value)) for name, value in details.items()),
        ("Hash", Id(event.hash)),
        ("Hash of the event before", Id(event.previous_hash)),
        ("Taken over", "Written before the log was a chain" if event.imported else None),
    ]
    return [(name, fact) for name, fact in facts if fact not in (None, "")]


def _shown_facts(shown: object) -> Sequence[tuple[str, Fact]]:
    if isinstance(shown, list):
        return [(f"Showed {number}", Id(str(one))) for number, one in _numbered(shown)]
    return [] if shown is None else [("Showed", f"{shown} people")]


def _numbered(shown: list[object]) -> Sequence[tuple[int, object]]:
    return list(enumerate(shown[:_MOST_SHOWN], 1))


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value)
