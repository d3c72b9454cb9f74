"""A person's verifications, identity, challenges and AAL2 sessions, as entries of a timeline.

Every function yields the moments of one row, the earliest first.
"""

from collections.abc import Iterator
from datetime import datetime

from services.lookup.entries import EntryFacts, EntryKind, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, ProofedIdentity


def entries_of_verification(row: IdentitySession) -> Iterator[TimelineEntry]:
    """The sending, opening and return of a verification link, and the verification."""
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
    )
    yield from _link_steps(row, kind, "Verification", facts)
    if row.verified_at:
        what, by = "Verification", "Metriport"
        yield TimelineEntry(row.verified_at, kind, what, "completed", by, facts=facts)


def _name_link_facts(
    row: IdentitySession | Aal2Challenge, **more: str | datetime | None
) -> EntryFacts:
    return name_facts(
        our_id=row.id,
        sent=row.created_at,
        sent_by=row.created_by,
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
    if row.opened_at:
        yield TimelineEntry(row.opened_at, kind, what, "opened", "Patient", facts=facts)
    if row.returned_at:
        status = row.returned_status or ""
        yield TimelineEntry(row.returned_at, kind, what, "returned", "Patient", status, facts=facts)


def entries_of_identity(row: ProofedIdentity) -> Iterator[TimelineEntry]:
    """The proofing of an identity, and its refusal by upstream."""
    what, kind, pid = "Proofed identity", EntryKind.IDENTITY, row.proofed_identity_id
    facts = name_facts(
        proofed_identity=pid,
        verified=row.verified_at,
        refused=row.inactive_at,
        our_verification=row.from_session,
        webhook=row.from_event,
    )
    by = "Metriport"
    yield TimelineEntry(row.verified_at, kind, what, "verified", by, pid, facts=facts)
    if row.inactive_at:
        yield TimelineEntry(row.inactive_at, kind, what, "inactive", by, pid, facts=facts)


def entries_of_challenge(row: Aal2Challenge) -> Iterator[TimelineEntry]:
    """The sending, opening and return of a challenge link."""
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
    )
    yield from _link_steps(row, kind, "Challenge", facts)


def entries_of_aal2_session(row: Aal2Session) -> Iterator[TimelineEntry]:
    """The beginning of an AAL2 session, and its use or end."""
    facts = name_facts(
        our_id=row.id,
        challenge=row.challenge_id,
        satisfied=row.verified_at,
        ended=row.ended_at,
        ended_because=row.end_reason,
        used_by_query=row.used_by,
    )
    what, by = "AAL2 session", "Metriport"
    yield TimelineEntry(row.verified_at, EntryKind.AAL2, what, "active", by, facts=facts)
    if row.ended_at:
        # Upstream has no other way to say that a session has expired than to refuse it.
        refused = row.end_reason == "refused"
        yield TimelineEntry(
            row.ended_at,
            EntryKind.AAL2,
            what,
            state="expired" if refused else row.end_reason or "",
            detail="refused by Metriport" if refused else "",
            place=Place(PlaceKind.QUERY, row.used_by) if row.used_by else None,
            facts=facts,
        )
