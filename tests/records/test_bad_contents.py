"""What may come in place of a person's records: nothing of it is shown. On both databases."""

from typing import Any

import httpx
import pytest

from services.errors import AddressEnded, FileUnusable, UpstreamError
from tests.identity.stage import ADMIN, OTHER
from tests.records.messages import records_message
from tests.records.test_contents import FILE, GROUNDS, RAW, events, fetch, looks
from tests.world import PATIENT, World


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_address_that_the_store_refuses_is_noted_as_a_look_of_nothing(
    world: World, status: int
) -> None:
    fetch(world, FILE)
    world.answer = lambda _: httpx.Response(status, text="<Error/>")
    with pytest.raises(AddressEnded):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert [event[:2] for event in events(world)] == [
        ("records.view", "done"),
        ("records.view", "address_ended"),
    ]
    assert [look.failed for look in looks(world)] == [True]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>Please sign in</html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=RAW[:-20]),
        httpx.Response(200, json={"resourceType": "Patient"}),
        httpx.Response(200, content=b"%PDF-1.4"),
        httpx.Response(302, headers={"location": "https://elsewhere.test/"}),
        httpx.Response(500),
    ],
)
def test_what_is_no_bundle_is_neither_shown_nor_handed_out(
    world: World, answer: httpx.Response
) -> None:
    fetch(world, FILE)
    world.answer = lambda _: answer
    for act in (world.record_contents.look, world.record_contents.download):
        with pytest.raises(UpstreamError) as caught:
            act(ADMIN, PATIENT, GROUNDS)
        assert "secret" not in f"{caught.value!r} {caught.value.detail}"
    assert [look.failed for look in looks(world)] == [True, True]


def test_a_message_about_another_person_is_refused(world: World) -> None:
    fetch(world, FILE, patients=records_message(OTHER, "c-1", FILE)["patients"])
    asked = len(world.requests)
    for act in (world.record_contents.look, world.record_contents.download):
        with pytest.raises(FileUnusable, match="another person"):
            act(ADMIN, PATIENT, GROUNDS)
    with pytest.raises(FileUnusable, match="another person"):
        world.record_contents.offered(ADMIN, PATIENT)
    assert len(world.requests) == asked and looks(world) == []


def test_of_a_message_about_several_the_own_part_is_taken(world: World) -> None:
    both = [
        records_message(OTHER, "c-1", FILE + "other")["patients"][0],
        records_message(PATIENT, "c-1", FILE)["patients"][0],
    ]
    fetch(world, FILE, patients=both)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    assert world.requests[-1].url == FILE


@pytest.mark.parametrize(
    "bundle",
    [None, [], {"entry": None}, {"entry": [3, {"resource": []}]},
     {"entry": [{"resource": {"content": [{"attachment": {"url": None}}, {"attachment": "x"}]}}]}],
)  # fmt: skip
def test_a_bundle_of_an_odd_shape_offers_nothing(world: World, bundle: Any) -> None:
    patients = [{"patientId": PATIENT, "status": "completed", "bundle": bundle}]
    fetch(world, patients=patients)
    assert world.record_contents.look(ADMIN, PATIENT, GROUNDS).items == []
