"""The file of the inbox: what came when, and never a body."""

import csv
import io

from services.exports.formats import CSV
from services.webhooks.export import webhooks_export
from services.webhooks.filters import WebhookFilters
from tests.world import PATIENT, SUPPORT, World, answers


def rows(world: World, filters: WebhookFilters) -> list[dict[str, str]]:
    content = world.exports.make(SUPPORT, webhooks_export(filters), CSV)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_file_has_every_message_that_matches_newest_first_and_no_body(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    world.start()
    for number in range(3):
        world.clock.forward(seconds=60)
        world.hear(f"m-{number}")
    found = rows(world, WebhookFilters())
    assert [row["message_id"] for row in found] == ["m-2", "m-1", "m-0"]
    assert (found[0]["patient_id"], found[0]["type"]) == (PATIENT, "network-query.hie")
    assert found[0]["received_at_utc"] == "2026-09-14T15:33:00.000000Z"
    assert not [name for name in found[0] if "body" in name]
    (one,) = rows(world, WebhookFilters(about="m-1"))
    assert one["message_id"] == "m-1"
