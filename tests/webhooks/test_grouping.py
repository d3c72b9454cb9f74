"""Messages that arrive together: one transaction, and an answer for each after its commit."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from services.errors import LogRefused, LogUnavailable
from services.metriport.signature import sign
from services.store import Store
from services.store.tables import LogChange, WebhookEvent
from services.vault import Vault
from services.webhooks import group_writer, keeping
from services.webhooks.group_writer import GroupWriter
from services.webhooks.receiver import Receipt, WebhookReceiver
from services.webhooks.rejections import Rejection
from tests.clock import FakeClock

KEY = "hook"


@pytest.fixture
def webhooks(store: Store, clock: FakeClock) -> Iterator[WebhookReceiver]:
    made = WebhookReceiver(store, Vault(["k"]), KEY, clock)
    yield made
    made.stop()


def message(name: str, patient_id: str = "p-1", **more: Any) -> bytes:
    meta = {"messageId": name, "type": "network-query.hie"}
    return json.dumps({"meta": meta, "patientId": patient_id} | more).encode()


def deliver(webhooks: WebhookReceiver, *bodies: bytes) -> list[Receipt | BaseException]:
    """Have them all arrive before the first is written; what each sender is told."""

    async def send_all() -> list[Receipt | BaseException]:
        sent = (webhooks.take(body, sign(KEY, body)) for body in bodies)
        return await asyncio.gather(*sent, return_exceptions=True)

    return asyncio.run(send_all())


def kept(store: Store) -> list[WebhookEvent]:
    with store.read() as session:
        return list(session.exec(select(WebhookEvent).order_by(col(WebhookEvent.id))).all())


def topics(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.exec(select(LogChange.topic)).all())


@contextmanager
def commits(store: Store) -> Iterator[list[int]]:
    """One entry for each commit of the block."""
    found: list[int] = []

    def note(_connection: sa.Connection) -> None:
        found.append(1)

    sa.event.listen(store.engine, "commit", note)
    try:
        yield found
    finally:
        sa.event.remove(store.engine, "commit", note)


def test_a_crowd_is_committed_in_few_transactions(webhooks: WebhookReceiver, store: Store) -> None:
    bodies = [message(f"m-{number}", f"p-{number}") for number in range(150)]
    with commits(store) as found:
        told = deliver(webhooks, *bodies)
    assert told == [Receipt()] * 150
    # How many go together depends on the machine; each alone would be 150.
    assert len(found) <= 50
    assert {event.message_id for event in kept(store)} == {f"m-{n}" for n in range(150)}


def test_every_column_is_as_if_it_had_come_alone(webhooks: WebhookReceiver, store: Store) -> None:
    body = message("m-1", patient_id="p-ü\u0000" + "x" * 200)
    webhooks.receive(body, sign(KEY, body))
    alone = kept(store)[0].model_dump(exclude={"id", "body", "message_id", "body_hash"})
    deliver(webhooks, body.replace(b"m-1", b"m-2"), message("m-3"))
    crowd = {event.message_id: event for event in kept(store)}
    assert crowd["m-2"].model_dump(exclude={"id", "body", "message_id", "body_hash"}) == alone
    assert Vault(["k"]).decrypt(crowd["m-3"].body or b"") == message("m-3")


def test_open_pages_are_told_of_each(webhooks: WebhookReceiver, store: Store) -> None:
    deliver(webhooks, message("m-1", "p-1"), message("m-2", "p-2"), message("m-1", "p-1"))
    ids = {f"webhook {event.id}" for event in kept(store)}
    assert len(ids) == 2
    assert topics(store) == {"webhook", "patient p-1", "patient p-2"} | ids


def test_ids_and_times_are_in_the_order_of_arrival(
    webhooks: WebhookReceiver, store: Store, clock: FakeClock
) -> None:
    async def send_all() -> None:
        tasks = []
        for number in range(20):
            body = message(f"m-{number:02}")
            tasks.append(asyncio.create_task(webhooks.take(body, sign(KEY, body))))
            await asyncio.sleep(0)
            clock.forward(milliseconds=1)
        await asyncio.gather(*tasks)

    asyncio.run(send_all())
    found = kept(store)
    assert [event.message_id for event in found] == [f"m-{number:02}" for number in range(20)]
    assert [event.received_at for event in found] == sorted(event.received_at for event in found)


def test_copies_are_counted_exactly(webhooks: WebhookReceiver, store: Store) -> None:
    known = message("m-known")
    deliver(webhooks, known)
    crowd = [known] * 3 + [message("m-new")] * 5 + [message("m-new", patient_id="p-9")]
    assert deliver(webhooks, *crowd) == [Receipt()] * 9
    counts = sorted((event.message_id, event.deliveries) for event in kept(store))
    assert counts == [("m-known", 4), ("m-new", 1), ("m-new", 5)]


def refusing(name: str) -> Callable[..., int]:
    """An insert that the log refuses if the message `name` is among its rows."""
    insert = keeping.insert_many

    def insert_unless_wrong(
        connection: sa.Connection, table: Any, rows: Sequence[Any], on_conflict: str = ""
    ) -> int:
        if any(row["message_id"] == name for row in rows):
            raise LogRefused("The log refused what was to be written.")
        return insert(connection, table, rows, on_conflict)

    return insert_unless_wrong


def test_a_message_that_the_log_refuses_fails_alone(
    webhooks: WebhookReceiver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "insert_many", refusing("m-3"))
    told = deliver(webhooks, *(message(f"m-{number}") for number in range(6)), message("m-1"))
    assert [isinstance(one, LogRefused) for one in told] == [n == 3 for n in range(7)]
    counts = {event.message_id: event.deliveries for event in kept(store)}
    assert counts == {"m-0": 1, "m-1": 2, "m-2": 1, "m-4": 1, "m-5": 1}


def test_a_log_that_does_not_answer_keeps_nothing_and_says_so_to_each(
    webhooks: WebhookReceiver, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise LogUnavailable("locked")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", unavailable)
        told = deliver(webhooks, message("m-1"), message("m-2"))
    assert [type(one) for one in told] == [LogUnavailable, LogUnavailable]
    assert kept(store) == []
    assert deliver(webhooks, message("m-1")) == [Receipt()]


def test_what_is_refused_stands_beside_what_is_kept(
    webhooks: WebhookReceiver, store: Store
) -> None:
    async def send_all() -> list[Receipt]:
        good = message("m-1")
        sent = [webhooks.take(b"{}", None) for _ in range(50)]
        return await asyncio.gather(webhooks.take(good, sign(KEY, good)), *sent)

    told = asyncio.run(send_all())
    assert told == [Receipt(), *[Receipt(Rejection.UNSIGNED)] * 50]
    webhooks.rejections.write_counts(at_end=True)
    counts = {event.status: event.deliveries for event in kept(store)}
    assert counts == {"received": 1, "rejected": 50}


def test_a_large_body_is_kept(webhooks: WebhookReceiver, store: Store) -> None:
    body = message("m-large", remark="x" * 300_000)
    assert deliver(webhooks, body, message("m-small")) == [Receipt(), Receipt()]
    assert len(kept(store)) == 2


class HeldWriter:
    """Writes only when it is let; keeps what it was given."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.groups: list[list[str]] = []

    def write(self, items: Sequence[str]) -> list[Exception | None]:
        self.let.wait(10)
        self.groups.append(list(items))
        return [None] * len(items)


