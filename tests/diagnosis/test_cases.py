"""What a diagnosis is gathered from, on each database."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import select

from services.ids import new_id
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.store import Store
from services.store.tables import (
    NetworkQuery,
    QuerySource,
    RecordRequest,
    UpstreamCall,
)
from tests.clock import FakeClock
from tests.identity.drift.records import PAST, record
from tests.identity.stage import Stage
from tests.world import PATIENT, REQUEST, SUPPORT, World, answers

OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"


class Desk(World):
    """A world that diagnoses."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answer = answers("processing", hie="processing")

    def ago(self, **duration: float) -> datetime:
        return self.clock.now - timedelta(**duration)

    def code(self, patient_id: str = PATIENT) -> str:
        return self.cases.diagnose(SUPPORT, [person(patient_id)])[patient_id].code

    def called(self, path: str, kind: str | None, at: datetime) -> None:
        call = UpstreamCall(
            id=new_id(at), at=at, method="GET", path=path, duration_ms=1, error_kind=kind
        )
        with self.store.write() as session:
            session.add(call)

    def ended(self, query_id: str, at: datetime, status: str = "completed") -> None:
        with self.store.write() as session:
            row = session.get_one(NetworkQuery, query_id)
            row.status, row.finished_at, row.next_check_at = status, at, None
            session.add(row)

    def fetched(self, asked_at: datetime, status: str, counts: dict[str, int] | None) -> None:
        counted_at = asked_at + timedelta(seconds=5) if counts is not None else None
        row = RecordRequest(
            id=new_id(asked_at),
            patient_id=PATIENT,
            conversion_type="json",
            status=status,
            submitted_at=asked_at,
            counted_at=counted_at,
            resource_counts=counts,
        )
        with self.store.write() as session:
            session.add(row)


def person(patient_id: str) -> Patient:
    return Patient.model_validate({"id": patient_id, "firstName": "A", "lastName": "B", "dob": "x"})


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


OUTAGE = [("/a", "unreachable", 10), ("/b", "broken", 20), ("/a", "no_answer", 30)]


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        ([], "identity_none"),
        (OUTAGE, "unreachable"),
        (OUTAGE[:2], "identity_none"),
        ([("/a", "broken", 10), ("/a", "broken", 11), ("/a", "broken", 12)], "identity_none"),
        ([*OUTAGE, ("/a", None, 5)], "identity_none"),
        ([*OUTAGE, ("/a", None, 40)], "unreachable"),
        ([(path, kind, age + 300) for path, kind, age in OUTAGE], "identity_none"),
        ([(path, kind, age + 269) for path, kind, age in OUTAGE], "unreachable"),
        ([("/settings/webhook", "broken", age) for age in range(9)], "identity_none"),
        ([*OUTAGE, ("/settings/webhook", None, 1)], "unreachable"),
        ([("/a", "key_refused", 10), ("/a", None, 20)], "key_refused"),
        ([("/a", "key_refused", 20), ("/a", None, 10)], "identity_none"),
        ([("/a", "refused", 1), ("/b", "not_found", 2), ("/c", "invalid", 3)], "identity_none"),
    ],
)
def test_how_upstream_fares_is_told_from_its_latest_calls(
    desk: Desk, calls: list[tuple[str, str | None, float]], code: str
) -> None:
    for path, kind, seconds in calls:
        desk.called(path, kind, desk.ago(seconds=seconds))
    assert desk.code() == code


