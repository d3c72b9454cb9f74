"""The embedded sandbox as a part of the program: made, and served under its own path."""

from starlette.types import Receive, Scope, Send

from services.addresses import RETURN_PATHS, SANDBOX_PATH, WEBHOOK_PATH
from services.clock import Clock
from services.desk import desk
from services.private_files import make_database, narrow_database
from services.sandbox import Sandbox, SandboxConfig
from services.settings import Settings


async def sandbox_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The embedded sandbox of the running program, as an ASGI application."""
    sandbox = desk().sandbox
    if sandbox is None:
        raise RuntimeError("there is no sandbox with an API key")
    await sandbox.app(scope, receive, send)


def make_sandbox(settings: Settings, here: str, public_url: str, clock: Clock) -> Sandbox:
    """The sandbox of a program that listens at `here`; patients reach it at `public_url`."""
    # Readable by its owner only: it holds the sandbox's signing keys and demo secrets.
    make_database(settings.sandbox_file)
    config = SandboxConfig(
        database=settings.sandbox_file,
        public_url=here + SANDBOX_PATH,
        webhook_url=here + WEBHOOK_PATH,
        speed=settings.sandbox_speed,
        redirect_urls=tuple(public_url + path for path in RETURN_PATHS.values()),
    )
    sandbox = Sandbox(config, clock)
    narrow_database(settings.sandbox_file)
    return sandbox
