"""Identity, AAL2 and the IAS query over the log, on each database, whatever upstream says."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from services.errors import (
    Conflict,
    InvalidInput,
    NoAnswer,
    NotPermitted,
    NotReady,
    UpstreamError,
    UpstreamNotFound,
)
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import Standing
from services.identity.patient_links import LinkState, Visit
from services.identity.returns import ReturnOutcome
from services.identity.updates import SESSION_ID_KEY, is_about_identity
from services.lookup.timeline import EntryKind, Timeline
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.queries.requests import IasRequest
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    ProofedIdentity,
    UpstreamCall,
    WebhookEvent,
)
from tests.clock import FakeClock
from tests.world import PATIENT, SUPPORT, World, raises

OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"
PID = "pid_1"
ADMIN = Actor("Ada", Role.ADMIN)
AAL2_ID = "aal2_secret-of-the-person"
IAS = IasRequest(PATIENT, Sources(hie=True))
STARTED = {"status": "processing", "sources": [{"type": "hie"}]}


class Upstream:
    """Answers as the API does; `refusing` maps the end of a path to another answer."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.refusing: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.starts: list[httpx.Request] = []
        self.made = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        for path, answer in self.refusing.items():
            if request.url.path.endswith(path):
                return answer(request)
        self.made += 1
        if request.url.path.endswith("/identity/session"):
            return httpx.Response(200, json=self._page("session", "ids"))
        if request.url.path.endswith("/aal2/challenge"):
            return httpx.Response(200, json=self._page("challenge", "aalc") | {"method": "totp"})
        if request.method == "POST":
            self.starts.append(request)
        return httpx.Response(200, json=STARTED | {"requestId": f"r-{self.made}"})

    def _page(self, name: str, prefix: str) -> dict[str, str]:
        expires_at = self.world.clock.now.replace(microsecond=0) + timedelta(hours=1)
        return {
            f"{name}Id": f"{prefix}_{self.made}",
            f"{name}Url": f"https://hosted.test/{name}/{self.made}",
            "expiresAt": expires_at.isoformat(),
        }


class Stage(World):
    """A world in which a person can go their way."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.upstream = Upstream(self)
        self.answer = self.upstream

    def hear_verified(
        self, message_id: str, patient_id: str = PATIENT, pid: str = PID, **how: Any
    ) -> str:
        """Receive `ias.identity.verified`; what became of the message."""
        fields = {"patientId": patient_id, "proofedIdentityId": pid} | how.get("payload", {})
        when = how.get("when", self.clock.now.isoformat())
        meta = {"messageId": message_id, "when": when, "type": "ias.identity.verified"}
        meta |= {"data": how["data"]} if "data" in how else {}
        body = {"meta": meta} | (fields if how.get("flat") else {"payload": fields})
        raw = json.dumps(body).encode()
        assert self.webhooks.receive(raw, sign("hook", raw)).rejection is None
        self.webhooks.interpret_waiting()
        with self.store.read() as session:
            wanted = select(WebhookEvent).where(WebhookEvent.message_id == message_id)
            return session.exec(wanted).one().status

    def follow(self, url: str) -> Visit:
        """Press Continue."""
        visit = self.links.follow(url.rsplit("/", 1)[1])
        assert isinstance(visit, Visit)
        return visit

    def satisfy(self, credential: str = AAL2_ID, patient_id: str = PATIENT) -> ReturnOutcome:
        """A challenge from its sending to its verified return."""
        visit = self.follow(self.link_sender.send_challenge(SUPPORT, patient_id).url)
        return self.links.back_from_challenge(visit.cookie, "verified", credential)

    def standing(self, patient_id: str = PATIENT) -> Standing:
        return self.identity.standings(SUPPORT, [patient_id])[patient_id]

    def ask(self, request: IasRequest = IAS) -> NetworkQuery:
        """Start an IAS query."""
        return self.query_starts.start(SUPPORT, self.query_starts.new_id(), request)

    def rows(self, table: type) -> list[Any]:
        with self.store.read() as session:
            return list(session.exec(select(table)).all())


@pytest.fixture
def stage(store: Store, clock: FakeClock) -> Stage:
    """A person's way over an empty log, on each database in turn."""
    return Stage(store, clock)


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """Everything is in place for an IAS query."""
    stage.hear_verified("m-1")
    assert stage.satisfy() is ReturnOutcome.SATISFIED
    return stage


