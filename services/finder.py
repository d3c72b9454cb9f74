"""Find anything: from an id that somebody pasted to the thing that it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, or_, select

from services.aal2_sessions import fingerprint
from services.access import Actor, Permission
from services.addresses import LINK_PATH
from services.audit import Audit
from services.errors import InvalidInput, UpstreamError
from services.ids import is_uuid
from services.metriport.client import MetriportClient
from services.patient_links import token_hash
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    ProofedIdentity,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)
from services.store.work_tables import BulkRun

_TOKEN = re.compile(r"[^\s\"]{3,300}")
_AROUND = "\"'`,;:.<>()[]{}"
"""What stands around an id in a log or an e-mail."""

_LOOKS_LIKE_AN_ID = re.compile(r"\d|_")
_DATE = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?)?|\d{1,2}/\d{1,2}/\d{4}")
_PREFIXED = re.compile(r"(ids|pid|aalc)_\S+", re.IGNORECASE)
_LINK = re.compile(re.escape(LINK_PATH) + r"([\w-]+)")
_SECRET = re.compile(
    rf"aal2_|{re.escape(LINK_PATH)}|/aal2/|/s/|/hosted/|aal2SessionId", re.IGNORECASE
)


class Kind(StrEnum):
    """What a page shows."""

    PATIENT = "patient"
    QUERY = "query"
    WEBHOOK = "webhook"
    CALL = "call"
    BULK = "bulk"


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

        Raises nothing for an upstream that fails: a search for the words follows anyway. Raises
        `InvalidInput` for a credential or a secret address that is not known here: it must not
        travel on as a search.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        text = _bare(typed)
        if _SECRET.search(text):
            return self._noted(actor, text, self._behind_secret(text))
        if not _is_id(text):
            return None
        with self._store.read() as session:
            place = next(_places(session, text), None)
        return self._noted(actor, text, place or self._patient(text))

    def _noted(self, actor: Actor, text: str, place: Place | None) -> Place | None:
        details = {"found": place.kind.value if place else "nothing", "length": len(text)}
        of = (place.kind.value, place.id) if place else None
        patient_id = place.id if place and place.kind is Kind.PATIENT else None
        self._audit.note(actor, "find", patient_id=patient_id, of=of, details=details)
        if place is None and _SECRET.search(text):
            raise InvalidInput(
                "That is a person’s secret: an AAL2 session id, or a link’s address.",
                kept="It was not searched for, and not kept.",
                next_step="Nobody but the person should have it. Search for their name instead.",
            )
        return place

    def _behind_secret(self, text: str) -> Place | None:
        """The person of a credential or a link, both known here by their hashes alone."""
        with self._store.read() as session:
            link = _LINK.search(text)
            row: Aal2Session | PatientLink | None
            if link:
                row = session.get(PatientLink, token_hash(link[1]))
            else:
                wanted = select(Aal2Session)
                known = col(Aal2Session.fingerprint) == fingerprint(text)
                row = session.exec(wanted.where(known)).first()
        return Place(Kind.PATIENT, row.patient_id) if row else None

    def _patient(self, text: str) -> Place | None:
        """A person by upstream's id, or by the company's own."""
        try:
            if is_uuid(text):
                return Place(Kind.PATIENT, self._client.get_patient(text).id)
            if _PREFIXED.fullmatch(text):
                return None
            return Place(Kind.PATIENT, self._client.get_patient_by_external_id(text).id)
        except UpstreamError:
            return None


def is_surely_an_id(typed: str) -> bool:
    """Whether it has the form of an id of ours or of upstream's, which no name has."""
    text = _bare(typed)
    return is_uuid(text) or _PREFIXED.fullmatch(text) is not None


def _bare(typed: str) -> str:
    """Without what stood around it, and with the letters of UUIDs as they are kept."""
    text = typed.replace("\x00", "").strip().strip(_AROUND).strip()
    return text.lower() if is_uuid(text) else text


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
    (BulkRun, ("id",), Kind.BULK, "id"),
    (WebhookEvent, ("request_id",), Kind.WEBHOOK, "id"),
)
"""Per table: the columns that hold an id, what it leads to, and the column with that one's id."""
