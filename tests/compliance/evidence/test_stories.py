"""Every way in which an IAS query that was started here may go leaves complete evidence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from services.compliance.evidence.evidence import Evidence, LinkState
from services.compliance.evidence.gathering import read_evidence
from services.errors import NotReady
from services.store.tables import Consent, NetworkQuery, StartCheck
from tests.identity.stage import Stage, refusal
from tests.world import PATIENT, raises

Answer = Callable[[httpx.Request], httpx.Response]
QUERY = "/network/query"


def evidence(stage: Stage, query_id: str) -> Evidence:
    with stage.store.read() as session:
        return read_evidence(session, [query_id], stage.clock())[query_id]


def agree(stage: Stage) -> None:
    """The person agrees, as on the page of a link."""
    at: dict[str, Any] = {"given_at": stage.clock.now, "recorded_at": stage.clock.now}
    with stage.store.write() as session:
        session.add(
            Consent(id="c-1", patient_id=PATIENT, version="1", text_hash="h", way="link", **at)
        )


def compare(stage: Stage) -> None:
    """The record was the one that was proofed: nothing captures it in these tests."""
    with stage.store.write() as session:
        for check in session.exec(select(StartCheck)).all():
            check.demographics = "same"
            session.add(check)


def gateway(_: httpx.Request) -> httpx.Response:
    return httpx.Response(403, json={"message": "Forbidden"})


ENDS: list[tuple[str, Answer, str]] = [
    ("started", lambda _: httpx.Response(500), "processing"),
    ("opted out", refusal(400, "Patient has opted out from the networks"), "rejected"),
    ("identity inactive", refusal(412, "The identity is not in active status"), "rejected"),
    ("session refused", refusal(401, "The AAL2 session is unknown"), "rejected"),
    ("key refused", gateway, "rejected"),
    ("over the limit", refusal(429, "Too many requests"), "rejected"),
    ("out of reach", raises(httpx.ConnectError("x")), "not_started"),
]


@pytest.mark.parametrize(("name", "answer", "status"), ENDS, ids=[row[0] for row in ENDS])
def test_a_query_is_complete_however_it_went(
    ready: Stage, name: str, answer: Answer, status: str
) -> None:
    agree(ready)
    if name != "started":
        ready.upstream.refusing[QUERY] = answer
    query = ready.ask()
    compare(ready)
    assert query.status == status
    found = evidence(ready, query.id)
    assert (found.missing, found.completeness) == ([], 1)
    assert [one.rule for one in found.findings] == ["method_not_phishing_resistant"]


def test_a_session_that_was_given_back_serves_the_next_query(ready: Stage) -> None:
    agree(ready)
    ready.upstream.refusing[QUERY] = gateway
    first = ready.ask()
    ready.upstream.refusing.clear()
    second = ready.ask()
    compare(ready)
    assert first.aal2_session_id == second.aal2_session_id
    for query in (first, second):
        found = evidence(ready, query.id)
        assert found.missing == []
        assert "aal2_used_twice" not in {one.rule for one in found.findings}


def test_a_start_without_an_answer_lacks_it_until_a_message_comes(ready: Stage) -> None:
    agree(ready)
    ready.upstream.refusing[QUERY] = raises(httpx.ReadTimeout("x"))
    query = ready.ask()
    compare(ready)
    assert evidence(ready, query.id).missing == ["request"]
    ready.clock.forward(hours=24)
    assert "unconfirmed" in {one.rule for one in evidence(ready, query.id).findings}
    ready.hear("m-9", "hie", request_id="r-9", data={"accessDeskQueryId": query.id})
    assert evidence(ready, query.id).missing == []


def test_a_query_that_was_never_started_after_a_day_stays_unconfirmed(ready: Stage) -> None:
    agree(ready)
    ready.upstream.refusing[QUERY] = raises(httpx.ReadTimeout("x"))
    query = ready.ask()
    compare(ready)
    ready.clock.forward(hours=24, minutes=1)
    ready.reconciler.step()
    with ready.store.read() as session:
        assert session.get_one(NetworkQuery, query.id).status == "not_started"
    found = evidence(ready, query.id)
    assert "unconfirmed" in {one.rule for one in found.findings}
    assert found.missing == ["request"]


def test_an_attempt_that_was_not_ready_is_no_query_but_counts_as_one_that_failed(
    stage: Stage,
) -> None:
    with pytest.raises(NotReady):
        stage.ask()
    stage.clock.forward(minutes=10)
    found = evidence(stage, stage.start().id)
    assert [one.rule for one in found.findings] == ["treatment_after_failed_ias"]


def test_a_query_from_elsewhere_may_be_ours_for_two_minutes(stage: Stage) -> None:
    stage.hear("m-8", "hie", request_id="r-3")
    with stage.store.read() as session:
        rows = session.exec(select(NetworkQuery).where(col(NetworkQuery.origin) == "external"))
        twin = rows.one().id
    found = evidence(stage, twin)
    assert found.findings == () and found.missing == ["starter"]
    stage.clock.forward(minutes=2)
    assert [one.rule for one in evidence(stage, twin).findings] == ["external"]


def test_evidence_of_a_running_query_says_so(ready: Stage) -> None:
    query = ready.ask()
    states = {link.code.value: link for link in evidence(ready, query.id).links}
    assert states["sources"].state is LinkState.NOT_APPLICABLE
    assert "still being asked" in states["sources"].why
    ready.clock.forward(hours=24)
    assert "sources" in evidence(ready, query.id).missing
    assert timedelta(hours=24) == ready.clock.now - query.submitted_at
