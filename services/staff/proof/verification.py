"""Verifies the access log: every event, in order, against the chain and all that was signed.

Reads one snapshot of the log in pieces: memory does not grow with it, and writers go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from services.staff.audit import PROGRAM, Audit
from services.staff.permissions import Actor, Permission
from services.staff.proof.anchors import SignedHead
from services.staff.proof.damage import (
    Damage,
    DoesNotFit,
    Misfit,
    name_cut,
    name_damage,
    name_gap,
    name_rewritten,
    name_stray,
)
from services.staff.proof.segments import PURGE
from services.staff.proof.signing import SigningKeys
from services.staff.proof.unreadable import (
    UNREADABLE,
    name_unreadable,
    name_unreadable_proof,
    read_events,
)
from services.staff.proof.witnesses import Witnesses, check_seal
from services.store import Store
from services.store.audit_chain import (
    BEGINNING,
    Event,
    hash_event,
    read_subjects,
    subjects_of,
)
from services.store.tables import AuditEvent, AuditHead, AuditSegment

_LAST = 2**63 - 1


@dataclass(frozen=True)
class Progress:
    """How many of the events have been verified."""

    done: int
    total: int


@dataclass(frozen=True)
class Verdict:
    """What a verification found. `head_seq` and `head_hash` are of the last event that fits."""

    events: int
    head_seq: int
    head_hash: str
    anchors: int
    segments: int
    purged: int
    """How many of the segments stand for events that were purged."""
    misfit: Misfit | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything fits."""
        return self.misfit is None

    @property
    def sentence(self) -> str:
        """The result in English."""
        if self.misfit is not None:
            return self.misfit.sentence
        return (
            f"The access log is whole: {self.events:,} events up to number {self.head_seq:,}, "
            f"anchors: {self.anchors:,}, sealed segments: {self.segments:,}."
        )


class Verification:
    """Verifies for a person, who may look at the access log."""

    def __init__(self, store: Store, audit: Audit, keys: SigningKeys) -> None:
        self._store = store
        self._audit = audit
        self._keys = keys

    def run(self, actor: Actor) -> Iterator[Progress | Verdict]:
        """Progress, and at the end the verdict, which is noted; raises `NotPermitted`."""
        self._audit.require(actor, Permission.ACCESS_LOG)
        for step in verify_log(self._store, self._keys):
            if isinstance(step, Verdict):
                outcome = "done" if step.is_whole else "failed"
                self._audit.note(actor, "audit.verify", outcome=outcome, details=_details(step))
            yield step


def _details(verdict: Verdict) -> dict[str, object]:
    misfit = verdict.misfit
    found = {"misfit": misfit.seq, "damage": misfit.damage.value} if misfit else {}
    return {"head_seq": verdict.head_seq, "head_hash": verdict.head_hash, **found}


def verify_log(
    store: Store, keys: SigningKeys, heads: Sequence[SignedHead] = ()
) -> Iterator[Progress | Verdict]:
    """Progress some times a second and at the end the verdict; changes nothing.

    `heads` were written down elsewhere. Raises `InvalidInput` for one that no key signed, and
    `LogUnavailable`.
    """
    misfit = None
    with store.read() as session:
        walk = _Walk(session, Witnesses(session, keys, heads), keys)
        try:
            for done in walk.steps():
                yield Progress(done, max(done, walk.total))
        except DoesNotFit as error:
            misfit = error.misfit
        except UNREADABLE:
            misfit = name_unreadable_proof(walk.seq).misfit
    yield walk.verdict(misfit)


