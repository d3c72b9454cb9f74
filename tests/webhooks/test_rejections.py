"""Refused requests: a row for each kind and minute, a count, and no write lock for every one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from services.errors import LogUnavailable
from services.metriport.signature import sign
from services.store import Store
from services.store.tables import WebhookEvent
from services.vault import Vault
from services.webhooks.receiver import WebhookReceiver
from services.webhooks.rejections import Rejection
from tests.clock import FakeClock


@pytest.fixture
def webhooks(store: Store, clock: FakeClock) -> WebhookReceiver:
    return WebhookReceiver(store, Vault(["k"]), "hook", clock)


def rejected(store: Store) -> list[WebhookEvent]:
    with store.read() as session:
        wanted = select(WebhookEvent).where(WebhookEvent.status == "rejected")
        return list(session.exec(wanted.order_by(col(WebhookEvent.received_at))).all())


@contextmanager
def counted_writes(store: Store) -> Iterator[list[str]]:
    """The inserts and updates of messages that the block sends to the database.

    Each brings a row that tells open pages of it, in the same transaction.
    """
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(("INSERT INTO webhook_event", "UPDATE webhook_event")):
            statements.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", note)


def test_a_flood_costs_one_write_a_minute_and_is_counted(
    webhooks: WebhookReceiver, store: Store, clock: FakeClock
) -> None:
    with counted_writes(store) as writes:
        for _ in range(600):
            clock.forward(milliseconds=90)
            assert webhooks.receive(b"{}", None).rejection is Rejection.UNSIGNED
        last = clock.now
        clock.forward(seconds=10)
        webhooks.rejections.write_counts()
        webhooks.rejections.write_counts()
    assert len(writes) == 2
    (row,) = rejected(store)
    assert (row.deliveries, row.error, row.body) == (600, "no signature", None)
    assert row.received_at == last


def test_a_flood_hides_nothing_that_comes_after_it(
    webhooks: WebhookReceiver, store: Store, clock: FakeClock
) -> None:
    for _ in range(600):
        webhooks.receive(b"{}", None)
    clock.forward(seconds=5)
    webhooks.receive(b"{}", "0" * 64)
    clock.forward(seconds=1)
    webhooks.receive(b"{no", sign("hook", b"{no"))
    clock.forward(minutes=20)
    webhooks.receive(b"{}", None)
    found = [(row.error, row.signature_status) for row in rejected(store)]
    assert found == [
        ("no signature", "invalid"),
        ("wrong signature", "invalid"),
        ("not JSON", "valid"),
        ("no signature", "invalid"),
    ]


def test_each_minute_has_a_row_and_a_count_of_its_own(
    webhooks: WebhookReceiver, store: Store, clock: FakeClock
) -> None:
    for number in (3, 2):
        for _ in range(number):
            webhooks.receive(b"{}", None)
        clock.forward(minutes=1)
    webhooks.rejections.write_counts()
    assert [row.deliveries for row in rejected(store)] == [3, 2]


def test_a_minute_under_way_is_written_when_the_program_ends(
    webhooks: WebhookReceiver, store: Store
) -> None:
    webhooks.receive(b"{}", None)
    webhooks.receive(b"{}", None)
    webhooks.rejections.write_counts()
    assert [row.deliveries for row in rejected(store)] == [1]
    webhooks.rejections.write_counts(at_end=True)
    assert [row.deliveries for row in rejected(store)] == [2]


def test_a_log_that_does_not_answer_delays_the_row_and_no_refusal(
    webhooks: WebhookReceiver, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise LogUnavailable("locked")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", unavailable)
        for _ in range(7):
            assert webhooks.receive(b"{}", None).rejection is Rejection.UNSIGNED
        clock.forward(minutes=2)
        with pytest.raises(LogUnavailable):
            webhooks.rejections.write_counts()
    webhooks.rejections.write_counts()
    assert [row.deliveries for row in rejected(store)] == [7]
