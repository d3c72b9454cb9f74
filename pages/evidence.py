"""The evidence of one query: was it allowed, and what in the log shows it?"""

import streamlit as st

from pages._ui.compliance.chain import chain
from pages._ui.compliance.evidence_head import evidence_facts, evidence_tiles
from pages._ui.compliance.found_list import found_list
from pages._ui.compliance.judged_look import judged_look
from pages._ui.compliance.packet_buttons import packet_buttons
from pages._ui.compliance.review_state import review_link, review_of
from pages._ui.frame.errors import show_error
from pages._ui.frame.go import back_link, nothing_chosen
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import actor
from pages._ui.words.names import purpose_name
from pages._ui.words.outside import markdown_text
from services.compliance.evidence.evidence import Evidence
from services.compliance.ias_audit import EVENT, JudgedLook
from services.desk import desk
from services.errors import AccessDeskError, NotInLog
from services.lookup.finder import PlaceKind


def _read(subject: str) -> Evidence | JudgedLook:
    if not subject.startswith(EVENT):
        return desk().ias_audit.evidence(who, subject)
    number = subject.removeprefix(EVENT)
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise NotInLog("The address names no event of the access log.")
    return desk().ias_audit.look(who, int(number))


def _show(evidence: Evidence) -> None:
    review = review_of(who, evidence.query_id)
    evidence_facts(evidence)
    with st.container(horizontal=True):
        open_link(PlaceKind.QUERY, evidence.query_id)
        open_link(PlaceKind.PATIENT, evidence.patient_id)
        review_link(review)
    evidence_tiles(evidence, review)
    found_list(evidence.findings, evidence.rules_version)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Chain of evidence")
        st.space("stretch")
        label, icon = "The rules, and what this cannot prove", ":material/gavel:"
        params = {"version": evidence.rules_version}
        st.page_link("rules.py", label=label, icon=icon, query_params=params)
    chain(evidence)


who = actor()
subject = st.query_params.get("query", "")
back_link("ias_audit.py", "IAS audit")
if not subject:
    nothing_chosen(
        "Evidence", "No query is chosen. Choose one from the IAS audit.", ":material/policy:"
    )

try:
    read = _read(subject)
except AccessDeskError as error:
    st.title("There is no evidence to show")
    show_error(error)
    st.stop()

if isinstance(read, Evidence):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(markdown_text(f"Evidence of one {purpose_name(read.purpose)} query"))
        packet_buttons(who, read.query_id)
    _show(read)
else:
    st.title("Evidence of one look")
    judged_look(who, read)
