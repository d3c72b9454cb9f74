"""The way to one's own records in four steps, each with its state and its next action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, ask_to_send
from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.frame.viewer import zone
from pages._ui.words.access import aal2_words, identity_words, missing_for_access
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import (
    AAL2_STATES,
    IDENTITY_STATES,
    STEP_STATES,
    StateWords,
    badge_of,
    words_of,
)
from pages._ui.words.times import exact
from services.bootstrap import desk
from services.identity.access_state import WEBHOOK_WITHIN, Aal2State, IdentityState, LinkFacts
from services.identity.individual_access import PersonAccess
from services.identity.rows import PatientLink
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.staff.permissions import Actor, Permission

_EDGES = """<style>
[class*="st-key-step_"][class*="_done"] { border-top: 3px solid #2a9d6c; }
[class*="st-key-step_"][class*="_now"] { border-top: 3px solid #d98a1f; }
[class*="st-key-step_"][class*="_wait"] { border-top: 3px solid #4a8fd8; }
[class*="st-key-step_"][class*="_todo"] { border-top: 3px solid #93a3ab55; }
</style>"""
"""A coloured edge beside icon and word: done, to be done now, under way, not yet."""

_EDGE_OF_COLOUR = {"green": "done", "blue": "wait", "violet": "wait"}
"""The edge of a step by the colour of its state."""


@dataclass(frozen=True)
class _Action:
    """A button: its label, what it does, and why it cannot be pressed, if so."""

    label: str
    press: Callable[[], None]
    primary: bool
    why_not: str = ""


def access_stepper(who: Actor, patient: Patient, access: PersonAccess) -> None:
    """Draw the four steps; buttons are those that `who` may press."""
    st.subheader("Individual access", help="The person retrieves their own records (IAS).")
    st.html(_EDGES)
    columns = st.columns(4, gap="small")
    sends, starts = who.may(Permission.LINKS_SEND), who.may(Permission.QUERIES_START)
    with columns[0]:
        _patient_step(patient)
    with columns[1]:
        _identity_step(patient.id, access, sends)
    with columns[2]:
        _aal2_step(patient.id, access, sends)
    with columns[3]:
        _query_step(patient.id, access, starts)


def _patient_step(patient: Patient) -> None:
    missing = missing_for_access(patient)
    words = "Metriport knows everything that an IAS query needs."
    if missing:
        words = f"Metriport lacks: {', '.join(missing)}. An IAS query may find less, or nothing."
    state = words_of(STEP_STATES, "incomplete" if missing else "complete")
    _step(1, "Patient", state, words, "", None)


def _identity_step(patient_id: str, access: PersonAccess, may: bool) -> None:
    state = access.identity
    label = "Send verification link"
    if state not in (IdentityState.NONE, IdentityState.INACTIVE):
        label = "Verify again" if state is IdentityState.VERIFIED else "Send a new link"
    now = desk().clock()
    action = _Action(
        label, lambda: ask_to_send(VERIFICATION, patient_id), not _is_waiting(access, now)
    )
    shown = words_of(IDENTITY_STATES, state)
    words = identity_words(access, now)
    _step(2, "Identity · IAL2", shown, words, _identity_times(access), action if may else None)


def _is_waiting(access: PersonAccess, now: datetime) -> bool:
    """Whether the identity's next step is not the staff's."""
    link = access.facts.verification
    if access.identity is IdentityState.RETURNED and link and link.returned_at:
        return now < link.returned_at + WEBHOOK_WITHIN
    return access.identity in (
        IdentityState.LINK_READY,
        IdentityState.OPENED,
        IdentityState.VERIFIED,
    )


def _aal2_step(patient_id: str, access: PersonAccess, may: bool) -> None:
    state, limits = access.aal2, desk().identity.limits
    session = access.facts.session
    verified = access.identity is IdentityState.VERIFIED
    label = "Send challenge" if state is Aal2State.NONE else "Send a new challenge"
    waiting = (Aal2State.LINK_READY, Aal2State.OPENED, Aal2State.ACTIVE)
    action = _Action(
        label,
        lambda: ask_to_send(CHALLENGE, patient_id),
        verified and state not in waiting,
        "" if verified else "The identity has to be verified first.",
    )
    ends_at = session.ends_at(limits) if session else None
    shown = words_of(AAL2_STATES, state)
    words = aal2_words(access, desk().clock(), ends_at)
    _step(3, "Multifactor · AAL2", shown, words, _aal2_times(access), action if may else None)


def _query_step(patient_id: str, access: PersonAccess, may: bool) -> None:
    why_not = access.why_not
    words = why_not or "Everything is in place. The query spends the AAL2 session."
    action = _Action("Start IAS query", lambda: ask_to_start(IAS, patient_id), not why_not, why_not)
    state = words_of(STEP_STATES, "not_ready" if why_not else "ready")
    _step(4, "Own records · IAS", state, words, "", action if may else None)


def _step(
    number: int, title: str, state: StateWords, words: str, times: str, action: _Action | None
) -> None:
    edge = _EDGE_OF_COLOUR.get(state.colour, "todo")
    if state is STEP_STATES["ready"] or (action and action.primary):
        edge = "now"
    with st.container(border=True, height="stretch", key=f"step_{number}_{edge}"):
        st.markdown(f":gray[{number}]  **{title}**")
        st.markdown(badge_of(state), help=times or None)
        st.caption(markdown_text(words))
        if action is None:
            return
        st.space("stretch")
        pressed = st.button(
            action.label,
            key=f"step_{number}_action",
            type="primary" if action.primary else "secondary",
            disabled=bool(action.why_not),
            help=markdown_text(action.why_not) or None,
            width="stretch",
        )
        if pressed:
            action.press()


def _identity_times(access: PersonAccess) -> str:
    times = _link_times(access.facts.verification, access.verification_link)
    if identity := access.facts.identity:
        times |= {"Verified": identity.verified_at, "Refused": identity.inactive_at}
    return _list_times(times)


def _aal2_times(access: PersonAccess) -> str:
    times = _link_times(access.facts.challenge, access.challenge_link)
    if session := access.facts.session:
        times |= {
            "Satisfied": session.verified_at,
            "Used": session.used_at,
            "Ended": session.ended_at,
        }
    return _list_times(times)


def _link_times(link: LinkFacts | None, sent: PatientLink | None) -> dict[str, datetime | None]:
    """When what happened to a hosted page and to our link that leads to it."""
    if link is None:
        return {}
    return {
        "Sent": link.created_at,
        "Seen": sent.opened_at if sent else None,
        "Opened": link.opened_at,
        "Returned": link.returned_at,
        "Expires": link.expires_at,
    }


def _list_times(times: Mapping[str, datetime | None]) -> str:
    """The exact times that are known, one a line."""
    return "  \n".join(f"{name} {exact(at, zone())}" for name, at in times.items() if at)
