"""Whose identity is proofed, and who satisfied a multifactor challenge."""

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ids import new_id
from services.sandbox.history.queries import PastQuery
from services.sandbox.people import Person
from services.sandbox.store import Store

AAL2_SESSION_LASTS = timedelta(minutes=30)

_INACTIVE = 412
"""The status with which the past's queries were refused for an identity that is not active."""


@dataclass(frozen=True)
class ProofedIdentity:
    """A proofed identity (`pid_…`); `totp_secret` is Base32."""

    id: str
    patient_id: str
    status: str
    totp_secret: str = field(repr=False)


@dataclass(frozen=True)
class Aal2Session:
    """An AAL2 session (`aal2_…`): good for one query."""

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
            one.proofed_identity_id: (str(one.patient["id"]), "active")
            for one in people
            if one.proofed_identity_id
        }
        for one in past:
            if one.proofed_identity_id:
                refused = one.error is not None and one.error["status"] == _INACTIVE
                status = "inactive" if refused else "active"
                found[one.proofed_identity_id] = (one.patient_id, status)
        rows = [(pid, *values, _secret()) for pid, values in found.items()]
        with self._store.writing() as db:
            db.executemany("INSERT INTO proofed_identity VALUES (?, ?, ?, ?)", rows)

    def add(self, patient_id: str, now: datetime) -> str:
        """A person has proven who they are; the new identity's id."""
        identity_id = f"pid_{new_id(now)}"
        with self._store.writing() as db:
            row = (identity_id, patient_id, "active", _secret())
            db.execute("INSERT INTO proofed_identity VALUES (?, ?, ?, ?)", row)
        return identity_id

    def get(self, identity_id: str) -> ProofedIdentity | None:
        """One identity."""
        row = self._store.row("SELECT * FROM proofed_identity WHERE id = ?", (identity_id,))
        return ProofedIdentity(**row) if row else None

    def deactivate(self, identity_id: str) -> None:
        """The identity is not good any more."""
        with self._store.writing() as db:
            sql = "UPDATE proofed_identity SET status = 'inactive' WHERE id = ?"
            db.execute(sql, (identity_id,))

    def open_session(self, identity_id: str, now: datetime) -> str:
        """A challenge was satisfied; the new AAL2 session's id."""
        session_id = f"aal2_{new_id(now)}{secrets.token_hex(8)}"
        with self._store.writing() as db:
            row = (session_id, identity_id, (now + AAL2_SESSION_LASTS).timestamp())
            db.execute("INSERT INTO aal2_session VALUES (?, ?, ?, NULL)", row)
        return session_id

    def session(self, session_id: str) -> Aal2Session | None:
        """One AAL2 session."""
        row = self._store.row("SELECT * FROM aal2_session WHERE id = ?", (session_id,))
        return Aal2Session(**row) if row else None

    def use(self, session_id: str, now: datetime) -> bool:
        """Spend an AAL2 session; False where somebody was faster."""
        with self._store.writing() as db:
            sql = "UPDATE aal2_session SET used_at = ? WHERE id = ? AND used_at IS NULL"
            return db.execute(sql, (now.timestamp(), session_id)).rowcount == 1


def _secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()
