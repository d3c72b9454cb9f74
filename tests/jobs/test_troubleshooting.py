"""The desk's tools over the real sandbox: find anything, the inbox, replay, calls, limits."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from services.desk import Desk
from services.errors import InvalidInput, NotInLog, NotPermitted, SecretPasted, UpstreamError
from services.identity.access_state import IdentityState
from services.ids import new_id
from services.lookup.finder import Place, PlaceKind
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.queries.requests import REASONS as QUERY_REASONS
from services.queries.requests import TreatmentRequest
from services.staff.permissions import Role
from services.store.tables import (
    Aal2Challenge,
    AuditEvent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)
from services.webhooks.filters import WebhookFilters
from services.webhooks.inbox import REASONS
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT, ADMIN = STAFF[Role.SUPPORT], STAFF[Role.ADMIN]
LAB = Sources(lab=True)


def started(desk: Desk, patient_id: str) -> NetworkQuery:
    facility = desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, LAB, QUERY_REASONS[0])
    return desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)


def ended(desk: Desk, query_id: str) -> NetworkQuery:
    def row() -> NetworkQuery:
        return desk.queries.open(SUPPORT, query_id).query

    until(lambda: row().next_check_at is None)
    return row()


def first(desk: Desk, table: type, **where: Any) -> Any:
    with desk.store.read() as session:
        wanted = select(table)
        for name, value in where.items():
            wanted = wanted.where(getattr(table, name) == value)
        return session.exec(wanted).first()


def test_each_kind_of_id_leads_to_its_thing(running_desk: Desk, fresh_person: str) -> None:
    desk, person = running_desk, Place(PlaceKind.PATIENT, fresh_person)
    Patient().do(desk.link_sender.send_verification(SUPPORT, fresh_person).url)
    until(
        lambda: desk.identity.of_person(SUPPORT, fresh_person).identity is IdentityState.VERIFIED,
    )
    desk.link_sender.send_challenge(SUPPORT, fresh_person)
    query = ended(desk, started(desk, fresh_person).id)
    desk.records.fetch(SUPPORT, fresh_person)
    message = first(desk, WebhookEvent, request_id=query.request_id)
    call = first(desk, UpstreamCall, query_id=query.id)
    session = first(desk, IdentitySession, patient_id=fresh_person)
    challenge = first(desk, Aal2Challenge, patient_id=fresh_person)
    identity = first(desk, ProofedIdentity, patient_id=fresh_person)
    records = first(desk, RecordRequest, patient_id=fresh_person)
    external_id = desk.client.get_patient(fresh_person).external_id
    leads = {
        fresh_person: person,
        query.id: Place(PlaceKind.QUERY, query.id),
        query.request_id: Place(PlaceKind.QUERY, query.id),
        message.message_id: Place(PlaceKind.WEBHOOK, message.id),
        message.id: Place(PlaceKind.WEBHOOK, message.id),
        session.session_id: person,
        session.id: person,
        challenge.challenge_id: person,
        challenge.id: person,
        identity.proofed_identity_id: person,
        records.request_id: person,
        call.upstream_request_id: Place(PlaceKind.CALL, call.id),
        call.id: Place(PlaceKind.CALL, call.id),
    }
    leads |= {external_id: person} if external_id else {}
    for typed, place in leads.items():
        assert desk.finder.find(SUPPORT, f"  {typed} ") == place, typed
        assert desk.finder.find(SUPPORT, f'"{typed}",') == place, typed
    for typed in (fresh_person, query.id, query.request_id):
        assert desk.finder.find(SUPPORT, str(typed).upper()) == leads[typed]


def test_a_persons_secret_leads_to_them_or_nowhere(running_desk: Desk, fresh_person: str) -> None:
    desk = running_desk
    link = desk.link_sender.send_verification(SUPPORT, fresh_person).url
    assert desk.finder.find(SUPPORT, link) == Place(PlaceKind.PATIENT, fresh_person)
    before = desk.http.get("/_control/requests").json()
    for typed in ("aal2_nobody", "https://x.test/ias/go/nobody", "?aal2SessionId=aal2_no&status=y"):
        with pytest.raises(SecretPasted):
            desk.finder.find(SUPPORT, typed)
        with pytest.raises(SecretPasted):
            desk.patients.search(SUPPORT, typed)
    assert desk.http.get("/_control/requests").json() == before
    assert "nobody" not in json.dumps([one.model_dump(mode="json") for one in _audit(desk)[-20:]])


def test_an_upstream_that_fails_is_not_a_missing_person(faulty: Desk) -> None:
    fault = {"kind": "status", "status": 500, "times": 99}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    with pytest.raises(UpstreamError):
        faulty.finder.find(SUPPORT, "019f6d19-e987-73ed-8493-000000000003")


@pytest.mark.parametrize(
    "typed",
    ["", "Smith", "Jane Smith 1996-02", "1996", "1996-02-10", "2/10/1996", "pid_nobody", "é" * 300,
     "\x00", "...", "A1",
     "'; DROP TABLE audit_event; --", "019f6d19-e987-73ed-8493-000000000000", '"exact phrase"'],
)  # fmt: skip
def test_words_and_nobodys_ids_lead_nowhere(running_desk: Desk, typed: str) -> None:
    assert running_desk.finder.find(SUPPORT, typed) is None


def test_who_may_not_see_patients_finds_nothing(running_desk: Desk) -> None:
    with pytest.raises(NotPermitted):
        running_desk.finder.find(STAFF[Role.PRODUCT], "MRN-100000")


def post(desk: Desk, message_id: str, **body: Any) -> str:
    """Receive a message; its row's id once it is interpreted."""
    meta = {"messageId": message_id, "type": body.pop("type", "ping")}
    raw = json.dumps({"meta": meta} | body).encode()
    assert desk.sandbox is not None
    desk.webhooks.receive(raw, sign(desk.sandbox.webhook_key, raw))
    desk.interpreter.nudge()
    return settled(desk, message_id).id


