"""A person's whole way through the log at one time: a row of every kind, each with a marker."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, select

from services.compliance.retention.purge import Keeps, Purge
from services.compliance.retention.retention import Retention
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Assessment,
    BulkItem,
    BulkRun,
    Consent,
    ConsentText,
    Finding,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    ProofedDemographics,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    ReviewDecision,
    ReviewItem,
    ReviewSample,
    StaffSession,
    StartCheck,
    UpstreamCall,
    WebhookEvent,
)
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

YEARS = timedelta(days=6 * 366)
KEEPS = Keeps(YEARS, timedelta(days=30))
REVIEWER = make_actor("Carla", Role.COMPLIANCE)
HOUR = timedelta(hours=1)

TABLES: tuple[type[SQLModel], ...] = (
    IdentitySession, WebhookEvent, ProofedIdentity, ProofedDemographics, ConsentText, Consent,
    Aal2Challenge, Aal2Session, PatientLink, NetworkQuery, QuerySource, StartCheck, Assessment,
    Finding, ReviewItem, ReviewDecision, UpstreamCall, RecordRequest, RecordLook, BulkRun, BulkItem,
    StaffSession, ReviewSample,
)  # fmt: skip
"""Every table of which a life has a row and which the purge takes from."""


@dataclass(frozen=True)
class Life:
    """One person's rows: all keys begin with `name`, and `at` is when the query was started."""

    name: str
    at: datetime

    @property
    def person(self) -> str:
        """The id of the person."""
        return f"{self.name}-person"

    @property
    def query(self) -> str:
        """The id of the query."""
        return f"{self.name}-query"

    def rows(self) -> list[SQLModel]:
        """The rows, in an order in which they can be written."""
        return [*self._access(), *self._query(), *self._afterwards()]

    def _access(self) -> list[SQLModel]:
        name, person, at = self.name, self.person, self.at
        return [
            IdentitySession(
                id=f"{name}-verification", session_id=f"{name}-ids", patient_id=person,
                status="verified", created_by="Sam", created_at=at - 3 * HOUR, verified_at=at,
            ),
            self.webhook("identity", at - 2 * HOUR),
            ProofedIdentity(
                proofed_identity_id=f"{name}-identity", patient_id=person, status="active",
                verified_at=at - 2 * HOUR, from_session=f"{name}-verification",
                from_event=f"{name}-identity-hook",
            ),
            ProofedDemographics(
                proofed_identity_id=f"{name}-identity", field="dob", hash=f"{name}-hash-of-dob",
                key_version="1", captured_at=at,
            ),
            ConsentText(text_hash=f"{name}-text", version="1", text="x", first_used_at=at),
            Consent(
                id=f"{name}-consent", patient_id=person, version="1", text_hash=f"{name}-text",
                way="link", given_at=at - 3 * HOUR, recorded_at=at, ends_at=at + HOUR,
            ),
            Aal2Challenge(
                id=f"{name}-challenge", challenge_id=f"{name}-aalc", patient_id=person,
                proofed_identity_id=f"{name}-identity", status="verified", created_by="Sam",
                created_at=at - HOUR,
            ),
            *(
                PatientLink(
                    token_hash=f"{name}-{of}", kind="aal2", target=f"{name}-{of}",
                    patient_id=person, url=f"{name}-secret-url".encode(), created_by="Sam",
                    created_at=at - HOUR, expires_at=at,
                )
                for of in ("verification", "challenge")
            ),
        ]  # fmt: skip

    def _query(self) -> list[SQLModel]:
        name, person, at = self.name, self.person, self.at
        item = f"{name}-item"
        return [
            NetworkQuery(
                id=self.query, request_id=f"{name}-request", patient_id=person, purpose="ias",
                origin="dashboard", status="completed", submitted_at=at,
                proofed_identity_id=f"{name}-identity", aal2_session_id=f"{name}-session",
            ),
            QuerySource(query_id=self.query, type="hie", status="completed"),
            StartCheck(
                query_id=self.query, at=at, demographics="same", drifted=[], missing=[],
                consent="given", consent_id=f"{name}-consent",
            ),
            *(
                Aal2Session(
                    id=f"{name}-session{more}", challenge_id=f"{name}-challenge",
                    patient_id=person, proofed_identity_id=f"{name}-identity",
                    secret=f"{name}-secret-session{more}".encode(),
                    fingerprint=f"{name}-print{more}", verified_at=at,
                    used_by=None if more else self.query,
                )
                for more in ("", "-unused")
            ),
            self.assessment(self.query, "query"),
            Finding(
                id=f"{name}-finding", subject=self.query, rule="x", rules_version="1", severity=2,
                at=at, found_at=at,
            ),
            self.review(item, self.query, at + HOUR),
            ReviewDecision(
                id=f"{name}-decision", item_id=item, reviewer_id="c", reviewer="Carla",
                role="compliance", decision="justified", findings=[], rules_version="1", number=1,
                note=f"{name}-note".encode(), at=at + HOUR,
            ),
            self.webhook("request", at + HOUR),
        ]  # fmt: skip

    def _afterwards(self) -> list[SQLModel]:
        name, person, at = self.name, self.person, self.at
        return [
            self.call(self.query, at),
            self.call(None, at),
            self.webhook("other", at),
            RecordRequest(
                id=f"{name}-records", request_id=f"{name}-fetch", patient_id=person,
                conversion_type="json", status="completed", submitted_at=at + HOUR,
            ),
            RecordLook(
                id=f"{name}-look", patient_id=person, act="list", actor_id="a", actor="Ada",
                reason="x", at=at + 2 * HOUR, seen_at=at + 3 * HOUR,
            ),
            self.assessment(f"event {name}", "look"),
            BulkRun(
                id=f"{name}-run", created_by="Sam", role="support", created_at=at, status="done",
                facility_id="f", sources={}, reason="x", total=1, finished_at=at + HOUR,
            ),
            BulkItem(
                run_id=f"{name}-run", patient_id=person, query_id=f"{name}-bulk", status="done"
            ),
            StaffSession(
                id=f"{name}-staff", token_hash=f"{name}-staff", staff_id="s", issuer="i",
                subject="s", name="Sam", granted=[], created_at=at - HOUR, last_seen_at=at,
                ended_at=at,
            ),
            ReviewSample(
                week=f"{at:%G-W%V}", head_seq=1, seed="x", rate=0.1, population=1, drawn=1,
                drawn_at=at,
            ),
        ]  # fmt: skip

    def webhook(self, about: str, at: datetime) -> WebhookEvent:
        """A message about the query (`request`), or about nothing else of this life."""
        return WebhookEvent(
            id=f"{self.name}-{about}-hook", message_id=f"{self.name}-{about}",
            request_id=f"{self.name}-request" if about == "request" else None,
            patient_id=self.person, received_at=at, signature_status="valid",
            body=f"{self.name}-secret-body-{about}".encode(), body_hash=about, status="processed",
        )  # fmt: skip

    def call(self, query_id: str | None, at: datetime) -> UpstreamCall:
        """A call, for the query or not."""
        return UpstreamCall(
            id=f"{self.name}-call-{query_id}", at=at, method="GET", path="/x", duration_ms=1,
            query_id=query_id, patient_id=self.person,
        )  # fmt: skip

    def assessment(self, subject: str, kind: str) -> Assessment:
        """What the rules say of the query, or of a look."""
        return Assessment(
            subject=subject, kind=kind, patient_id=self.person, at=self.at, rules_version="1",
            missing=[], findings=[], assessed_at=self.at,
        )  # fmt: skip

    def review(self, item: str, subject: str, closed_at: datetime | None) -> ReviewItem:
        """A review, closed or not."""
        return ReviewItem(
            id=item, subject=subject, kind="query", patient_id=self.person, at=self.at,
            findings=[], opened_at=self.at, status="closed" if closed_at else "open",
            closed_at=closed_at,
        )  # fmt: skip


