"""One open item of the review queue: what it is about, its evidence, its history, the decision."""

from datetime import datetime

import streamlit as st

from pages._ui.compliance.found_list import found_list
from pages._ui.frame.errors import errors_shown, show_error
from pages._ui.frame.live import Subject, live, when_older
from pages._ui.frame.part import part
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import zone
from pages._ui.reviews.form import field_key, member_names, members, review_form, skip
from pages._ui.reviews.history import review_history
from pages._ui.reviews.keys import review_keys
from pages._ui.reviews.place import go_to_item
from pages._ui.reviews.table import kind_words
from pages._ui.words.compliance.links import short_name
from pages._ui.words.compliance.reviews import item_state
from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.compliance.states import LINK_STATES, severity_words
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of, words_of
from pages._ui.words.times import ago, duration, exact
from services.compliance.evidence.evidence import Evidence, Found, Link, Severity
from services.compliance.reviews.reviews import OpenItem
from services.compliance.reviews.rows import ReviewItem
from services.compliance.rules.rule_sets import rule_of
from services.desk import desk
from services.errors import AccessDeskError, NotInLog
from services.lookup.finder import PlaceKind
from services.staff.permissions import Actor

_HEADING = "review_heading"


def review_item(who: Actor, item_id: str) -> None:
    """Draw the item, or why it cannot be shown."""
    try:
        opened = desk().reviews.open(who, item_id)
    except AccessDeskError as error:
        show_error(error)
        return
    _head(who, opened)
    left, right = st.columns([1, 1], gap="medium")
    with right, st.container(border=True):
        st.subheader("Decision")
        part(review_form)(who, opened)
        st.subheader("History")
        live(_history, Subject.REVIEW, item_id)(who, item_id)
    with left:
        _evidence(who, opened.item)


def _head(who: Actor, opened: OpenItem) -> None:
    item, now = opened.item, desk().clock()
    with st.container(key=_HEADING, horizontal=True, vertical_alignment="center"):
        st.header(markdown_text(_title(item)), anchor=False, width="stretch")
        st.button("Close", icon=":material/close:", on_click=go_to_item, args=(None,))
    fields = {name: field_key(item.id, name) for name in ("judgement", "note", "owner")}
    review_keys(_HEADING, fields, lambda: skip(who, item.id))
    did = markdown_text(f"{kind_words(item)} by {item.actor or 'another program'}")
    st.markdown(
        f"{badge_of(severity_words(item.severity))} {badge_of(item_state(item))} "
        f"{did}, {ago(item.at, now)}. {_since(item, now)}",
        help=f"{exact(item.at, zone())}; in the queue since {exact(item.opened_at, zone())}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _assignment(who, item)
        st.page_link(
            "evidence.py",
            label="Open the evidence",
            icon=":material/policy:",
            query_params={"query": item.subject},
        )
        if item.kind == "query":
            open_link(PlaceKind.QUERY, item.subject)
        open_link(PlaceKind.PATIENT, item.patient_id)
    _sample(opened)


def _since(item: ReviewItem, now: datetime) -> str:
    if item.closed_at:
        return f"Closed {ago(item.closed_at, now)}."
    return f"In the queue for {duration(now - item.opened_at)}."


def _title(item: ReviewItem) -> str:
    titles = [rule_title(code) for code in item.findings]
    if not titles:
        return "Random sample"
    return titles[0] + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")


def _assignment(who: Actor, item: ReviewItem) -> None:
    if item.closed_at is not None:
        return
    reviewers = [one for one in members(who) if one.is_reviewer and one.id != item.actor_id]
    names = {"": "Nobody", **member_names(reviewers)}
    if item.assigned_id:
        names.setdefault(item.assigned_id, item.assigned or "—")
    chosen = st.selectbox(
        "Assigned to",
        list(names),
        index=list(names).index(item.assigned_id or ""),
        format_func=lambda one: names[one],
        # Another one once it is assigned to somebody else: the old choice would be taken for a new.
        key=f"review_assigned_{item.id}_{item.openings}_{item.assigned_id}",
        width=240,
    )
    if chosen != (item.assigned_id or ""):
        with errors_shown():
            desk().reviews.assign(who, item.id, chosen or None, item.assigned_id)
            st.rerun()


def _sample(opened: OpenItem) -> None:
    sample = opened.sample
    if sample is None:
        return
    st.markdown(
        f":small[:material/casino: In the random sample of {sample.week}: {sample.drawn:,} of "
        f"{sample.population:,} IAS queries, drawn with the hash of event {sample.head_seq:,} of "
        "the access log.]"
    )


def _evidence(who: Actor, item: ReviewItem) -> None:
    """What the rules found, and the chain in one line."""
    evidence = _read_evidence(who, item)
    if evidence is None:
        found_list([_found(code) for code in item.findings], "of its day")
        return
    st.subheader("Evidence")
    st.markdown(" ".join(map(_link_badge, evidence.links)))
    found_list(evidence.findings, evidence.rules_version)


def _link_badge(link: Link) -> str:
    words = words_of(LINK_STATES, link.state)
    name = markdown_text(short_name(link.code.value))
    return f":{words.colour}-badge[:material/{words.icon}: {name}]"


def _read_evidence(who: Actor, item: ReviewItem) -> Evidence | None:
    if item.kind != "query":
        return None
    try:
        return desk().ias_audit.evidence(who, item.subject)
    except NotInLog:
        # The query is older than the retention; what was found of it is kept.
        return None


def _found(code: str) -> Found:
    rule = rule_of(code)
    if rule is None:
        unknown = "This program does not know the rule any more."
        return Found(code, Severity.WARNING, unknown, "—")
    text = " ".join(filter(None, (rule.text, rule.limits)))
    return Found(code, rule.severity, text, rule.source)


def _history(who: Actor, item_id: str) -> datetime | None:
    """The decisions, drawn again when somebody decides."""
    opened = desk().reviews.open(who, item_id)
    now = desk().clock()
    review_history(opened, now)
    newest = opened.decisions[-1].row.at if opened.decisions else None
    return when_older(newest, now)
