"""Serving any ASGI app over real HTTP, for as long as a test needs it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """The base URL of `app`, served by uvicorn on an ephemeral port of this machine."""
    # asyncio turns Nagle's delay of 40 ms off only for sockets that say they are TCP.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()
        server = _Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=2))
        thread = Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            assert server.listening.wait(10), "the server did not start"
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()
