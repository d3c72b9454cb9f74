"""The timeline of a person and of a query, on each database."""

from services.lookup.entries import EntryKind, TimelineEntry
from services.lookup.timeline import MOST
from tests.identity.stage import ADMIN, Stage
from tests.world import PATIENT, SUPPORT, World, answers


def assert_newest_first(entries: list[TimelineEntry]) -> None:
    seconds = [entry.at.replace(microsecond=0) for entry in entries]
    assert seconds == sorted(seconds, reverse=True)
    assert len({entry.key for entry in entries}) == len(entries)


def test_the_timeline_of_a_person_and_of_a_query(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    world.hear("m-1")
    for entries in (
        world.timeline.of_patient(SUPPORT, PATIENT).entries,
        world.timeline.of_query(SUPPORT, query.id).entries,
    ):
        kinds = {entry.kind for entry in entries}
        assert kinds >= {EntryKind.QUERY, EntryKind.WEBHOOK, EntryKind.CALL}
        assert EntryKind.ACT not in kinds
        assert_newest_first(entries)
        assert all(entry.place or entry.facts for entry in entries)
    assert MOST >= 100


def test_the_timeline_tells_each_moment_newest_first(ready: Stage) -> None:
    query = ready.ask()
    ready.clock.forward(minutes=1)
    ready.link_sender.send_verification(SUPPORT, PATIENT)
    entries = ready.timeline.of_patient(ADMIN, PATIENT).entries
    assert_newest_first(entries)
    told = {(entry.what, entry.state) for entry in entries}
    assert told >= {
        ("Verification link", "link_ready"),
        ("Proofed identity", "verified"),
        ("Challenge link", "link_ready"),
        ("Challenge", "opened"),
        ("Challenge", "returned"),
        ("AAL2 session", "active"),
        ("AAL2 session", "used"),
        ("ias query", "submitting"),
        ("ias.identity.verified", "processed"),
        ("POST /medical/v1/network/query", "completed"),
        ("links.send", ""),
    }
    queries = {entry.place.id for entry in entries if entry.what == "ias query" and entry.place}
    assert queries == {query.id}
    of_query = ready.timeline.of_query(SUPPORT, query.id).entries
    assert {entry.kind for entry in of_query} == {EntryKind.QUERY, EntryKind.CALL, EntryKind.AAL2}
    for_support = ready.timeline.of_patient(SUPPORT, PATIENT).entries
    assert "links.send" not in {entry.what for entry in for_support}
