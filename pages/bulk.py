"""Bulk queries: one treatment query for each person of a list, as fast as Metriport allows."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import actor, remembered
from pages._ui.panels.bulk_list import new_run
from pages._ui.panels.bulk_runs import bulk_runs
from services.desk import desk
from services.errors import AccessDeskError

who = actor()
st.title("Bulk queries")
st.caption("One treatment query for each person of a list. Individual access cannot be bulk.")
try:
    listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
except AccessDeskError as error:
    show_error(error)
    st.stop()
facilities = {facility.id: facility.name for facility in listed}
with st.expander("New run", icon=":material/playlist_add:", expanded=True):
    new_run(who, facilities)
st.subheader("Runs")
bulk_runs(who, facilities)
