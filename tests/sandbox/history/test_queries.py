from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from services.metriport.schemas import ErrorEnvelope, NetworkQuery
from services.sandbox.history.calendar import Calendar, Span
from services.sandbox.history.queries import PastQuery, past_queries
from services.sandbox.people import load_people

PEOPLE = load_people()
UNTIL = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PAST = past_queries(PEOPLE, UNTIL)
TROUBLED = {person.patient["id"]: person.trouble for person in PEOPLE}
Chosen = Callable[[PastQuery], bool]


def answers(chosen: Chosen = lambda query: True) -> list[NetworkQuery]:
    return [
        NetworkQuery.model_validate(query.answer)
        for query in PAST
        if query.answer is not None and chosen(query)
    ]


def of_trouble(trouble: str) -> list[PastQuery]:
    found = [query for query in PAST if TROUBLED[query.patient_id] == trouble]
    assert found
    return found


def seconds(kind: str, chosen: Chosen) -> list[float]:
    return sorted(
        (source.completed_at - source.started_at).total_seconds()
        for answer in answers(chosen)
        for source in answer.sources
        if source.type == kind and source.completed_at and source.started_at
    )


def failing(kind: str, span: Span) -> float:
    """The share of the sources of that type that failed, started within the span."""
    fine = [
        source.status
        for answer in answers(lambda query: TROUBLED[query.patient_id] is None)
        for source in answer.sources
        if source.type == kind and source.started_at and source.started_at in span
    ]
    return fine.count("failed") / len(fine)


def test_the_same_moment_has_the_same_past() -> None:
    assert past_queries(load_people(), UNTIL) == PAST
    assert past_queries(PEOPLE, UNTIL + timedelta(days=1)) != PAST


def test_it_spans_ninety_days_oldest_first() -> None:
    moments = [query.submitted_at for query in PAST]
    assert 3200 <= len(PAST) <= 3800
    assert moments == sorted(moments)
    assert UNTIL - timedelta(days=90) <= moments[0] < UNTIL - timedelta(days=87)
    assert UNTIL - timedelta(days=3) < moments[-1] < UNTIL


def test_people_are_asked_for_after_they_came_and_minutes_apart() -> None:
    created = {
        one.patient["id"]: datetime.fromisoformat(one.patient["dateCreated"]) for one in PEOPLE
    }
    latest = dict(created)
    for query in PAST:
        assert query.submitted_at - latest[query.patient_id] >= timedelta(minutes=20)
        latest[query.patient_id] = query.submitted_at


def test_nobody_is_asked_for_before_they_were_created() -> None:
    early = datetime(2025, 3, 1, tzinfo=UTC)
    created = {
        one.patient["id"]: datetime.fromisoformat(one.patient["dateCreated"]) for one in PEOPLE
    }
    past = past_queries(PEOPLE, early)
    assert past and all(created[query.patient_id] < query.submitted_at for query in past)


def test_the_rhythm_is_that_of_working_days() -> None:
    weekend = [query for query in PAST if query.submitted_at.weekday() >= 5]
    night = [query for query in PAST if 3 <= query.submitted_at.hour < 11]
    first = [query for query in PAST if query.submitted_at < UNTIL - timedelta(days=62)]
    last = [query for query in PAST if query.submitted_at >= UNTIL - timedelta(days=28)]
    assert 0 < len(weekend) < 0.1 * len(PAST)
    assert not night
    assert len(last) > 1.15 * len(first)


def test_individual_access_is_adopted_by_adults_over_time() -> None:
    def share(start: int, end: int) -> float:
        span = Span(UNTIL - timedelta(days=start), UNTIL - timedelta(days=end))
        chosen = [query.purpose == "ias" for query in PAST if query.submitted_at in span]
        return sum(chosen) / len(chosen)

    assert share(90, 80) < 0.03
    assert share(55, 35) < share(10, 0)
    assert 0.28 <= share(10, 0) <= 0.45
    births = {one.patient["id"]: one.patient["dob"] for one in PEOPLE}
    assert all(births[query.patient_id] < "2008-12" for query in PAST if query.purpose == "ias")


def test_an_identity_belongs_to_one_person_and_to_individual_access() -> None:
    owners: dict[str, set[str]] = {}
    for query in PAST:
        assert (query.proofed_identity_id is not None) == (query.purpose == "ias")
        if query.proofed_identity_id:
            owners.setdefault(query.proofed_identity_id, set()).add(query.patient_id)
    assert owners and all(identity.startswith("pid_") for identity in owners)
    people = [patient for patients in owners.values() for patient in patients]
    assert len(people) == len(owners) == len(set(people))


def test_most_queries_are_our_own() -> None:
    ids = [query.metadata["accessDeskQueryId"] for query in PAST if query.metadata]
    assert len(ids) == len(set(ids))
    assert 0.05 <= 1 - len(ids) / len(PAST) <= 0.12
    facilities = {one.patient["id"]: one.patient["facilityIds"] for one in PEOPLE}
    assert all(query.facility_id in facilities[query.patient_id] for query in PAST)


