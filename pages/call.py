"""One call to upstream in full."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.go import back_link
from pages._ui.frame.viewer import actor
from pages._ui.panels.call_card import call_card
from services.bootstrap import desk
from services.errors import AccessDeskError

who = actor()
call_id = st.query_params.get("call", "")
back_link("calls.py", "Upstream calls")
if not call_id:
    st.info("No call is chosen. Choose one from the list.", icon=":material/swap_vert:")
    st.stop()
try:
    call = desk().call_log.open(who, call_id)
except AccessDeskError as error:
    st.title("This call cannot be shown")
    show_error(error)
    st.stop()

st.title("Call to Metriport")
call_card(call)