def refusal(status: int, detail: str) -> Callable[[httpx.Request], httpx.Response]:
    body = {"status": status, "name": "X", "title": "XError", "detail": detail}
    return lambda _: httpx.Response(status, json=body)


def test_the_intent_stands_before_upstream_is_asked(stage: Stage) -> None:
    seen: list[tuple[str, int]] = []

    def look(request: httpx.Request) -> httpx.Response:
        (row,) = stage.rows(IdentitySession)
        assert json.loads(request.content)["metadata"] == {SESSION_ID_KEY: row.id}
        seen.append((row.status, len(stage.rows(AuditEvent))))
        return stage.upstream._page("session", "ids") and httpx.Response(
            200, json=stage.upstream._page("session", "ids")
        )

    stage.upstream.refusing["/identity/session"] = look
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    assert seen == [("submitting", 1)]
    assert link.url.startswith("https://us.test/ias/go/")
    assert "hosted.test" not in str(stage.rows(PatientLink)) + repr(link)


@pytest.mark.parametrize("order", ["webhook first", "redirect first", "no redirect"])
def test_webhook_and_redirect_come_in_either_order(stage: Stage, order: str) -> None:
    visit = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    (row,) = stage.rows(IdentitySession)
    if order == "redirect first":
        stage.links.back_from_identity(visit.cookie, None)
        assert stage.standing().identity is IdentityState.RETURNED
    assert stage.hear_verified("m-1", data={SESSION_ID_KEY: row.id}) == "processed"
    if order == "webhook first":
        stage.links.back_from_identity(visit.cookie, None)
    assert stage.standing().identity is IdentityState.VERIFIED
    (row,) = stage.rows(IdentitySession)
    (identity,) = stage.rows(ProofedIdentity)
    assert row.verified_at and (row.returned_at is None) == (order == "no redirect")
    assert identity.from_session == row.id


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"flat": True},
        {"when": "2030-01-01T00:00:00Z"},
        {"payload": {"sessionId": "ids_nobodys"}},
        {"data": {"another": "app"}},
        {"data": {SESSION_ID_KEY: "not a row of ours"}},
        {"payload": {"assuranceLevel": "IAL2", "more": {"x": 1}}},
    ],
)
def test_identities_from_elsewhere_are_taken_in(stage: Stage, how: dict[str, Any]) -> None:
    assert stage.hear_verified("m-1", **how) == "processed"
    assert stage.hear_verified("m-2", **how) == "processed"
    (identity,) = stage.rows(ProofedIdentity)
    assert identity.verified_at <= stage.clock.now and identity.from_session is None
    assert stage.standing().identity is IdentityState.VERIFIED


def test_news_of_the_wrong_shape_stay_visible(stage: Stage) -> None:
    assert stage.hear_verified("m-1", pid="") == "failed"
    assert stage.hear_verified("m-2", payload={"patientId": None}) == "failed"
    assert stage.rows(ProofedIdentity) == []


def test_an_identity_does_not_change_its_person(stage: Stage) -> None:
    stage.hear_verified("m-1")
    assert stage.hear_verified("m-2", OTHER) == "failed"
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    theirs = {SESSION_ID_KEY: row.id}
    assert stage.hear_verified("m-3", OTHER, "pid_2", data=theirs) == "failed"
    assert stage.standing(OTHER).identity is IdentityState.NONE


def test_the_newest_active_identity_counts(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.satisfy()
    stage.clock.forward(minutes=1)
    stage.hear_verified("m-2", pid="pid_2")
    standing = stage.standing()
    assert standing.facts.identity and standing.facts.identity.id == "pid_2"
    assert standing.aal2 is Aal2State.NONE
    with pytest.raises(NotReady):
        stage.ask()


def test_a_refusal_does_not_bring_an_older_identity_back(ready: Stage) -> None:
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]
    ready.upstream.refusing["/aal2/challenge"] = refusal(412, "identity is not active")
    with pytest.raises(NotReady):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.INACTIVE, Aal2State.NONE)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-3")
    assert ready.standing().identity is IdentityState.VERIFIED
    assert ready.standing().aal2 is not Aal2State.ACTIVE


