"""Where an id leads, on each database."""

import httpx
import pytest
from sqlmodel import select

from services.errors import NotPermitted, UpstreamInvalid
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Patient
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery, UpstreamCall, WebhookEvent
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT, World, answers

REQUEST_ID = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"


def test_ids_are_found_and_what_is_no_text_is_not(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    world.hear("m-1")
    world.answer = lambda _: httpx.Response(404, json={"status": 404, "title": "NotFoundError"})
    with world.store.read() as session:
        event_id = session.exec(select(WebhookEvent.id)).one()
    places = {
        query.id: Place(PlaceKind.QUERY, query.id),
        query.id.upper(): Place(PlaceKind.QUERY, query.id),
        '"r-1",': Place(PlaceKind.QUERY, query.id),
        "m-1\x00": Place(PlaceKind.WEBHOOK, event_id),
        "pid_nobody": None,
        "\x00\x00\x00": None,
        "MRN-0": None,
    }
    for typed, place in places.items():
        assert world.finder.find(SUPPORT, typed) == place, typed


def test_a_request_known_from_a_message_alone_leads_to_the_message(world: World) -> None:
    world.hear("m-1", request_id="r-9")
    with world.store.write() as session:
        query = session.exec(select(NetworkQuery)).one()
        query.request_id = None
        session.add(query)
        event_id = session.exec(select(WebhookEvent.id)).one()
    assert world.finder.find(SUPPORT, "r-9") == Place(PlaceKind.WEBHOOK, event_id)


def test_an_upstream_that_finds_an_id_odd_has_nobody_by_it(world: World) -> None:
    world.answer = lambda _: httpx.Response(400, json={"status": 400, "title": "BadRequestError"})
    assert world.finder.find(SUPPORT, "x-1&y=2") is None
    with pytest.raises(UpstreamInvalid):
        world.client.get_patient_by_external_id("x-1&y=2")


def test_a_shortened_id_leads_to_what_it_may_be_short_for(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    world.hear("m-1")
    with world.store.read() as session:
        event_id = session.exec(select(WebhookEvent.id)).one()
        call_id = session.exec(select(UpstreamCall.id)).first()
    assert call_id is not None
    places = {
        query.id: Place(PlaceKind.QUERY, query.id),
        event_id: Place(PlaceKind.WEBHOOK, event_id),
        call_id: Place(PlaceKind.CALL, call_id),
        PATIENT: Place(PlaceKind.PATIENT, PATIENT),
    }
    asked = len(world.requests)
    for whole, place in places.items():
        end = whole[-8:]
        for pasted in (
            end,
            f"…{end}",
            f"...{end}",
            f"{whole[:4]}…{end}",
            f"“{whole[:4]}...{end.upper()}”",
        ):
            assert world.finder.candidates(SUPPORT, pasted) == [place], pasted
        assert world.finder.candidates(SUPPORT, f"ffff…{end}") == []
    # The log and the memory know these ids, or nobody: upstream has no filter for an end.
    assert len(world.requests) == asked


def test_a_shortened_request_id_leads_to_its_query(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    with world.store.write() as session:
        row = session.get_one(NetworkQuery, query.id)
        row.request_id = REQUEST_ID
        session.add(row)
    world.hear("m-1", request_id=REQUEST_ID)
    assert world.finder.candidates(SUPPORT, f"…{REQUEST_ID[-8:]}") == [
        Place(PlaceKind.QUERY, query.id)
    ]


def test_two_ids_with_one_end_are_both_candidates(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    world.start()
    twin = f"ffff{PATIENT[4:]}"
    world.names.remember(Patient(id=twin, first_name="Anna", last_name="Namewise"))
    both = [Place(PlaceKind.PATIENT, PATIENT), Place(PlaceKind.PATIENT, twin)]
    assert world.finder.candidates(SUPPORT, PATIENT[-8:]) == both
    # Whom only upstream knows is found once the name was read.
    assert world.finder.candidates(SUPPORT, f"ffff…{PATIENT[-8:]}") == both[1:]


def test_several_ids_in_a_text_are_all_candidates(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    first = world.start().id
    # Two queries cannot have one request id.
    world.answer = lambda _: httpx.Response(500)
    queries = [first, world.start().id]
    text = f"Please look at {queries[0]}, and at {queries[1]}: it failed. {queries[0]}"
    assert world.finder.candidates(SUPPORT, text) == [
        Place(PlaceKind.QUERY, one) for one in queries
    ]
    assert world.finder.candidates(SUPPORT, "Jane Smith") == []


def test_the_only_id_of_a_text_is_found(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    for text in (f"Hi, the query {query.id} fails. Jane", f"it is\n{query.id[:9]}\n{query.id[9:]}"):
        assert world.finder.find(SUPPORT, text) == Place(PlaceKind.QUERY, query.id)


def test_candidates_are_for_those_who_may_see_people(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.finder.candidates(make_actor("Pat Product", Role.PRODUCT), "…48b7db73")


def test_a_shortened_id_is_looked_up_by_indexes(sqlite_store: Store, clock: FakeClock) -> None:
    world = World(sqlite_store, clock)
    plan = plans_of(sqlite_store, lambda: world.finder.candidates(SUPPORT, "…48b7db73"))
    assert len([step for step in plan if "_ending" in step]) == 7
    assert_no_scan(plan)
