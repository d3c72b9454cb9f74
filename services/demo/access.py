"""The verifications, challenges and AAL2 sessions that came before each past IAS query."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, insert

from services.identity.access_facts import ACTIVE, INACTIVE
from services.identity.access_state import REFUSED, USED
from services.identity.returns import VERIFIED
from services.ids import new_id
from services.queries.status import COMPLETED
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    ProofedIdentity,
)

# So long before a proofing the link was opened at the latest.
_CONSENT_BY = timedelta(minutes=5)
_FORBIDDEN, _NOT_ACTIVE = 403, 412

Row = dict[str, Any]


def fill_access(
    session: Session, queries: Sequence[Row], proofed_at: Mapping[str, datetime]
) -> None:
    """Add the identities, challenges and sessions of past queries (rows, oldest first).

    `proofed_at` is when each identity was proofed (aware UTC), by the identity's id.
    Of a query that another system of the company started, only the identity is known.
    """
    individual = [row for row in queries if row["proofed_identity_id"]]
    ours = [row for row in individual if row["started_by"]]
    verifications = _verifications(individual, proofed_at)
    challenges = [_challenge(row, proofed_at[row["proofed_identity_id"]]) for row in ours]
    sessions = [_session(*both) for both in zip(ours, challenges, strict=True)]
    # Parents before children: the database checks references.
    for table, rows in (
        (IdentitySession, verifications),
        (ProofedIdentity, _identities(individual, proofed_at, verifications)),
        (Aal2Challenge, challenges),
        (Aal2Session, sessions),
    ):
        if rows:
            session.exec(insert(table), params=rows)


def _first_of_each_identity(individual: Sequence[Row]) -> dict[str, Row]:
    # Reversed, so that of several queries the first one stays.
    return {row["proofed_identity_id"]: row for row in reversed(individual)}


def _verifications(individual: Sequence[Row], proofed_at: Mapping[str, datetime]) -> list[Row]:
    """The sessions in which identities were proofed whose first query was ours."""
    first = _first_of_each_identity(individual)
    return [
        _verification(row, proofed_at[identity_id])
        for identity_id, row in first.items()
        if row["started_by"]
    ]


def _identities(
    individual: Sequence[Row], proofed_at: Mapping[str, datetime], verifications: Sequence[Row]
) -> list[Row]:
    """Every identity, inactive since the first refusal that says so."""
    refused = _first_of_each_identity(
        [row for row in individual if row["error_status"] == _NOT_ACTIVE]
    )
    session_ids = {row["patient_id"]: row["id"] for row in verifications}
    return [
        _identity(
            row,
            proofed_at[identity_id],
            refused[identity_id]["submitted_at"] if identity_id in refused else None,
            session_ids.get(row["patient_id"]),
        )
        for identity_id, row in _first_of_each_identity(individual).items()
    ]


def past_session_id(query_id: str) -> str:
    """The id of our row for the AAL2 session that a past query of ours used."""
    return str(UUID(bytes=hashlib.sha256(query_id.encode()).digest()[:16]))


def _verification(query: Row, verified_at: datetime) -> Row:
    took = _some_minutes(query["id"], 8, 55)
    created_at = verified_at - took
    row_id = new_id(created_at)
    return {
        "id": row_id,
        "session_id": f"ids_{row_id}",
        "patient_id": query["patient_id"],
        "status": COMPLETED,
        "created_by_id": query["started_by_id"],
        "created_by": query["started_by"],
        "created_at": created_at,
        "expires_at": created_at + timedelta(hours=1),
        # The consent is given a little before the proofing (`evidence.py`).
        "opened_at": created_at + (took - _CONSENT_BY) * 0.6,
        "returned_at": verified_at,
        "verified_at": verified_at,
    }


def _identity(
    query: Row, verified_at: datetime, refused_at: datetime | None, sent: str | None
) -> Row:
    return {
        "proofed_identity_id": query["proofed_identity_id"],
        "patient_id": query["patient_id"],
        "status": INACTIVE if refused_at else ACTIVE,
        "verified_at": verified_at,
        "inactive_at": refused_at,
        "from_session": sent,
    }


def _challenge(query: Row, verified_at: datetime) -> Row:
    submitted_at = query["submitted_at"]
    # Nobody can be challenged before their identity is proofed.
    created_at = max(submitted_at - _some_minutes(query["id"], 3, 14), verified_at)
    row_id = new_id(created_at)
    return {
        "id": row_id,
        "challenge_id": f"aalc_{row_id}",
        "patient_id": query["patient_id"],
        "proofed_identity_id": query["proofed_identity_id"],
        "method": "totp",
        "status": "pending",
        "created_by_id": query["started_by_id"],
        "created_by": query["started_by"],
        "created_at": created_at,
        "expires_at": created_at + timedelta(minutes=15),
        "opened_at": created_at + (submitted_at - created_at) / 3,
        "returned_at": created_at + (submitted_at - created_at) / 2,
        "returned_status": VERIFIED,
    }


def _session(query: Row, challenge: Row) -> Row:
    row_id = query["aal2_session_id"]
    return {
        "id": row_id,
        "challenge_id": challenge["id"],
        "patient_id": query["patient_id"],
        "proofed_identity_id": query["proofed_identity_id"],
        # There was no session id to take a fingerprint of; the column must be unique.
        "fingerprint": hashlib.sha256(row_id.encode()).hexdigest(),
        "verified_at": challenge["returned_at"],
        "used_by": query["id"],
        "used_at": query["submitted_at"],
        "ended_at": query["submitted_at"],
        "end_reason": REFUSED if query["error_status"] in (_FORBIDDEN, _NOT_ACTIVE) else USED,
    }


def _some_minutes(text: str, least: int, most: int) -> timedelta:
    """A length of time that depends on the text only; short ones are more frequent."""
    share = (zlib.crc32(text.encode()) % 1000) / 1000
    return timedelta(minutes=least + (most - least) * share * share)