def test_a_session_of_an_overtaken_identity_is_not_kept(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    back = ready.links.back_from_challenge(visit.cookie, "verified", "aal2_late")
    assert back is ReturnOutcome.DECLINED
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]


def test_two_identities_in_one_browser_are_not_told_apart(ready: Stage) -> None:
    first = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    second = ready.links.follow(token, first.cookie)
    assert isinstance(second, Visit)
    back = ready.links.back_from_challenge(second.cookie, "verified", "aal2_whose")
    assert back is ReturnOutcome.AMBIGUOUS
    assert ready.standing().aal2 is Aal2State.DECLINED


def test_an_address_that_is_opened_again_does_not_take_another_pages_return(
    ready: Stage,
) -> None:
    first = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    assert (
        ready.links.back_from_challenge(first.cookie, "verified", "aal2_2")
        is ReturnOutcome.SATISFIED
    )
    ready.ask()
    ready.clock.forward(minutes=1)
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    second = ready.links.follow(token, first.cookie)
    assert isinstance(second, Visit)
    assert (
        ready.links.back_from_challenge(second.cookie, "verified", "aal2_2") is ReturnOutcome.DONE
    )
    assert ready.standing().aal2 is Aal2State.OPENED
    assert (
        ready.links.back_from_challenge(second.cookie, "verified", "aal2_3")
        is ReturnOutcome.SATISFIED
    )
    assert ready.standing().aal2 is Aal2State.ACTIVE


def test_a_page_of_thanks_says_what_is_true_when_it_is_opened_again(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    assert (
        ready.links.back_from_challenge(visit.cookie, "verified", "aal2_2")
        is ReturnOutcome.SATISFIED
    )
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.SATISFIED
    ready.ask()
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.DONE
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.links.back_from_challenge(visit.cookie, "verified", "aal2_3")
    ready.clock.forward(minutes=31)
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.OVER


def test_a_confirmation_before_the_answer_is_not_taken_back(stage: Stage) -> None:
    def confirmed(request: httpx.Request) -> httpx.Response:
        (row,) = stage.rows(IdentitySession)
        stage.hear_verified("m-1", data={SESSION_ID_KEY: row.id})
        return httpx.Response(200, json=stage.upstream._page("session", "ids"))

    stage.upstream.refusing["/identity/session"] = confirmed
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert (row.status, row.session_id) == ("completed", "ids_0")


def test_the_same_news_on_two_machines_are_taken_in_once(stage: Stage) -> None:
    def hear(number: int) -> str:
        return stage.hear_verified(f"m-{number}", when="2026-09-14T15:29:00Z")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, range(8)))
    stage.webhooks.interpret_waiting()
    assert {one.status for one in stage.rows(WebhookEvent)} == {"processed"}
    assert len(stage.rows(ProofedIdentity)) == 1


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


def test_a_return_that_is_looked_at_again_is_about_the_last_page(ready: Stage) -> None:
    """The window is led on to an address without the credential, which is a second request."""
    left = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(seconds=30)
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    visit = ready.links.follow(token, left.cookie)
    assert isinstance(visit, Visit)
    ready.clock.forward(seconds=30)
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.WAITING
    assert ready.links.back_from_challenge(visit.cookie, "failed", None) is ReturnOutcome.DECLINED
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.DECLINED
    returned = [bool(one.returned_at) for one in ready.rows(Aal2Challenge)[-2:]]
    assert returned == [False, True]


