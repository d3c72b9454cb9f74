"""Within one second causes stand before effects, links' ends are told, and more is announced."""

from datetime import timedelta

import pytest

from services.identity.patient_links import SentWay
from services.identity.returns import ReturnOutcome
from services.lookup.entries import EntryKind, Moment, TimelineEntry
from services.lookup.timeline import TimelinePage
from services.store.tables import NetworkQuery, QuerySource
from tests.identity.stage import ADMIN, Stage
from tests.lookup.test_order import NOON, call
from tests.world import PATIENT, SUPPORT


def of_person(stage: Stage, *kinds: EntryKind, most: int = 200) -> TimelinePage:
    return stage.timeline.of_patient(ADMIN, PATIENT, kinds or tuple(EntryKind), most)


def told(page: TimelinePage) -> list[tuple[str, str]]:
    """What the entries tell, the oldest first."""
    return [(entry.what, entry.state) for entry in reversed(page.entries)]


LINKS = (EntryKind.IDENTITY, EntryKind.AAL2)


def test_everything_that_happens_within_one_moment_stands_in_the_order_of_its_causes(
    stage: Stage,
) -> None:
    """The clock stands still from the first link to the query's end."""
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.link_sender.mark_sent(SUPPORT, link, SentWay.EMAIL)
    visit = stage.follow(link.url)
    stage.links.back_from_identity(visit.cookie, "verified")
    stage.hear_verified("m-1")
    assert stage.satisfy() is ReturnOutcome.SATISFIED
    query = stage.ask()
    with stage.store.write() as session:
        row = session.get_one(NetworkQuery, query.id)
        row.status, row.finished_at = "completed", stage.clock.now
        source = QuerySource(query_id=query.id, type="new", status="completed",
                             started_at=stage.clock.now, completed_at=stage.clock.now)  # fmt: skip
        session.add_all([row, source])
    story = [line for line in told(of_person(stage)) if line[0] not in ACTS]
    assert story == [
        # The start read the person's record. Such a read belongs to no step: it stands before them.
        ("GET /medical/v1/patient/{id}", "completed"),
        ("Verification link", "link_ready"),
        ("POST /medical/v1/identity/session", "completed"),
        ("Verification link", "sent"),
        ("Verification link", "seen"),
        ("Verification", "opened"),
        ("Verification", "returned"),
        ("ias.identity.verified", "processed"),
        ("Proofed identity", "verified"),
        ("Challenge link", "link_ready"),
        ("POST /medical/v1/identity/aal2/challenge", "completed"),
        ("Challenge link", "seen"),
        ("Challenge", "opened"),
        ("Challenge", "returned"),
        ("AAL2 session", "active"),
        ("ias query", "submitting"),
        ("AAL2 session", "used"),
        ("POST /medical/v1/network/query", "completed"),
        ("ias query", "completed"),
    ]
    of_query = told(stage.timeline.of_query(SUPPORT, query.id))
    assert of_query.index(("new source", "processing")) < of_query.index(
        ("new source", "completed")
    )
    assert of_query[:2] == [("AAL2 session", "active"), ("ias query", "submitting")]
    assert of_query[-1] == ("ias query", "completed")


ACTS = {"links.send", "queries.start"}


