"""What the log refuses, and what a reader sees while others write: on both databases."""

import pytest
from sqlmodel import col, select

from services.errors import LogRefused
from services.store import Duplicate, Store
from services.store.tables import BulkRun, NetworkQuery, WebhookEvent
from tests.clock import FakeClock

NOW = FakeClock().now


def _query(query_id: str = "q", **values: object) -> NetworkQuery:
    given = {"patient_id": "p", "purpose": "treatment", "origin": "dashboard", "status": "s"}
    return NetworkQuery(**given | {"id": query_id, "submitted_at": NOW} | values)


def test_a_read_is_one_snapshot(store: Store) -> None:
    run = BulkRun(
        id="r",
        created_by="a",
        role="support",
        created_at=NOW,
        status="running",
        facility_id="f",
        sources={},
        reason="r",
        total=1,
    )
    with store.read() as reading:
        before = len(reading.exec(select(BulkRun)).all())
        with store.write() as writing:
            writing.add(run)
        after = len(reading.exec(select(BulkRun)).all())
    assert before == after == 0


def test_a_duplicate_names_its_constraint(store: Store) -> None:
    with store.write() as session:
        session.add(_query(request_id="r"))
    with pytest.raises(Duplicate) as caught, store.write() as session:
        session.add(_query("other", request_id="r"))
    assert caught.value.constraint == "uq_network_query_request_id"
    with pytest.raises(Duplicate) as caught, store.write() as session:
        session.add(_query())
    assert caught.value.constraint == "pk_network_query"


def test_the_name_of_a_constraint_over_two_columns(store: Store) -> None:
    def event(event_id: str) -> WebhookEvent:
        return WebhookEvent(
            id=event_id,
            message_id="m",
            body_hash="h",
            received_at=NOW,
            signature_status="valid",
            status="received",
        )

    with store.write() as session:
        session.add(event("1"))
    with pytest.raises(Duplicate) as caught, store.write() as session:
        session.add(event("2"))
    assert caught.value.constraint == "uq_webhook_event_message_id_body_hash"


def test_a_missing_value_is_refused_and_no_duplicate(store: Store) -> None:
    with pytest.raises(LogRefused), store.write() as session:
        session.add(_query(status=None))


@pytest.mark.parametrize("number", [10**20, -(10**20)])
def test_a_number_too_large_is_refused_and_no_outage(store: Store, number: int) -> None:
    with pytest.raises(LogRefused), store.write() as session:
        session.add(_query(error_status=number))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\x00"])
def test_any_text_can_be_looked_for_in_any_column(store: Store, text: str) -> None:
    with store.read() as session:
        assert session.get(NetworkQuery, text) is None
        assert session.exec(select(WebhookEvent).where(col(WebhookEvent.id) == text)).all() == []
        wanted = select(NetworkQuery).where(col(NetworkQuery.id).in_([text, "q"]))
        assert session.exec(wanted).all() == []
