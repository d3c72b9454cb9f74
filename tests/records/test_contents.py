"""Looks at fetched records: noted first, of the right person, kept nowhere. On both databases."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from services.errors import (
    AddressEnded,
    InvalidInput,
    LogUnavailable,
    NotPermitted,
    NotReady,
    SignInEnded,
)
from services.records.looks import RECORD_REASONS
from services.staff.permissions import Role
from services.staff.reasons import OTHER_REASON, Grounds
from services.store.tables import AuditEvent, RecordLook, UpstreamCall
from tests.identity.stage import ADMIN
from tests.plans import assert_no_scan, plans_of
from tests.records.messages import BUNDLE, MARKER, records_message
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT, World

FILE = "https://up.test/file?signature=secret"
GROUNDS = Grounds(RECORD_REASONS[0], "SUP-7")
RAW = json.dumps(BUNDLE).encode()


def fetch(world: World, *urls: str, request_id: str = "c-1", **message: Any) -> None:
    """Have records fetched, whose message has come; files are answered with the bundle."""
    started = {"requestId": request_id, "status": "processing"}
    world.answer = lambda _: httpx.Response(200, json=started)
    world.records.fetch(SUPPORT, PATIENT)
    assert world.hear_raw(records_message(PATIENT, request_id, *urls) | message) is None
    world.answer = lambda _: httpx.Response(200, content=RAW)


def events(world: World) -> list[tuple[str, str, str | None, str | None]]:
    """The events of looks: action, outcome, reason and ticket."""
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action).startswith("records."))
        rows = session.exec(wanted.order_by(col(AuditEvent.seq))).all()
    return [
        (row.action, row.outcome, row.reason, row.ticket)
        for row in rows
        if row.action != "records.count"
    ]


def looks(world: World) -> list[RecordLook]:
    with world.store.read() as session:
        return list(session.exec(select(RecordLook)).all())


def test_a_look_lists_types_titles_and_dates_newest_first(world: World) -> None:
    fetch(world, FILE)
    listing = world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert [item.type for item in listing.items] == ["Observation", "Condition", ""]
    assert listing.counts == {"Condition": 1, "Observation": 1, "": 1}
    assert (listing.left_out, listing.size) == (0, len(RAW))
    assert world.requests[-1].url == FILE
    # Neither the id of the account nor anything else of the API goes to a store of files.
    assert "x-api-key" not in world.requests[-1].headers


def test_the_file_is_what_came_and_each_act_is_noted_with_its_reason(world: World) -> None:
    fetch(world, FILE)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert world.record_contents.download(ADMIN, PATIENT, Grounds(OTHER_REASON, "T-1")) == RAW
    assert events(world) == [
        ("records.view", "done", RECORD_REASONS[0], "SUP-7"),
        ("records.download", "done", OTHER_REASON, "T-1"),
    ]
    assert [(look.act, look.actor_id, look.reason, look.ticket, look.failed, look.seen_at)
            for look in looks(world)] == [
        ("list", ADMIN.id, RECORD_REASONS[0], "SUP-7", False, None),
        ("download", ADMIN.id, OTHER_REASON, "T-1", False, None),
    ]  # fmt: skip


def test_the_event_of_a_look_names_its_row(world: World) -> None:
    """By this the evidence of a query finds the events of the looks that followed it."""
    fetch(world, FILE)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    (look,) = looks(world)
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.object_id) == look.id)
        event = session.exec(wanted).one()
    assert (event.object_kind, event.patient_id) == ("record_look", PATIENT)
    assert event.details == {"request": look.record_request_id}


def test_it_is_noted_before_the_bytes_flow(world: World) -> None:
    fetch(world, FILE)
    noted: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        noted.append(len(events(world)))
        noted.append(len(looks(world)))
        return httpx.Response(200, content=RAW)

    world.answer = answer
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert noted == [1, 1]


def test_what_cannot_be_noted_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(world, FILE)
    asked = len(world.requests)

    def fail(*_: object, **__: object) -> None:
        raise LogUnavailable("x")

    monkeypatch.setattr(world.audit, "append", fail)
    with pytest.raises(LogUnavailable):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert len(world.requests) == asked and looks(world) == []


def test_nothing_of_the_records_is_kept(world: World) -> None:
    fetch(world, FILE)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    world.record_contents.download(ADMIN, PATIENT, GROUNDS)
    with world.store.engine.connect() as connection:
        kept = repr(
            [list(connection.execute(sa.select(t))) for t in SQLModel.metadata.sorted_tables]
        )
    assert "secret" not in kept
    assert not [word for word in (MARKER, "Hemoglobin") if word in kept]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE, Role.PRODUCT])
def test_nobody_but_an_administrator_may(world: World, role: Role) -> None:
    fetch(world, FILE)
    asked = len(world.requests)
    who = make_actor("Nosy", role)
    for act in (
        lambda: world.record_contents.offered(who, PATIENT),
        lambda: world.record_contents.look(who, PATIENT, GROUNDS),
        lambda: world.record_contents.download(who, PATIENT, GROUNDS),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert len(world.requests) == asked and looks(world) == []
    assert [event[:2] for event in events(world)] == [("records.download", "denied")] * 3


def test_who_may_not_is_noted_also_while_others_read(world: World) -> None:
    fetch(world, FILE)
    nosy = make_actor("Nosy", Role.SUPPORT)
    turn = world.record_contents._turn
    with turn(), turn(), pytest.raises(NotPermitted):
        world.record_contents.look(nosy, PATIENT, GROUNDS)
    assert [event[:2] for event in events(world)] == [("records.download", "denied")]


def test_after_the_end_of_the_session_nothing_is_read(world: World) -> None:
    fetch(world, FILE)
    world.staff.over.add(ADMIN.session)
    with pytest.raises(SignInEnded):
        world.record_contents.download(ADMIN, PATIENT, GROUNDS)
    assert looks(world) == []


@pytest.mark.parametrize(
    "grounds",
    [Grounds(""), Grounds("curiosity"), Grounds(OTHER_REASON), Grounds(RECORD_REASONS[0], "a b")],
)
def test_without_a_reason_of_the_list_nothing_is_read(world: World, grounds: Grounds) -> None:
    fetch(world, FILE)
    asked = len(world.requests)
    with pytest.raises(InvalidInput):
        world.record_contents.look(ADMIN, PATIENT, grounds)
    assert len(world.requests) == asked and looks(world) == []


def test_where_nothing_was_fetched_it_says_so(world: World) -> None:
    assert world.record_contents.offered(ADMIN, PATIENT) is None
    with pytest.raises(NotReady):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    # A request that has not ended yet is no different.
    world.answer = lambda _: httpx.Response(200, json={"requestId": "c", "status": "processing"})
    world.records.fetch(SUPPORT, PATIENT)
    assert world.record_contents.offered(ADMIN, PATIENT) is None


def test_an_address_lives_for_three_minutes_from_the_message_on(world: World) -> None:
    fetch(world, FILE)
    offer = world.record_contents.offered(ADMIN, PATIENT)
    assert offer is not None and offer.until == world.clock() + timedelta(minutes=3)
    world.clock.forward(minutes=3)
    world.clock.now -= timedelta(milliseconds=1)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    world.clock.now += timedelta(milliseconds=1)
    asked = len(world.requests)
    with pytest.raises(AddressEnded, match="three minutes"):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    # It is not asked for in vain, and nothing was seen.
    assert len(world.requests) == asked and len(looks(world)) == 1


def test_a_message_that_came_late_brings_an_address_that_is_as_old(world: World) -> None:
    made = (world.clock() - timedelta(minutes=2)).isoformat()
    message = records_message(PATIENT, "c-1", FILE, when=made)
    fetch(world, FILE, meta=message["meta"])
    offer = world.record_contents.offered(ADMIN, PATIENT)
    assert offer is not None and offer.until == world.clock() + timedelta(minutes=1)


def test_where_the_message_is_not_kept_any_more_they_are_fetched_anew(world: World) -> None:
    fetch(world, FILE)
    with world.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE webhook_event SET body = NULL"))
    offer = world.record_contents.offered(ADMIN, PATIENT)
    assert offer is not None and offer.until is None
    with pytest.raises(AddressEnded, match="not kept"):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    fetch(world, FILE, request_id="c-2")
    assert world.record_contents.look(ADMIN, PATIENT, GROUNDS).items


def test_the_newest_request_counts(world: World) -> None:
    fetch(world, FILE)
    world.clock.forward(minutes=1)
    fetch(world, FILE + "2", request_id="c-2")
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert str(world.requests[-1].url).endswith("2")


def test_no_records_are_a_list_of_none(world: World) -> None:
    fetch(world)
    asked = len(world.requests)
    listing = world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert (listing.items, listing.counts) == ([], {})
    assert len(world.requests) == asked
    assert [event[0] for event in events(world)] == ["records.view"]


def test_the_readable_file_is_preferred_to_the_packed_one(world: World) -> None:
    offered = records_message(PATIENT, "c-1", FILE + "gz", FILE)
    contents = offered["patients"][0]["bundle"]["entry"]
    contents[0]["resource"]["content"][0]["attachment"]["contentType"] = "application/gzip"
    fetch(world, FILE, patients=offered["patients"])
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert world.requests[-1].url == FILE


def test_calls_to_the_store_are_in_the_call_log_without_the_address(world: World) -> None:
    fetch(world, FILE)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    with world.store.read() as session:
        paths = {row.path for row in session.exec(select(UpstreamCall)).all()}
    assert "/presigned/consolidated-data" in paths and "secret" not in repr(paths)


def test_of_a_large_log_only_the_person_s_rows_are_read(world: World) -> None:
    fetch(world, FILE)
    assert_no_scan(plans_of(world.store, lambda: world.record_contents.offered(ADMIN, PATIENT)))
