"""Retention: what is kept how long, what the last purge took, legal holds, incident packets."""

import streamlit as st

from pages._ui.dialogs.open_dialog import name_of_open, open_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, remembered
from pages._ui.retention.hold_dialogs import hold_dialog, lift_dialog
from pages._ui.retention.holds_list import chosen_hold, holds_list
from pages._ui.retention.incident_dialog import incident_dialog
from pages._ui.retention.kept_table import kept_table
from pages._ui.retention.last_purge import last_purge
from services.desk import desk

_HERE = "retention"
_HOLD, _LIFT, _INCIDENT = "set hold", "lift hold", "incident packet"

who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Retention")
    st.space("stretch")
    if st.button("Incident packet", icon=":material/crisis_alert:", key="incident"):
        open_dialog(_INCIDENT, _HERE)
    if st.button("Set a legal hold", icon=":material/gavel:", key="new_hold"):
        open_dialog(_HOLD, _HERE)
st.markdown(
    "What the log holds about people is deleted when it is old enough, unless a legal hold keeps "
    "it. Evidence goes as a whole: a query with all that belongs to it, never a part."
)
with errors_shown():
    state = desk().retention.read(who)
    last_purge(state.last)
    st.subheader("Legal holds in force")
    holds_list(state.holds, state.lifted)
    st.subheader("What is kept how long")
    kept_table(state.keeps)
    if hold_id := chosen_hold():
        open_dialog(_LIFT, _HERE, hold_id)
    name = name_of_open(_HERE)
    if name == _HOLD:
        hold_dialog(who)
    elif name == _LIFT:
        lift_dialog(who, state.holds)
    elif name == _INCIDENT:
        staff = remembered("access_choices", 30, lambda: desk().access_log.choices(who)).staff
        incident_dialog(who, staff)
