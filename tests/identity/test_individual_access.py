"""Individual access as a whole: who may do what, what it costs, and what stays secret."""

from collections.abc import Callable

import pytest

from services.errors import (
    InvalidInput,
    NotPermitted,
    UpstreamNotFound,
)
from services.identity.access_state import Aal2State
from services.metriport.schemas import Sources
from services.queries.requests import IasRequest
from services.staff.permissions import Role
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    NetworkQuery,
    PatientLink,
    UpstreamCall,
    WebhookEvent,
)
from tests.identity.stage import AAL2_ID, IAS, OTHER, Stage, refusal
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT


def test_who_may_not_is_noted_and_nothing_is_sent(ready: Stage) -> None:
    before = len(ready.requests)
    reviewer, manager = make_actor("Carla", Role.COMPLIANCE), make_actor("Paul", Role.PRODUCT)
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
