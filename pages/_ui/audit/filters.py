"""The filters of the access log. The address holds ids and words, and no names."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.list.filters import about, one_of, period
from pages._ui.list.paging import forget_cursor
from pages._ui.words.audit.act_words import act_words
from pages._ui.words.audit.outcomes import outcome_words
from pages._ui.words.names import short, staff_name
from pages._ui.words.outside import markdown_text
from services.staff.access_log.filters import AccessFilters
from services.staff.access_log.log import AccessChoices
from services.staff.reasons import check_ticket

_WHO, _TICKET, _SESSION, _ABOUT = "who", "ticket", "session", "about"
_FIELDS = {_WHO: "access_log_who", _TICKET: "access_log_ticket", _ABOUT: "about"}
"""The fields, by parameter, that this module keeps in the address itself."""


def access_filters(choices: AccessChoices) -> AccessFilters:
    """Draw the filters; answers what was chosen."""
    _follow_address()
    upper, lower = st.columns([4, 4, 3]), st.columns([4, 2, 2, 3])
    since, until = period(lower[1], lower[2])
    filters = AccessFilters(
        actor_id=_member(upper[0], choices),
        action=one_of(upper[1], "What was done", _actions(choices), "action"),
        outcome=one_of(upper[2], "What became of it", _outcomes(choices), "outcome"),
        patient_id=about(lower[0], "The id of a patient"),
        ticket=_ticket(lower[3]),
        since=since,
        until=until,
    )
    return replace(filters, session_id=_session())


def _follow_address() -> None:
    """Set the fields from the address, after somebody followed a link to this page.

    What was just typed stays: a text that is no id never comes into the address.
    """
    last: dict[str, tuple[str, object]] = st.session_state.setdefault("access_log_fields", {})
    for name, field in _FIELDS.items():
        value, (old_value, old_field) = st.query_params.get(name, ""), last.get(name, ("", None))
        typed = name in last and st.session_state.get(field) != old_field
        if field not in st.session_state or (value != old_value and not typed):
            st.session_state[field] = value or (None if name == _WHO else "")
        last[name] = (value, st.session_state[field])


def _actions(choices: AccessChoices) -> dict[str, str]:
    """The actions by their words; of two with the same words, the second says its own name too."""
    names: dict[str, str] = {}
    for action in choices.actions:
        words = act_words(action).did
        names[action] = f"{words} ({action})" if words in names.values() else words
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _outcomes(choices: AccessChoices) -> dict[str, str]:
    return {outcome: outcome_words(outcome).label for outcome in choices.outcomes}


def _member(where: DeltaGenerator, choices: AccessChoices) -> str | None:
    """The stable id of a member of the staff. It stands in the address, the name does not."""
    ids = list(choices.staff)
    if (asked := st.query_params.get(_WHO)) and asked not in ids:
        st.session_state[_FIELDS[_WHO]] = None
        st.warning(
            "The member of the staff whom the address names has no event in the log, so it does "
            "not filter.",
            icon=":material/filter_alt_off:",
        )
    chosen: str | None = where.selectbox(
        "Member of the staff",
        ids,
        index=None,
        format_func=lambda one: staff_name(one, choices.staff),
        key=_FIELDS[_WHO],
        placeholder="Any",
        on_change=_keep_who,
    )
    return chosen


def _keep_who() -> None:
    forget_cursor()
    _keep(_WHO, st.session_state[_FIELDS[_WHO]])


def _ticket(where: DeltaGenerator) -> str | None:
    entered: str = where.text_input(
        "Ticket",
        placeholder="SUP-1042",
        max_chars=40,
        autocomplete="off",
        key=_FIELDS[_TICKET],
        on_change=_keep_ticket,
    )
    return (entered or "").strip() or None


def _keep_ticket() -> None:
    forget_cursor()
    ticket = (st.session_state[_FIELDS[_TICKET]] or "").strip()
    _keep(_TICKET, "" if check_ticket(ticket) else ticket)


def _session() -> str | None:
    """The session of a link; a button drops it."""
    session_id = st.query_params.get(_SESSION)
    if session_id:
        st.button(
            f"Staff session {markdown_text(short(session_id))}",
            icon=":material/close:",
            on_click=_drop_session,
        )
    return session_id


def _drop_session() -> None:
    forget_cursor()
    st.query_params.pop(_SESSION, None)


def _keep(name: str, value: str | None) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
