"""Proofed identities and AAL2 sessions."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ids import new_id
from services.sandbox.history.queries import PastQuery
from services.sandbox.people import Person
from services.sandbox.store import Store

# How long a session stays active is not documented; this is the idle limit of NIST SP 800-63B.
AAL2_SESSION_LASTS = timedelta(minutes=30)

_INACTIVE = 412
"""The status of past refusals because an identity was not active."""


@dataclass(frozen=True)
class ProofedIdentity:
    """A proofed identity (`pid_…`); `totp_secret` is Base32."""

    id: str
    patient_id: str
    status: str
    totp_secret: str = field(repr=False)


@dataclass(frozen=True)
class Aal2Session:
    """An AAL2 session (`aal2_…`), for one query; times are UTC timestamps in seconds."""

    id: str = field(repr=False)
    identity_id: str
    expires_at: float
    used_at: float | None


class Identities:
    """Owner of the tables `proofed_identity` and `aal2_session`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self, past: Iterable[PastQuery], people: Iterable[Person]) -> None:
        """Add the identities of past queries and of demo scenarios to an empty sandbox."""
        found = {
            person.proofed_identity_id: (str(person.patient["id"]), "active")
            for person in people
            if person.proofed_identity_id
        }
        # Past queries come oldest first, so the latest one decides whether an identity is active.
        for query in past:
            if query.proofed_identity_id:
                refused = query.error is not None and query.error["status"] == _INACTIVE
                status = "inactive" if refused else "active"
                found[query.proofed_identity_id] = (query.patient_id, status)
        rows = [(pid, *values, _secret()) for pid, values in found.items()]
        with self._store.writing() as db:
            db.executemany("INSERT INTO proofed_identity VALUES (?, ?, ?, ?)", rows)

    def add(self, patient_id: str, now: datetime) -> str:
        """Add an identity that was just proofed; returns its id."""
        identity_id = f"pid_{new_id(now)}"
        with self._store.writing() as db:
            row = (identity_id, patient_id, "active", _secret())
            db.execute("INSERT INTO proofed_identity VALUES (?, ?, ?, ?)", row)
        return identity_id

    def get(self, identity_id: str) -> ProofedIdentity | None:
        """One identity, or None."""
        row = self._store.row("SELECT * FROM proofed_identity WHERE id = ?", (identity_id,))
        return ProofedIdentity(**row) if row else None

    def deactivate(self, identity_id: str) -> None:
        """Make an identity inactive for good."""
        with self._store.writing() as db:
            sql = "UPDATE proofed_identity SET status = 'inactive' WHERE id = ?"
            db.execute(sql, (identity_id,))

    def open_session(self, identity_id: str, now: datetime) -> str:
        """Add the AAL2 session of a satisfied challenge; returns its id."""
        session_id = f"aal2_{new_id(now)}{secrets.token_hex(8)}"
        with self._store.writing() as db:
            row = (session_id, identity_id, (now + AAL2_SESSION_LASTS).timestamp())
            db.execute("INSERT INTO aal2_session VALUES (?, ?, ?, NULL)", row)
        return session_id

    def session(self, session_id: str) -> Aal2Session | None:
        """One AAL2 session, or None."""
        row = self._store.row("SELECT * FROM aal2_session WHERE id = ?", (session_id,))
        return Aal2Session(**row) if row else None

    def use(self, session_id: str, now: datetime) -> bool:
        """Use an AAL2 session up; returns False if it was used already."""
        with self._store.writing() as db:
            sql = "UPDATE aal2_session SET used_at = ? WHERE id = ? AND used_at IS NULL"
            return db.execute(sql, (now.timestamp(), session_id)).rowcount == 1


def _secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()