def settled(desk: Desk, message_id: str) -> WebhookEvent:
    def row() -> WebhookEvent:
        found: WebhookEvent = first(desk, WebhookEvent, message_id=message_id)
        return found

    until(lambda: row().status != "received")
    return row()


def test_two_hundred_replays_change_nothing_but_their_count(
    running_desk: Desk, fresh_person: str
) -> None:
    desk = running_desk
    query = ended(desk, started(desk, fresh_person).id)
    event = first(desk, WebhookEvent, request_id=query.request_id)
    before = _picture(desk, query.id)
    for _ in range(200):
        assert desk.replays.replay(ADMIN, event.id) == 1
        desk.interpreter.nudge()
        until(lambda: first(desk, WebhookEvent, id=event.id).status == "processed")
    ended(desk, query.id)
    after = first(desk, WebhookEvent, id=event.id)
    assert _picture(desk, query.id) == before
    assert (after.replays, after.status, after.deliveries) == (200, "processed", 1)
    unchanged = {"body", "body_hash", "received_at", "message_id", "type", "error"}
    assert after.model_dump(include=unchanged) == event.model_dump(include=unchanged)


def _picture(desk: Desk, query_id: str) -> list[Any]:
    """Everything of a query but how often it was asked about."""
    with desk.store.read() as session:
        query = session.get_one(NetworkQuery, query_id)
        wanted = select(QuerySource).where(QuerySource.query_id == query_id)
        sources = [one.model_dump() for one in session.exec(wanted).all()]
    return [query.model_dump(exclude={"checks", "next_check_at"}), *sources]


def test_a_selection_is_replayed_after_it_was_counted(running_desk: Desk) -> None:
    desk = running_desk
    for number in range(5):
        post(desk, f"select-{number}", type="quite.new")
    filters = WebhookFilters(types=("quite.new",))
    assert desk.replays.count(ADMIN, filters) == 5
    assert desk.replays.replay_all(ADMIN, filters) == 5
    desk.interpreter.nudge()
    for number in range(5):
        assert settled(desk, f"select-{number}").replays == 1
    events = [one for one in _audit(desk) if one.action == "webhooks.replay"]
    assert events[-1].details and events[-1].details["messages"] == 5


def _audit(desk: Desk) -> list[AuditEvent]:
    with desk.store.read() as session:
        return list(session.exec(select(AuditEvent).order_by(AuditEvent.seq)).all())  # type: ignore[arg-type]