def test_a_page_of_thanks_that_is_opened_again_returns_nothing_more(stage: Stage) -> None:
    left = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    stage.clock.forward(seconds=30)
    token = stage.link_sender.send_verification(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    visit = stage.links.follow(token, left.cookie)
    assert isinstance(visit, Visit)
    stage.clock.forward(seconds=30)
    for status in ("failed", None, None):
        assert stage.links.back_from_identity(visit.cookie, status) is ReturnOutcome.RECEIVED
    assert [bool(one.returned_at) for one in stage.rows(IdentitySession)] == [False, True]


def test_a_late_return_was_not_verified_later_than_its_challenge(stage: Stage) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    stage.clock.forward(hours=3)
    stage.links.back_from_challenge(visit.cookie, "verified", AAL2_ID)
    assert stage.standing().aal2 is Aal2State.EXPIRED


def test_a_late_return_does_not_replace_a_newer_session(stage: Stage) -> None:
    stage.hear_verified("m-1")
    early = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    stage.clock.forward(minutes=61)
    stage.satisfy("aal2_newer")
    stage.clock.forward(minutes=1)
    stage.links.back_from_challenge(early.cookie, "verified", "aal2_older")
    assert stage.standing().aal2 is Aal2State.ACTIVE
    stage.ask()
    assert stage.upstream.starts[0].headers["x-aal2-session"] == "aal2_newer"
    assert [one.secret for one in stage.rows(Aal2Session)] == [None, None]


def test_a_challenge_of_a_refused_identity_binds_nothing(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.upstream.refusing["/network/query"] = refusal(412, "identity is not active")
    ready.ask()
    ready.clock.forward(minutes=1)
    ready.links.back_from_challenge(visit.cookie, "verified", "aal2_late")
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2")
    assert ready.standing().aal2 is not Aal2State.ACTIVE
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]


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


def test_a_webhook_before_the_answer_is_not_overwritten_by_its_absence(stage: Stage) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        stage.hear_verified("m", data=json.loads(request.content)["metadata"])
        raise httpx.ReadTimeout("t")

    stage.upstream.refusing["/identity/session"] = answer
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert (row.status, row.error_kind) == ("completed", None)


def test_a_link_that_upstream_gave_out_before_is_an_error_that_says_so(stage: Stage) -> None:
    same = {"sessionId": "ids_same", "sessionUrl": "https://hosted.test/s"}
    stage.upstream.refusing["/identity/session"] = lambda _: httpx.Response(200, json=same)
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    with pytest.raises(UpstreamError, match="gave out before"):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    assert [one.status for one in stage.rows(IdentitySession)] == ["pending", "unconfirmed"]


def test_a_link_whose_process_died_does_not_submit_forever(stage: Stage) -> None:
    stage.upstream.refusing["/identity/session"] = raises(RuntimeError("the power went"))
    with pytest.raises(RuntimeError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(minutes=3)
    stage.sweeper.step()
    assert [one.status for one in stage.rows(IdentitySession)] == ["unconfirmed"]


@pytest.mark.parametrize(
    ("detail", "about"),
    [
        ("Proofed identity pid_1 is not in active status", True),
        ("Could not find proofed identity", True),
        ("Inactive proofed identity", True),
        ("The identity has been deactivated", True),
        ("proofed identity status must be active", True),
        ("Identity not found", True),
        ("The proofed identity has expired", True),
        ("AAL2 session for identity pid_1 has expired", False),
        ("The AAL2 session of this proofed identity was revoked", False),
        ("The AAL2 session does not belong to identity pid_1 or is not active", False),
        ("The proofed identity belongs to another patient", False),
        ("Could not find patient", False),
        ("", False),
    ],
)
def test_what_a_refusal_is_about(detail: str, about: bool) -> None:
    refused = Conflict("no", status=412, detail=detail)
    assert is_about_identity(refused, brought_session=True) is about
    assert not is_about_identity(NoAnswer("no", detail=detail), brought_session=True)


@pytest.mark.parametrize(
    ("detail", "of_a_query"),
    [
        ("Cannot create AAL2 challenge: proofed identity is not active", False),
        ("Proofed identity is inactive. Create a new identity session.", True),
    ],
)
def test_what_a_challenge_is_refused_for(detail: str, of_a_query: bool) -> None:
    refused = Conflict("no", status=412, detail=detail)
    assert is_about_identity(refused, brought_session=False)
    assert is_about_identity(refused, brought_session=True) is of_a_query


def test_the_api_saying_401_is_a_refusal_and_not_the_key(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = refusal(401, "The AAL2 session has expired")
    query = ready.ask()
    assert (query.status, query.error_kind) == ("rejected", "refused")
    assert ready.standing().aal2 is Aal2State.EXPIRED


def test_a_cookie_does_not_last_forever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    monkeypatch.setattr(
        "services.identity.patient_links.COOKIE_MAX_AGE", -stage.aal2.limits.max_idle
    )
    back = stage.links.back_from_challenge(visit.cookie, "verified", AAL2_ID)
    assert back is ReturnOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(400, "redirectUrl: is not on the allowlist"), "rejected"),
        (refusal(404, "Could not find patient"), "rejected"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed"),
        (raises(httpx.ConnectError("c")), "not_started"),
    ],
)
def test_a_link_that_upstream_denies_is_kept_and_not_sent(
    stage: Stage, answer: Any, status: str
) -> None:
    stage.upstream.refusing["/identity/session"] = answer
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert row.status == status and row.error_kind and row.error_detail
    assert stage.rows(PatientLink) == []
    assert stage.standing().identity is IdentityState.NONE


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(400, "redirectUrl: is not on the allowlist"), "rejected"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed"),
        (raises(httpx.ConnectError("c")), "not_started"),
    ],
)
def test_a_challenge_that_upstream_denies_is_kept_and_not_sent(
    ready: Stage, answer: Any, status: str
) -> None:
    ready.upstream.refusing["/aal2/challenge"] = answer
    with pytest.raises(UpstreamError):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert [one.status for one in ready.rows(Aal2Challenge)] == ["pending", status]
    assert ready.standing().aal2 is Aal2State.ACTIVE