class _Walk:
    """One walk along the log, from its first event to the head."""

    def __init__(self, session: Session, witnesses: Witnesses, keys: SigningKeys) -> None:
        self._session = session
        self._witnesses = witnesses
        self._keys = keys
        self._purged: dict[int, AuditSegment] = {}
        self.seq, self._hash, self._done = 0, BEGINNING, 0
        # The hashes that the witnesses of the present piece are asked about.
        self._recent: dict[int, str] = {}
        self._asked_up_to, self._last_witnessed = 0, 0
        # A segment of which a purge has not yet deleted the last events.
        self._in_purge: AuditSegment | None = None
        self._named_purges: set[tuple[int | None, str | None]] = set()
        self.total = session.exec(select(func.count(col(AuditEvent.seq)))).one()

    def steps(self) -> Iterator[int]:
        """How many events were verified so far; raises `DoesNotFit`."""
        self._witnesses.read_segments()
        self._purged = {s.first_seq: s for s in self._witnesses.segments if s.purged_at is not None}
        for rows in read_events(self._session):
            try:
                for row in rows:
                    self._take(row)
            finally:
                # What was signed of an earlier event is the earlier misfit, and raised instead.
                self._ask_witnesses(self.seq)
            self._check_subjects(rows)
            yield self._done
        self._pass_purged(_LAST)
        self._end()

    def verdict(self, misfit: Misfit | None) -> Verdict:
        """What the walk has found."""
        segments = len(self._witnesses.segments)
        anchors, purged = self._witnesses.anchors_read, len(self._purged)
        return Verdict(self._done, self.seq, self._hash, anchors, segments, purged, misfit)

    def _take(self, row: Event) -> None:
        """Check one event, which has to be the next one."""
        seq: int = row["seq"]
        self._pass_purged(seq)
        if segment := self._purged.get(self.seq + 1):
            self._enter_purge(segment, row)
        if self._in_purge is None:
            self._check(row)
        else:
            self._check_left(row, self._in_purge)
        self._move(seq, row["hash"])
        self._done += 1

    def _check(self, row: Event) -> None:
        if row["seq"] != self.seq + 1:
            raise name_gap(self.seq + 1, row["seq"])
        try:
            own = hash_event(row, self._hash)
            damage = None if own == row["hash"] else name_damage(self._session, row, self._hash)
        except UNREADABLE:
            raise name_unreadable(row["seq"]) from None
        if damage:
            raise damage
        if row["previous_hash"] != self._hash:
            text = f"Event {row['seq']} was changed after it was written."
            raise DoesNotFit(row["seq"], Damage.CHANGED, text)
        if row["action"] == PURGE and row["actor_id"] == PROGRAM.id:
            details = row["details"] or {}
            self._named_purges.add((details.get("first_seq"), details.get("last_hash")))

    def _check_subjects(self, rows: Sequence[Event]) -> None:
        """Whoever looked at a person is found by `audit_subject`: it must say what events say."""
        said = {(own["seq"], own["patient_id"]) for row in rows for own in subjects_of(row)}
        kept = read_subjects(self._session, rows[0]["seq"], rows[-1]["seq"])
        if differing := said.symmetric_difference(kept):
            seq = min(differing)[0]
            text = f"Event {seq} says of whom it is, and the index of persons something else."
            raise DoesNotFit(seq, Damage.CHANGED, text)

    def _move(self, seq: int, own_hash: str) -> None:
        self.seq, self._hash = seq, own_hash
        self._recent[seq] = own_hash

    def _pass_purged(self, before: int) -> None:
        """Let the seals stand for the purged events in front of the event `before`."""
        while (segment := self._purged.get(self.seq + 1)) and before > segment.last_seq:
            self._check_purged(segment)
            self._move(segment.last_seq, segment.last_hash)

    def _enter_purge(self, segment: AuditSegment, row: Event) -> None:
        """Begin with the first event that a purge has not deleted yet."""
        if row["seq"] < segment.first_seq:
            return
        self._check_purged(segment)
        self._in_purge = segment
        # The hash before it is gone; what follows has to lead to the hash that was sealed.
        self.seq, self._hash = row["seq"] - 1, row["previous_hash"]

    def _check_left(self, row: Event, segment: AuditSegment) -> None:
        """Check an event that a purge has not deleted yet."""
        seq: int = row["seq"]
        if seq != self.seq + 1:
            # The event before it was the last that is left, and leads to no seal.
            raise name_stray(self.seq, segment.first_seq, segment.last_seq)
        is_last = seq == segment.last_seq
        try:
            self._check(row)
        except DoesNotFit:
            raise name_stray(seq, segment.first_seq, segment.last_seq) from None
        if is_last and row["hash"] != segment.last_hash:
            raise name_stray(seq, segment.first_seq, segment.last_seq)
        if is_last:
            self._in_purge = None

    def _check_purged(self, segment: AuditSegment) -> None:
        check_seal(segment, self._keys)
        if segment.previous_hash != self._hash:
            text = f"The seal of the purged events from {segment.first_seq} does not follow them."
            raise DoesNotFit(max(1, self.seq), Damage.REWRITTEN, text)

    def _ask_witnesses(self, last: int) -> None:
        """Compare what was signed of the events that were checked since the last time."""
        for witness in self._witnesses.between(self._asked_up_to, last):
            own_hash = self._recent.get(witness.seq)
            # What was signed inside of a purged stretch has nothing to be compared with.
            if own_hash is not None and own_hash != witness.hash:
                raise name_rewritten(witness.seq, witness.what, self._last_witnessed + 1)
            self._last_witnessed = witness.seq
        self._asked_up_to = last
        self._recent.clear()

    def _end(self) -> None:
        """Compare the end of the log with its head, and with what was signed behind it."""
        if self._in_purge is not None:
            raise name_stray(self.seq, self._in_purge.first_seq, self._in_purge.last_seq)
        self._ask_witnesses(self.seq)
        for witness in self._witnesses.between(self.seq, _LAST):
            raise name_cut(self.seq + 1, f"{witness.what} saw event {witness.seq}")
        head = self._session.exec(select(AuditHead).where(col(AuditHead.id) == 1)).first()
        self._check_head(head)
        self._check_purges()

    def _check_head(self, head: AuditHead | None) -> None:
        if head is None:
            text = f"The head of the log was removed; event {self.seq} is the last that fits."
            raise DoesNotFit(self.seq, Damage.HEAD_MOVED, text)
        if head.seq > self.seq:
            raise name_cut(self.seq + 1, f"the head stands at event {head.seq}")
        if head.seq < self.seq:
            text = (
                f"The head was set back to event {head.seq}: event {head.seq + 1} stands behind it."
            )
            raise DoesNotFit(head.seq + 1, Damage.HEAD_MOVED, text)
        if head.hash != self._hash:
            text = f"The head was changed: event {self.seq} has another hash."
            raise DoesNotFit(self.seq, Damage.HEAD_MOVED, text)

    def _check_purges(self) -> None:
        """Each purge appended an event, which may itself have been purged since."""
        unnamed = [
            segment
            for segment in self._purged.values()
            if (segment.first_seq, segment.last_hash) not in self._named_purges
        ]
        if len(unnamed) > sum(s.counts.get(PURGE, 0) for s in self._purged.values()):
            first = unnamed[0]
            text = (
                f"Events {first.first_seq} to {first.last_seq} were purged, and no event says so: "
                "the program did not do it."
            )
            raise DoesNotFit(first.first_seq, Damage.PURGED, text)
