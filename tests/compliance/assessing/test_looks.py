"""Looks of the access log, judged as they come, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from services.compliance.assessing.assessor import Assessor
from services.compliance.assessing.look_reading import read_looks
from services.compliance.assessing.marks import LOOKS, read_mark
from services.staff.audit import Audit
from services.staff.permissions import Actor, Role
from services.staff.reasons import Grounds
from services.store import Store
from services.store.tables import Assessment, AssessmentDay, RecordLook
from tests.clock import FakeClock
from tests.compliance.assessing.judged import assert_counts_fit, work
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import AlwaysSignedIn, make_actor
from tests.world import PATIENT, World

ADA, BEN = make_actor("Ada", Role.ADMIN), make_actor("Ben", Role.SUPPORT)


def view(
    world: World, people: int, actor: Actor = ADA, seconds: float = 10, first: int = 0
) -> None:
    """Look at so many people, one after the other."""
    for number in range(first, first + people):
        world.clock.forward(seconds=seconds)
        world.audit.note(actor, "patient.view", patient_id=f"p-{number}")


def download(world: World, **event: Any) -> None:
    world.audit.note(ADA, "records.download", patient_id=PATIENT, **event)


def found(world: World) -> dict[str, list[str]]:
    """The rules that found something, by the number of the event."""
    work(Assessor(world.store, world.clock))
    assert_counts_fit(world.store)
    with world.store.read() as session:
        looks = select(Assessment).where(col(Assessment.kind) == "look")
        rows = session.exec(looks.order_by(col(Assessment.at))).all()
        return {row.subject: row.findings for row in rows}


def test_the_event_that_crosses_the_limit_is_found(world: World) -> None:
    view(world, 30)
    assert found(world) == {}
    view(world, 1, first=30)
    assert found(world) == {"event 31": ["many_people"]}
    with world.store.read() as session:
        [row] = session.exec(select(Assessment)).all()
        days = {one.what: one.number for one in session.exec(select(AssessmentDay)).all()}
    assert (row.actor_id, row.actor, row.patient_id) == (ADA.id, ADA.name, "p-30")
    assert (row.present, row.applicable, row.purpose, row.severity) == (0, 0, "", 2)
    assert days == {"severity 2": 1, "rule many_people": 1}


def test_one_finding_an_hour_however_it_is_read(world: World) -> None:
    # A look every minute for three hours: the limit is crossed once in each.
    view(world, 180, seconds=60)
    at_once = found(world)
    assert list(at_once) == ["event 31", "event 91", "event 151"]
    view(world, 60, seconds=60, first=180)
    assert list(found(world)) == [*at_once, "event 211"]


def test_the_same_people_again_are_not_more_people(world: World) -> None:
    for _ in range(5):
        view(world, 30)
    assert found(world) == {}


def test_two_members_of_the_staff_do_not_add_up(world: World) -> None:
    view(world, 30)
    view(world, 30, actor=BEN, first=30)
    assert found(world) == {}


def test_people_who_are_looked_at_slowly_are_not_many(world: World) -> None:
    view(world, 90, seconds=121)
    assert found(world) == {}


def test_records_without_a_cause_are_found(world: World) -> None:
    download(world)
    assert found(world) == {"event 1": ["look_without_cause"]}


def test_a_query_near_it_is_a_cause(world: World) -> None:
    world.start()
    download(world)
    assert found(world) == {}


def test_a_query_of_long_ago_is_none(world: World) -> None:
    query = world.start()
    with world.store.write() as session:
        query.status, query.finished_at = "completed", world.clock.now
        session.merge(query)
    world.clock.forward(hours=25)
    download(world)
    assert list(found(world).values()) == [["look_without_cause"]]


def test_a_ticket_is_a_cause_on_the_event_or_the_look(world: World) -> None:
    download(world, grounds=Grounds("Asked by the person", "SUP-1"))
    with world.store.write() as session:
        session.add(
            RecordLook(
                id="l-1",
                patient_id=PATIENT,
                act="list",
                actor_id=ADA.id,
                actor=ADA.name,
                reason="Asked by the person",
                ticket="SUP-2",
                at=world.clock.now,
            )
        )
    download(world, of=("record_look", "l-1"))
    assert found(world) == {}


def test_a_look_that_was_refused_saw_nothing(world: World) -> None:
    download(world, outcome="denied")
    assert found(world) == {}


def test_a_look_that_failed_is_one_look(world: World) -> None:
    download(world)
    download(world, outcome="unreachable")
    assert found(world) == {"event 1": ["look_without_cause"]}


def test_no_table_is_scanned(world: World) -> None:
    view(world, 3)
    download(world)

    def read() -> None:
        with world.store.read() as session:
            assert read_looks(session, timedelta(hours=1))

    plan = plans_of(world.store, read)
    assert_no_scan(plan)
    assert not any("action_seq (action=?)" in step for step in plan), plan


def test_a_look_that_cannot_be_read_stops_no_other(
    sqlite_store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    audit = Audit(sqlite_store, clock, AlwaysSignedIn())
    for number in range(40):
        clock.forward(seconds=10)
        audit.note(ADA, "patient.view", patient_id=f"p-{number}")
    with sqlite_store.write() as session:
        # Somebody who owns the database wrote into it.
        connection = session.connection()
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.exec_driver_sql(triggers).fetchall():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql("UPDATE audit_event SET details = '{' WHERE seq = 5")
    work(Assessor(sqlite_store, clock))
    with sqlite_store.read() as session:
        [row] = session.exec(select(Assessment)).all()
        mark = read_mark(session, LOOKS)
    assert (row.subject, mark.seq) == ("event 31", 40)
    assert "event 5 not judged" in caplog.text
