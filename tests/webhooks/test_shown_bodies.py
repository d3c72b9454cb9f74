"""What the body of a message shows: all that it says, but no address that opens a file."""

import json

from sqlmodel import select

from services.store.tables import WebhookEvent
from services.webhooks.inbox import REASONS
from tests.identity.stage import ADMIN
from tests.records.messages import records_message
from tests.world import PATIENT, World


def shown(world: World, *urls: str) -> str:
    world.hear_raw(records_message(PATIENT, "c-1", *urls))
    with world.store.read() as session:
        event_id = session.exec(select(WebhookEvent)).one().id
    return world.inbox.body(ADMIN, event_id, REASONS[0])


def test_the_permission_of_a_presigned_address_is_left_out(world: World) -> None:
    body = shown(
        world, "https://files.test/one.json?X-Amz-Signature=secret", " HTTP://b.test/?s=secret"
    )
    assert "secret" not in body
    assert "https://files.test/one.json?…" in body and PATIENT in body
    assert json.loads(body)["meta"]["requestId"] == "c-1"


def test_other_addresses_and_texts_stay(world: World) -> None:
    body = shown(world, "https://files.test/one.json", "is it? https://files.test/?a=b")
    assert "https://files.test/one.json" in body and "is it? https://files.test/?a=b" in body
