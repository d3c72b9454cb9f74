"""The way to one's own records in four steps, each with its state and what can be done there.

The steps show the round that the person is in; the next one is offered once this one has ended.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import streamlit as st

from pages._ui.consent.consent_line import consent_line
from pages._ui.dialogs.edit_patient import ask_to_edit
from pages._ui.dialogs.send_link import CHALLENGE, VERIFICATION, ask_to_send
from pages._ui.dialogs.start_query import ask_to_start
from pages._ui.frame.viewer import zone
from pages._ui.journey.edges import draw_edges, edge_key
from pages._ui.words.access import (
    aal2_words,
    drift_words,
    identity_words,
    satisfied_words,
)
from pages._ui.words.acts import CORRECT, SEND_CHALLENGE, SEND_VERIFICATION, START_IAS
from pages._ui.words.outside import markdown_text
from pages._ui.words.rounds import query_words
from pages._ui.words.states import (
    AAL2_STATES,
    IDENTITY_STATES,
    QUERY_STATES,
    STEP_STATES,
    StateWords,
    badge_of,
    words_of,
)
from pages._ui.words.times import list_times
from services.desk import desk
from services.diagnosis.rounds import Round
from services.identity.access_state import Aal2State, IdentityState, LinkFacts
from services.identity.completeness import missing_for_access, missing_names
from services.identity.individual_access import PersonAccess
from services.identity.rows import PatientLink
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.staff.permissions import Actor, Permission

_NO_IDENTITY = "The identity has to be verified first."


@dataclass(frozen=True)
class _Action:
    """A button: its label, what it does, and why it cannot be pressed, if so.

    A quiet one is there for the rare case that what is done has to be done again.
    None of them is primary: that is the button of the verdict above, which knows what comes first.
    """

    label: str
    press: Callable[[], None]
    why_not: str = ""
    is_quiet: bool = False


def access_stepper(who: Actor, patient: Patient, access: PersonAccess) -> None:
    """Draw the four steps; buttons are those that `who` may press."""
    st.subheader("Individual access", help="The person retrieves their own records (IAS).")
    draw_edges("step", "top")
    this = desk().cases.round_of(who, patient.id)
    is_verified = access.identity is IdentityState.VERIFIED
    drifted = desk().drift.compare(who, patient).drifted_fields if is_verified else ()
    columns = st.columns(4, gap="small")
    sends, starts = who.may(Permission.LINKS_SEND), who.may(Permission.QUERIES_START)
    with columns[0]:
        _patient_step(patient, who.may(Permission.PATIENTS_CORRECT))
    with columns[1]:
        _identity_step(who, patient.id, access, drifted, sends)
    with columns[2]:
        _aal2_step(patient.id, access, this, sends)
    with columns[3]:
        _query_step(patient.id, access, this, sends, starts, has_drifted=bool(drifted))


def _patient_step(patient: Patient, may: bool) -> None:
    missing = missing_names(missing_for_access(patient))
    words = "Metriport knows everything that an IAS query needs."
    if missing:
        words = f"Metriport lacks: {', '.join(missing)}. An IAS query may find less, or nothing."
    state = words_of(STEP_STATES, "incomplete" if missing else "complete")
    action = _Action(CORRECT, lambda: ask_to_edit(patient.id)) if missing and may else None
    _step(1, "Patient", state, words, "", action)


def _identity_step(
    who: Actor, patient_id: str, access: PersonAccess, drifted: Sequence[str], may: bool
) -> None:
    action = _Action(
        SEND_VERIFICATION,
        lambda: ask_to_send(VERIFICATION, patient_id),
        is_quiet=access.identity is IdentityState.VERIFIED and not drifted,
    )
    shown = words_of(IDENTITY_STATES, access.identity)
    words = identity_words(access, desk().clock())
    if drifted:
        shown = STEP_STATES["drifted"]
        words = drift_words(access, drifted, desk().clock())
    times, own = _identity_times(access), action if may else None
    # The person agrees on the page of their verification link, so their consent stands here.
    beside = partial(consent_line, who, patient_id, access)
    _step(2, "Identity · IAL2", shown, words, times, own, beside)


def _aal2_step(patient_id: str, access: PersonAccess, this: Round, may: bool) -> None:
    times, now = _aal2_times(access), desk().clock()
    if this.query and this.is_satisfied:
        words = satisfied_words(access, this.query.id, now)
        return _step(3, "Multifactor · AAL2", STEP_STATES["satisfied"], words, times, None)
    session = access.facts.session
    words = aal2_words(access, now, session.ends_at(desk().identity.limits) if session else None)
    shown = words_of(AAL2_STATES, access.aal2)
    action = _challenge_action(patient_id, access) if may else None
    _step(3, "Multifactor · AAL2", shown, words, times, action)


def _challenge_action(patient_id: str, access: PersonAccess) -> _Action:
    why_not = "" if access.identity is IdentityState.VERIFIED else _NO_IDENTITY
    is_done = access.aal2 is Aal2State.ACTIVE
    return _Action(SEND_CHALLENGE, lambda: ask_to_send(CHALLENGE, patient_id), why_not, is_done)


def _query_step(
    patient_id: str,
    access: PersonAccess,
    this: Round,
    sends: bool,
    starts: bool,
    *,
    has_drifted: bool,
) -> None:
    state = words_of(STEP_STATES, "not_ready" if access.why_not or has_drifted else "ready")
    if this.query:
        state = words_of(QUERY_STATES, this.query.status)
    action = None
    if this.is_satisfied:
        # The next round is offered here, beside the words on what it needs, and not before.
        if this.may_begin_another and sends:
            action = _challenge_action(patient_id, access)
    elif starts:
        action = _Action(START_IAS, lambda: ask_to_start(IAS, patient_id), access.why_not)
    words = query_words(this, access, desk().clock())
    if has_drifted and this.query is None and not access.why_not:
        words = (
            "The record has changed. Have the person verify again, or give a reason at the start."
        )
    _step(4, "Own records · IAS", state, words, _query_times(this), action)


def _step(
    number: int,
    title: str,
    state: StateWords,
    words: str,
    times: str,
    action: _Action | None,
    beside: Callable[[], None] | None = None,
) -> None:
    """Draw a step; `beside` draws what else belongs to it."""
    with st.container(border=True, height="stretch", key=edge_key(f"step_{number}", state)):
        st.markdown(f":gray[{number}]  **{title}**")
        st.markdown(badge_of(state), help=times or None)
        st.markdown(f":small[{markdown_text(words)}]")
        if beside:
            beside()
        if action is None:
            return
        st.space("stretch")
        pressed = st.button(
            action.label,
            key=f"step_{number}_action",
            type="tertiary" if action.is_quiet else "secondary",
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
    return list_times(times, zone())


def _aal2_times(access: PersonAccess) -> str:
    times = _link_times(access.facts.challenge, access.challenge_link)
    if session := access.facts.session:
        times |= {
            "Satisfied": session.verified_at,
            "Used": session.used_at,
            "Ended": session.ended_at,
        }
    return list_times(times, zone())


def _query_times(this: Round) -> str:
    if this.query is None:
        return ""
    times = {"Submitted": this.query.submitted_at, "Ended": this.query.finished_at}
    return list_times(times, zone())


def _link_times(link: LinkFacts | None, sent: PatientLink | None) -> dict[str, datetime | None]:
    """When what happened to a hosted page and to our link that leads to it."""
    if link is None:
        return {}
    return {
        "Made": link.created_at,
        "Sent": sent.sent_at if sent else None,
        "Looked at": sent.opened_at if sent else None,
        "Opened": link.opened_at,
        "Returned": link.returned_at,
        "Expires": link.expires_at,
    }
