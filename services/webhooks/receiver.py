"""Receives webhooks: verifies and keeps each message. `interpreter` interprets it later."""

import hashlib
from asyncio import to_thread
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from services.clock import Clock
from services.ids import new_id
from services.metriport.json_reading import read_json
from services.metriport.signature import is_valid
from services.store import Store
from services.vault import Vault
from services.webhooks.filters import RECEIVED
from services.webhooks.group_writer import GroupWriter
from services.webhooks.keeping import MessageRow, keep_messages
from services.webhooks.rejections import Rejection, Rejections

MAX_BODY = 5 * 1024 * 1024
"""In bytes. Upstream documents no limit; its messages hold links to records, not the records."""

_LET_PASS = timedelta(milliseconds=50)

_SMALL_BODY = 64 * 1024
"""In bytes. A body of this size is verified and encrypted in about a millisecond, which costs less
than to hand it to another thread; a larger one must not keep everybody else waiting."""


@dataclass(frozen=True)
class Receipt:
    """What to answer the sender.

    `rejection` is why the request was refused, None for a message that was kept. `pong` is what a
    ping has to be answered with, None for any other message.
    """

    rejection: Rejection | None = None
    pong: str | None = None


class WebhookReceiver:
    """Adds rows to `webhook_event`, one for each message and each kind of refused request."""

    def __init__(self, store: Store, vault: Vault, webhook_key: str, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._webhook_key = webhook_key
        self._clock = clock
        self._writer = GroupWriter[MessageRow](partial(keep_messages, store))
        self.rejections = Rejections(store, clock)

    async def take(self, body: bytes, signature: str | None) -> Receipt:
        """The same as `receive`, committed together with what arrives at the same time.

        Raises `LogUnavailable` also where more waits than is held in memory.
        """
        if len(body) <= _SMALL_BODY:
            checked = self._check(body, signature)
        else:
            checked = await to_thread(self._check, body, signature)
        if isinstance(checked, Rejection):
            return await self.take_rejection(checked, body)
        row, receipt = checked
        await self._writer.keep(row, len(row["body"]))
        return receipt

    async def take_rejection(self, why: Rejection, body: bytes | None) -> Receipt:
        """The same as `reject`; only the first of its kind in a minute waits for the log."""
        if first := self.rejections.count(*_described(why, body)):
            await to_thread(self.rejections.write_first, first)
        return Receipt(rejection=why)

    def receive(self, body: bytes, signature: str | None) -> Receipt:
        """Verify the signature of the raw `body`, and keep the message.

        The message is committed when this returns. Raises `LogUnavailable`: then nothing was kept,
        and the route must not answer 200. Upstream then counts the delivery as failed, and can be
        told to repeat it.
        """
        checked = self._check(body, signature)
        if isinstance(checked, Rejection):
            return self.reject(checked, body)
        row, receipt = checked
        (failure,) = keep_messages(self._store, [row])
        if failure is not None:
            raise failure
        return receipt

    def reject(self, why: Rejection, body: bytes | None) -> Receipt:
        """Keep that a request was refused, and why; of its body only the hash.

        `body` is None where it was not read to its end.
        """
        self.rejections.note(*_described(why, body))
        return Receipt(rejection=why)

    def let_pass(self) -> None:
        """Wait while messages keep arriving, for a twentieth of a second at most.

        For work that can be done a little later: it shares the processor and, on SQLite, the one
        right to write with senders who wait for their answer.
        """
        self._writer.wait_until_quiet(_LET_PASS)

    def stop(self) -> None:
        """Commit what has arrived, and take nothing more: `take` raises `LogUnavailable` then."""
        self._writer.stop()

    def _check(self, body: bytes, signature: str | None) -> Rejection | tuple[MessageRow, Receipt]:
        """What to keep of a message and to answer, or why it is refused; without the log."""
        # Before the body is parsed: only upstream can sign, anybody can send.
        if not is_valid(self._webhook_key, body, signature):
            return Rejection.BAD_SIGNATURE if signature else Rejection.UNSIGNED
        try:
            message = read_json(body)
        except ValueError:
            return Rejection.NOT_JSON
        receipt = Receipt(pong=_read_text(_read_field(message, "ping")))
        return self._make_row(body, message), receipt

    def _make_row(self, body: bytes, message: Any) -> MessageRow:
        now = self._clock()
        meta = _read_field(message, "meta")
        digest = _hash(body)
        return MessageRow(
            id=new_id(now),
            # A message without an id is recognised by its content when it comes again.
            message_id=_read_text(_read_field(meta, "messageId")) or f"sha256:{digest}",
            type=_read_text(_read_field(meta, "type")),
            request_id=_read_text(_read_field(meta, "requestId")),
            patient_id=_read_text(_find_patient_id(message)),
            received_at=now,
            signature_status="valid",
            body=self._vault.encrypt(body),
            body_hash=digest,
            status=RECEIVED,
        )


def _described(why: Rejection, body: bytes | None) -> tuple[Rejection, str, str | None]:
    """A refused request as `Rejections` counts it: only what was signed is looked into."""
    signature_status = "valid" if why is Rejection.NOT_JSON else "invalid"
    return why, signature_status, _hash(body) if body is not None else None


def _read_field(value: Any, name: str) -> Any:
    # Not by the schemas of `metriport`: a message of any shape is kept, also one they refuse.
    return value.get(name) if isinstance(value, dict) else None


def _read_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _find_patient_id(message: Any) -> Any:
    """The patient's id: in the payload, at the top level, or in the list of consolidated data."""
    payload = _read_field(message, "payload")
    patient_id = _read_field(payload, "patientId") or _read_field(message, "patientId")
    patients = _read_field(message, "patients")
    if patient_id is None and isinstance(patients, list) and patients:
        return _read_field(patients[0], "patientId")
    return patient_id


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
