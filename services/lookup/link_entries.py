"""The links that were made for a person, as entries of a timeline: sent, looked at, over.

That a link was made and what came of the hosted page is told by the rows that it leads to.
"""

from collections.abc import Iterator
from datetime import datetime

from services.identity.access_facts import IDENTITY
from services.identity.patient_links import LinkState, link_state
from services.lookup.entries import EntryKind, Moment, TimelineEntry, name_facts
from services.store.tables import PatientLink


def entries_of_link(row: PatientLink, now: datetime) -> Iterator[TimelineEntry]:
    """That a link was sent, the first look at it, and its end where nobody has used it."""
    is_verification = row.kind == IDENTITY
    kind = EntryKind.IDENTITY if is_verification else EntryKind.AAL2
    what = "Verification link" if is_verification else "Challenge link"
    facts = name_facts(
        made=row.created_at,
        made_by=row.created_by,
        sent=row.sent_at,
        sent_by_way=row.sent_by_way,
        first_look=row.opened_at,
        continued=row.continued_at,
        withdrawn=row.withdrawn_at,
        replaced=None if row.withdrawn_at else row.revoked_at,
        link_ends=row.expires_at,
    )
    if row.sent_at:
        way, sent = row.sent_by_way or "", Moment.SENT
        yield TimelineEntry(
            row.sent_at, kind, what, "sent", row.created_by, way, facts=facts, moment=sent
        )
    if row.opened_at:
        yield TimelineEntry(row.opened_at, kind, what, "seen", facts=facts, moment=Moment.SEEN)
    if end := _end_of(row, now):
        at, state = end
        yield TimelineEntry(at, kind, what, state, facts=facts, moment=Moment.OVER)


def _end_of(row: PatientLink, now: datetime) -> tuple[datetime, str] | None:
    """When and how an unused link ended; None for one that was used, or can be."""
    match link_state(row, now):
        case LinkState.WITHDRAWN if row.withdrawn_at:
            return row.withdrawn_at, "withdrawn"
        case LinkState.REPLACED if row.revoked_at:
            return row.revoked_at, "replaced"
        case LinkState.EXPIRED:
            return row.expires_at, "link_expired"
    return None
