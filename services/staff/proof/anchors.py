"""Anchors: the head of the access log at a moment, signed, so that it cannot be set back unnoticed.

Each running program is a writer of its own. It signs the head once an hour and when it stops.
"""

import os
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.clock import Clock
from services.errors import InvalidInput
from services.staff.proof.signing import Signature, SigningKeys, signed_text
from services.store import Store
from services.store.audit_chain import read_head
from services.store.tables import AuditAnchor

ANCHOR_EVERY = timedelta(hours=1)

_LINE = "access-log-head-1"
"""The first word of a head that was written down elsewhere."""


class _BadLine(InvalidInput):
    next_step = "Copy the whole line again."


@dataclass(frozen=True)
class SignedHead:
    """The last event's number and hash as `writer` saw them `at` (UTC), and the signature."""

    at: datetime
    writer: str
    seq: int
    hash: str
    signature: Signature

    def is_valid(self, keys: SigningKeys) -> bool:
        """Whether one of the keys signed exactly this."""
        return keys.is_valid(_parts(self.at, self.writer, self.seq, self.hash), self.signature)

    def text(self) -> str:
        """What the signature covers, so that it can be verified without this program."""
        parts = [*_parts(self.at, self.writer, self.seq, self.hash), self.signature.key_id]
        return signed_text(parts).decode("ascii")

    def line(self) -> str:
        """All of it in one line, to be written down where this program cannot change it."""
        own = (_moment(self.at), str(self.seq), self.hash, self.writer)
        return " ".join([_LINE, *own, self.signature.key_id, self.signature.value])


class Anchors:
    """Writes the table `audit_anchor`, and reads the head out."""

    def __init__(self, store: Store, clock: Clock, keys: SigningKeys, writer: str) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._writer = writer
        self._due_at: datetime | None = None
        self._anchored_seq = 0

    def step(self) -> int:
        """Anchor the head if an hour has passed since the last time; answers how many it wrote."""
        now = self._clock()
        if self._due_at is not None and now < self._due_at:
            return 0
        written = self.anchor()
        self._due_at = now + ANCHOR_EVERY
        return written

    def anchor(self) -> int:
        """Anchor the head, unless it is where this writer anchored it last.

        Answers how many anchors it wrote: none or one. Raises `LogUnavailable`.
        """
        head = self.read()
        if head.seq in (0, self._anchored_seq):
            return 0
        with self._store.write() as session:
            session.add(
                AuditAnchor(
                    at=head.at,
                    writer=head.writer,
                    seq=head.seq,
                    hash=head.hash,
                    key_id=head.signature.key_id,
                    signature=head.signature.value,
                )
            )
        self._anchored_seq = head.seq
        return 1

    def read(self) -> SignedHead:
        """The head now, signed; `seq` is 0 in an empty log. Writes nothing."""
        with self._store.read() as session:
            head = read_head(session)
        now = self._clock()
        signature = self._keys.sign(_parts(now, self._writer, head.seq, head.hash))
        return SignedHead(now, self._writer, head.seq, head.hash, signature)


def writer_name(started_at: datetime) -> str:
    """What tells this program from every other writer: machine, process, and start (UTC)."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60]
    return f"{host}/{os.getpid()}/{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def head_of(row: AuditAnchor) -> SignedHead:
    """The signed head that stands in a row."""
    signature = Signature(row.key_id, row.signature)
    return SignedHead(row.at, row.writer, row.seq, row.hash, signature)


def read_head_line(text: str) -> SignedHead:
    """The head in a line that `SignedHead.line` made; raises `InvalidInput` for another text.

    Whether the signature is valid is the caller's to ask.
    """
    words = text.split()
    if len(words) != 7 or words[0] != _LINE:
        raise _BadLine("This is no line of audit-head.")
    try:
        at, seq = datetime.fromisoformat(words[1]), int(words[2])
        if at.tzinfo is None or not 0 <= seq < 2**63:
            raise ValueError
    except ValueError:
        raise _BadLine("This line of audit-head is damaged.") from None
    return SignedHead(at, words[4], seq, words[3], Signature(words[5], words[6]))


def _parts(at: datetime, writer: str, seq: int, last_hash: str) -> Sequence[Any]:
    """What an anchor's signature covers, before the key's id."""
    return ["access-log head", 1, _moment(at), writer, seq, last_hash]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
