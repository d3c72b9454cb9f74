"""The access review: roles, sign-ins, what was used, and who has been away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from services.errors import NotPermitted
from services.exports.formats import CSV
from services.staff.access_log.review import AccessReview, access_review_export
from services.staff.exports import Exports
from services.staff.permissions import Actor, Permission, Role
from services.store.tables import AuditEvent, StaffSession
from tests.clock import FakeClock
from tests.plans import plans_of
from tests.staff.access_log.events import ANNA, CARLA, PRIYA, SAM, Log


def sign_in(log: Log, who: Actor, days_ago: float, *, ended: bool = True) -> None:
    at = log.clock() - timedelta(days=days_ago)
    name = f"{who.id} {who.role} {days_ago}"
    with log.store.write() as session:
        session.add(
            StaffSession(
                id=str(abs(hash(name)))[:36],
                token_hash=name[:64],
                staff_id=who.id,
                issuer="test",
                subject=who.name,
                name=who.name,
                email="sam@example.org",
                role=who.role.value,
                granted=[who.role.value],
                created_at=at,
                last_seen_at=at,
                ended_at=at if ended else None,
            )
        )


@pytest.fixture
def review(log: Log, clock: FakeClock) -> AccessReview:
    """A review of three people, one of them in two roles."""
    sign_in(log, SAM, 200)
    sign_in(log, SAM, 5)
    sign_in(log, SAM, 0.1, ended=False)
    sign_in(log, replace(SAM, role=Role.ADMIN), 120)
    sign_in(log, PRIYA, 90)
    log.note(SAM, "patient.view", patient_id=ANNA)
    log.note(SAM, "patient.search")
    log.note(SAM, "queries.start", outcome="asked")
    log.note(SAM, "access_log.view", outcome="denied")
    log.note(SAM, "sign_in")
    return AccessReview(log.store, log.audit, clock)


def test_a_row_for_each_member_in_each_role(review: AccessReview) -> None:
    priya, admin, support = review.read(CARLA, 90)
    assert (priya.name, priya.role, priya.sessions) == (PRIYA.name, "product", 0)
    assert (admin.role, support.role) == ("admin", "support")
    assert (support.sessions, support.open_now, support.refused) == (2, 1, 1)
    assert support.email == "sam@example.org"
    assert round((support.last_at - support.first_at).total_seconds() / 86_400, 1) == 199.9


def test_what_was_used_is_counted_by_permission_and_role(review: AccessReview) -> None:
    _, admin, support = review.read(CARLA, 90)
    assert support.used == {"patients.view": 2, "queries.start": 1, "other": 1}
    assert admin.used == {} and len(admin.unused) == len(Permission)
    assert Permission.LINKS_SEND in support.unused
    assert Permission.QUERIES_START not in support.unused


def test_only_the_period_counts(review: AccessReview, clock: FakeClock) -> None:
    clock.forward(days=40)
    assert review.read(CARLA, 30)[2].used == {}
    assert review.read(CARLA, 365)[2].used["patients.view"] == 2


def test_who_has_been_away_for_ninety_days_is_marked(review: AccessReview) -> None:
    away = [(row.name, row.role) for row in review.read(CARLA, 90) if row.is_inactive]
    assert away == [(PRIYA.name, "product"), (SAM.name, "admin")]


def test_the_look_is_noted_and_others_are_refused(review: AccessReview, log: Log) -> None:
    review.read(CARLA, 90)
    with pytest.raises(NotPermitted):
        review.read(SAM, 90)
    with log.store.read() as session:
        *_, look, refused = session.exec(select(AuditEvent)).all()
    assert (look.action, look.details) == ("access_review.view", {"days": 90})
    assert (refused.action, refused.outcome) == ("access_log.view", "denied")


def test_a_file_has_a_column_for_each_permission(
    review: AccessReview, log: Log, clock: FakeClock
) -> None:
    export = access_review_export(review.read(CARLA, 90), 90)
    file = Exports(log.store, log.audit, clock).make(CARLA, export, CSV).decode()
    head, *rows = file.splitlines()
    assert all(f'"used {permission.value}"' in head for permission in Permission)
    assert len(rows) == 3 and '"yes"' in rows[0]


def test_it_is_answered_by_indexes(review: AccessReview, log: Log) -> None:
    plan = plans_of(log.store, lambda: review.read(CARLA, 90))
    assert not any("SCAN audit_event" in step or "Seq Scan" in step for step in plan), plan
    assert not any("SCAN staff_session" in step for step in plan), plan
