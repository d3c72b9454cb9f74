"""Fetched records, to be looked at: read from upstream when asked for, and kept nowhere.

A look is written down before anything is read: who, whose records, why, and for which ticket.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Protocol

from sqlmodel import Session, col, select

from services.clock import Clock
from services.errors import AddressEnded, FileUnusable, InvalidInput, NotReady, UpstreamError
from services.ids import checked_id
from services.metriport.client import MetriportClient
from services.metriport.files.downloads import Downloads
from services.metriport.json_reading import read_json
from services.metriport.webhook_schemas import Attachment, ConsolidatedData
from services.queries.status import COMPLETED
from services.records.bundle import Item, iter_items
from services.records.looks import ACTIONS, RECORD_REASONS, LookAct, mark_failed, write_look
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import Grounds
from services.store import Store
from services.store.tables import RecordLook, RecordRequest

ADDRESS_VALID_FOR = timedelta(minutes=3)
"""So long an address of records can be used, as upstream documents it."""

MOST_LISTED = 100_000
"""So many resources of one bundle are listed; others are only counted."""

_MOST_AT_ONCE, _WAIT_SECONDS = 2, 20
"""Bundles in memory at a moment: one of the largest takes some hundred megabytes."""

_RESULT = "medical.consolidated-data"
_JSON, _GZIP = "application/json", "application/gzip"


class Message(Protocol):
    """A stored message: its raw body, and when it came (UTC)."""

    @property
    def raw(self) -> bytes: ...

    @property
    def received_at(self) -> datetime: ...


class Messages(Protocol):
    """Answers the newest stored message of a type about a request, or None."""

    def newest(self, session: Session, type_: str, request_id: str) -> Message | None: ...


@dataclass(frozen=True)
class Offer:
    """A person's newest completed request, and until when (UTC) its records can be read.

    `until` is None where its message never came or is not kept any more. `attachment` is None where
    upstream holds no records.
    """

    request: RecordRequest
    until: datetime | None
    attachment: Attachment | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the records can be read at the time `now`, as far as is known here."""
        return self.until is not None and now < self.until


@dataclass(frozen=True)
class Listing:
    """What a bundle holds: newest first, resources without a date last; `size` in bytes.

    `counts` has the number of each type, the most frequent first; `left_out` resources are counted
    and not listed.
    """

    items: Sequence[Item]
    counts: Mapping[str, int]
    left_out: int
    size: int


