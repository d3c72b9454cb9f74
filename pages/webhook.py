"""One webhook: its envelope, what became of it, and its body for those who may and say why."""

import streamlit as st

from pages._ui.frame.errors import errors_shown, show_error
from pages._ui.frame.go import back_link
from pages._ui.frame.live import Subject, live
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import actor
from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, facts_grid
from pages._ui.words.acts import ONLY_ADMINISTRATORS_READ, ONLY_ADMINISTRATORS_REPLAY
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import SIGNATURE_STATES, WEBHOOK_STATES, badge
from pages._ui.words.wire import failure_words, webhook_name
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import PlaceKind
from services.staff.permissions import Permission
from services.webhooks.inbox import REASONS
from services.webhooks.rows import WebhookEvent


def _facts(event: WebhookEvent) -> list[tuple[str, Fact]]:
    return [
        ("Message id", Id(event.message_id)),
        ("Our id", Id(event.id)),
        ("Type", Hover(webhook_name(event.type), event.type or "")),
        ("Received", event.received_at),
        ("Last interpreted", event.processed_at or "never"),
        ("Request id", Id(event.request_id)),
        ("Patient id", Id(event.patient_id)),
        ("Delivered", f"{event.deliveries} ×"),
        ("Interpreted", f"{event.attempts} ×, replayed {event.replays} ×"),
        ("SHA-256 of the body", Id(event.body_hash)),
    ]


def _links(event: WebhookEvent) -> None:
    with st.container(horizontal=True):
        open_link(PlaceKind.PATIENT, event.patient_id)
        if event.request_id:
            st.page_link(
                "webhooks.py",
                label="All of this request",
                icon=":material/filter_alt:",
                query_params={"about": event.request_id},
            )


def _replay(event: WebhookEvent) -> None:
    if not who.may(Permission.WEBHOOKS_REPLAY):
        st.markdown(ONLY_ADMINISTRATORS_REPLAY)
    elif st.button("Replay", icon=":material/replay:", disabled=event.body is None):
        with errors_shown():
            number = desk().replays.replay(who, event.id)
            desk().interpreter.nudge()
            st.toast("In line again." if number else "It is in line already.")


def _body(event: WebhookEvent) -> None:
    st.subheader("Body")
    if event.body is None:
        st.caption(
            "There is no body: it was refused with the message, or erased when its time was over."
        )
        return
    if not who.may(Permission.WEBHOOKS_BODY):
        st.markdown(ONLY_ADMINISTRATORS_READ)
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    reason = left.selectbox("Why do you need it?", REASONS, index=None)
    if right.button("Show the body", width="stretch"):
        with errors_shown():
            st.code(desk().inbox.body(who, event.id, reason or ""), language="json")


def _follow() -> None:
    """Draw what interpreting the message may change."""
    with errors_shown():
        event = desk().inbox.open(who, event_id)
        state = badge(WEBHOOK_STATES, event.status)
        signature = badge(SIGNATURE_STATES, event.signature_status)
        st.markdown(f"{state} {signature}")
        if event.error:
            words = markdown_text(failure_words(event.error))
            st.warning(words, icon=":material/warning:")
            if words != markdown_text(event.error):
                st.caption(f"As it stands in the log: {markdown_text(event.error)}")
        facts_grid(_facts(event))


who = actor()
event_id = st.query_params.get("message", "")
back_link("webhooks.py", "Webhooks")
try:
    event = desk().inbox.open(who, event_id)
except AccessDeskError as error:
    st.title("This message cannot be shown")
    show_error(error)
    st.stop()

st.title(markdown_text(webhook_name(event.type)))
_links(event)
_replay(event)
live(_follow, Subject.WEBHOOK, event_id)()
_body(event)
