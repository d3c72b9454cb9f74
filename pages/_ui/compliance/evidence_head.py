"""The top of the page of one query's evidence: which query, how complete, what was found."""

from collections import Counter

import streamlit as st

from pages._ui.compliance.audit_figures import percent
from pages._ui.compliance.review_state import review_badge, review_label, review_words
from pages._ui.list.facts_grid import Fact, Id, facts_grid
from pages._ui.words.compliance.links import short_name
from pages._ui.words.compliance.states import count_badges
from pages._ui.words.names import origin_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import QUERY_STATES, label
from services.compliance.evidence.evidence import Evidence
from services.compliance.reviews.reviews import OpenItem
from services.compliance.rules.rule_sets import rules_of


def evidence_facts(evidence: Evidence) -> None:
    """Draw which query it is, and as of when and by which rules it was judged."""
    facts: list[tuple[str, Fact]] = [
        ("Query id", Id(evidence.query_id)),
        ("Submitted", evidence.submitted_at),
        ("Metriport’s request id", Id(evidence.request_id)),
        ("Started by", evidence.actor or origin_name(evidence.origin)),
        ("Patient id", Id(evidence.patient_id)),
        ("Status", label(QUERY_STATES, evidence.status)),
        ("Judged by rules", rules_words(evidence.rules_version)),
        ("As of", evidence.made_at),
    ]
    facts_grid(facts, key="evidence_facts")


def evidence_tiles(evidence: Evidence, review: OpenItem | None) -> None:
    """Draw how complete the evidence is, what was found, and where the review stands."""
    found = Counter(one.severity for one in evidence.findings)
    with st.grid(3, min_column_width=230, gap="small"):
        with st.container(border=True, height="stretch", gap="xsmall"):
            st.metric("Completeness", percent(evidence.completeness))
            st.markdown(f":small[{_link_words(evidence)}]")
        with st.container(border=True, height="stretch", gap="xsmall"):
            st.metric("Findings", f"{len(evidence.findings):,}")
            st.markdown(f":small[{count_badges(found)}]")
        with st.container(border=True, height="stretch", gap="xsmall"):
            st.metric("Review", review_label(review))
            st.markdown(f":small[{review_badge(review)} {review_words(review)}]")


def rules_words(version: str) -> str:
    """A version of the rules, and since when it is in force."""
    rules = rules_of(version)
    if rules is None or rules.since is None:
        return f"Version {version}"
    return (
        f"Version {version}, in force since {rules.since:%b} {rules.since.day}, {rules.since.year}"
    )


def _link_words(evidence: Evidence) -> str:
    if not evidence.applicable:
        return "No link applies"
    told = f"{evidence.present} of {evidence.applicable} links"
    if not evidence.missing:
        return f":green-badge[:material/check_circle: Complete] {told}"
    lacking = ", ".join(markdown_text(short_name(code)) for code in evidence.missing)
    return f":red-badge[:material/link_off: {told}] Missing: {lacking}"
