"""What 200 strangers who open websockets do to a sender of webhooks, and to the memory.

They come without a cookie, with a forged one, and from a page of another site, and try again: first
after a second, then as soon as they are refused, which keeps a core busy on both sides. They are a
process of their own: `python -m tests.benchmarks.sockets <url> <pause>`.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import httpx

from services.addresses import WEBHOOK_PATH
from services.clock import utc_now
from services.ids import new_id
from services.metriport.signature import HEADER, sign
from services.staff.sign_in.sessions import COOKIE
from tests.browser.conftest import ROOT, Program, started

_STRANGERS = 200
_PAUSES = (1.0, 0.0)
_WEBHOOKS, _PACE = 300, 0.03
"""So many, one every so many seconds."""

_LARGE, _LARGE_MESSAGES = 9_000_000, 20


def measure() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), speed=1.0) as program:
        _send(program, 100)
        before = _memory(program)
        alone, _ = _send(program, _WEBHOOKS)
        _print_times("webhooks alone", alone)
        for pause in _PAUSES:
            _beside_strangers(program, pause, alone)
        asyncio.run(_send_large(program.url))
        _print(f"memory before and after, MB     {before:.0f}, {_memory(program):.0f}")


def _beside_strangers(program: Program, pause: float, alone: list[float]) -> None:
    strangers = _strangers(program, pause)
    beside, health = _send(program, _WEBHOOKS)
    told, _ = strangers.communicate()
    _print(
        f"{_STRANGERS} strangers who try again after {pause} s, refused by status {told.decode()}"
    )
    _print_times("  webhooks", beside)
    _print_times("  /healthz", health)
    _print(f"  99th percentile of webhooks, times as long {_99th(beside) / _99th(alone):.1f}")


def _send(program: Program, count: int) -> tuple[list[float], list[float]]:
    """How many milliseconds each webhook took, and each question whether the program is alive."""
    key = httpx.get(f"{program.url}/sandbox/settings", headers={"x-api-key": "sandbox"}).json()[
        "webhookKey"
    ]
    webhooks, health = [], []
    with httpx.Client(base_url=program.url, timeout=30) as sender:
        for _ in range(count):
            meta = {"messageId": new_id(utc_now()), "type": "benchmark"}
            body = json.dumps({"meta": meta}).encode()
            began = time.perf_counter()
            sender.post(WEBHOOK_PATH, content=body, headers={HEADER: sign(key, body)})
            ended = time.perf_counter()
            sender.get("/healthz")
            webhooks.append(1000 * (ended - began))
            health.append(1000 * (time.perf_counter() - ended))
            time.sleep(_PACE)
    return webhooks, health


def _strangers(program: Program, pause: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.benchmarks.sockets", program.url, str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def _try_all(url: str, pause: float) -> None:
    """Have every stranger try until the input ends; print how often they were refused."""
    ended, statuses = asyncio.create_task(asyncio.to_thread(sys.stdin.read)), Counter[str]()

    async def try_on(number: int) -> None:
        while not ended.done():
            with suppress(OSError):
                statuses[await _try(url, number)] += 1
            # Not all at the same moment, as people do.
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    await asyncio.gather(*map(try_on, range(_STRANGERS)))
    sys.stdout.write(json.dumps(statuses))


async def _try(url: str, number: int, content: bytes = b"") -> str:
    """The status that answers a handshake; `content` is sent with it, without waiting."""
    origin = "https://evil.test" if number % 3 == 0 else url
    cookie = f"Cookie: {COOKIE}=forged{number}\r\n" if number % 3 == 1 else ""
    host = urlsplit(url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    try:
        writer.write(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host.netloc}\r\nOrigin: {origin}\r\n{cookie}"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            + content
        )
        status = (await reader.readline()).decode().split(" ")[1]
        await reader.read()
        return status
    finally:
        writer.close()


async def _send_large(url: str) -> None:
    frame = b"\x82\xff" + _LARGE.to_bytes(8) + b"\0\0\0\0" + bytes(_LARGE)
    for number in range(_LARGE_MESSAGES):
        with suppress(OSError, IndexError):
            await _try(url, number, frame)


def _memory(program: Program) -> float:
    pages = int(Path(f"/proc/{program.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _print_times(name: str, times: list[float]) -> None:
    half = quantiles(times, n=100)[49]
    _print(f"{name:26}  median {half:6.1f} ms, 99th percentile {_99th(times):6.1f} ms")


def _99th(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_try_all(sys.argv[1], float(sys.argv[2])))
    else:
        measure()
