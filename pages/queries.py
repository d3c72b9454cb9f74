"""The log of network queries; with `?query=<id>` one of them in full."""

import streamlit as st

from pages._ui.query_detail import query_detail
from pages._ui.query_list import query_list
from pages._ui.viewer import actor

who = actor()
query_id = st.query_params.get("query", "")
if query_id:
    query_detail(who, query_id)
else:
    query_list(who)
