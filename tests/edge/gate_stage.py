"""The gate in front of something that takes everything, as `app.py` puts it before Streamlit."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from starlette.types import Message, Receive, Scope, Send

from services.edge.gate import Dashboard, Gate
from services.staff.audit import Audit
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Actor, Role
from services.staff.sign_in.sessions import COOKIE, SessionLimits, StaffSessions
from services.staff.sign_in.sign_ins import Browser, SignIns
from services.store import Store
from services.vault import Vault
from tests.clock import FakeClock

PUBLIC = "https://desk.example.org"
HOST = "desk.example.org"
STREAM = "/_stcore/stream"


class FakeFiles:
    """One file, and one open page, of one staff session."""

    def __init__(self) -> None:
        self.owner = "nobody"

    def of_file(self, file_id: str) -> Collection[str]:
        """The owner, for the one file there is."""
        return {self.owner} if file_id == "report" else ()

    def of_page(self, page_id: str) -> str | None:
        """The owner, for the one page there is."""
        return self.owner if page_id == "page" else None


class DeskOfGate:
    """What the gate needs of the running program, over a log of its own."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        limits = SessionLimits(timedelta(hours=12), timedelta(minutes=15))
        self.public_url = PUBLIC
        self.sessions = StaffSessions(store, clock, limits)
        self.audit = Audit(store, clock, self.sessions)
        self.sign_ins = SignIns(store, clock, self.audit, self.sessions, Vault(["k" * 40]))

    def sign_in(self, role: Role = Role.SUPPORT) -> str:
        """The value of the cookie of a new session."""
        return self.sign_ins.begin(SANDBOX_STAFF[role], [role], Browser())

    def who(self, token: str) -> Actor:
        """Who is signed in by that cookie."""
        who = self.sessions.actor({COOKIE: token})
        assert who is not None
        return who


def ask(method: str, path: str, headers: dict[str, str], files: FakeFiles) -> httpx.Response:
    """What a gate answers; behind it everything is a page that says so."""
    dashboard = Dashboard(["queries"], ["sha256-abc"], files)
    transport = httpx.ASGITransport(app=Gate(_behind, dashboard))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as browser:
            # As browsers do, also for what is no ASCII.
            sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            return await browser.request(method, path, headers=sent)

    return asyncio.run(send())


async def _behind(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"public, max-age=60")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"behind the gate"})


@dataclass
class Handshake:
    """What a browser sends to open a websocket."""

    token: str | None
    origin: str | None = PUBLIC
    host: str = HOST
    path: str = STREAM
    more: dict[str, str] = field(default_factory=dict)

    def scope(self) -> Scope:
        """As a server hands it over."""
        headers = {"host": self.host} | self.more
        if self.token is not None:
            headers["cookie"] = f"{COOKIE}={self.token}"
        if self.origin is not None:
            headers["origin"] = self.origin
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        return {"type": "websocket", "path": self.path, "headers": pairs, "query_string": b""}


class Socket:
    """A websocket, seen from the browser; it lives as long as the running event loop."""

    def __init__(self, app: Any, handshake: Handshake) -> None:
        self.heard: list[Message] = []
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(app(handshake.scope(), self._said.get, self._hear))

    async def _hear(self, message: Message) -> None:
        self.heard.append(message)

    def say(self, content: bytes | str) -> None:
        """Send one message, binary or text."""
        kind = "bytes" if isinstance(content, bytes) else "text"
        self._said.put_nowait({"type": "websocket.receive", kind: content})

    def leave(self) -> None:
        """Close the window."""
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    @property
    def is_open(self) -> bool:
        """Whether it was accepted and not closed since."""
        return [message["type"] for message in self.heard] == ["websocket.accept"]

    @property
    def code(self) -> int | None:
        """With which code it was closed."""
        return next((int(m["code"]) for m in self.heard if m["type"] == "websocket.close"), None)

    async def decided(self) -> "Socket":
        """Itself, as soon as it is accepted or closed."""
        await until(lambda: bool(self.heard))
        return self

    async def ended(self) -> int | None:
        """The code with which it was closed, as soon as nothing runs behind it any more."""
        await asyncio.wait_for(self._task, 10)
        return self.code


class Streamlit:
    """Accepts every websocket, and keeps what comes over it."""

    def __init__(self) -> None:
        self.passed: list[bytes] = []
        self.headers: list[dict[bytes, bytes]] = []
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run until the browser is gone."""
        self.headers.append(dict(scope["headers"]))
        self.running += 1
        try:
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] == "websocket.receive":
                self.passed.append(message["bytes"])
        finally:
            self.running -= 1


async def until(happened: Callable[[], bool]) -> None:
    """Return as soon as it has happened."""
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.005)
