"""The evidence of the sandbox's past: consents, messages, what identities were proofed against.

It is written for everybody whose identity was proofed and for every individual access query of the
staff, so that each has a whole chain of evidence. `findings.py` then breaks some of them.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, insert, select

from services.demo.messages import processed_row
from services.demo.scenario_rows import ScenarioPerson
from services.identity.completeness import missing_for_access
from services.identity.consent.consent_state import ConsentState, ConsentWay
from services.identity.consent.rows import keep_text
from services.identity.consent.texts import ConsentWords, read_words
from services.identity.drift.hashes import DemographicKeys
from services.identity.drift.proofed import DriftVerdict
from services.ids import new_id
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.queries.updates import DASHBOARD
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.store.tables import (
    Consent,
    NetworkQuery,
    ProofedDemographics,
    ProofedIdentity,
    StartCheck,
    WebhookEvent,
)
from services.vault import Vault

_CONSENT_LASTS = timedelta(days=366)
_CONSENT_BEFORE, _CAPTURED_AFTER = timedelta(minutes=4), timedelta(minutes=1)
_WAYS = (*[ConsentWay.LINK] * 7, *[ConsentWay.IMPORT] * 2, ConsentWay.TELEPHONE)
"""Of ten people so many agreed in each way."""

_SUPPORT = SANDBOX_STAFF[Role.SUPPORT]

Row = dict[str, Any]


def fill_evidence(
    session: Session,
    vault: Vault,
    keys: DemographicKeys,
    people: Sequence[ScenarioPerson],
    now: datetime,
) -> None:
    """Add the evidence of what `session` holds so far; `now` is the first start (aware UTC)."""
    records = {str(one.patient["id"]): Patient.model_validate(one.patient) for one in people}
    words = read_words(None)
    keep_text(session, words, now - timedelta(days=200))
    identities = session.exec(select(ProofedIdentity).order_by(col(ProofedIdentity.verified_at)))
    proofed = [row for row in identities if row.patient_id in records]
    consents = _consents(proofed, words)
    _insert(session, Consent, list(consents.values()))
    _insert(session, WebhookEvent, [_message(vault, row) for row in proofed])
    hashes = [row for one in proofed for row in _hashes(keys, one, records[one.patient_id])]
    _insert(session, ProofedDemographics, hashes)
    checks = [_check(query, records, consents) for query in queries_of_staff(session, IAS)]
    _insert(session, StartCheck, checks)


def queries_of_staff(session: Session, *purposes: str) -> Sequence[NetworkQuery]:
    """The queries with one of these purposes that the staff started, oldest first."""
    wanted = select(NetworkQuery).where(col(NetworkQuery.origin) == DASHBOARD)
    wanted = wanted.where(col(NetworkQuery.purpose).in_(purposes))
    return session.exec(wanted.order_by(col(NetworkQuery.submitted_at))).all()


def _insert(session: Session, table: Any, rows: list[Row]) -> None:
    if rows:
        session.exec(insert(table), params=rows)


def _consents(proofed: Sequence[ProofedIdentity], words: ConsentWords) -> dict[str, Row]:
    """One consent for each person, given before their first proofing."""
    first = {row.patient_id: row for row in reversed(proofed)}
    return {patient_id: _consent(row, words) for patient_id, row in first.items()}


def _consent(identity: ProofedIdentity, words: ConsentWords) -> Row:
    given_at = identity.verified_at - _CONSENT_BEFORE
    way = _WAYS[_number_of(identity.patient_id) % len(_WAYS)]
    by_staff = way is ConsentWay.TELEPHONE
    row_id = new_id(given_at)
    return {
        "id": row_id,
        "patient_id": identity.patient_id,
        "version": words.version,
        "text_hash": words.hash,
        "way": way.value,
        "given_at": given_at,
        "ends_at": given_at + _CONSENT_LASTS,
        "recorded_at": given_at,
        "recorded_by_id": _SUPPORT.id if by_staff else None,
        "recorded_by": _SUPPORT.name if by_staff else None,
        "import_id": f"app-{row_id}" if way is ConsentWay.IMPORT else None,
        "link_target": identity.from_session if way is ConsentWay.LINK else None,
    }


def _message(vault: Vault, identity: ProofedIdentity) -> Row:
    """The webhook that brought the identity, which names it from now on."""
    at = identity.verified_at
    kind, message_id = "ias.identity.verified", new_id(at)
    meta = {"messageId": message_id, "when": at.isoformat(), "type": kind}
    payload = {
        "patientId": identity.patient_id,
        "proofedIdentityId": identity.proofed_identity_id,
    }
    body = json.dumps({"meta": meta, "payload": payload}).encode()
    row = processed_row(vault, message_id, kind, identity.patient_id, at, body)
    identity.from_event = row["id"]
    return row


def _hashes(keys: DemographicKeys, identity: ProofedIdentity, record: Patient) -> Iterator[Row]:
    for field, value in keys.hash_fields(record, keys.newest).items():
        yield {
            "proofed_identity_id": identity.proofed_identity_id,
            "field": field,
            "hash": value,
            "key_version": keys.newest,
            "captured_at": identity.verified_at + _CAPTURED_AFTER,
        }


def _check(query: NetworkQuery, records: Mapping[str, Patient], consents: Mapping[str, Row]) -> Row:
    consent = consents.get(query.patient_id)
    return {
        "query_id": query.id,
        "at": query.submitted_at,
        "demographics": DriftVerdict.SAME.value,
        "drifted": [],
        "missing": missing_for_access(records[query.patient_id]),
        "consent": (ConsentState.GIVEN if consent else ConsentState.NONE).value,
        "consent_id": consent["id"] if consent else None,
    }


def _number_of(text: str) -> int:
    """A number that depends on the text only."""
    # Not `hash`: its results differ from process to process.
    return zlib.crc32(text.encode())