class Archive:
    """A log with lives in it, and what purges it."""

    def __init__(self, store: Store, clock: FakeClock, keeps: Keeps = KEEPS) -> None:
        self.store, self.clock = store, clock
        self.audit = Audit(store, clock, AlwaysSignedIn())
        self.purge = Purge(store, self.audit, clock, keeps)
        self.retention = Retention(store, self.audit, clock, keeps)

    def write(self, *rows: SQLModel) -> None:
        """Add the rows, one after the other."""
        with self.store.write() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def live(self, name: str, before: timedelta) -> Life:
        """Write a life whose query was started so long before now."""
        life = Life(name, self.clock() - before)
        self.write(*life.rows())
        return life

    def run(self) -> Counter[str]:
        """Purge all that is due; answers what was taken."""
        return sum(self.purge.run(), Counter())

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the tables that the purge takes from."""
        with self.store.read() as session:
            return {str(table.__tablename__): _dump(session, table) for table in TABLES}

    def of(self, life: Life) -> dict[str, list[dict[str, Any]]]:
        """The rows of one life."""
        return {
            name: [row for row in rows if _is_of(row, life)]
            for name, rows in self.everything().items()
        }


def counts(rows: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    """How many rows of which table."""
    return +Counter({name: len(found) for name, found in rows.items()})


def _dump(session: Session, table: type[SQLModel]) -> list[dict[str, Any]]:
    rows = [row.model_dump() for row in session.exec(select(table)).all()]
    return sorted(rows, key=str)


def _is_of(row: dict[str, Any], life: Life) -> bool:
    if "week" in row:
        return bool(row["drawn_at"] == life.at)
    return any(
        str(value).startswith((f"{life.name}-", f"event {life.name}")) for value in row.values()
    )
