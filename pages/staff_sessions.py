"""Who is signed in: the staff's sessions, and the way to end them."""

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor
from pages._ui.panels.open_sessions import open_sessions
from services.desk import desk

who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Who is signed in")
    st.space("stretch")
    st.button("Refresh", icon=":material/refresh:")
st.markdown(
    "Each row is a browser in which somebody of the staff is signed in now. Choose one to sign it "
    "out, or to sign its person out everywhere."
)
with errors_shown():
    sessions = desk().sign_ins.open_sessions(who)
    people = len({session.staff_id for session in sessions})
    st.markdown(
        f"{people:,} {'person' if people == 1 else 'people'}, {len(sessions):,} "
        f"{'browser' if len(sessions) == 1 else 'browsers'}"
    )
    open_sessions(who, sessions)
