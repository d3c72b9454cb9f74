"""A whole running program for tests: the real sandbox, over real HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from services.addresses import SANDBOX_PATH
from services.bootstrap import build, sandbox_app
from services.desk import Desk, running
from services.edge import routes
from services.settings import Settings
from services.staff.permissions import Actor
from services.staff.sign_in.sessions import COOKIE, SessionLimits
from tests.serving import serve
from tests.staff_members import open_sessions


class FakeSignIn:
    """Somebody is signed in, without a browser that could hold a cookie."""

    cookie = COOKIE
    limits = SessionLimits(timedelta(hours=12), timedelta(hours=12))

    def __init__(self) -> None:
        self.who: Actor | None = None

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """Whoever the test says."""
        return self.who

    def id_of(self, token: str) -> str:
        """Nobody's."""
        return ""


@contextmanager
def served_desk(folder: Path, sign_in: FakeSignIn, speed: float = 200) -> Iterator[Desk]:
    """The program with a fast sandbox, as `app.py` composes it, but for the pages."""
    with serve(Starlette(routes=[*routes, Mount(SANDBOX_PATH, sandbox_app)])) as base_url:
        # Tests count the calls upstream, and let the next one fail: nothing else may make one.
        settings = Settings(
            _env_file=None,
            data_dir=folder,
            sandbox_speed=speed,
            name_index=False,
            session_max_idle=timedelta(hours=12),
        )
        built = build(settings, int(base_url.rsplit(":", 1)[1]))
        open_sessions(built.store, built.clock())
        with running(replace(built, sessions=sign_in)) as desk:  # type: ignore[arg-type]
            yield desk
