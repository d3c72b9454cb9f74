"""The timeline of a person and of a query, on each database."""

from services.lookup.entries import EntryKind
from services.lookup.timeline import MOST
from tests.identity.stage import ADMIN, Stage
from tests.world import PATIENT, SUPPORT, World, answers


def test_the_timeline_of_a_person_and_of_a_query(world: World) -> None:
    world.answer = answers("processing", hie="processing")
    query = world.start()
    world.hear("m-1")
    for entries in (
        world.timeline.of_patient(SUPPORT, PATIENT),
        world.timeline.of_query(SUPPORT, query.id),
    ):
        kinds = {entry.kind for entry in entries}
        assert kinds >= {EntryKind.QUERY, EntryKind.WEBHOOK, EntryKind.CALL}
        assert EntryKind.ACT not in kinds
        moments = [entry.at for entry in entries]
        assert moments == sorted(moments, reverse=True)
        assert all(entry.place or entry.facts for entry in entries)
    assert MOST >= 100


def test_the_timeline_tells_each_moment_newest_first(ready: Stage) -> None:
    query = ready.ask()
    ready.clock.forward(minutes=1)
    ready.link_sender.send_verification(SUPPORT, PATIENT)
    entries = ready.timeline.of_patient(ADMIN, PATIENT)
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)
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
    of_query = ready.timeline.of_query(SUPPORT, query.id)
    assert {entry.kind for entry in of_query} == {EntryKind.QUERY, EntryKind.CALL, EntryKind.AAL2}
    for_support = ready.timeline.of_patient(SUPPORT, PATIENT)
    assert "links.send" not in {entry.what for entry in for_support}
