"""People of the sandbox's past who did not get to their records, and sessions that were lost.

Without them every person whom the staff sent a link would have gone the whole way.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from services.demo.example import STEP
from services.demo.scenario_rows import ScenarioPerson
from services.identity.access_state import EXPIRED, REPLACED
from services.identity.consent.consent_state import ConsentWay
from services.identity.consent.texts import read_words
from services.identity.returns import VERIFIED
from services.ids import new_id
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
)

_SUPPORT = SANDBOX_STAFF[Role.SUPPORT]
_SENT_BY: dict[str, Any] = {"created_by_id": _SUPPORT.id, "created_by": _SUPPORT.name}
_ENDS = ("unopened", "unopened", "opened", "unopened", "opened", "agreed")
"""How far people came who were never verified, one after the other."""

_MOST_UNVERIFIED, _DAYS = 18, 80
_EVERY_CHALLENGE = 7
"""Before one of so many queries a challenge of the person was lost."""

_HOUR, _QUARTER = timedelta(hours=1), timedelta(minutes=15)


def fill_drop_offs(session: Session, people: Sequence[ScenarioPerson], now: datetime) -> None:
    """Add them to what `session` holds so far; `now` is the first start (aware UTC)."""
    identities = session.exec(select(ProofedIdentity)).all()
    sent = set(session.exec(select(IdentitySession.patient_id)).all())
    ours = set(session.exec(select(Aal2Challenge.patient_id)).all())
    # Each person of a scenario shows one verdict, which a further link would change.
    shown = {str(person.patient["id"]) for person in people if person.scenario}
    elsewhere = [row for row in identities if row.patient_id not in sent | ours | shown]
    rows = [
        *_unverified(
            _often_asked(session, people), {row.patient_id for row in identities} | sent, now
        ),
        *_verified_elsewhere(elsewhere),
        *_lost_challenges(session, shown),
    ]
    for row in rows:
        # Parents before children: the database checks references.
        session.add(row)
        session.flush()


def _often_asked(session: Session, people: Sequence[ScenarioPerson]) -> list[ScenarioPerson]:
    """The people, those with most queries first: whoever is treated often is told of it first."""
    asked = Counter(session.exec(select(NetworkQuery.patient_id)).all())
    return sorted(people, key=lambda person: -asked[str(person.patient["id"])])


def _unverified(
    people: Sequence[ScenarioPerson], known: set[str], now: datetime
) -> Iterator[SQLModel]:
    """Adults who were sent a link and came no further than to agree."""
    grown_up = date(now.year - 18, 1, 1).isoformat()
    chosen = [
        person
        for person in people
        if not person.scenario
        and not getattr(person, "trouble", None)
        and person.patient["id"] not in known
        and person.patient["dob"] < grown_up
    ]
    for number, person in enumerate(chosen[:_MOST_UNVERIFIED]):
        end, patient_id = _ENDS[number % len(_ENDS)], str(person.patient["id"])
        created_at = now - timedelta(days=3 + number * (_DAYS - 3) / _MOST_UNVERIFIED, hours=2)
        opened_at = created_at + _some(patient_id, timedelta(minutes=1), timedelta(minutes=50))
        yield _link(patient_id, created_at, None if end == "unopened" else opened_at)
        if end == "agreed":
            yield _consent(patient_id, opened_at + STEP)


def _verified_elsewhere(identities: Sequence[ProofedIdentity]) -> Iterator[SQLModel]:
    """Links to people whom another program of the company took further, and some challenges."""
    for number, identity in enumerate(sorted(identities, key=lambda row: row.verified_at)):
        created_at = identity.verified_at - timedelta(minutes=30)
        yield _link(identity.patient_id, created_at, created_at + timedelta(minutes=9))
        if number % 2:
            sent = _challenge(identity, identity.verified_at + _HOUR)
            if number % 4 == 1:
                sent.opened_at = sent.created_at + STEP
                sent.returned_at, sent.returned_status = sent.opened_at + STEP, "failed"
            yield sent


def _lost_challenges(session: Session, but: set[str]) -> Iterator[SQLModel]:
    """Challenges before queries of the staff: unopened, or satisfied and not used in time."""
    wanted = select(Aal2Session, NetworkQuery.submitted_at).join(
        NetworkQuery, col(NetworkQuery.id) == col(Aal2Session.used_by)
    )
    used = session.exec(wanted.order_by(col(NetworkQuery.submitted_at), col(Aal2Session.id))).all()
    for number, (row, submitted_at) in enumerate(used[_EVERY_CHALLENGE::_EVERY_CHALLENGE]):
        identity = session.get_one(ProofedIdentity, row.proofed_identity_id)
        created_at = submitted_at - timedelta(hours=3)
        # Not before the proofing, and not across the session that the person used.
        if created_at <= identity.verified_at or row.patient_id in but:
            continue
        sent = _challenge(identity, created_at)
        if number % 3 == 0:
            yield sent
            continue
        sent.opened_at, sent.returned_at = created_at + STEP, created_at + STEP * 2
        sent.returned_status = VERIFIED
        yield sent
        yield _unused(sent, REPLACED if number % 3 == 1 else EXPIRED)


def _link(patient_id: str, created_at: datetime, opened_at: datetime | None) -> IdentitySession:
    row_id = new_id(created_at)
    return IdentitySession(
        id=row_id,
        session_id=f"ids_{row_id}",
        patient_id=patient_id,
        status="pending",
        created_at=created_at,
        expires_at=created_at + _HOUR,
        opened_at=opened_at,
        **_SENT_BY,
    )


def _consent(patient_id: str, given_at: datetime) -> Consent:
    words: Any = read_words(None)
    return Consent(
        id=new_id(given_at),
        patient_id=patient_id,
        version=words.version,
        text_hash=words.hash,
        way=ConsentWay.LINK.value,
        given_at=given_at,
        ends_at=given_at + timedelta(days=366),
        recorded_at=given_at,
    )


def _challenge(identity: ProofedIdentity, created_at: datetime) -> Aal2Challenge:
    row_id = new_id(created_at)
    return Aal2Challenge(
        id=row_id,
        challenge_id=f"aalc_{row_id}",
        patient_id=identity.patient_id,
        proofed_identity_id=identity.proofed_identity_id,
        method="totp",
        status="pending",
        created_at=created_at,
        expires_at=created_at + _QUARTER,
        **_SENT_BY,
    )


def _unused(sent: Aal2Challenge, reason: str) -> Aal2Session:
    at = sent.created_at + STEP * 2
    return Aal2Session(
        id=new_id(at),
        challenge_id=sent.id,
        patient_id=sent.patient_id,
        proofed_identity_id=sent.proofed_identity_id,
        fingerprint=hashlib.sha256(sent.id.encode()).hexdigest(),
        verified_at=at,
        ended_at=at + timedelta(minutes=30),
        end_reason=reason,
    )


def _some(text: str, least: timedelta, most: timedelta) -> timedelta:
    """A length of time that depends on the text only; short ones are more frequent."""
    share = (zlib.crc32(text.encode()) % 1000) / 1000
    return least + (most - least) * share * share
