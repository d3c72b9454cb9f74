"""Entries stand by their times, whatever ids their rows have; a bad row hides no other."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.ids import new_id
from services.lookup.entries import EntryKind
from services.lookup.timeline import MOST
from services.store import Store
from services.store.tables import IdentitySession, RecordRequest, UpstreamCall
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, REQUEST, SUPPORT, World, answers

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    return World(store, clock, answers("processing", hie="processing"))


def call(number: int, at: datetime) -> UpstreamCall:
    """A call whose id sorts by `number`, not by its time."""
    key = new_id(NOON + timedelta(seconds=number))
    return UpstreamCall(
        id=key, at=at, method="GET", path=f"/{number}", duration_ms=1, patient_id=PATIENT
    )


def request(number: int, counts: object) -> RecordRequest:
    return RecordRequest(
        id=new_id(NOON),
        patient_id=PATIENT,
        conversion_type="json",
        status="completed",
        submitted_at=NOON + timedelta(minutes=number),
        counted_at=NOON + timedelta(minutes=number, seconds=5),
        resource_counts=counts,
    )


def test_the_newest_rows_are_the_latest_not_those_with_the_highest_ids(world: World) -> None:
    late = NOON + timedelta(days=1)
    with world.store.write() as session:
        session.add(call(0, late))
        session.add_all(call(number, NOON) for number in range(1, MOST + 5))
    entries = world.timeline.of_patient(SUPPORT, PATIENT).entries
    assert len(entries) == MOST
    assert (entries[0].at, entries[0].what) == (late, "GET /0")


def test_rows_of_one_moment_always_stand_in_the_same_order(world: World) -> None:
    with world.store.write() as session:
        session.add_all(call(number, NOON) for number in (3, 1, 2))
    for _ in range(2):
        entries = world.timeline.of_patient(SUPPORT, PATIENT).entries
        assert [entry.what for entry in entries] == ["GET /3", "GET /2", "GET /1"]


def test_a_query_stands_at_the_time_of_its_submission(world: World) -> None:
    query_id = world.query_starts.new_id()
    world.clock.forward(hours=12)
    world.query_starts.start(SUPPORT, query_id, REQUEST)
    entries = world.timeline.of_patient(SUPPORT, PATIENT).entries
    assert {entry.at for entry in entries if entry.kind is EntryKind.QUERY} == {world.clock.now}


def test_a_row_that_cannot_be_read_is_shown_as_that_and_hides_no_other(world: World) -> None:
    with world.store.write() as session:
        session.add_all([request(1, {"Patient": 1}), request(2, ["odd"]), request(3, {"X": "y"})])
    entries = world.timeline.of_patient(SUPPORT, PATIENT).entries
    bad = [entry for entry in entries if entry.what.startswith("Row of record_request")]
    assert [entry.at.minute for entry in bad] == [3, 2]
    assert all(entry.facts["Error"] and entry.state == "failed" for entry in bad)
    assert "Records counted" in {entry.what for entry in entries}


def test_far_times_stand_in_their_order(world: World) -> None:
    far = [datetime(1, 1, 2, tzinfo=UTC), NOON, datetime(9999, 12, 30, tzinfo=UTC)]
    with world.store.write() as session:
        session.add_all(
            IdentitySession(
                id=new_id(NOON),
                patient_id=PATIENT,
                status="submitted",
                created_by="Sam",
                created_at=at,
            )
            for at in far
        )
    entries = world.timeline.of_patient(SUPPORT, PATIENT).entries
    assert [entry.at for entry in entries] == far[::-1]


def test_a_timeline_is_read_by_indexes(sqlite_store: Store, clock: FakeClock) -> None:
    world = World(sqlite_store, clock, answers("processing", hie="processing"))
    query = world.start()
    plan = plans_of(sqlite_store, lambda: world.timeline.of_patient(SUPPORT, PATIENT))
    plan += plans_of(sqlite_store, lambda: world.timeline.of_query(SUPPORT, query.id))
    assert_no_scan(plan)
    for index in (
        "ix_network_query_patient_id_submitted_at",
        "ix_identity_session_patient_id_created_at",
        "ix_proofed_identity_patient_id_verified_at",
        "ix_aal2_challenge_patient_id_created_at",
        "ix_aal2_session_patient_id_verified_at",
        "ix_patient_link_patient_id_kind",
        "ix_record_request_patient_id_submitted_at",
        "ix_webhook_event_patient_id_received_at",
        "ix_upstream_call_patient_id_at",
        "ix_upstream_call_query_id",
        "ix_webhook_event_request_id_received_at",
    ):
        assert any(f"{index} " in step for step in plan), index


@pytest.mark.parametrize("typed", [PATIENT, "m-1", "pid_1", "MRN-1"])
def test_an_id_is_looked_up_by_indexes(sqlite_store: Store, clock: FakeClock, typed: str) -> None:
    nobody = {"status": 404, "name": "NOT_FOUND", "title": "NotFoundError", "detail": "nobody"}
    world = World(sqlite_store, clock, lambda _: httpx.Response(404, json=nobody))
    plan = plans_of(sqlite_store, lambda: world.finder.find(SUPPORT, typed))
    assert len(plan) > 10
    assert_no_scan(plan)
