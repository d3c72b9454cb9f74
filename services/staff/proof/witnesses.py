"""Who says what the hash of an event was: anchors, seals, and heads that were written down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from services.errors import InvalidInput
from services.staff.proof.anchors import SignedHead, head_of
from services.staff.proof.damage import Damage, DoesNotFit
from services.staff.proof.segments import is_sealed
from services.staff.proof.signing import SigningKeys
from services.staff.proof.unreadable import UNREADABLE, name_unreadable_proof
from services.store.tables import AuditAnchor, AuditSegment

_BATCH = 2000


@dataclass(frozen=True)
class Witness:
    """Something signed that says which hash the event `seq` had."""

    seq: int
    hash: str
    what: str
    """What it is, as the beginning of a sentence."""


class Witnesses:
    """Everything signed about one state of the log; each is checked as it is read.

    Raises `InvalidInput` for a line whose signature is not valid: it proves nothing.
    """

    def __init__(self, session: Session, keys: SigningKeys, heads: Sequence[SignedHead]) -> None:
        if any(not head.is_valid(keys) for head in heads):
            raise InvalidInput("A line of audit-head was not signed by a key of SIGNING_KEY.")
        self._session = session
        self._keys = keys
        self._heads = heads
        self.segments: list[AuditSegment] = []
        self.anchors_read = 0

    def read_segments(self) -> None:
        """Read the seals; raises `DoesNotFit` where one of them cannot be read."""
        self.segments = _read_segments(self._session)

    def between(self, after: int, last: int) -> list[Witness]:
        """What is said of the events behind `after` up to `last`, by number.

        Raises `DoesNotFit` for an anchor or a seal that no key of ours signed.
        """
        found = [*self._of_segments(after, last), *self._of_lines(after, last)]
        for witness in self._of_anchors(after, last):
            found.append(witness)
        return sorted(found, key=lambda witness: witness.seq)

    def _of_segments(self, after: int, last: int) -> Iterator[Witness]:
        for segment in self.segments:
            if after < segment.last_seq <= last:
                check_seal(segment, self._keys)
                what = f"The seal of events {segment.first_seq} to {segment.last_seq}"
                yield Witness(segment.last_seq, segment.last_hash, what)

    def _of_lines(self, after: int, last: int) -> Iterator[Witness]:
        for head in self._heads:
            if after < head.seq <= last:
                yield Witness(head.seq, head.hash, f"The head that was written down {_on(head.at)}")

    def _of_anchors(self, after: int, last: int) -> Iterator[Witness]:
        position = (after, 2**62)
        while rows := self._read_anchors(position, last):
            for row in rows:
                yield self._checked(row)
            position = (rows[-1].seq, rows[-1].id or 0)

    def _read_anchors(self, position: tuple[int, int], last: int) -> Sequence[AuditAnchor]:
        seq, number = col(AuditAnchor.seq), col(AuditAnchor.id)
        behind = (seq > position[0]) | ((seq == position[0]) & (number > position[1]))
        wanted = select(AuditAnchor).where(behind, seq <= last).order_by(seq, number).limit(_BATCH)
        rows = self._session.exec(wanted).all()
        # Otherwise the session would keep each of them until the end.
        self._session.expunge_all()
        return rows

    def _checked(self, row: AuditAnchor) -> Witness:
        self.anchors_read += 1
        what = f"The anchor that {row.writer} signed {_on(row.at)}"
        if not head_of(row).is_valid(self._keys):
            raise _forged(row.seq, what, row.key_id, self._keys)
        return Witness(row.seq, row.hash, what)


def check_seal(segment: AuditSegment, keys: SigningKeys) -> None:
    """Raise `DoesNotFit` unless a key of ours signed the segment as it stands there."""
    if not is_sealed(segment, keys):
        what = f"The seal of events {segment.first_seq} to {segment.last_seq}"
        raise _forged(segment.first_seq, what, segment.key_id, keys)


def _read_segments(session: Session) -> list[AuditSegment]:
    try:
        rows = session.exec(select(AuditSegment).order_by(col(AuditSegment.first_seq))).all()
    except UNREADABLE:
        raise name_unreadable_proof(0) from None
    session.expunge_all()
    return list(rows)


def _forged(seq: int, what: str, key_id: str, keys: SigningKeys) -> DoesNotFit:
    if keys.is_known(key_id):
        return DoesNotFit(seq, Damage.FORGED, f"{what} was changed or forged (event {seq}).")
    why = f"{what} names the key {key_id}, which is none of SIGNING_KEY (event {seq})."
    return DoesNotFit(seq, Damage.FORGED, why)


def _on(at: datetime) -> str:
    return f"on {at:%Y-%m-%d} at {at:%H:%M:%S} UTC"