def test_a_verification_that_was_not_answered_may_still_come(stage: Stage) -> None:
    stage.upstream.refusing["/identity/session"] = raises(httpx.ReadTimeout("t"))
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    stage.hear_verified("m", data={SESSION_ID_KEY: row.id}, payload={"sessionId": "ids_late"})
    (row,) = stage.rows(IdentitySession)
    assert (row.session_id, row.status) == ("ids_late", "completed")
    assert stage.standing().identity is IdentityState.VERIFIED


def test_a_challenge_may_find_the_identity_inactive(ready: Stage) -> None:
    ready.upstream.refusing["/aal2/challenge"] = refusal(
        412, f"Proofed identity {PID} is not in active status"
    )
    with pytest.raises(NotReady) as told:
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert "not active any more" in str(told.value) and "verify again" in told.value.next_step
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.INACTIVE, Aal2State.EXPIRED)
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]
    with pytest.raises(NotReady):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    sends = [one for one in ready.rows(AuditEvent) if one.action == "links.send"]
    assert [one.outcome for one in sends[-2:]] == ["asked", "not ready"]


def test_old_news_do_not_revive_an_identity_and_newer_ones_do(ready: Stage) -> None:
    before = ready.clock.now.isoformat()
    ready.clock.forward(minutes=1)
    ready.upstream.refusing["/network/query"] = refusal(412, "identity is not active")
    ready.ask()
    ready.clock.forward(minutes=1)
    assert ready.hear_verified("m-2", when=before) == "processed"
    assert ready.hear_verified("m-3", when=None) == "processed"
    assert ready.standing().identity is IdentityState.INACTIVE
    assert ready.hear_verified("m-4") == "processed"
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.VERIFIED, Aal2State.EXPIRED)


def test_without_an_identity_there_is_no_challenge(stage: Stage) -> None:
    with pytest.raises(NotReady, match="not verified yet"):
        stage.link_sender.send_challenge(SUPPORT, PATIENT)
    assert stage.requests == [] and stage.rows(Aal2Challenge) == []


