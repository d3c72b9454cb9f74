"""How the links that people are sent are spoken of."""

from collections.abc import Mapping
from datetime import datetime

from pages._ui.words.times import ago
from services.identity.patient_links import SentWay
from services.identity.rows import PatientLink

SENT_WAYS: Mapping[str, str] = {
    SentWay.EMAIL: "E-mail",
    SentWay.TEXT_MESSAGE: "Text message",
    SentWay.READ_ALOUD: "Read aloud",
    SentWay.SCANNED: "Scanned",
    SentWay.OTHER: "Another way",
}
"""The ways that somebody can name; that a link was copied the program sees by itself."""

_SENT = {
    SentWay.COPIED: "Copied",
    SentWay.EMAIL: "Sent by e-mail",
    SentWay.TEXT_MESSAGE: "Sent by text message",
    SentWay.READ_ALOUD: "Read aloud",
    SentWay.SCANNED: "Scanned by the person",
}


def sent_words(link: PatientLink, now: datetime) -> str:
    """Whether, how and when a link was sent, without a full stop."""
    if link.sent_at is None:
        return f"Made {ago(link.created_at, now)}, not sent yet"
    return f"{way_words(link.sent_by_way)} {ago(link.sent_at, now)}"


def way_words(way: str | None) -> str:
    """How a link was sent; of older links it is not known."""
    return _SENT.get(SentWay(way), "Sent") if way in set(SentWay) else "Sent"
