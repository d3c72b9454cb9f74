"""Find anything: from an id that somebody pasted to the thing that it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, or_, select

from services.access import Actor, Permission
from services.audit import Audit
from services.errors import UpstreamError
from services.ids import is_uuid
from services.metriport.client import MetriportClient
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)

_TOKEN = re.compile(r"[^\s\"]{6,200}")
_LOOKS_LIKE_AN_ID = re.compile(r"\d|_")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?|\d{1,2}/\d{1,2}/\d{4}")


class Kind(StrEnum):
    """What a page shows."""

    PATIENT = "patient"
    QUERY = "query"
    WEBHOOK = "webhook"
    CALL = "call"


@dataclass(frozen=True)
class Place:
    """The thing that an id names."""

    kind: Kind
    id: str


class Finder:
    """Looks an id up in every table that has one like it, then upstream."""

    def __init__(self, store: Store, client: MetriportClient, audit: Audit) -> None:
        self._store = store
        self._client = client
        self._audit = audit

    def find(self, actor: Actor, typed: str) -> Place | None:
        """The thing that `typed` names; None where it is no id, or nobody's.

        Raises nothing for an upstream that fails: a search for the words follows anyway.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        text = typed.strip()
        if not _is_id(text):
            return None
        with self._store.read() as session:
            place = next(_places(session, text), None)
        place = place or self._patient(text)
        details = {"found": place.kind.value if place else "nothing", "length": len(text)}
        of = (place.kind.value, place.id) if place else None
        self._audit.note(actor, "find", of=of, details=details)
        return place

    def _patient(self, text: str) -> Place | None:
        """A person by upstream's id, or by the company's own."""
        try:
            if is_uuid(text):
                return Place(Kind.PATIENT, self._client.get_patient(text).id)
            return Place(Kind.PATIENT, self._client.get_patient_by_external_id(text).id)
        except UpstreamError:
            return None


def _is_id(text: str) -> bool:
    """Whether it is one word that holds what names and birthdays do not."""
    one_word = _TOKEN.fullmatch(text) is not None
    return one_word and bool(_LOOKS_LIKE_AN_ID.search(text)) and not _DATE.fullmatch(text)


def _places(session: Session, text: str) -> Iterator[Place]:
    """Where the log has it, the likeliest first."""
    for table, columns, kind, target in _INDEX:
        wanted = select(col(getattr(table, target)))
        matches = or_(*(col(getattr(table, name)) == text for name in columns))
        found = session.exec(wanted.where(matches).limit(1)).first()
        if found:
            yield Place(kind, str(found))


_INDEX: tuple[tuple[Any, tuple[str, ...], Kind, str], ...] = (
    (NetworkQuery, ("id", "request_id"), Kind.QUERY, "id"),
    (RecordRequest, ("id", "request_id"), Kind.PATIENT, "patient_id"),
    (WebhookEvent, ("id", "message_id"), Kind.WEBHOOK, "id"),
    (IdentitySession, ("id", "session_id"), Kind.PATIENT, "patient_id"),
    (ProofedIdentity, ("proofed_identity_id",), Kind.PATIENT, "patient_id"),
    (Aal2Challenge, ("id", "challenge_id"), Kind.PATIENT, "patient_id"),
    (Aal2Session, ("id",), Kind.PATIENT, "patient_id"),
    (UpstreamCall, ("id", "upstream_request_id"), Kind.CALL, "id"),
)
"""Per table: the columns that hold an id, what it leads to, and the column with that one's id."""
