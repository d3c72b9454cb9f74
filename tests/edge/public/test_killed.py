"""A process that is killed in the middle of a burst has kept every message that it answered."""

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx
from sqlmodel import select

from services.addresses import WEBHOOK_PATH
from services.metriport.signature import HEADER, sign
from services.store import Store
from services.store.tables import WebhookEvent
from tests.account import WEBHOOK_KEY, Served, make_account, served
from tests.benchmarks.receiver_load import make_message

SENDERS, ENOUGH = 16, 200


async def burst(program: Served) -> set[str]:
    """Kill the program once it has answered so many; answers whose 200 has come by the end."""
    acknowledged: set[str] = set()

    async def send(client: httpx.AsyncClient) -> None:
        while True:
            message_id = str(uuid4())
            body = make_message(message_id)
            headers = {HEADER: sign(WEBHOOK_KEY, body)}
            try:
                answer = await client.post(WEBHOOK_PATH, content=body, headers=headers)
            except httpx.TransportError:
                return
            assert answer.status_code == 200
            acknowledged.add(message_id)
            if len(acknowledged) >= ENOUGH:
                program.process.kill()

    async with httpx.AsyncClient(base_url=program.url, timeout=30) as client:
        await asyncio.gather(*(send(client) for _ in range(SENDERS)))
    return acknowledged


def test_nothing_that_was_acknowledged_is_lost(store: Store, tmp_path: Path) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    account = make_account(tmp_path, DATABASE_URL=url)
    with served("services.edge:app", account) as program:
        acknowledged = asyncio.run(burst(program))
        assert program.process.wait(10) != 0
    assert len(acknowledged) >= ENOUGH
    with served("services.edge:app", account) as program:
        # It goes on as before, and knows what it had.
        again = make_message(min(acknowledged))
        headers = {HEADER: sign(WEBHOOK_KEY, again)}
        answer = httpx.post(program.url + WEBHOOK_PATH, content=again, headers=headers)
        assert answer.status_code == 200
    with store.read() as session:
        kept = {event.message_id: event for event in session.exec(select(WebhookEvent)).all()}
    assert acknowledged - set(kept) == set()
    assert kept[min(acknowledged)].deliveries == 2
    assert {event.status for event in kept.values()} == {"received"}