def test_who_may_not_is_noted_and_nothing_is_sent(ready: Stage) -> None:
    before = len(ready.requests)
    reviewer, manager = Actor("Carla", Role.COMPLIANCE), Actor("Paul", Role.PRODUCT)
    attempts: list[Callable[[], object]] = [
        lambda: ready.link_sender.send_verification(reviewer, PATIENT),
        lambda: ready.link_sender.send_challenge(reviewer, PATIENT),
        lambda: ready.query_starts.start(reviewer, ready.query_starts.new_id(), IAS),
        lambda: ready.identity.of_person(manager, PATIENT),
        lambda: ready.identity.standings(manager, [PATIENT]),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()
    assert len(ready.requests) == before
    denied = [one.action for one in ready.rows(AuditEvent) if one.outcome == "denied"]
    assert denied == ["links.send", "links.send", "queries.start", "patients.view", "patients.view"]
    assert ready.identity.of_person(reviewer, PATIENT).aal2 is Aal2State.ACTIVE


def test_requests_that_cannot_be_are_refused(ready: Stage) -> None:
    for request in (IasRequest(PATIENT, Sources()), IasRequest(PATIENT, Sources(hie=True), "a b")):
        with pytest.raises(InvalidInput):
            ready.ask(request)
    with pytest.raises(UpstreamNotFound):
        ready.ask(IasRequest("nobody", Sources(hie=True)))
    with pytest.raises(UpstreamNotFound):
        ready.link_sender.send_verification(SUPPORT, "nobody")
    assert ready.standing().aal2 is Aal2State.ACTIVE


def test_many_people_cost_as_many_statements_as_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import event

    people = [PATIENT, OTHER, *(f"0191b87f-6d9f-7b6e-bf3b-1c88b34ca{n:03}" for n in range(40))]
    for number, person in enumerate(people):
        stage.hear_verified(f"m-{number}", person, f"pid_{number}")
        if number < 5:
            stage.satisfy(f"aal2_{number}", person)
    seen: list[str] = []
    event.listen(stage.store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    stage.identity.standings(SUPPORT, people[:1])
    one = len(seen)
    found = stage.identity.standings(SUPPORT, people)
    assert len(seen) == 2 * one
    assert [found[person].aal2 for person in people[:6]] == ["active"] * 5 + ["none"]


def test_the_credential_stands_nowhere_in_clear(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = refusal(403, "The AAL2 session has expired")
    ready.ask()
    written = ""
    for table in (Aal2Session, Aal2Challenge, NetworkQuery, AuditEvent, PatientLink, WebhookEvent):
        written += " ".join(str(row.model_dump()) for row in ready.rows(table))
    assert AAL2_ID not in written and "hosted.test" not in written


def test_an_error_that_repeats_the_credential_is_kept_without_it(ready: Stage) -> None:
    ready.upstream.refusing["/network/query"] = refusal(403, f"AAL2 session {AAL2_ID} has expired")
    query = ready.ask()
    assert query.error_detail == "AAL2 session … has expired"
    (*_, call) = ready.rows(UpstreamCall)
    assert AAL2_ID not in str(call.model_dump())


def test_the_timeline_tells_each_moment_newest_first(ready: Stage) -> None:
    query = ready.ask()
    ready.clock.forward(minutes=1)
    ready.link_sender.send_verification(SUPPORT, PATIENT)
    entries = Timeline(ready.store, ready.audit).of_patient(ADMIN, PATIENT)
    moments = [one.at for one in entries]
    assert moments == sorted(moments, reverse=True)
    told = {(one.what, one.state) for one in entries}
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
    assert {one.place.id for one in entries if one.what == "ias query" and one.place} == {query.id}
    of_query = Timeline(ready.store, ready.audit).of_query(SUPPORT, query.id)
    assert {one.sort for one in of_query} == {EntryKind.QUERY, EntryKind.CALL, EntryKind.AAL2}
    assert "links.send" not in {
        one.what for one in Timeline(ready.store, ready.audit).of_patient(SUPPORT, PATIENT)
    }


def test_a_changed_key_is_said_and_spends_nothing(ready: Stage) -> None:
    other = Stage(ready.store, ready.clock)
    other.aal2._vault = type(other.aal2._vault)(["another"])
    with pytest.raises(NotReady, match="SECRET_KEY"):
        other.ask()
    assert ready.standing().aal2 is Aal2State.ACTIVE
    assert ready.links.look("x").state is LinkState.UNKNOWN