class RecordContents:
    """Reads fetched records; changes nothing but the access log and `record_look`."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        downloads: Downloads,
        messages: Messages,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._downloads = downloads
        self._messages = messages
        self._audit = audit
        self._clock = clock
        self._turns = BoundedSemaphore(_MOST_AT_ONCE)

    def offered(self, actor: Actor, patient_id: str) -> Offer | None:
        """What can be looked at; None where nothing was fetched. It shows nothing of the records.

        Raises `NotPermitted`, and `FileUnusable` where the message is about somebody else.
        """
        self._audit.require(actor, Permission.RECORDS_DOWNLOAD, patient_id)
        return self._find(checked_id(patient_id))

    def look(self, actor: Actor, patient_id: str, grounds: Grounds) -> Listing:
        """What the records of a person are, by type and date.

        Raises `NotPermitted`, `InvalidInput` for grounds that are none, `NotReady` where nothing
        was fetched, `AddressEnded`, and other `UpstreamError`s.
        """
        with self._content(actor, patient_id, grounds, LookAct.LIST) as content:
            return _list(content)

    def download(self, actor: Actor, patient_id: str, grounds: Grounds) -> bytes:
        """The bundle as it came, in JSON; raises as `look` does."""
        with self._content(actor, patient_id, grounds, LookAct.DOWNLOAD) as content:
            # What is no bundle is not handed out as one.
            _list(content)
            return content

    @contextmanager
    def _content(
        self, actor: Actor, patient_id: str, grounds: Grounds, act: LookAct
    ) -> Iterator[bytes]:
        """Note the look, read the bundle, and note as well if none came; gone with the block."""
        self._audit.require(actor, Permission.RECORDS_DOWNLOAD, patient_id)
        with self._turn():
            # Once more: a session may have ended while it waited for its turn.
            self._audit.require(actor, Permission.RECORDS_DOWNLOAD, patient_id)
            if complaints := grounds.complaints(RECORD_REASONS):
                raise InvalidInput("Some fields need another look.", complaints)
            offer = self._open_offer(checked_id(patient_id))
            look = self._note(actor, act, offer.request, grounds)
            try:
                yield self._read(offer)
            except UpstreamError as error:
                self._note_failure(actor, look, grounds, error)
                raise

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_WAIT_SECONDS):
            raise NotReady(
                "Others are reading records at this moment.",
                next_step="Try again in a minute.",
            )
        try:
            yield
        finally:
            self._turns.release()

    def _read(self, offer: Offer) -> bytes:
        if offer.attachment is None:
            return b'{"resourceType":"Bundle","type":"searchset","total":0,"entry":[]}'
        return self._downloads.read(offer.attachment.url, patient_id=offer.request.patient_id)

    def _open_offer(self, patient_id: str) -> Offer:
        offer = self._find(patient_id)
        if offer is None:
            raise NotReady(
                "No records were fetched for this person.", next_step="Fetch the records first."
            )
        if offer.until is None:
            raise AddressEnded("The message with the address of the records is not kept any more.")
        if not offer.is_open(self._clock()):
            raise AddressEnded("The address of the records was valid for three minutes, and ended.")
        return offer

    def _find(self, patient_id: str) -> Offer | None:
        with self._store.read() as session:
            request = _newest_completed(session, patient_id)
            if request is None or request.request_id is None:
                return None
            message = self._messages.newest(session, _RESULT, request.request_id)
        if message is None:
            return Offer(request, None)
        return self._offer(request, message)

    def _offer(self, request: RecordRequest, message: Message) -> Offer:
        try:
            data = ConsolidatedData.model_validate(read_json(message.raw))
        except ValueError:
            raise FileUnusable("The message about the records cannot be read.") from None
        mine = [one for one in data.patients if one.patient_id == request.patient_id]
        if not mine:
            raise FileUnusable("The message about the records is about another person.")
        made_at = min(message.received_at, self._made_at(data) or message.received_at)
        return Offer(request, made_at + ADDRESS_VALID_FOR, _choose(mine[0].attachments))

    def _made_at(self, data: ConsolidatedData) -> datetime | None:
        # A message that was delivered late brings an address that is as old as the message.
        return self._client.in_our_time(data.meta.when) if data.meta.when else None

    def _note(
        self, actor: Actor, act: LookAct, request: RecordRequest, grounds: Grounds
    ) -> RecordLook:
        with self._store.write() as session:
            look = write_look(session, actor, act, request, grounds, self._clock())
            self._audit.append(
                session,
                actor,
                ACTIONS[act],
                patient_id=request.patient_id,
                of=("record_look", look.id),
                grounds=grounds,
                details={"request": request.id},
            )
            return look

    def _note_failure(
        self,
        actor: Actor,
        look: RecordLook,
        grounds: Grounds,
        error: UpstreamError,
    ) -> None:
        with self._store.write() as session:
            mark_failed(session, look.id)
            self._audit.append(
                session,
                actor,
                ACTIONS[LookAct(look.act)],
                outcome=error.kind,
                patient_id=look.patient_id,
                of=("record_look", look.id),
                grounds=grounds,
                details={"request": look.record_request_id},
            )


def _newest_completed(session: Session, patient_id: str) -> RecordRequest | None:
    wanted = select(RecordRequest).where(
        col(RecordRequest.patient_id) == patient_id, col(RecordRequest.status) == COMPLETED
    )
    return session.exec(wanted.order_by(col(RecordRequest.submitted_at).desc()).limit(1)).first()


def _choose(attachments: Sequence[Attachment]) -> Attachment | None:
    """The JSON, or where there is none the packed one; any other may be JSON all the same."""
    by_type = {one.content_type: one for one in reversed(attachments)}
    return by_type.get(_JSON) or by_type.get(_GZIP) or next(iter(attachments), None)


def _list(content: bytes) -> Listing:
    """What a bundle holds; raises `FileUnusable` for anything that is no bundle."""
    counts: Counter[str] = Counter()
    items: list[Item] = []
    try:
        for item in iter_items(content):
            counts[item.type] += 1
            if len(items) < MOST_LISTED:
                items.append(item)
    except ValueError:
        raise FileUnusable("What came is no FHIR Bundle in JSON.") from None
    items.sort(key=lambda item: item.position, reverse=True)
    return Listing(items, dict(counts.most_common()), counts.total() - len(items), len(content))
