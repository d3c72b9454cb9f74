"""A person's verifications, identity, challenges and AAL2 sessions, as entries of a timeline.

Every function yields the moments of one row, the earliest first.
"""

from collections.abc import Iterator
from datetime import datetime

from services.identity.access_state import REFUSED, USED
from services.identity.returns import VERIFIED
from services.lookup.entries import EntryFacts, EntryKind, Moment, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, ProofedIdentity


def entries_of_verification(row: IdentitySession, now: datetime) -> Iterator[TimelineEntry]:
    """The making of a verification link, the way through the hosted page, and the verification."""
    kind = EntryKind.IDENTITY
    facts = _name_link_facts(row, metriport_id=row.session_id, verified=row.verified_at)
    yield TimelineEntry(
        row.created_at,
        kind,
        "Verification link",
        state="link_ready" if row.session_id else row.status,
        by=row.created_by,
        detail=row.error_detail or "",
        facts=facts,
        moment=Moment.BEGUN,
    )
    yield from _link_steps(row, kind, "Verification", facts)
    if row.verified_at:
        yield TimelineEntry(
            row.verified_at,
            kind,
            "Verification",
            "completed",
            "Metriport",
            facts=facts,
            moment=Moment.DONE,
        )
    elif row.returned_at is None:
        yield from _unfinished(row, kind, "Verification", facts, now)


def _name_link_facts(
    row: IdentitySession | Aal2Challenge, **more: str | datetime | None
) -> EntryFacts:
    return name_facts(
        our_id=row.id,
        made=row.created_at,
        made_by=row.created_by,
        opened=row.opened_at,
        returned=row.returned_at,
        status_on_return=row.returned_status,
        link_ends=row.expires_at,
        metriport_says=row.error_detail,
        different_returns=str(row.returns) if row.returns > 1 else None,
        **more,
    )


def _link_steps(
    row: IdentitySession | Aal2Challenge, kind: EntryKind, what: str, facts: EntryFacts
) -> Iterator[TimelineEntry]:
    by = "Patient"
    if row.opened_at:
        yield TimelineEntry(
            row.opened_at, kind, what, "opened", by, facts=facts, moment=Moment.STARTED
        )
    if row.returned_at:
        # Whether a verification passed, a webhook says; of a challenge the return itself says it.
        declined = isinstance(row, Aal2Challenge) and row.returned_status != VERIFIED
        state, status = "declined" if declined else "returned", row.returned_status or ""
        yield TimelineEntry(
            row.returned_at, kind, what, state, by, status, facts=facts, moment=Moment.BACK
        )


def _unfinished(
    row: IdentitySession | Aal2Challenge,
    kind: EntryKind,
    what: str,
    facts: EntryFacts,
    now: datetime,
) -> Iterator[TimelineEntry]:
    """The end of a hosted page that was opened and not finished in time."""
    if row.opened_at and row.returned_at is None and row.expires_at and row.expires_at <= now:
        yield TimelineEntry(
            row.expires_at,
            kind,
            what,
            "link_expired",
            detail="opened and not finished",
            facts=facts,
            moment=Moment.OVER,
        )


def entries_of_identity(row: ProofedIdentity, now: datetime) -> Iterator[TimelineEntry]:
    """The proofing of an identity, and its refusal by upstream."""
    what, kind, pid = "Proofed identity", EntryKind.IDENTITY, row.proofed_identity_id
    facts = name_facts(
        proofed_identity=pid,
        verified=row.verified_at,
        refused=row.inactive_at,
        our_verification=row.from_session,
        webhook=row.from_event,
    )
    by, done, over = "Metriport", Moment.DONE, Moment.OVER
    yield TimelineEntry(row.verified_at, kind, what, "verified", by, facts=facts, moment=done)
    if row.inactive_at:
        # A query or a challenge met the refusal: it stands behind them.
        yield TimelineEntry(
            row.inactive_at,
            kind,
            what,
            "inactive",
            by,
            facts=facts,
            moment=over,
            of=EntryKind.QUERY,
        )


def entries_of_challenge(row: Aal2Challenge, now: datetime) -> Iterator[TimelineEntry]:
    """The making of a challenge link, and the way through the hosted page."""
    kind = EntryKind.AAL2
    facts = _name_link_facts(
        row,
        metriport_id=row.challenge_id,
        method=row.method,
        proofed_identity=row.proofed_identity_id,
    )
    yield TimelineEntry(
        row.created_at,
        kind,
        "Challenge link",
        state="link_ready" if row.challenge_id else row.status,
        by=row.created_by,
        detail=row.error_detail or row.method or "",
        facts=facts,
        moment=Moment.BEGUN,
    )
    yield from _link_steps(row, kind, "Challenge", facts)
    yield from _unfinished(row, kind, "Challenge", facts, now)


def entries_of_aal2_session(row: Aal2Session, now: datetime) -> Iterator[TimelineEntry]:
    """The beginning of an AAL2 session, and its use or end."""
    facts = name_facts(
        our_id=row.id,
        challenge=row.challenge_id,
        satisfied=row.verified_at,
        ended=row.ended_at,
        ended_because=row.end_reason,
        used_by_query=row.used_by,
    )
    what, kind, by = "AAL2 session", EntryKind.AAL2, "Metriport"
    yield TimelineEntry(row.verified_at, kind, what, "active", by, facts=facts, moment=Moment.DONE)
    if row.ended_at:
        yield TimelineEntry(
            row.ended_at,
            kind,
            what,
            state=row.end_reason or "",
            place=Place(PlaceKind.QUERY, row.used_by) if row.used_by else None,
            facts=facts,
            moment=_end_of(row),
            of=EntryKind.QUERY if row.used_by else kind,
        )


def _end_of(row: Aal2Session) -> Moment:
    # A refused one ended when its query was submitted too: only the answer said that it is over.
    return Moment.RESERVED if row.end_reason in (USED, REFUSED) else Moment.OVER
