"""Returns that somebody else caused: the real session wins in any order; the forgery shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from services.errors import NotReady
from services.identity.access_state import Aal2State, LinkFacts
from services.identity.patient_links import Visit
from services.identity.returns import ReturnOutcome
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession
from tests.identity.stage import AAL2_ID, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises

FORGED = "aal2_forged"


@pytest.fixture
def visit(stage: Stage) -> Visit:
    """A person who is answering a challenge right now; upstream knows the real session only."""
    stage.upstream.refusing["/network/query"] = _refuse_forged(stage)
    stage.hear_verified("m-1")
    return stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)


def _refuse_forged(stage: Stage) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["x-aal2-session"] != AAL2_ID:
            return refusal(403, "The AAL2 session is not known")(request)
        stage.upstream.starts.append(request)
        started = {"requestId": "r-1", "status": "processing", "sources": [{"type": "hie"}]}
        return httpx.Response(200, json=started)

    return answer


def _come_back(stage: Stage, visit: Visit, *credentials: str) -> None:
    for credential in credentials:
        stage.clock.forward(seconds=1)
        stage.links.back_from_challenge(visit.cookie, "verified", credential)


def _challenge(stage: Stage) -> LinkFacts:
    challenge = stage.standing().facts.challenge
    assert challenge is not None
    return challenge


@pytest.mark.parametrize(
    ("order", "refused"),
    [
        ((FORGED, AAL2_ID), 0),
        ((AAL2_ID, FORGED), 1),
        ((FORGED, AAL2_ID, "aal2_forged2"), 1),
        (("aal2_forged2", FORGED, AAL2_ID), 0),
        ((AAL2_ID, "aal2_forged2", FORGED), 2),
    ],
)
def test_the_real_session_wins_in_every_order(
    stage: Stage, visit: Visit, order: tuple[str, ...], refused: int
) -> None:
    _come_back(stage, visit, *order)
    facts = stage.standing().facts
    assert (_challenge(stage).returns, facts.candidates) == (len(order), len(order))
    assert _challenge(stage).contested
    for _ in range(refused):
        assert stage.ask().status == "rejected"
        assert stage.standing().aal2 is Aal2State.ACTIVE
    query = stage.ask()
    assert (query.status, query.request_id) == ("processing", "r-1")
    assert stage.standing().aal2 is Aal2State.USED
    with pytest.raises(NotReady):
        stage.ask()
    used = {row.used_by for row in stage.rows(Aal2Session) if row.used_by}
    assert len(used) == refused + 1


@pytest.mark.parametrize("status", ["failed", "cancelled", None])
def test_a_forged_failure_shuts_out_no_real_return(
    stage: Stage, visit: Visit, status: str | None
) -> None:
    stage.links.back_from_challenge(visit.cookie, status, "aal2_ignored")
    assert stage.standing().aal2 is Aal2State.DECLINED
    _come_back(stage, visit, AAL2_ID)
    assert _challenge(stage).contested
    assert stage.ask().status == "processing"


def test_a_forged_failure_after_the_real_return_takes_nothing_away(
    stage: Stage, visit: Visit
) -> None:
    _come_back(stage, visit, AAL2_ID)
    stage.links.back_from_challenge(visit.cookie, "failed", None)
    assert _challenge(stage).contested
    assert stage.ask().status == "processing"


def test_an_address_that_is_opened_again_is_no_second_return(stage: Stage, visit: Visit) -> None:
    _come_back(stage, visit, AAL2_ID, AAL2_ID)
    stage.links.back_from_challenge(visit.cookie, None, None)
    assert (_challenge(stage).returns, _challenge(stage).contested) == (1, False)


def test_fifty_at_once_are_one_query_also_with_two_candidates(stage: Stage, visit: Visit) -> None:
    _come_back(stage, visit, FORGED, AAL2_ID)

    def press(_: int) -> str:
        try:
            return stage.ask().status
        except NotReady:
            return "not ready"

    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(press, range(50)))
    assert sorted(outcomes) == ["not ready"] * 49 + ["processing"]
    assert len(stage.upstream.starts) == 1


def test_no_second_query_starts_while_upstream_has_not_answered(stage: Stage, visit: Visit) -> None:
    def meanwhile(request: httpx.Request) -> httpx.Response:
        assert stage.standing().aal2 is Aal2State.USED
        with pytest.raises(NotReady):
            stage.ask()
        raise httpx.ReadTimeout("t")

    _come_back(stage, visit, FORGED, AAL2_ID)
    stage.upstream.refusing["/network/query"] = meanwhile
    assert stage.ask().status == "unconfirmed"
    # It may have started, so another candidate must not start it once more.
    assert stage.standing().aal2 is Aal2State.USED


def test_a_real_return_while_the_forged_session_is_tried_counts_afterwards(
    stage: Stage, visit: Visit
) -> None:
    def meanwhile(request: httpx.Request) -> httpx.Response:
        stage.upstream.refusing["/network/query"] = _refuse_forged(stage)
        _come_back(stage, visit, AAL2_ID)
        return refusal(403, "The AAL2 session is not known")(request)

    _come_back(stage, visit, FORGED)
    stage.upstream.refusing["/network/query"] = meanwhile
    assert stage.ask().status == "rejected"
    assert stage.ask().status == "processing"


def test_a_session_that_upstream_never_saw_goes_back_beside_the_others(
    stage: Stage, visit: Visit
) -> None:
    _come_back(stage, visit, FORGED, AAL2_ID)
    working = stage.upstream.refusing["/network/query"]
    stage.upstream.refusing["/network/query"] = raises(httpx.ConnectError("c"))
    assert stage.ask().status == "not_started"
    assert stage.standing().facts.candidates == 2
    stage.upstream.refusing["/network/query"] = working
    assert stage.ask().status == "processing"


def test_candidates_are_encrypted_and_erased_when_their_time_is_over(
    stage: Stage, visit: Visit
) -> None:
    _come_back(stage, visit, FORGED, AAL2_ID)
    assert AAL2_ID not in str([row.model_dump() for row in stage.rows(Aal2Session)])
    stage.ask()
    stage.clock.forward(minutes=31)
    stage.sweeper.step()
    assert [row.secret for row in stage.rows(Aal2Session)] == [None, None]


@pytest.mark.parametrize("real_at", [0, 24])
def test_a_flood_of_forged_returns_is_bounded_and_keeps_the_real_one(
    stage: Stage, visit: Visit, real_at: int
) -> None:
    flood = [f"aal2_{number}" for number in range(24)]
    flood.insert(real_at, AAL2_ID)
    _come_back(stage, visit, *flood)
    rows = stage.rows(Aal2Session)
    kept = {stage.aal2._vault.decrypt(row.secret).decode() for row in rows}
    assert (len(kept), AAL2_ID in kept) == (10, True)
    assert _challenge(stage).returns == 25


@pytest.mark.parametrize("order", [(FORGED, AAL2_ID), (AAL2_ID, FORGED)])
def test_a_challenge_that_was_left_does_not_take_the_return(
    stage: Stage, visit: Visit, order: tuple[str, ...]
) -> None:
    """Else the session of one challenge would replace that of the other."""
    stage.clock.forward(seconds=30)
    token = stage.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    second = stage.links.follow(token, visit.cookie)
    assert isinstance(second, Visit)
    _come_back(stage, second, *order)
    assert [row.returns for row in stage.rows(Aal2Challenge)] == [0, 2]
    statuses = []
    while stage.standing().aal2 is Aal2State.ACTIVE:
        statuses.append(stage.ask().status)
    assert statuses[-1] == "processing"


def test_a_newer_challenge_replaces_every_candidate_of_the_older(
    stage: Stage, visit: Visit
) -> None:
    _come_back(stage, visit, FORGED, "aal2_old")
    stage.clock.forward(minutes=1)
    assert stage.satisfy(AAL2_ID) is ReturnOutcome.SATISFIED
    assert stage.standing().facts.candidates == 1
    assert not _challenge(stage).contested
    assert stage.ask().status == "processing"
    assert stage.standing().aal2 is Aal2State.USED


def test_a_forged_return_from_the_proofing_is_counted_and_decides_nothing(stage: Stage) -> None:
    visit = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    stage.links.back_from_identity(visit.cookie, "forged")
    stage.links.back_from_identity(visit.cookie, None)
    stage.links.back_from_identity(visit.cookie, "completed")
    (row,) = stage.rows(IdentitySession)
    assert (row.returned_status, row.returns) == ("forged", 2)
    stage.hear_verified("m-1")
    verification = stage.standing().facts.verification
    assert verification and verification.contested
    assert stage.standing().aal2 is Aal2State.NONE
