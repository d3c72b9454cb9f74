"""Acts of the sandbox's past, and a query of it whose evidence is going to be broken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    NetworkQuery,
    QuerySource,
    RecordLook,
    StartCheck,
)

STEP = timedelta(minutes=2)
"""From one step of a person to the next."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One event of the past, without the staff session in which it was done; `at` is UTC."""

    staff_id: str
    at: datetime
    action: str
    event: Row = field(default_factory=dict)


@dataclass
class OddEvents:
    """What is odd about the past of the access log.

    `unnoted` are queries of which it holds no start. `starts` says what is different about the
    start of a query. `refused` are moments (UTC) at which an IAS query of a person could not be
    started. `record_looks` are looks at records. `crowd` are people whom one member of the staff
    opened within an hour, and when.
    """

    unnoted: set[str] = field(default_factory=set)
    starts: dict[str, Row] = field(default_factory=dict)
    refused: list[tuple[str, datetime]] = field(default_factory=list)
    record_looks: list[RecordLook] = field(default_factory=list)
    crowd: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass(frozen=True)
class Example:
    """One query of the past that is going to be broken, and what belongs to it."""

    session: Session
    query: NetworkQuery
    odd: OddEvents

    def get(self, table: Any, key: object) -> Any:
        """A row that the query rests on."""
        return self.session.get_one(table, key)

    @property
    def check(self) -> StartCheck:
        """What was noted at its start."""
        row: StartCheck = self.get(StartCheck, self.query.id)
        return row

    @property
    def consent(self) -> Consent:
        """The person's consent."""
        row: Consent = self.get(Consent, self.check.consent_id)
        return row

    @property
    def aal2(self) -> Aal2Session:
        """The session that it used."""
        row: Aal2Session = self.get(Aal2Session, self.query.aal2_session_id)
        return row

    def challenged(self, before: timedelta) -> None:
        """Move the challenge so long before the start."""
        at = self.query.submitted_at - before
        challenge = self.get(Aal2Challenge, self.aal2.challenge_id)
        self.aal2.verified_at = challenge.returned_at = at
        challenge.created_at, challenge.opened_at = at - STEP * 2, at - STEP
        challenge.expires_at = at + STEP

    @property
    def sources(self) -> Sequence[QuerySource]:
        """Its sources, in the order of their rows."""
        own = select(QuerySource).where(col(QuerySource.query_id) == self.query.id)
        return self.session.exec(own.order_by(col(QuerySource.id))).all()


Break = Callable[[Example], None]
"""Breaks one thing of an example; named after the rule that finds it."""
