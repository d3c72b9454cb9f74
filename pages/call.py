"""One call to upstream in full: what was asked, and what was answered."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.go import back_link, nothing_chosen
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import actor
from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, facts_grid
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import CALL_STATES, badge
from pages._ui.words.wire import call_error_name, call_name
from services.calls.rows import UpstreamCall
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import PlaceKind


def _facts(call: UpstreamCall) -> list[tuple[str, Fact]]:
    facts: list[tuple[str, Fact]] = [
        ("Operation", f"{call.method} {call.path}"),
        ("At", call.at),
        ("Answer", f"HTTP {call.status}" if call.status else "none"),
        ("Took", f"{call.duration_ms:,} ms"),
        ("Metriport’s request id", Id(call.upstream_request_id)),
        ("Our id", Id(call.id)),
        ("Patient id", Id(call.patient_id)),
        ("Query id", Id(call.query_id)),
    ]
    if call.error_kind:
        facts += [
            ("What went wrong", Hover(call_error_name(call.error_kind), call.error_kind)),
            ("Metriport’s title", call.error_title),
            ("Metriport says", call.error_detail),
        ]
    return facts


who = actor()
call_id = st.query_params.get("call", "")
back_link("calls.py", "Upstream calls")
if not call_id:
    nothing_chosen(
        "Upstream call", "No call is chosen. Choose one from the list.", ":material/swap_vert:"
    )
try:
    call = desk().call_log.open(who, call_id)
except AccessDeskError as error:
    st.title("This call cannot be shown")
    show_error(error)
    st.stop()

st.title(markdown_text(call_name(f"{call.method} {call.path}")))
st.markdown(badge(CALL_STATES, "failed" if call.error_kind else "completed"))
with st.container(horizontal=True):
    open_link(PlaceKind.PATIENT, call.patient_id)
    open_link(PlaceKind.QUERY, call.query_id)
facts_grid(_facts(call))