def test_the_acts_of_the_staff_stand_before_what_they_cause(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.satisfy()
    stage.ask()
    lines = [entry.what for entry in reversed(of_person(stage).entries)]
    assert lines.index("links.send") < lines.index("Challenge link")
    assert lines.index("AAL2 session") < lines.index("queries.start") < lines.index("ias query")


@pytest.mark.parametrize("kind", list(Moment))
def test_a_later_second_comes_before_every_cause(kind: Moment) -> None:
    early = TimelineEntry(NOON, EntryKind.RECORDS, "a", moment=Moment.OVER)
    late = TimelineEntry(NOON + timedelta(seconds=1), EntryKind.IDENTITY, "b", moment=kind)
    assert early.position < late.position


def test_below_a_second_the_cause_decides_and_then_the_time() -> None:
    """Upstream tells that a source ended in a whole second, before the query was submitted."""
    submitted = TimelineEntry(
        NOON + timedelta(milliseconds=900), EntryKind.QUERY, "query", moment=Moment.BEGUN
    )
    ended = TimelineEntry(NOON, EntryKind.QUERY, "source", moment=Moment.BACK)
    later = TimelineEntry(
        NOON + timedelta(milliseconds=5), EntryKind.QUERY, "another", moment=Moment.BACK
    )
    assert submitted.position < ended.position < later.position


def test_a_link_that_was_replaced_withdrawn_or_not_used_in_time_says_so(stage: Stage) -> None:
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(minutes=1)
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    replaced_at = stage.clock.now
    stage.clock.forward(minutes=1)
    stage.link_sender.withdraw(SUPPORT, link)
    withdrawn_at = stage.clock.now
    stage.clock.forward(minutes=1)
    expires_at = stage.link_sender.send_verification(SUPPORT, PATIENT).expires_at

    def ends() -> dict[str, object]:
        entries = of_person(stage, *LINKS).entries
        return {entry.state: entry.at for entry in entries if entry.moment is Moment.OVER}

    assert ends() == {"replaced": replaced_at, "withdrawn": withdrawn_at}
    stage.clock.now = expires_at - timedelta(seconds=1)
    assert "link_expired" not in ends()
    stage.clock.now = expires_at
    assert ends()["link_expired"] == expires_at


def test_a_page_that_was_opened_and_not_finished_says_so_once(stage: Stage) -> None:
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.follow(link.url)
    stage.clock.now = link.expires_at
    ends = [entry for entry in of_person(stage).entries if entry.state == "link_expired"]
    assert [(entry.what, entry.detail) for entry in ends] == [
        ("Verification", "opened and not finished")
    ]


def test_a_link_that_did_its_work_has_no_end(ready: Stage) -> None:
    ready.clock.forward(days=2)
    assert not [line for line in told(of_person(ready)) if line[1] == "link_expired"]


def test_a_challenge_that_was_not_satisfied_is_declined(stage: Stage) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    stage.links.back_from_challenge(visit.cookie, "failed", None)
    assert ("Challenge", "declined") in told(of_person(stage))


def test_more_than_is_shown_is_announced(stage: Stage) -> None:
    with stage.store.write() as session:
        session.add_all(call(number, NOON + timedelta(seconds=number)) for number in range(12))
    for most, shown, has_more in ((5, 5, True), (11, 11, True), (12, 12, False), (99, 12, False)):
        page = of_person(stage, EntryKind.CALL, most=most)
        assert (len(page.entries), page.has_more) == (shown, has_more)
        assert page.entries[0].what == "GET /11"


def test_only_the_kinds_that_are_asked_for_are_read(ready: Stage) -> None:
    """Many calls push no link out of the timeline while calls are not shown."""
    with ready.store.write() as session:
        later = ready.clock.now + timedelta(days=1)
        session.add_all(call(number, later) for number in range(20))
    for kind in EntryKind:
        assert {entry.kind for entry in of_person(ready, kind).entries} <= {kind}
    page = of_person(ready, *LINKS, most=5)
    assert len(page.entries) == 5 and page.has_more
    assert not of_person(ready, *LINKS).has_more


def test_each_source_that_failed_says_why(ready: Stage) -> None:
    query = ready.ask()
    with ready.store.write() as session:
        for kind, reason in (("lab", None), ("pharmacy", "No answer")):
            session.add(
                QuerySource(
                    query_id=query.id,
                    type=kind,
                    status="failed",
                    completed_at=ready.clock.now,
                    error_message=reason,
                )
            )
    entries = ready.timeline.of_query(SUPPORT, query.id).entries
    said = {entry.what: entry.detail for entry in entries if entry.state == "failed"}
    assert said == {
        "Laboratory source": "Metriport gave no reason",
        "Pharmacy source": "No answer",
    }


def test_calls_are_of_the_person_whose_timeline_it_is(stage: Stage) -> None:
    with stage.store.write() as session:
        other = call(1, NOON)
        other.patient_id = "somebody-else"
        session.add(other)
    assert of_person(stage, EntryKind.CALL).entries == []
