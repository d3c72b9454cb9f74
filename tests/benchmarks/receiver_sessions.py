"""Pages that are rerun as fast as they are drawn: `python -m tests.benchmarks.receiver_sessions`.

Reads one line of JSON from its input: `url`, `public_url` and `cookies`, one for each person. Says
so when each has seen a page once, goes on until its input ends, and then writes how many runs there
were.
"""

import asyncio
import json
import sys
from contextlib import suppress
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_PAGES = ("queries", "webhooks", "calls", "system")


class _Person:
    """One open page of somebody."""

    def __init__(self, given: dict[str, Any], cookie: str) -> None:
        self._public, self._cookie = given["public_url"], cookie
        self._server = urlsplit(given["url"])
        self.runs = 0
        self.has_seen = asyncio.Event()

    async def look(self) -> None:
        """Rerun one page after the other, each once the one before is drawn."""
        # By the public address, at the server itself.
        async with websockets.connect(
            f"ws://{urlsplit(self._public).netloc}/_stcore/stream",
            host=self._server.hostname,
            port=self._server.port,
            origin=self._public,
            additional_headers={"Cookie": self._cookie},
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            ping_interval=None,
        ) as socket:
            for page in cycle(_PAGES):
                wanted = BackMsg()
                wanted.rerun_script.page_name = page
                await socket.send(wanted.SerializeToString())
                await _drawn(socket)
                self.runs += 1
                self.has_seen.set()


async def _drawn(socket: Any) -> None:
    while True:
        told = ForwardMsg()
        told.ParseFromString(await socket.recv())
        if told.WhichOneof("type") == "script_finished":
            return


async def _run(given: dict[str, Any]) -> None:
    people = [_Person(given, cookie) for cookie in given["cookies"]]
    looks = [asyncio.create_task(person.look()) for person in people]
    seen = asyncio.gather(*(person.has_seen.wait() for person in people))
    # Whoever cannot open a page ends the measurement.
    await asyncio.wait([*looks, asyncio.ensure_future(seen)], return_when="FIRST_COMPLETED")
    for look in looks:
        if look.done():
            look.result()
    sys.stdout.write("drawn\n")
    sys.stdout.flush()
    before = sum(person.runs for person in people)
    await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write(str(sum(person.runs for person in people) - before))
    for look in looks:
        look.cancel()
        with suppress(asyncio.CancelledError, websockets.WebSocketException):
            await look


if __name__ == "__main__":
    asyncio.run(_run(json.loads(sys.stdin.readline())))
