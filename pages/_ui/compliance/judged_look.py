"""A look at somebody's records on the page of evidence: its event, and what the rules found."""

import streamlit as st

from pages._ui.audit.event_dialog import event_facts
from pages._ui.compliance.found_list import found_list
from pages._ui.compliance.review_state import review_badge, review_link, review_of, review_words
from pages._ui.frame.places import open_link
from pages._ui.list.facts_grid import facts_grid
from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.outside import markdown_text
from services.compliance.evidence.evidence import Found, Severity
from services.compliance.ias_audit import EVENT, JudgedLook
from services.compliance.rows import Finding
from services.compliance.rules.rule_sets import rule_of
from services.lookup.finder import PlaceKind
from services.staff.permissions import Actor


def judged_look(who: Actor, judged: JudgedLook) -> None:
    """Draw the event in full, and the findings."""
    event = judged.event
    review = review_of(who, f"{EVENT}{event.seq}")
    st.markdown(f"**{markdown_text(event_sentence(event))}**")
    st.markdown(f"{review_badge(review)} {review_words(review)}")
    facts_grid(event_facts(event), key="look_facts")
    with st.container(horizontal=True):
        open_link(PlaceKind.PATIENT, event.patient_id)
        review_link(review)
    found_list([_found(one) for one in judged.findings], judged.rules_version or "of now")


def _found(finding: Finding) -> Found:
    rule = rule_of(finding.rule)
    severity = Severity(finding.severity)
    if rule is None:
        return Found(finding.rule, severity, "This program does not know the rule any more.", "—")
    return Found(
        finding.rule, severity, " ".join(filter(None, (rule.text, rule.limits))), rule.source
    )
