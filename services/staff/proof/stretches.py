"""Proof of some events: the chain recomputed between what was signed before and behind them.

An anchor is signed at most an hour of work after the one before it, so that the proof of a few
events needs a few thousand others, and not the whole log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from services.staff.proof.anchors import SignedHead, head_of
from services.staff.proof.damage import DoesNotFit, name_damage, name_gap, name_rewritten
from services.staff.proof.segments import is_sealed
from services.staff.proof.signing import Signature, SigningKeys
from services.staff.proof.unreadable import UNREADABLE
from services.store.audit_chain import BEGINNING, Event, hash_event, read_head, read_stretch
from services.store.tables import AuditAnchor, AuditSegment

MOST_RECOMPUTED = 200_000
"""Events that one proof recomputes, which takes some ten seconds; the rest is left to a
verification of the whole log."""


@dataclass(frozen=True)
class Bound:
    """Something that says which hash the event `seq` had; 0 is the beginning of the log.

    `what` is an anchor, a seal, the head, or the beginning. The last two are not signed: nothing
    stands before the beginning, and what is behind the last anchor no anchor covers yet.
    """

    what: str
    seq: int
    hash: str
    anchor: SignedHead | None = None
    seal: Signature | None = None
    is_valid: bool = True


@dataclass(frozen=True)
class Stretch:
    """The events behind `before` up to `behind`, and what recomputing their chain has shown.

    `fits` is None where it was not recomputed. `verdict` is a sentence.
    """

    before: Bound
    behind: Bound
    fits: bool | None
    verdict: str

    @property
    def events(self) -> int:
        """How many events it has."""
        return self.behind.seq - self.before.seq


def prove(session: Session, keys: SigningKeys, seqs: Sequence[int]) -> list[Stretch]:
    """The stretches in which the events with these numbers stand, recomputed, the first first.

    Reads the snapshot of `session`; recomputes at most `MOST_RECOMPUTED` events.
    """
    left = MOST_RECOMPUTED
    stretches = []
    for before, behind in _bounds(session, keys, sorted(set(seqs))):
        events = behind.seq - before.seq
        if events > left:
            stretches.append(_left_out(before, behind))
            continue
        left -= events
        stretches.append(_recompute(session, before, behind))
    return stretches


def _bounds(
    session: Session, keys: SigningKeys, seqs: Sequence[int]
) -> Iterator[tuple[Bound, Bound]]:
    """What was signed nearest to each of the events; those between the same two share them."""
    reached = 0
    for seq in seqs:
        if seq > reached:
            before, behind = _bound_before(session, keys, seq), _bound_behind(session, keys, seq)
            reached = behind.seq
            yield before, behind


def _bound_before(session: Session, keys: SigningKeys, seq: int) -> Bound:
    anchored = select(AuditAnchor).where(col(AuditAnchor.seq) < seq)
    anchor = session.exec(anchored.order_by(col(AuditAnchor.seq).desc()).limit(1)).first()
    sealed = select(AuditSegment).where(col(AuditSegment.last_seq) < seq)
    segment = session.exec(sealed.order_by(col(AuditSegment.last_seq).desc()).limit(1)).first()
    if anchor is not None and (segment is None or anchor.seq >= segment.last_seq):
        return _of_anchor(anchor, keys)
    if segment is not None:
        return _of_segment(segment, keys)
    return Bound("the beginning of the log", 0, BEGINNING)


def _bound_behind(session: Session, keys: SigningKeys, seq: int) -> Bound:
    anchored = select(AuditAnchor).where(col(AuditAnchor.seq) >= seq)
    anchor = session.exec(anchored.order_by(col(AuditAnchor.seq)).limit(1)).first()
    sealed = select(AuditSegment).where(col(AuditSegment.last_seq) >= seq)
    segment = session.exec(sealed.order_by(col(AuditSegment.last_seq)).limit(1)).first()
    if anchor is not None and (segment is None or anchor.seq <= segment.last_seq):
        return _of_anchor(anchor, keys)
    if segment is not None:
        return _of_segment(segment, keys)
    head = read_head(session)
    return Bound("the head of the log", head.seq, head.hash)


def _of_anchor(row: AuditAnchor, keys: SigningKeys) -> Bound:
    anchor = head_of(row)
    return Bound("an anchor", row.seq, row.hash, anchor=anchor, is_valid=anchor.is_valid(keys))


def _of_segment(row: AuditSegment, keys: SigningKeys) -> Bound:
    seal = Signature(row.key_id, row.signature)
    valid = is_sealed(row, keys)
    return Bound("a seal", row.last_seq, row.last_hash, seal=seal, is_valid=valid)


def _left_out(before: Bound, behind: Bound) -> Stretch:
    text = (
        f"Events {before.seq + 1} to {behind.seq} were not recomputed: they are more than one "
        "proof recomputes. A verification of the whole log covers them."
    )
    return Stretch(before, behind, None, text)


def _recompute(session: Session, before: Bound, behind: Bound) -> Stretch:
    for bound in (before, behind):
        if not bound.is_valid:
            text = f"The signature of {bound.what} of event {bound.seq} is not valid."
            return Stretch(before, behind, False, text)
    try:
        _walk(session, before, behind)
    except DoesNotFit as error:
        return Stretch(before, behind, False, error.misfit.sentence)
    except UNREADABLE:
        text = f"A value of the events {before.seq + 1} to {behind.seq} cannot be read."
        return Stretch(before, behind, False, text)
    text = f"Events {before.seq + 1} to {behind.seq} were recomputed, and all of them fit."
    return Stretch(before, behind, True, text)


def _walk(session: Session, before: Bound, behind: Bound) -> None:
    """Raise `DoesNotFit` unless the events lead from one hash to the other."""
    seq, last_hash = before.seq, before.hash
    for rows in read_stretch(session, before.seq, behind.seq):
        for row in rows:
            _check(session, row, seq, last_hash)
            seq, last_hash = row["seq"], row["hash"]
    if seq != behind.seq:
        raise name_gap(seq + 1, behind.seq + 1)
    if last_hash != behind.hash:
        raise name_rewritten(behind.seq, behind.what.capitalize(), before.seq + 1)


def _check(session: Session, row: Event, before: int, last_hash: str) -> None:
    if row["seq"] != before + 1:
        raise name_gap(before + 1, row["seq"])
    if hash_event(row, last_hash) != row["hash"] or row["previous_hash"] != last_hash:
        raise name_damage(session, row, last_hash)
