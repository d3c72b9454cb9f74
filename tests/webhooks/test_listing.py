"""Pages of the inbox with filters: nothing is lost, and each filter has an index."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from services.ids import new_id
from services.store import Store
from services.store.tables import QuerySource, WebhookEvent
from services.webhooks.filters import WebhookFilters
from services.webhooks.replay import MOST_REPLAYS, count_replayable
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, SUPPORT, World, answers

START = datetime(2026, 9, 1, tzinfo=UTC)
PERIOD = {"since": START + timedelta(minutes=20), "until": START + timedelta(minutes=70)}

ALONE = (
    WebhookFilters(types=("network-query.hie",)),
    WebhookFilters(types=("network-query.hie", "never")),
    WebhookFilters(states=("failed", "rejected")),
    WebhookFilters(signature_status="invalid"),
    WebhookFilters(about="p-1"),
)
TOGETHER = (
    WebhookFilters(signature_status="valid"),
    WebhookFilters(signature_status="valid", states=("rejected",)),
    WebhookFilters(types=("ping",), states=("processed",)),
    WebhookFilters(about="p-1", types=("network-query.hie",)),
)


def fill(store: Store, number: int = 90) -> list[WebhookEvent]:
    """Messages of all kinds, some at the same moment."""
    rows = [
        WebhookEvent(
            id=new_id(START), received_at=START + timedelta(minutes=one - one % 2),
            type=["ping", "network-query.hie", None][one % 3],
            status=["processed", "failed", "rejected", "ignored"][one % 4],
            signature_status="invalid" if one % 4 == 2 else "valid",
            patient_id=f"p-{one % 5}", request_id=f"r-{one % 7}", body=b"x" if one % 2 else None,
        )
        for one in range(number)
    ]  # fmt: skip
    with store.write() as session:
        session.add_all([WebhookEvent(**row.model_dump()) for row in rows])
    return rows


def matches(filters: WebhookFilters, row: WebhookEvent) -> bool:
    """Whether a message is one of those that `filters` name, in plain Python."""
    return (
        (not filters.types or row.type in filters.types)
        and (not filters.states or row.status in filters.states)
        and filters.signature_status in (None, row.signature_status)
        and (not filters.about or filters.about in (row.patient_id, row.request_id, row.message_id))
        and (not filters.since or row.received_at >= filters.since)
        and (not filters.until or row.received_at < filters.until)
    )


@pytest.mark.parametrize("most", [6, 5000])
def test_searching_further_back_finds_every_message(store: Store, most: int) -> None:
    log = fill(store)
    with store.read() as session:
        for chosen in (*ALONE, *TOGETHER):
            for filters in (chosen, replace(chosen, **PERIOD)):
                found = [row for row in log if matches(filters, row)]
                expected = [row.id for row in sorted(found, key=lambda r: (r.received_at, r.id))]
                for oldest_first in (True, False):
                    read, cursor = [], None
                    while True:
                        page = filters.listing().page(session, cursor, oldest_first, most)
                        read += [row.id for row in page.rows]
                        cursor = page.next
                        if cursor is None:
                            break
                    assert read == (expected if oldest_first else expected[::-1]), filters


@pytest.mark.parametrize("filters", ALONE, ids=str)
def test_each_filter_alone_is_read_from_its_index(store: Store, filters: WebhookFilters) -> None:
    def read(chosen: WebhookFilters, oldest_first: bool) -> None:
        with store.read() as session:
            chosen.listing().page(session, None, oldest_first)

    for chosen in (filters, replace(filters, **PERIOD)):
        for oldest_first in (True, False):
            plan = plans_of(store, lambda c=chosen, o=oldest_first: read(c, o))  # type: ignore[misc]
            assert_no_scan(plan)
            if store.engine.dialect.name == "sqlite":
                assert not any("ix_webhook_event_received_at" in step for step in plan), plan


def test_what_can_be_replayed_is_counted_among_the_kept_bodies(store: Store) -> None:
    fill(store)
    with store.read() as session:
        assert count_replayable(session, WebhookFilters()) == 45
        assert count_replayable(session, WebhookFilters(states=("failed",))) == 23
        assert count_replayable(session, WebhookFilters(states=("rejected",))) == 0
    fill(store, 2 * MOST_REPLAYS + 90)

    def count() -> None:
        with store.read() as session:
            assert count_replayable(session, WebhookFilters()) == MOST_REPLAYS + 1

    if store.engine.dialect.name == "sqlite":
        plan = plans_of(store, count)
        assert any("ix_webhook_event_body_kept" in step for step in plan), plan


def test_a_webhook_marks_its_type_as_reported_and_what_never_came_is_found(world: World) -> None:
    world.answer = answers("completed", hie="completed", lab="completed")
    query = world.start()
    with world.store.write() as session:
        source = session.exec(select(QuerySource).where(col(QuerySource.type) == "lab")).one()
        source.reported_at = world.clock.now
    world.clock.forward(minutes=10)
    found = world.deliveries.missing(SUPPORT)
    assert {missing.type for missing in found} <= {"network-query.hie"}
    plan = plans_of(world.store, lambda: world.deliveries.missing(SUPPORT))
    assert_no_scan(plan)
    if world.store.engine.dialect.name == "sqlite":
        assert any("ix_query_source_unreported" in step for step in plan), plan
    assert query.patient_id == PATIENT
