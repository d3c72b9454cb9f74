"""What a person agreed to and took back, as entries of a timeline."""

from collections.abc import Iterator
from datetime import datetime

from services.identity.consent.consent_state import (
    ConsentState,
    ConsentWay,
    RevokedWay,
    consent_at,
)
from services.lookup.entries import EntryKind, Moment, TimelineEntry, name_facts
from services.store.tables import Consent

_PATIENT, _APP = "Patient", "Company’s app"


def entries_of_consent(row: Consent, now: datetime) -> Iterator[TimelineEntry]:
    """That a consent was given, and its withdrawal or its end."""
    kind, what = EntryKind.IDENTITY, "Consent"
    facts = name_facts(
        our_id=row.id,
        version=row.version,
        agreed=row.given_at,
        captured=row.way,
        recorded=row.recorded_at,
        recorded_by=row.recorded_by,
        text_hash=row.text_hash,
        companys_id=row.import_id,
        ends=row.ends_at,
        withdrawn=row.revoked_at,
        withdrawn_how=row.revoked_way,
        withdrawn_by=row.revoked_by,
    )
    yield TimelineEntry(
        row.given_at,
        kind,
        what,
        ConsentState.GIVEN,
        row.recorded_by or (_APP if row.way == ConsentWay.IMPORT else _PATIENT),
        row.way,
        facts=facts,
        moment=Moment.STARTED,
    )
    over = consent_at([row], now)
    if over.over_at is None:
        return
    revoked = over.state is ConsentState.REVOKED
    by = row.revoked_by or (_APP if row.revoked_way == RevokedWay.IMPORT else _PATIENT)
    yield TimelineEntry(
        over.over_at,
        kind,
        what,
        over.state,
        by if revoked else "",
        (row.revoked_way or "") if revoked else "",
        facts=facts,
        moment=Moment.OVER,
    )
