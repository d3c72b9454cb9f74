"""The access log as it is read: filters, pages, one event, and who saw a person."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import delete, select, update

from services.errors import (
    InvalidInput,
    LogRefused,
    LogUnavailable,
    NotInLog,
    NotPermitted,
    UpstreamNotFound,
)
from services.staff.access_log.filters import AccessFilters
from services.staff.access_log.log import AccessLog
from services.staff.audit import PROGRAM
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.staff.reasons import Grounds
from services.store import Store
from services.store.tables import AuditEvent, AuditSubject
from tests.plans import assert_no_scan, plans_of
from tests.staff.access_log.events import ANNA, BERT, CARLA, PRIYA, SAM, Log
from tests.staff.proof.audited import SEEDS


@pytest.fixture
def reading(log: Log) -> AccessLog:
    """The reading of a log that holds some events."""
    log.note(SAM, "patient.view", patient_id=ANNA)
    log.note(SAM, "patient.search", details={"shown": [ANNA, BERT]})
    log.note(SAM, "links.send", outcome="sent", patient_id=BERT, of=("identity link", "l-1"))
    log.note(CARLA, "queries.start", outcome="denied", patient_id=ANNA)
    log.note(SAM, "patients.correct", patient_id=ANNA, grounds=Grounds("Mistake", "SUP-7"))
    return AccessLog(log.store, log.audit)


def actions(reading: AccessLog, **filters: Any) -> list[str]:
    return [event.action for event in reading.search(CARLA, AccessFilters(**filters)).rows]


def test_the_newest_come_first_and_the_look_is_noted_before(reading: AccessLog) -> None:
    assert actions(reading) == [
        "access_log.search",
        "patients.correct",
        "queries.start",
        "links.send",
        "patient.search",
        "patient.view",
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"actor_id": SAM.id, "action": "patient.view"}, ["patient.view"]),
        ({"outcome": "denied"}, ["queries.start"]),
        ({"ticket": "SUP-7"}, ["patients.correct"]),
        ({"action": "links.send"}, ["links.send"]),
    ],
)
def test_filters_narrow(reading: AccessLog, filters: dict[str, Any], found: list[str]) -> None:
    assert actions(reading, **filters) == found


def test_a_session_finds_its_events(reading: AccessLog, log: Log) -> None:
    session_id = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb3"
    log.note(replace(SAM, session=session_id), "find")
    assert actions(reading, session_id=session_id) == ["find"]


def test_who_looked_at_a_record_includes_searches_that_showed_it(reading: AccessLog) -> None:
    assert actions(reading, patient_id=BERT)[1:] == ["links.send", "patient.search"]
    assert "patient.search" in actions(reading, patient_id=ANNA)


def test_looking_at_who_looked_is_about_the_person_too(reading: AccessLog) -> None:
    reading.search(CARLA, AccessFilters(patient_id=BERT))
    newest = reading.who_saw(CARLA, BERT)[0]
    assert (newest.name, newest.times) == (CARLA.name, 1)


def test_everybody_who_saw_a_person_is_counted(reading: AccessLog, log: Log) -> None:
    reading.search(CARLA, AccessFilters(patient_id=ANNA))
    carla, sam = reading.who_saw(CARLA, ANNA)
    assert (carla.actor_id, carla.times, carla.refused) == (CARLA.id, 2, 1)
    assert (sam.name, sam.role, sam.times, sam.refused) == (SAM.name, "support", 3, 0)
    assert sam.last_at - sam.first_at == timedelta(minutes=4)


def test_times_bound_exactly(reading: AccessLog, log: Log) -> None:
    third = log.clock() - timedelta(minutes=2)
    found = actions(reading, since=third, until=third + timedelta(minutes=1))
    assert found == ["links.send"]
    assert actions(reading, until=third - timedelta(days=2)) == []
    assert actions(reading, since=log.clock() + timedelta(days=2)) == []


def test_a_time_that_is_out_of_order_is_found(reading: AccessLog, log: Log) -> None:
    """Clocks of several machines differ: an event may say an earlier time than the one before."""
    log.clock.forward(minutes=-30)
    log.note(SAM, "find")
    at = log.clock()
    until = at + timedelta(seconds=1)
    assert actions(reading, since=at, until=until, actor_id=SAM.id) == ["find"]


def test_pages_follow_each_other_in_both_orders(log: Log) -> None:
    for number in range(120):
        log.note(SAM, "patient.view", patient_id=ANNA, details={"number": number})
    reading = AccessLog(log.store, log.audit)
    for oldest_first in (False, True):
        cursor, numbers = None, []
        while True:
            page = reading.search(
                CARLA, AccessFilters(actor_id=SAM.id, patient_id=ANNA), cursor, oldest_first
            )
            numbers += [event.details["number"] for event in page.rows if event.details]
            cursor = page.next
            if cursor is None:
                break
        assert numbers == sorted(range(120), reverse=not oldest_first)


@pytest.mark.parametrize("cursor", ["x", "1.2", "-1", "9" * 40, "\u0661"])
def test_what_is_no_cursor_is_refused(reading: AccessLog, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        reading.search(CARLA, AccessFilters(), cursor)


@pytest.mark.parametrize(
    "filters",
    [{"patient_id": "Anna Smith"}, {"ticket": "a name"}, {"session_id": "Anna"}],
)
def test_a_name_is_no_filter_and_is_not_noted(
    reading: AccessLog, log: Log, filters: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        reading.search(CARLA, AccessFilters(**filters))
    with log.store.read() as session:
        events = session.exec(select(AuditEvent)).all()
    assert not any("Anna" in str(event) or "a name" in str(event) for event in events)


def test_one_event_is_opened_and_the_look_noted(reading: AccessLog) -> None:
    event = reading.open(CARLA, 1)
    assert (event.action, event.patient_id) == ("patient.view", ANNA)
    newest = reading.search(CARLA, AccessFilters()).rows[1]
    assert (newest.action, newest.object_id, newest.patient_id) == ("access_log.view", "1", ANNA)
    with pytest.raises(NotInLog):
        reading.open(CARLA, 10_000)


def test_choices_are_what_the_log_holds(reading: AccessLog, log: Log) -> None:
    log.note(replace(SAM, name="Samantha Support"), "find")
    with log.store.write() as session:
        log.audit.append(session, PROGRAM, "session.end")
    choices = reading.choices(CARLA)
    assert choices.staff == {
        "program": "Access Desk",
        CARLA.id: CARLA.name,
        SAM.id: "Samantha Support",
    }
    assert "patient.view" in choices.actions
    assert choices.outcomes == ["denied", "done", "sent"]


@pytest.mark.parametrize("who", [SAM, PRIYA])
def test_others_are_refused_and_noted(reading: AccessLog, log: Log, who: Any) -> None:
    calls = [
        lambda: reading.search(who, AccessFilters()),
        lambda: reading.open(who, 1),
        lambda: reading.choices(who),
        lambda: reading.who_saw(who, ANNA),
    ]
    for call in calls:
        with pytest.raises(NotPermitted):
            call()
    refused = reading.search(CARLA, AccessFilters(outcome="denied", actor_id=who.id)).rows
    assert {event.action for event in refused} == {"access_log.view"} and len(refused) == 4


def test_who_saw_what_is_no_patient(reading: AccessLog) -> None:
    with pytest.raises(UpstreamNotFound):
        reading.who_saw(CARLA, "Anna")


@pytest.mark.parametrize(
    "filters",
    [
        AccessFilters(),
        AccessFilters(actor_id="x"),
        AccessFilters(patient_id=ANNA),
        AccessFilters(action="find"),
        AccessFilters(outcome="denied"),
        AccessFilters(ticket="SUP-1"),
        AccessFilters(session_id="0191b87f-6d9f-7b6e-bf3b-1c88b34cabb3"),
    ],
)
def test_every_filter_is_answered_by_an_index_without_sorting(
    reading: AccessLog, log: Log, filters: AccessFilters
) -> None:
    now = log.clock()
    for bounds in ({}, {"since": now - timedelta(days=2), "until": now}):
        some = replace(filters, **bounds)
        plan = plans_of(log.store, lambda some=some: reading.search(CARLA, some))
        steps = [step for step in plan if "audit_head" not in step]
        # The whole log in its own order is a walk along its key, which ends after a page.
        if filters != AccessFilters():
            assert_no_scan(steps)
        # PostgreSQL sorts two rows of a small log rather than follow an index.
        assert not any("TEMP B-TREE" in step for step in steps), plan


def test_choices_and_who_saw_are_answered_by_indexes(reading: AccessLog, log: Log) -> None:
    for call in (lambda: reading.choices(CARLA), lambda: reading.who_saw(CARLA, ANNA)):
        plan = plans_of(log.store, call)
        assert not any("SCAN audit" in step or "Seq Scan on audit" in step for step in plan), plan


def test_whom_an_event_is_about_cannot_be_changed_or_removed(
    reading: AccessLog, store: Store
) -> None:
    for statement in (delete(AuditSubject), update(AuditSubject).values(patient_id="x")):
        with pytest.raises((LogUnavailable, LogRefused)), store.write() as session:
            session.connection().execute(statement)


def test_odd_lists_of_shown_people_cost_no_event(log: Log, store: Store) -> None:
    log.note(SAM, "patient.search", details={"shown": 12})
    log.note(SAM, "patient.search", details={"shown": [ANNA, ANNA, None, "", 7, "x" * 300]})
    with store.read() as session:
        rows = session.exec(select(AuditSubject.patient_id)).all()
    assert sorted(rows) == [ANNA, "x" * 100]


def test_whom_an_event_was_about_is_purged_with_it(log: Log, store: Store) -> None:
    log.note(SAM, "patient.search", details={"shown": [ANNA, BERT]})
    log.clock.forward(days=40)
    log.note(SAM, "patient.view", patient_id=BERT)
    keys = SigningKeys(SEEDS[:1])
    segments = Segments(store, log.clock, log.audit, keys, timedelta(days=30))
    assert segments.seal() == 1
    log.clock.forward(days=60)
    assert segments.purge() == 1
    with store.read() as session:
        assert session.exec(select(AuditSubject.seq, AuditSubject.patient_id)).all() == [(2, BERT)]