@pytest.mark.parametrize(
    ("hours", "code"), [(1, "clock_wrong"), (-1, "clock_wrong"), (0, "query_processing")]
)
def test_a_clock_that_is_an_hour_off_is_told_and_moves_no_limit(
    desk: Desk, hours: float, code: str
) -> None:
    """Upstream's clock, against ours."""
    theirs = desk.clock.now + timedelta(hours=hours)
    body = {
        "requestId": "r-1",
        "status": "processing",
        "sources": [{"type": "hie", "status": "processing", "startedAt": theirs.isoformat()}],
    }
    date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")
    desk.answer = lambda _: httpx.Response(200, json=body, headers={"date": date})
    desk.start()
    assert desk.code() == code
    link = {
        "sessionId": "ids_1",
        "sessionUrl": "https://hosted.test/s/1",
        "expiresAt": (theirs + timedelta(minutes=30)).isoformat(),
    }
    desk.answer = lambda _: httpx.Response(200, json=link, headers={"date": date})
    sent = desk.link_sender.send_verification(SUPPORT, PATIENT)
    assert sent.expires_at == desk.clock.now + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("fetches", "code"),
    [
        ([], "records_uncounted"),
        ([(31, "completed", {"Condition": 4})], "records_uncounted"),
        ([(10, "completed", {"Condition": 4})], "treatment_done"),
        ([(10, "completed", {})], "no_records"),
        ([(10, "processing", None)], "records_fetching"),
        ([(10, "failed", None)], "records_failed"),
        ([(10, "failed", None), (5, "processing", None)], "records_fetching"),
        ([(10, "completed", {"Condition": 4}), (5, "failed", None)], "treatment_done"),
        ([(10, "completed", {}), (5, "completed", {"Condition": 4})], "treatment_done"),
    ],
)
def test_only_what_was_fetched_after_the_query_counts(
    desk: Desk, fetches: list[tuple[float, str, dict[str, int] | None]], code: str
) -> None:
    query = desk.start()
    desk.clock.forward(hours=1)
    desk.ended(query.id, desk.ago(minutes=30))
    for minutes, status, counts in fetches:
        desk.fetched(desk.ago(minutes=minutes), status, counts)
    assert desk.code() == code


def test_an_ias_query_that_failed_is_not_hidden_by_a_treatment_query(desk: Desk) -> None:
    first = desk.start()
    with desk.store.write() as session:
        row = session.get_one(NetworkQuery, first.id)
        row.purpose, row.request_id = IAS, "r-0"
        session.add(row)
    desk.ended(first.id, desk.clock.now, "failed")
    desk.clock.forward(minutes=1)
    second = desk.start()
    desk.ended(second.id, desk.clock.now)
    assert desk.code() == "query_failed"
    desk.clock.forward(hours=25)
    assert desk.code() == "records_uncounted"


def test_the_newest_query_is_the_one_that_was_submitted_last(desk: Desk) -> None:
    """A bulk run makes its queries' ids when it begins, hours before it starts them."""
    early_id = new_id(desk.ago(hours=2))
    by_hand = desk.start()
    desk.ended(by_hand.id, desk.clock.now, "failed")
    desk.clock.forward(hours=1)
    desk.answer = lambda _: httpx.Response(200, json={"requestId": "r-2", "status": "processing"})
    late = desk.query_starts.start(SUPPORT, early_id, REQUEST)
    assert late.id < by_hand.id
    assert desk.code() == "query_processing"


@pytest.mark.parametrize(("answered", "slow"), [(19, False), (20, True)])
def test_the_usual_pace_needs_twenty_answers(desk: Desk, answered: int, slow: bool) -> None:
    with desk.store.write() as session:
        for number in range(answered):
            began = desk.ago(days=1, minutes=number)
            query = NetworkQuery(
                id=new_id(began), patient_id=OTHER, purpose="treatment", origin="dashboard",
                status="completed", submitted_at=began,
            )  # fmt: skip
            session.add(query)
            session.flush()
            ended = began + timedelta(seconds=3)
            session.add(QuerySource(query_id=query.id, type="hie", status="completed",
                                    started_at=began, completed_at=ended))  # fmt: skip
    query = desk.start()
    desk.answer = lambda _: httpx.Response(500)
    with desk.store.write() as session:
        source = session.exec(select(QuerySource).where(QuerySource.query_id == query.id)).first()
        assert source is not None
        source.type, source.started_at = "hie", None
        session.add(source)
    desk.clock.forward(seconds=60)
    assert desk.code() == ("query_slow" if slow else "query_processing")


def test_many_people_are_diagnosed_in_as_many_statements_as_one(desk: Desk) -> None:
    people = [PATIENT, OTHER, *(f"0191b87f-6d9f-7b6e-bf3b-1c88b34ca{n:03}" for n in range(40))]
    desk.start()
    desk.cases.usual_pace()
    seen: list[str] = []
    event.listen(desk.store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    desk.cases.diagnose(SUPPORT, [person(PATIENT)])
    one = len(seen)
    found = desk.cases.diagnose(SUPPORT, [person(one) for one in people])
    assert len(seen) == 2 * one
    assert found[PATIENT].code == "query_processing" and found[OTHER].code == "identity_none"


def test_a_record_that_has_changed_is_seen_without_another_call(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.capture.step()
    before = len(stage.requests)
    same, moved = (
        stage.cases.diagnose(SUPPORT, [record(**changes)])[PATIENT]
        for changes in ({}, {"address": [PAST]})
    )
    assert (same.code, moved.code) == ("aal2_none", "demographics_drifted")
    assert len(stage.requests) == before
