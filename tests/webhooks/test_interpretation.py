"""Kept messages are interpreted once, by whoever comes next."""

import json
import threading

from sqlmodel import select

from services.metriport.signature import sign
from services.store.tables import (
    WebhookEvent,
)
from services.vault import Vault
from services.webhooks.interpreter import WebhookInterpreter
from tests.world import World


def test_a_message_is_interpreted_by_whoever_comes_next(world: World) -> None:
    body = b'{"meta": {"messageId": "m", "type": "ping"}, "ping": "x"}'
    assert world.webhooks.receive(body, sign("hook", body)).pong == "x"
    later = WebhookInterpreter(world.store, Vault(["new", "k"]), world.clock)
    assert later.interpret_waiting() == 1
    assert later.interpret_waiting() == 0


def test_two_interpreters_interpret_once(world: World) -> None:
    for number in range(20):
        body = json.dumps({"meta": {"messageId": f"m{number}", "type": "x"}}).encode()
        world.webhooks.receive(body, sign("hook", body))
    other = WebhookInterpreter(world.store, Vault(["k"]), world.clock)
    threads = [threading.Thread(target=one.interpret_waiting) for one in (world.interpreter, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.store.read() as session:
        events = session.exec(select(WebhookEvent)).all()
    assert {(one.status, one.attempts) for one in events} == {("ignored", 1)}


def test_rubbish_cannot_fill_the_log(world: World) -> None:
    for _ in range(520):
        world.webhooks.receive(b"x", None)
    with world.store.read() as session:
        assert len(session.exec(select(WebhookEvent)).all()) == 1
