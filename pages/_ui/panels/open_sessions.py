"""Who is signed in: one row for each browser, which opens the dialog that signs it out."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.dialogs.open_dialog import (
    close_dialog,
    dialog,
    name_of_open,
    open_dialog,
    value_in_dialog,
)
from pages._ui.frame.errors import show_error
from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.names import role_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.times import ago
from services.desk import desk
from services.errors import AccessDeskError
from services.staff.permissions import Actor
from services.staff.sign_in.sessions import OpenSession

_LIST, _CHOSEN, _END = "staff_sessions", "staff_session_chosen", "end_sessions"
_COLUMNS = [
    Column("Person"),
    Column("Role"),
    Column("Signed in", Kind.MOMENT),
    Column("Last active", Kind.MOMENT, help="When they last pressed a key or a button"),
    Column("E-mail"),
    Column("Address"),
    Column("Browser"),
]


def open_sessions(who: Actor, sessions: Sequence[OpenSession]) -> None:
    """Draw the list, and the dialog of the row that was chosen."""
    show_list(
        _COLUMNS,
        [_row(who, session) for session in sessions],
        key=_LIST,
        caption="Browsers in which somebody is signed in",
        empty="Nobody is signed in.",
        open_row=_choose,
    )
    chosen = st.session_state.pop(_CHOSEN, None)
    session = next((session for session in sessions if session.id == chosen), None)
    if session is not None:
        open_dialog(_END, _LIST, session)
    opened = value_in_dialog() if name_of_open(_LIST) == _END else None
    if isinstance(opened, OpenSession):
        theirs = sum(session.staff_id == opened.staff_id for session in sessions)
        _end_dialog(who, opened, theirs)


def _row(who: Actor, session: OpenSession) -> Row:
    name = f"{session.name} (this browser)" if session.id == who.session else session.name
    moments = [session.created_at, session.last_seen_at]
    place = [session.email, session.address, session.browser]
    return Row(session.id, [name, role_name(session.role), *moments, *place])


def _choose(key: str) -> None:
    # A callback: the dialog is opened once the page is drawn.
    st.session_state[_CHOSEN] = key


@dialog("End a sign-in", width="medium", icon=":material/logout:", on_dismiss=close_dialog)
def _end_dialog(who: Actor, session: OpenSession, theirs: int) -> None:
    name = markdown_text(session.name)
    seen = ago(session.last_seen_at, desk().clock())
    where = markdown_text(" · ".join(filter(None, [session.browser, session.address])))
    st.markdown(f"**{name}**, {role_name(session.role)}, last active {seen}  \n{where}")
    if session.id == who.session:
        st.warning("This is the browser that you use now.", icon=":material/warning:")
    st.markdown(
        "The pages that are open there go blank within 30 seconds, and whatever is pressed there "
        "is refused. Bulk runs that were started or resumed in it stop; whoever may start queries "
        "can resume them. Queries that are running go on."
    )
    st.markdown(
        "It does not keep the person out: they can sign in again as long as the company’s sign-in "
        "provider lets them."
    )
    with st.container(horizontal=True):
        if st.button("End this sign-in", type="primary", key="end_one"):
            _end(who, session, everywhere=False)
        # Also where this is the only one: bulk runs may go on in those that are over.
        if st.button(f"End all of {name} ({theirs})"):
            _end(who, session, everywhere=True)


def _end(who: Actor, session: OpenSession, *, everywhere: bool) -> None:
    try:
        if everywhere:
            desk().sign_ins.revoke_person(who, session.staff_id)
        else:
            desk().sign_ins.revoke(who, session.id)
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast(f"{markdown_text(session.name)} was signed out.", icon=":material/logout:")
    close_dialog()
    st.rerun()