def test_every_query_is_finished_and_its_status_derived() -> None:
    for answer in answers():
        statuses = {source.status for source in answer.sources}
        expected = "failed" if not statuses else "partial" if len(statuses) > 1 else statuses.pop()
        assert answer.status == expected
        assert answer.sources or answer.errors
        for source in answer.sources:
            assert source.started_at and source.completed_at and answer.started_at
            assert answer.started_at <= source.started_at < source.completed_at < UNTIL


def test_a_query_was_either_answered_or_refused() -> None:
    refused = [query for query in PAST if query.error]
    assert 0.01 <= len(refused) / len(PAST) <= 0.035
    for query in PAST:
        assert (query.answer is None) == (query.error is not None)
        assert (query.request_id is None) == (query.error is not None)
        if query.answer:
            assert query.answer["requestId"] == query.request_id
            assert query.answer.get("errors") != []
    envelopes = [ErrorEnvelope.model_validate(query.error) for query in refused]
    assert {envelope.status for envelope in envelopes} == {400, 403, 404, 412}
    assert all(one.name and one.title and one.detail for one in envelopes)


def test_times_on_the_wire_have_milliseconds_and_a_zone() -> None:
    assert PAST[0].submitted_at.tzinfo == UTC
    wire = next(query.answer for query in PAST if query.answer and query.answer["sources"])
    assert datetime.fromisoformat(wire["startedAt"]).tzinfo is not None
    assert all(
        len(at) == 24 and at.endswith("Z")
        for at in (wire["startedAt"], wire["sources"][0]["completedAt"])
    )


def test_sources_take_their_time() -> None:
    def fine(query: PastQuery) -> bool:
        return TROUBLED[query.patient_id] is None

    hie, pharmacy, lab = (seconds(kind, fine) for kind in ("hie", "pharmacy", "lab"))
    assert 100 <= median(hie) <= 145 and 1000 < max(hie) <= 1500
    assert 10 <= median(pharmacy) <= 14
    assert 34 <= median(lab) <= 47
    assert len(hie) > len(pharmacy) > len(lab)


def test_incidents_stand_out() -> None:
    calendar = Calendar(UNTIL)
    assert failing("lab", calendar.lab_week) > 0.2
    assert failing("lab", calendar.all) < 0.1
    assert failing("pharmacy", calendar.pharmacy_outage) > 0.7
    assert failing("pharmacy", calendar.all) < 0.08
    limited = [
        error.timestamp
        for answer in answers()
        for error in answer.errors
        if error.http_status == 429
    ]
    assert len(limited) > 10
    assert all(at and at in calendar.rush for at in limited)


@pytest.mark.parametrize(
    ("trouble", "failed"),
    [
        ("lab_fails", {"lab"}),
        ("hie_fails", {"hie"}),
        ("all_fail", {"hie", "pharmacy", "lab"}),
        ("webhooks_lost", set()),
        ("no_records", set()),
        ("slow", set()),
    ],
)
def test_sources_fail_for_whom_they_should(trouble: str, failed: set[str]) -> None:
    of_trouble(trouble)
    for answer in answers(lambda query: TROUBLED[query.patient_id] == trouble):
        assert {one.type for one in answer.sources} == {"hie", "pharmacy", "lab"}
        assert {one.type for one in answer.sources if one.status == "failed"} == failed


def test_the_pharmacy_source_is_not_enabled_for_one() -> None:
    of_trouble("pharmacy_not_enabled")
    for answer in answers(lambda query: TROUBLED[query.patient_id] == "pharmacy_not_enabled"):
        assert [(one.source, one.http_status) for one in answer.errors] == [("pharmacy", 400)]
        assert {one.type for one in answer.sources} == {"hie", "lab"}


def test_hie_is_not_started_after_an_opt_out() -> None:
    opted_out = Calendar(UNTIL).opted_out
    before = answers(
        lambda query: TROUBLED[query.patient_id] == "opted_out" and query.submitted_at < opted_out
    )
    after = answers(
        lambda query: TROUBLED[query.patient_id] == "opted_out" and query.submitted_at >= opted_out
    )
    assert before and all(not answer.errors for answer in before)
    assert after and all([one.source for one in answer.errors] == ["hie"] for answer in after)


def test_an_inactive_identity_is_refused() -> None:
    inactive = Calendar(UNTIL).identity_inactive
    recent = [one for one in of_trouble("identity_inactive") if one.submitted_at >= inactive]
    assert recent and all(query.purpose == "ias" for query in recent)
    assert all("not in active status" in (query.error or {})["detail"] for query in recent)


def test_slow_is_slower_than_nearly_everybody() -> None:
    usual = seconds("hie", lambda query: TROUBLED[query.patient_id] is None)
    slow = seconds("hie", lambda query: TROUBLED[query.patient_id] == "slow")
    assert min(slow) > usual[int(0.95 * len(usual))]


def test_without_people_there_is_no_past() -> None:
    assert past_queries([], UNTIL) == []
