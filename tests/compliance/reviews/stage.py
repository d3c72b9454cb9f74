"""The review queue over an empty log, into which a test writes what the rules have found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import SQLModel, select

from services.compliance.reviews.deciding import Decision
from services.compliance.reviews.listing import ReviewFilters
from services.compliance.reviews.queue import ReviewQueue
from services.compliance.reviews.reviews import Reviews
from services.compliance.reviews.sample import SampleDrawing
from services.ids import new_id
from services.queries.requests import IAS
from services.staff.audit import Audit
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import (
    Assessment,
    Finding,
    NetworkQuery,
    ReviewItem,
    ReviewSample,
    StaffSession,
)
from services.vault import Vault
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor
from tests.world import PATIENT

ANNA = make_actor("Anna Reviewer", Role.COMPLIANCE)
BEN = make_actor("Ben Reviewer", Role.COMPLIANCE)
CLEO = make_actor("Cleo Admin", Role.ADMIN)
SAM = make_actor("Sam Support", Role.SUPPORT)
WAITING = ReviewFilters()

NOTICE, WARNING, SERIOUS = 1, 2, 3
SEVERITIES = {"notice": NOTICE, "warning": WARNING, "serious": SERIOUS}
"""Findings of the tests are called by their severity, as in "warning a"."""


@dataclass
class ReviewStage:
    """The queue, its worker's steps, and reviewers."""

    store: Store
    clock: FakeClock
    rate: float = 1.0
    staff: AlwaysSignedIn = field(default_factory=AlwaysSignedIn)

    def __post_init__(self) -> None:
        self.audit = Audit(self.store, self.clock, self.staff)
        self.reviews = Reviews(self.store, self.audit, Vault(["k"]), self.clock)
        self.queue = ReviewQueue(self.store, self.clock)
        self.sampling = self.make_sampling()

    def make_sampling(self, look_back: bool = False) -> SampleDrawing:
        return SampleDrawing(self.store, self.audit, self.clock, self.rate, look_back)

    def assess(
        self, subject: str, *findings: str, by: Actor | None = SAM, at: datetime | None = None
    ) -> None:
        """Write what the rules say of the subject now; `findings` replace those of before."""
        now = self.clock()
        severities = [SEVERITIES[name.split()[0]] for name in findings]
        with self.store.write() as session:
            known = session.exec(select(Finding).where(Finding.subject == subject)).all()
            rules = {row.rule: row for row in known}
            for row in known:
                row.gone_at = None if row.rule in findings else now
            for name, severity in zip(findings, severities, strict=True):
                if name not in rules:
                    session.add(_finding(subject, name, severity, now))
            session.merge(
                Assessment(
                    subject=subject,
                    kind="query",
                    purpose=IAS,
                    patient_id=PATIENT,
                    actor_id=by.id if by else None,
                    actor=by.name if by else None,
                    at=at or now,
                    rules_version="2026-1",
                    severity=max(severities, default=0),
                    missing=[],
                    findings=list(findings),
                    assessed_at=now,
                )
            )

    def line_up(self, subject: str, *findings: str, by: Actor | None = SAM) -> ReviewItem:
        """The open item of a subject in which the rules have found this."""
        self.assess(subject, *(findings or ("warning a",)), by=by)
        self.work()
        return self.item(subject)

    def work(self) -> int:
        """Let the queue follow until nothing is left; answers how much there was."""
        done = 0
        while step := self.queue.step():
            done += step
        return done

    def item(self, subject: str) -> ReviewItem:
        with self.store.read() as session:
            return session.exec(select(ReviewItem).where(ReviewItem.subject == subject)).one()

    def rows(self, table: type[SQLModel]) -> Sequence[Any]:
        with self.store.read() as session:
            return session.exec(select(table)).all()

    def decide(self, who: Actor, subject: str, judgement: str, **changes: Any) -> ReviewItem:
        """Decide the item as it is now; answers how it stands then."""
        item = self.item(subject)
        seen = {"findings": item.findings, "seen_decisions": item.decisions}
        self.reviews.decide(who, item.id, Decision(judgement, **(seen | changes)))
        return self.item(subject)

    def sign_in(self, *members: Actor) -> None:
        """Have these be known as members of the staff, in their roles."""
        with self.store.write() as session:
            for who in members:
                session.add(_session(who, self.clock()))

    def start_query(self, at: datetime, purpose: str = IAS, query_id: str = "") -> str:
        """A query that was submitted then; the rules have nothing to say of it yet."""
        made = query_id or new_id(at)
        with self.store.write() as session:
            session.add(
                NetworkQuery(
                    id=made,
                    patient_id=PATIENT,
                    purpose=purpose,
                    origin="dashboard",
                    status="completed",
                    started_by_id=SAM.id,
                    started_by=SAM.name,
                    submitted_at=at,
                )
            )
        return made

    def samples(self) -> list[ReviewSample]:
        return sorted(self.rows(ReviewSample), key=lambda row: row.week)


def _finding(subject: str, rule: str, severity: int, at: datetime) -> Finding:
    return Finding(
        id=new_id(at),
        subject=subject,
        rule=rule,
        rules_version="2026-1",
        severity=severity,
        at=at,
        found_at=at,
    )


def _session(who: Actor, now: datetime) -> StaffSession:
    issuer, _, subject = who.id.partition("#")
    return StaffSession(
        id=new_id(now),
        token_hash=f"hash {who.id}",
        staff_id=who.id,
        issuer=issuer,
        subject=subject,
        name=who.name,
        role=who.role.value,
        granted=[who.role.value],
        created_at=now - timedelta(minutes=5),
        last_seen_at=now,
    )
