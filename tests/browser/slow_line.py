"""A line that takes its time: everything passes unchanged, and later, in both directions.

It is a process of its own: `python -m tests.browser.slow_line <to> <from> <seconds>`, two ports of
this machine and the seconds that everything takes each way.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import httpx

from tests.browser.conftest import ROOT


@contextmanager
def slow_line(url: str, slow: str, seconds: float) -> Iterator[None]:
    """`url` answers at `slow` too, over a line of so many seconds each way."""
    ports = [str(urlsplit(url).port), str(urlsplit(slow).port)]
    command = [sys.executable, "-m", "tests.browser.slow_line", *ports, str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(100):
            with suppress(httpx.TransportError):
                httpx.get(f"{slow}/healthz", timeout=20)
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


async def _serve(to: int, port: int, seconds: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("localhost", to)
        await asyncio.gather(_carry(reader, back, seconds), _carry(there, writer, seconds))

    server = await asyncio.start_server(accept, "localhost", port)
    await server.serve_forever()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    """Pass on what is read, in its order, each part `seconds` after it came."""
    loop = asyncio.get_running_loop()
    parts: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def write() -> None:
        while True:
            due, part = await parts.get()
            await asyncio.sleep(due - loop.time())
            if not part:
                break
            writer.write(part)
            await writer.drain()
        writer.close()

    writing = asyncio.create_task(write())
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            parts.put_nowait((loop.time() + seconds, part))
    parts.put_nowait((loop.time() + seconds, b""))
    with suppress(ConnectionError):
        await writing


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
