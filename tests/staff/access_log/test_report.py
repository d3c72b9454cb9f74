"""A person's own access report: what is in it, who may make it, and that it is noted."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlmodel import select

from services.errors import InvalidInput, NotPermitted, Unreachable, UpstreamNotFound
from services.metriport.client import MetriportClient
from services.metriport.schemas import Patient
from services.staff.access_log import report as reports
from services.staff.access_log.report import REPORT_REASONS, AccessReports
from services.staff.audit import PROGRAM
from services.staff.permissions import Actor
from services.staff.reasons import OTHER_REASON, Grounds
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.staff.access_log.events import ANNA, BERT, CARLA, PRIYA, SAM, Log

GROUNDS = Grounds(REPORT_REASONS[0], "SUP-1")
PERSON = {"id": ANNA, "firstName": "Anna", "lastName": "Łukasiewicz", "dob": "1980-02-01"}

Make = Callable[..., reports.AccessReport]


@pytest.fixture
def making(log: Log, clock: FakeClock) -> AccessReports:
    """Reports over a log that holds some events about two people."""
    log.note(SAM, "patient.view", patient_id=ANNA)
    log.note(SAM, "patient.search", details={"shown": [BERT, ANNA]})
    log.note(SAM, "patient.view", patient_id=BERT)
    with log.store.write() as session:
        log.audit.append(session, PROGRAM, "links.send", patient_id=ANNA)
    client = SimpleNamespace(get_patient=lambda _: Patient.model_validate(PERSON))
    return AccessReports(log.store, cast(MetriportClient, client), log.audit, clock)


def events(log: Log) -> list[AuditEvent]:
    with log.store.read() as session:
        return list(session.exec(select(AuditEvent)).all())


def test_it_holds_what_the_staff_did_oldest_first(making: AccessReports) -> None:
    report = making.make(CARLA, ANNA, GROUNDS)
    assert [event.action for event in report.events] == ["patient.view", "patient.search"]
    assert (report.name, report.born) == ("Anna Łukasiewicz", "1980-02-01")
    assert report.made_by == "Carla Compliance (compliance)"


def test_it_is_noted_with_its_grounds_and_without_the_name(making: AccessReports, log: Log) -> None:
    making.make(CARLA, ANNA, GROUNDS)
    noted = events(log)[-1]
    assert (noted.action, noted.patient_id) == ("access_report.make", ANNA)
    assert (noted.reason, noted.ticket, noted.details) == (*vars(GROUNDS).values(), {"rows": 2})
    assert not any("asiewicz" in str(event) for event in events(log))


def test_a_period_narrows_it(making: AccessReports, clock: FakeClock) -> None:
    now = clock()
    assert making.make(CARLA, ANNA, GROUNDS, until=now - timedelta(minutes=1.5)).events[0].seq == 1
    assert making.make(CARLA, ANNA, GROUNDS, since=now + timedelta(days=1)).events == []


@pytest.mark.parametrize(
    "grounds",
    [Grounds(""), Grounds("curious"), Grounds(OTHER_REASON), Grounds(REPORT_REASONS[0], "a b")],
)
def test_it_needs_grounds(making: AccessReports, log: Log, grounds: Grounds) -> None:
    before = len(events(log))
    with pytest.raises(InvalidInput):
        making.make(CARLA, ANNA, grounds)
    assert len(events(log)) == before


@pytest.mark.parametrize("who", [SAM, PRIYA])
def test_others_may_not(making: AccessReports, log: Log, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        making.make(who, ANNA, GROUNDS)
    assert events(log)[-1].outcome == "denied"


def test_too_many_events_are_no_report(
    making: AccessReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_EVENTS", 1)
    with pytest.raises(InvalidInput, match="shorter period"):
        making.make(CARLA, ANNA, GROUNDS)


def test_without_the_name_there_is_no_report_and_no_event(
    making: AccessReports, log: Log, clock: FakeClock
) -> None:
    def unreachable(_: str) -> Any:
        raise Unreachable("no connection")

    client = cast(MetriportClient, SimpleNamespace(get_patient=unreachable))
    before = len(events(log))
    with pytest.raises(Unreachable):
        AccessReports(log.store, client, log.audit, clock).make(CARLA, ANNA, GROUNDS)
    with pytest.raises(UpstreamNotFound):
        making.make(CARLA, "Anna", GROUNDS)
    assert len(events(log)) == before