def run_held(work: Callable[[GroupWriter[str], HeldWriter], Coroutine[Any, Any, None]]) -> None:
    held = HeldWriter()
    writer = GroupWriter[str](held.write)
    try:
        asyncio.run(work(writer, held))
    finally:
        held.let.set()
        writer.stop()


async def begin(writer: GroupWriter[str], item: str, size: int = 1) -> "asyncio.Task[None]":
    """A sender whose item waits, or was turned away."""
    task = asyncio.create_task(writer.keep(item, size))
    await asyncio.sleep(0)
    return task


def test_nobody_is_answered_before_the_write_and_the_rest_waits_together() -> None:
    async def work(writer: GroupWriter[str], held: HeldWriter) -> None:
        first = await begin(writer, "a")
        # The writer has taken it, and is held.
        while writer.waiting:
            await asyncio.sleep(0.005)
        others = [await begin(writer, item) for item in "bcd"]
        assert not any(task.done() for task in (first, *others))
        held.let.set()
        await asyncio.gather(first, *others)
        assert held.groups == [["a"], ["b", "c", "d"]]

    run_held(work)


@pytest.mark.parametrize(("name", "limit", "size"), [("MOST_WAITING", 3, 1),
                                                     ("MOST_BYTES_WAITING", 30, 10)])  # fmt: skip
def test_more_than_can_be_held_is_turned_away_at_once(
    monkeypatch: pytest.MonkeyPatch, name: str, limit: int, size: int
) -> None:
    monkeypatch.setattr(group_writer, name, limit)

    async def work(writer: GroupWriter[str], held: HeldWriter) -> None:
        first = await begin(writer, "a", size)
        while writer.waiting:
            await asyncio.sleep(0.005)
        taken = [await begin(writer, str(number), size) for number in range(3)]
        with pytest.raises(LogUnavailable):
            await writer.keep("too much", size)
        held.let.set()
        await asyncio.gather(first, *taken)
        await writer.keep("later", size)

    run_held(work)


def test_a_stop_writes_what_waits_and_takes_nothing_more() -> None:
    async def work(writer: GroupWriter[str], held: HeldWriter) -> None:
        tasks = [await begin(writer, item) for item in "abc"]
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        await asyncio.sleep(0.02)
        with pytest.raises(LogUnavailable):
            await writer.keep("d", 1)
        held.let.set()
        await asyncio.gather(stopping, *tasks)
        assert sorted(item for group in held.groups for item in group) == ["a", "b", "c"]

    run_held(work)


def test_a_sender_that_is_gone_stops_nobody() -> None:
    async def work(writer: GroupWriter[str], held: HeldWriter) -> None:
        gone, stays = await begin(writer, "a"), await begin(writer, "b")
        gone.cancel()
        held.let.set()
        await stays
        assert gone.cancelled() or gone.done()

    run_held(work)


def test_a_writer_that_fails_tells_everybody_and_goes_on() -> None:
    def write(items: Sequence[str]) -> list[Exception | None]:
        if "bad" in items:
            raise KeyError("a mistake of ours")
        return [None] * len(items)

    async def work() -> None:
        writer = GroupWriter[str](write)
        with pytest.raises(KeyError):
            await writer.keep("bad", 1)
        await writer.keep("good", 1)
        writer.stop()

    asyncio.run(work())
