"""Webhooks go past everything that stands before the dashboard."""

import asyncio

import httpx
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from services.edge.gate import Dashboard, Gate
from tests.edge.gate_stage import PUBLIC, DeskOfGate


async def _receiver(scope: Scope, receive: Receive, send: Send) -> None:
    status = 200 if dict(scope["headers"]).get(b"x-signed") else 401
    await JSONResponse({"from": "the receiver"}, status)(scope, receive, send)


async def _behind(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("it came to the dashboard")


def post(path: str, **headers: str) -> httpx.Response:
    gate = Gate(_behind, Dashboard(receive_webhooks=_receiver))

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            return await client.post(path, headers=headers)

    return asyncio.run(send())


def test_a_message_meets_the_receiver_at_once(gate_desk: DeskOfGate) -> None:
    answer = post("/webhooks/metriport", **{"x-signed": "yes", "host": "any.host"})
    assert (answer.status_code, answer.json()) == (200, {"from": "the receiver"})


def test_who_is_refused_gets_the_headers_of_every_answer(gate_desk: DeskOfGate) -> None:
    answer = post("/webhooks/metriport")
    assert answer.status_code == 401
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


def test_other_addresses_are_guarded_as_before(gate_desk: DeskOfGate) -> None:
    assert post("/queries").status_code == 403
