"""Finds the page that an id leads to: of a row in the log, or of a person whom upstream knows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any

from sqlmodel import Session, col, or_, select

from services.errors import UpstreamInvalid, UpstreamNotFound
from services.identity.aal2_sessions import fingerprint
from services.identity.consent.rows import consent_of_token
from services.identity.tokens import token_hash
from services.ids import is_uuid
from services.metriport.client import MetriportClient
from services.pasted_ids import (
    ShortenedId,
    bare,
    ids_within,
    is_prefixed,
    is_secret,
    link_token,
    may_be_an_id,
    refuse_secret,
    session_id,
    shortened_id,
)
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.endings import ids_ending
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    BulkRun,
    Consent,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    ProofedIdentity,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)

_MOST_OF_A_COLUMN = 5
"""Two ids rarely end alike, so more than so many are not told apart by a list of them."""

_MOST_IN_A_TEXT = 8
"""Ids of a pasted text that are looked up."""


class PlaceKind(StrEnum):
    """The kinds of things that have a page of their own."""

    PATIENT = "patient"
    QUERY = "query"
    WEBHOOK = "webhook"
    CALL = "call"
    BULK = "bulk"


@dataclass(frozen=True)
class Place:
    """A thing with a page of its own, by the id that the page takes."""

    kind: PlaceKind
    id: str


class Finder:
    """Looks an id up in every table that may hold it, then upstream.

    `people_ending` answers the ids of known people that end in some characters.
    """

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        people_ending: Callable[[str], Sequence[str]],
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._people_ending = people_ending

    def find(self, actor: Actor, pasted: str) -> Place | None:
        """The place of the id in `pasted`; None for a text that is no id, or an unknown id.

        A patient link or an AAL2 session id leads to its person, and is not kept. Raises
        `NotPermitted`, `SecretPasted` for a link or session id that the log does not know, so that
        no search is made with it, and an `UpstreamError` if upstream does not answer.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        text = bare(pasted)
        # First of all: a secret must not be sent upstream, nor be noted in the access log.
        if is_secret(text):
            place = self._note(actor, text, self._find_by_secret(text))
            if place is None:
                refuse_secret(text)
            return place
        within = ids_within(pasted)
        if len(within) == 1:
            # The only id of a whole paragraph is what the paragraph is about.
            text = within[0]
        if not may_be_an_id(text):
            return None
        with self._store.read() as session:
            place = next(_places(session, text), None)
        return self._note(actor, text, place or self._find_patient(text))

    def candidates(self, actor: Actor, pasted: str) -> list[Place]:
        """The places that `pasted` may mean: of a shortened id, or of several ids in a text.

        Looks in the log, and among the people whose names were read; never upstream. Raises
        `NotPermitted`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        shortened, whole = shortened_id(pasted), ids_within(pasted)
        with self._store.read() as session:
            found = (
                self._places_ending(session, shortened)
                if shortened is not None
                else chain.from_iterable(_first(session, text) for text in whole[:_MOST_IN_A_TEXT])
            )
            places = list(dict.fromkeys(found))
        if shortened is not None or whole:
            details = {"candidates": len(places), "length": len(pasted)}
            self._audit.note(actor, "find", details=details)
        return places

    def _places_ending(self, session: Session, shortened: ShortenedId) -> Iterator[Place]:
        for column in _SHOWN_SHORTENED:
            for whole in _ids_of(session, column, shortened):
                yield from _first(session, whole)
        for column in _PEOPLE_SHOWN_SHORTENED:
            for patient_id in _ids_of(session, column, shortened):
                yield Place(PlaceKind.PATIENT, patient_id)
        for patient_id in self._people_ending(shortened.ending):
            if shortened.fits(patient_id):
                yield Place(PlaceKind.PATIENT, patient_id)

    def _note(self, actor: Actor, text: str, place: Place | None) -> Place | None:
        # Never the text itself: it may be a name.
        details = {"found": place.kind.value if place else "nothing", "length": len(text)}
        of = (place.kind.value, place.id) if place else None
        patient_id = place.id if place and place.kind is PlaceKind.PATIENT else None
        self._audit.note(actor, "find", patient_id=patient_id, of=of, details=details)
        return place

    def _find_by_secret(self, text: str) -> Place | None:
        """The person of a link of ours or of an AAL2 session id: the log holds their hashes."""
        token, credential = link_token(text), session_id(text)
        row: PatientLink | Consent | Aal2Session | None = None
        with self._store.read() as session:
            if token:
                row = session.get(PatientLink, token_hash(token))
                row = row or consent_of_token(session, token)
            elif credential:
                same = col(Aal2Session.fingerprint) == fingerprint(credential)
                row = session.exec(select(Aal2Session).where(same)).first()
        return Place(PlaceKind.PATIENT, row.patient_id) if row else None

    def _find_patient(self, text: str) -> Place | None:
        """The person with this id of upstream, or with this id of the company."""
        try:
            if is_uuid(text):
                return Place(PlaceKind.PATIENT, self._client.get_patient(text).id)
            if is_prefixed(text):
                # An id of individual access: upstream has no call that finds its person.
                return None
            return Place(PlaceKind.PATIENT, self._client.get_patient_by_external_id(text).id)
        except (UpstreamNotFound, UpstreamInvalid):
            # Upstream refuses a text that cannot be an id, and then it is nobody's.
            return None


def _places(session: Session, text: str) -> Iterator[Place]:
    """The places of this id in the log, in the order of `_INDEX`."""
    for table, columns, kind, target in _INDEX:
        wanted = select(col(getattr(table, target)))
        matches = or_(*(col(getattr(table, name)) == text for name in columns))
        target_id = session.exec(wanted.where(matches).limit(1)).first()
        if target_id:
            yield Place(kind, str(target_id))


def _first(session: Session, text: str) -> Iterator[Place]:
    """The likeliest place of this id, if there is one."""
    return islice(_places(session, text), 1)


def _ids_of(session: Session, column: Any, shortened: ShortenedId) -> list[str]:
    found = ids_ending(session, column, shortened.ending, _MOST_OF_A_COLUMN)
    return [whole for whole in found if shortened.fits(whole)]


_INDEX: tuple[tuple[Any, tuple[str, ...], PlaceKind, str], ...] = (
    (NetworkQuery, ("id", "request_id"), PlaceKind.QUERY, "id"),
    (RecordRequest, ("id", "request_id"), PlaceKind.PATIENT, "patient_id"),
    (WebhookEvent, ("id", "message_id"), PlaceKind.WEBHOOK, "id"),
    (IdentitySession, ("id", "session_id"), PlaceKind.PATIENT, "patient_id"),
    (ProofedIdentity, ("proofed_identity_id",), PlaceKind.PATIENT, "patient_id"),
    (Aal2Challenge, ("id", "challenge_id"), PlaceKind.PATIENT, "patient_id"),
    (Aal2Session, ("id",), PlaceKind.PATIENT, "patient_id"),
    (UpstreamCall, ("id", "upstream_request_id"), PlaceKind.CALL, "id"),
    (BulkRun, ("id",), PlaceKind.BULK, "id"),
    (WebhookEvent, ("request_id",), PlaceKind.WEBHOOK, "id"),
)
"""Where to look an id up: a table, its columns with ids, the kind of place, and the column with the
id of that place. The likeliest table comes first; a request leads to its query before its webhooks.
"""

_SHOWN_SHORTENED: tuple[Any, ...] = (
    NetworkQuery.id,
    NetworkQuery.request_id,
    WebhookEvent.id,
    WebhookEvent.request_id,
    UpstreamCall.id,
)
_PEOPLE_SHOWN_SHORTENED: tuple[Any, ...] = (NetworkQuery.patient_id, WebhookEvent.patient_id)
"""The columns whose ids lists show by their ends; each has an index for that."""