def test_a_message_in_line_or_without_body_is_not_replayed(running_desk: Desk) -> None:
    desk = running_desk
    desk.webhooks.receive(b"{}", "wrong")
    rejected = first(desk, WebhookEvent, status="rejected")
    assert desk.replays.replay(ADMIN, rejected.id) == 0
    with pytest.raises(NotInLog):
        desk.replays.replay(ADMIN, "nobody")
    with pytest.raises(NotInLog):
        desk.inbox.body(ADMIN, rejected.id, REASONS[0])


def test_a_body_is_read_by_few_and_for_a_reason(running_desk: Desk) -> None:
    desk = running_desk
    event_id = post(desk, "body-1", type="quite.new", secret="Jane")
    with pytest.raises(NotPermitted):
        desk.inbox.body(SUPPORT, event_id, REASONS[0])
    with pytest.raises(InvalidInput):
        desk.inbox.body(ADMIN, event_id, "because")
    assert '"Jane"' in desk.inbox.body(ADMIN, event_id, REASONS[0])
    seen = [one for one in _audit(desk) if one.action == "webhooks.body"]
    assert (seen[-1].reason, seen[-1].object_id) == (REASONS[0], event_id)


def test_support_looks_and_does_not_replay(running_desk: Desk) -> None:
    event_id = post(running_desk, "look-1", type="quite.new")
    assert running_desk.inbox.open(SUPPORT, event_id).id == event_id
    for attempt in (
        lambda: running_desk.replays.replay(SUPPORT, event_id),
        lambda: running_desk.replays.replay_all(SUPPORT, WebhookFilters()),
        lambda: running_desk.deliveries.retry(SUPPORT),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_a_lost_webhook_is_named_and_the_query_ends_all_the_same(
    faulty: Desk, fresh_person: str
) -> None:
    faulty.http.post("/_control", json={"fault": {"kind": "no_webhooks"}}).raise_for_status()
    query = ended(faulty, started(faulty, fresh_person).id)
    assert query.status in {"completed", "failed"}

    def missing() -> list[str]:
        return [one.type for one in faulty.deliveries.missing(SUPPORT) if one.query.id == query.id]

    # It may still be on its way.
    assert missing() == []
    with faulty.store.write() as session:
        row = session.get_one(NetworkQuery, query.id)
        assert row.finished_at is not None
        row.finished_at -= timedelta(minutes=2)
        session.add(row)
    assert missing() == ["network-query.lab"]


def test_webhooks_that_came_are_not_missed(running_desk: Desk, fresh_person: str) -> None:
    query = ended(running_desk, started(running_desk, fresh_person).id)
    assert query.id not in [one.query.id for one in running_desk.deliveries.missing(SUPPORT)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (WebhookFilters(types=("filter.me",)), True),
        (WebhookFilters(types=("filter.you",)), False),
        (WebhookFilters(states=("ignored",)), True),
        (WebhookFilters(states=("processed",)), False),
        (WebhookFilters(signature_status="valid"), True),
        (WebhookFilters(signature_status="invalid"), False),
        (WebhookFilters(about="filter-1"), True),
        (WebhookFilters(about="p-filter-1"), True),
        (WebhookFilters(about="p-filter-2"), False),
    ],
)
def test_each_filter_of_the_inbox_narrows(
    running_desk: Desk, filters: WebhookFilters, found: bool
) -> None:
    event_id = post(running_desk, "filter-1", type="filter.me", patientId="p-filter-1")
    rows = running_desk.inbox.search(SUPPORT, filters, None).rows
    assert (event_id in [one.id for one in rows]) is found


def test_limits_are_counted_per_source(running_desk: Desk, fresh_person: str) -> None:
    def left() -> int:
        budgets = {one.limit.operation: one for one in running_desk.rate_budgets.show(SUPPORT)}
        return budgets["Laboratory queries"].used

    before = left()
    started(running_desk, fresh_person)
    assert left() == before + 1


def test_an_unknown_call_is_said_to_be(running_desk: Desk) -> None:
    with pytest.raises(NotInLog):
        running_desk.call_log.open(SUPPORT, new_id(running_desk.clock()))
