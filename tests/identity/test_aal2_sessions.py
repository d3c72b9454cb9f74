"""AAL2 sessions: each serves one query, and ends where upstream or the clock says so."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from services.errors import (
    NotReady,
)
from services.identity.access_state import Aal2State, IdentityState
from services.identity.patient_links import LinkState
from services.identity.returns import ReturnOutcome
from services.store.tables import (
    Aal2Session,
    AuditEvent,
    NetworkQuery,
    PatientLink,
)
from tests.identity.stage import AAL2_ID, IAS, PID, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises


def test_a_session_serves_one_query(ready: Stage) -> None:
    query = ready.ask()
    (start,) = ready.upstream.starts
    assert start.headers["x-aal2-session"] == AAL2_ID
    assert start.url.params["purposeOfUse"] == "ias"
    assert json.loads(start.content)["proofedIdentityId"] == PID
    (session,) = ready.rows(Aal2Session)
    assert (query.purpose, query.status) == ("ias", "processing")
    assert (query.proofed_identity_id, query.aal2_session_id) == (PID, session.id)
    assert (session.used_by, session.end_reason, session.secret) == (query.id, "used", None)
    assert ready.standing().aal2 is Aal2State.USED
    with pytest.raises(NotReady, match="each query needs a new challenge"):
        ready.ask()
    assert len(ready.upstream.starts) == len(ready.rows(NetworkQuery)) == 1
    outcomes = [one.outcome for one in ready.rows(AuditEvent) if one.action == "queries.start"]
    assert outcomes == ["asked", "not ready"]
    ready.clock.forward(minutes=1)
    assert ready.satisfy("aal2_next") is ReturnOutcome.SATISFIED
    assert ready.ask().status == "processing"


def test_fifty_at_once_are_one_query(ready: Stage) -> None:
    def press(_: int) -> str:
        try:
            return ready.ask().status
        except NotReady:
            return "not ready"

    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(press, range(50)))
    assert sorted(outcomes) == ["not ready"] * 49 + ["processing"]
    assert len(ready.upstream.starts) == len(ready.rows(NetworkQuery)) == 1


def test_the_same_start_twice_is_one(ready: Stage) -> None:
    query_id = ready.query_starts.new_id()
    first = ready.query_starts.start(SUPPORT, query_id, IAS)
    assert ready.query_starts.start(SUPPORT, query_id, IAS).id == first.id
    assert len(ready.upstream.starts) == 1


@pytest.mark.parametrize(
    ("answer", "status", "identity", "aal2"),
    [
        (refusal(403, "The AAL2 session has expired"), "rejected", "verified", "expired"),
        (refusal(403, "The AAL2 session was already used"), "rejected", "verified", "expired"),
        (refusal(403, "no"), "rejected", "verified", "expired"),
        (refusal(400, "at least one source"), "rejected", "verified", "expired"),
        (refusal(412, f"Proofed identity {PID} is not in active status"),
         "rejected", "inactive", "expired"),
        (refusal(403, "Identity is inactive"), "rejected", "inactive", "expired"),
        (refusal(404, "Could not find proofed identity"), "rejected", "inactive", "expired"),
        (refusal(404, "Could not find patient"), "rejected", "verified", "expired"),
        (refusal(429, "slow down"), "rejected", "verified", "active"),
        (lambda _: httpx.Response(403, json={"message": "Forbidden"}),
         "rejected", "verified", "active"),
        (raises(httpx.ConnectError("c")), "not_started", "verified", "active"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed", "verified", "used"),
        (lambda _: httpx.Response(502, html="<p>"), "unconfirmed", "verified", "used"),
    ],
)  # fmt: skip
def test_what_upstream_says_stands_above_the_clock(
    ready: Stage, answer: Any, status: str, identity: str, aal2: str
) -> None:
    ready.upstream.refusing["/network/query"] = answer
    query = ready.ask()
    standing = ready.standing()
    assert (query.status, standing.identity, standing.aal2) == (status, identity, aal2)
    (session,) = ready.rows(Aal2Session)
    assert (session.secret is not None) == (aal2 == "active")
    assert query.aal2_session_id == session.id


def test_an_unspent_session_serves_the_next_query(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = raises(httpx.ConnectError("c"))
    assert ready.ask().status == "not_started"
    ready.upstream.refusing.clear()
    assert ready.ask().status == "processing"
    assert ready.upstream.starts[0].headers["x-aal2-session"] == AAL2_ID


def test_a_start_whose_process_died_has_used_its_session(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = raises(RuntimeError("the power went"))
    with pytest.raises(RuntimeError):
        ready.ask()
    assert ready.standing().aal2 is Aal2State.USED
    ready.clock.forward(minutes=3)
    ready.reconciler.step()
    (query,) = ready.rows(NetworkQuery)
    assert query.status == "unconfirmed"


def test_a_session_that_ends_between_the_page_and_the_click(ready: Stage) -> None:
    ready.clock.forward(minutes=29, seconds=59)
    assert ready.standing().aal2 is Aal2State.ACTIVE
    ready.clock.forward(seconds=1)
    with pytest.raises(NotReady, match="a new challenge is needed"):
        ready.ask()
    assert ready.upstream.starts == []


def test_what_is_over_is_erased(ready: Stage) -> None:
    ready.link_sender.send_verification(SUPPORT, PATIENT)
    assert ready.sweeper.step() == 0
    ready.clock.forward(hours=1)
    assert ready.sweeper.step() == 2
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]
    assert [one.url for one in ready.rows(PatientLink)] == [None, None]
    assert ready.sweeper.step() == 0


def test_a_new_session_replaces_an_unused_one(ready: Stage) -> None:
    ready.clock.forward(minutes=1)
    ready.satisfy("aal2_second")
    reasons = {one.end_reason: one.secret for one in ready.rows(Aal2Session)}
    assert reasons["replaced"] is None
    ready.ask()
    assert ready.upstream.starts[0].headers["x-aal2-session"] == "aal2_second"


def test_an_identity_refused_while_a_query_is_under_way_keeps_its_session_dead(
    ready: Stage,
) -> None:
    def meanwhile(_: httpx.Request) -> httpx.Response:
        ready.upstream.refusing["/aal2/challenge"] = refusal(412, "identity is not active")
        with pytest.raises(NotReady):
            ready.link_sender.send_challenge(SUPPORT, PATIENT)
        raise httpx.ConnectError("c")

    ready.upstream.refusing["/network/query"] = meanwhile
    assert ready.ask().status == "not_started"
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2")
    assert ready.standing().aal2 is not Aal2State.ACTIVE
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]


def test_a_released_session_gives_way_to_a_newer_one(ready: Stage) -> None:
    def meanwhile(_: httpx.Request) -> httpx.Response:
        ready.clock.forward(minutes=1)
        ready.satisfy("aal2_newer")
        raise httpx.ConnectError("c")

    ready.upstream.refusing["/network/query"] = meanwhile
    ready.ask()
    ready.upstream.refusing.clear()
    ready.ask()
    assert ready.upstream.starts[0].headers["x-aal2-session"] == "aal2_newer"
    with pytest.raises(NotReady):
        ready.ask()


def test_a_refusal_that_comes_after_the_row_was_given_up_still_counts(ready: Stage) -> None:
    def late(_: httpx.Request) -> httpx.Response:
        ready.clock.forward(minutes=3)
        ready.reconciler.step()
        return refusal(412, "identity is not active")(_)

    ready.upstream.refusing["/network/query"] = late
    assert ready.ask().status == "rejected"
    assert ready.standing().identity is IdentityState.INACTIVE


def test_the_api_saying_401_is_a_refusal_and_not_the_key(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = refusal(401, "The AAL2 session has expired")
    query = ready.ask()
    assert (query.status, query.error_kind) == ("rejected", "refused")
    assert ready.standing().aal2 is Aal2State.EXPIRED


def test_a_changed_key_is_said_and_spends_nothing(ready: Stage) -> None:
    other = Stage(ready.store, ready.clock)
    other.aal2._vault = type(other.aal2._vault)(["another"])
    with pytest.raises(NotReady, match="SECRET_KEY"):
        other.ask()
    assert ready.standing().aal2 is Aal2State.ACTIVE
    assert ready.links.look("x").state is LinkState.UNKNOWN
