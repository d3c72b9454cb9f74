"""Values that upstream or a browser should never send: nothing leaves the tree of errors."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import Session

from services.errors import AccessDeskError, LogRefused, UpstreamBroken
from services.identity import aal2_sessions, duplicates
from services.identity.access_state import Aal2State, IdentityState
from services.identity.hosted_urls import origin_of
from services.identity.patient_links import LinkState
from services.identity.returns import ReturnOutcome, visited
from services.ids import new_id
from services.staff.sign_in.sessions import COOKIE, SessionLimits, StaffSessions
from services.store import Duplicate
from services.store.tables import Aal2Challenge, IdentitySession, ProofedIdentity
from tests.identity.stage import OTHER, Stage
from tests.world import PATIENT, SUPPORT

SESSION = {"sessionId": "ids_1", "sessionUrl": "https://hosted.test/s/1", "status": "pending"}


def _answer(stage: Stage, path: str = "/identity/session", **body: object) -> None:
    # With escapes, as JSON can carry lone surrogates.
    content = json.dumps(SESSION | body)
    headers = {"content-type": "application/json"}
    stage.upstream.refusing[path] = lambda _: httpx.Response(200, text=content, headers=headers)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", None, 7, ""])
def test_an_absurd_end_of_a_link_counts_as_unknown(stage: Stage, end: object) -> None:
    _answer(stage, expiresAt=end)
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.follow(link.url)
    assert stage.standing().identity in (IdentityState.OPENED, IdentityState.LINK_EXPIRED)
    assert 1990 <= link.expires_at.year < 2100 or end == 7


@pytest.mark.parametrize("status", ["submitting", "rejected", "\x00", "\ud800", "x" * 999, None])
def test_any_status_of_an_answer_is_kept_and_is_no_lost_call(
    stage: Stage, status: str | None
) -> None:
    _answer(stage, status=status)
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(hours=2)
    stage.sweeper.step()
    (row,) = stage.rows(IdentitySession)
    assert row.status != "unconfirmed" and row.session_id == "ids_1"


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://", "https://[", "https://a b/", "https://a;b/",
            "https://hosted.test/\n", "//hosted.test/"],
)  # fmt: skip
def test_an_address_that_no_browser_opens_is_an_error_that_the_log_keeps(
    stage: Stage, url: str
) -> None:
    _answer(stage, sessionUrl=url)
    with pytest.raises(UpstreamBroken):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert (row.status, row.error_kind) == ("unconfirmed", "broken")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://auth.test/s/1?a=b#c") == "https://auth.test"
    assert origin_of("http://localhost:8501/x") == "http://localhost:8501"
    assert origin_of("https://hosted.test/\ud800") == ""


@pytest.mark.parametrize("method", [None, 7, "x" * 400, "\x00", "\ud800"])
def test_a_challenge_of_any_method_can_be_satisfied(stage: Stage, method: object) -> None:
    stage.hear_verified("m-1")
    page = stage.upstream.page("challenge", "aalc") | {"method": method}
    _answer(stage, "/aal2/challenge", **page)
    assert stage.satisfy() is ReturnOutcome.SATISFIED


@pytest.mark.parametrize("odd", ["a\x00b", "\ud800", "x" * 5000, "é\u202e"])
def test_odd_text_from_a_browser_is_no_error(stage: Stage, odd: str) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    assert stage.links.look(odd).state is LinkState.UNKNOWN
    assert stage.links.back_from_challenge(odd, odd, odd) is ReturnOutcome.UNKNOWN
    assert stage.links.back_from_identity(odd, odd) is ReturnOutcome.UNKNOWN
    assert stage.links.back_from_challenge(visit.cookie, odd, odd) is ReturnOutcome.DECLINED
    stage.links.back_from_challenge(visit.cookie, "verified", odd)
    assert stage.standing().aal2 is Aal2State.DECLINED
    limits = SessionLimits(timedelta(hours=1), timedelta(hours=1))
    assert StaffSessions(stage.store, stage.clock, limits).actor({COOKIE: odd}) is None


@pytest.mark.parametrize("odd", ["pid\x00", "pid\ud800", "p" * 300])
def test_an_identity_with_an_odd_id_is_kept_once(stage: Stage, odd: str) -> None:
    assert stage.hear_verified("m-1", pid=odd) == "processed"
    stage.clock.forward(minutes=1)
    assert stage.hear_verified("m-2", pid=odd) == "processed"
    assert len(stage.rows(ProofedIdentity)) == 1


def test_a_session_id_of_another_row_stops_no_verification(stage: Stage) -> None:
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (first,) = stage.rows(IdentitySession)
    other = IdentitySession(
        id=new_id(stage.clock.now), patient_id=PATIENT, status="submitting",
        created_by="Sam", created_at=stage.clock.now,
    )  # fmt: skip
    with stage.store.write() as session:
        session.add(other)
    data = {"accessDeskSessionId": other.id}
    payload = {"sessionId": first.session_id}
    assert stage.hear_verified("m-1", data=data, payload=payload) == "processed"
    assert stage.standing().identity is IdentityState.VERIFIED


def test_only_the_expected_duplicate_is_expected() -> None:
    known = Duplicate(duplicates.FINGERPRINT)
    duplicates.expect_duplicate(known, duplicates.FINGERPRINT)
    with pytest.raises(LogRefused) as caught:
        duplicates.expect_duplicate(Duplicate("pk_patient_link"), *duplicates.UPSTREAM_IDS)
    assert isinstance(caught.value, AccessDeskError)


def test_the_newest_goes_by_time_and_not_by_id(stage: Stage) -> None:
    """An id may be made long before its row, as when a dialog stands open."""
    early, late = new_id(datetime(2020, 1, 1, tzinfo=UTC)), new_id(datetime(2030, 1, 1, tzinfo=UTC))
    with stage.store.write() as session:
        _add_rows(session, stage, late, minutes_ago=9)
        _add_rows(session, stage, early, minutes_ago=1)
    facts = stage.standing().facts
    assert facts.verification and facts.verification.target == early
    with stage.store.write() as session:
        assert [row.id for row in visited(session, "identity", [early, late])] == [late, early]
        assert [row.id for row in visited(session, "aal2", [late, early])] == [late, early]


def _add_rows(session: Session, stage: Stage, row_id: str, minutes_ago: int) -> None:
    at = stage.clock.now.replace(minute=stage.clock.now.minute - minutes_ago)
    shared = {"id": row_id, "patient_id": PATIENT, "status": "pending", "created_by": "Sam"}
    shared |= {"created_at": at, "expires_at": at.replace(hour=at.hour + 1)}
    session.add(IdentitySession(**shared, session_id=f"ids_{row_id}"))
    session.add(Aal2Challenge(**shared, challenge_id=f"aalc_{row_id}", proofed_identity_id="pid"))


def test_two_identities_of_one_moment_have_one_newest(stage: Stage) -> None:
    """The facts and the keeping of sessions must not disagree about which one is current."""
    moment = stage.clock.now.isoformat()
    stage.hear_verified("m-1", pid="pid_b", when=moment)
    stage.hear_verified("m-2", pid="pid_a", when=moment)
    identity = stage.standing().facts.identity
    assert identity and identity.id == "pid_b"
    assert stage.satisfy() is ReturnOutcome.SATISFIED


def test_the_same_session_id_through_two_links_at_once_is_kept_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other return may commit between our look and our insert: the second try sees it."""
    stage.hear_verified("m-1")
    stage.hear_verified("m-2", patient_id=OTHER, pid="pid_2")
    assert stage.satisfy("aal2_same", OTHER) is ReturnOutcome.SATISFIED
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    is_known, looks = aal2_sessions._is_known, []

    def blind_at_first(session: Session, credential: str) -> bool:
        looks.append(credential)
        return len(looks) > 1 and is_known(session, credential)

    monkeypatch.setattr(aal2_sessions, "_is_known", blind_at_first)
    back = stage.links.back_from_challenge(visit.cookie, "verified", "aal2_same")
    assert (back, len(looks)) == (ReturnOutcome.DECLINED, 2)
    challenge = stage.standing().facts.challenge
    assert challenge and challenge.returned_status == "verified"
