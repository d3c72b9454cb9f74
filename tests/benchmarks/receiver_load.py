"""Senders of webhooks, as a process of their own: `python -m tests.benchmarks.receiver_load`.

Each sender keeps one connection, and sends its next message when the answer to the last is there
(a closed loop). Reads one line of JSON, the `Load`, from its input, and writes one, the `Result`.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from services.clock import utc_now
from services.ids import new_id
from services.metriport.signature import HEADER, sign

BODY_BYTES = 300


@dataclass(frozen=True)
class Load:
    """Where to send, signed by which key, by how many senders, for how many seconds."""

    url: str
    key: str
    senders: int
    seconds: float


@dataclass
class Result:
    """What came back: answers a second, milliseconds of each, and how many were not 200."""

    rate: float = 0.0
    times: list[float] = field(default_factory=list)
    failed: int = 0


def make_message(message_id: str) -> bytes:
    """A message of a source's end, of `BODY_BYTES` bytes; each is about another query."""
    meta = {"messageId": message_id, "type": "network-query.hie", "requestId": message_id}
    source = {"type": "hie", "status": "completed"}
    body = json.dumps({"meta": meta, "payload": {"patientId": message_id, "source": source}})
    return (body[:-1] + ', "x": "' + "x" * (BODY_BYTES - len(body) - 9) + '"}').encode()


def make_request(load: Load) -> bytes:
    """A whole request with a new message."""
    parts = urlsplit(load.url)
    body = make_message(new_id(utc_now()))
    head = (
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"{HEADER}: {sign(load.key, body)}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


class _Sender(asyncio.Protocol):
    """Sends, waits for the whole answer, sends the next."""

    def __init__(self, load: Load, result: Result, end: float) -> None:
        self._load, self._result, self._end = load, result, end
        self._answer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _is_whole(self._answer):
            return
        self._result.times.append(1000 * (time.perf_counter() - self._began))
        if not self._answer.startswith(b"HTTP/1.1 200 "):
            self._result.failed += 1
        if time.perf_counter() < self._end:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        request, self._answer = make_request(self._load), b""
        self._began = time.perf_counter()
        self._transport.write(request)


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return len(body) >= int(length)


async def send(load: Load) -> Result:
    """Send for as long as the load says."""
    parts, result = urlsplit(load.url), Result()
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    senders = [
        (await loop.create_connection(
            lambda: _Sender(load, result, began + load.seconds), parts.hostname, parts.port
        ))[1]
        for _ in range(load.senders)
    ]  # fmt: skip
    await asyncio.gather(*(sender.ended for sender in senders))
    result.rate = len(result.times) / (time.perf_counter() - began)
    return result


if __name__ == "__main__":
    sent = asyncio.run(send(Load(**json.loads(sys.stdin.readline()))))
    sys.stdout.write(json.dumps(asdict(sent)))
