"""Where an id leads, on each database."""

import httpx
import pytest
from sqlmodel import select

from services.errors import UpstreamInvalid
from services.lookup.finder import Place, PlaceKind
from services.store.tables import (
    NetworkQuery,
    WebhookEvent,
)
from tests.world import SUPPORT, World, answers


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
