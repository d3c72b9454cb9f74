"""Looks at fetched records in the timeline of the person, for those who may see the evidence."""

import httpx
import pytest

from services.errors import AddressEnded
from services.lookup.entries import EntryKind, TimelineEntry
from services.records.looks import RECORD_REASONS
from services.staff.reasons import Grounds
from tests.identity.stage import ADMIN
from tests.records.test_contents import FILE, GROUNDS, fetch
from tests.records.test_looks import REVIEWER
from tests.world import PATIENT, SUPPORT, World

WHATS = ("Records looked at", "Records downloaded", "Look reviewed")


def told(world: World) -> list[TimelineEntry]:
    """The entries of looks, newest first."""
    entries = world.timeline.of_patient(REVIEWER, PATIENT, [EntryKind.RECORDS]).entries
    return [entry for entry in entries if entry.what in WHATS]


def test_a_look_and_its_review_are_told_to_those_who_may(world: World) -> None:
    fetch(world, FILE)
    world.clock.forward(minutes=1)
    world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    world.clock.forward(minutes=1)
    world.record_contents.download(ADMIN, PATIENT, Grounds(RECORD_REASONS[1]))
    world.clock.forward(minutes=1)
    looks = world.record_looks.unseen(REVIEWER).rows
    world.record_looks.mark_seen(REVIEWER, [looks[0].id])
    assert [(entry.what, entry.by, entry.detail) for entry in told(world)] == [
        ("Look reviewed", REVIEWER.name, ""),
        ("Records downloaded", ADMIN.name, RECORD_REASONS[1]),
        ("Records looked at", ADMIN.name, RECORD_REASONS[0]),
    ]
    assert told(world)[0].facts["Ticket"] == GROUNDS.ticket
    for_support = world.timeline.of_patient(SUPPORT, PATIENT).entries
    assert not [entry for entry in for_support if entry.what in WHATS]


def test_a_look_at_nothing_is_told_as_one(world: World) -> None:
    fetch(world, FILE)
    world.answer = lambda _: httpx.Response(403)
    with pytest.raises(AddressEnded):
        world.record_contents.look(ADMIN, PATIENT, GROUNDS)
    (entry,) = told(world)
    assert entry.state == "failed" and entry.facts["Result"] == "No records came"
