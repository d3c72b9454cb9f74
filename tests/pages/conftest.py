"""The pages over a whole running program: the real sandbox, over real HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from streamlit.testing.v1 import AppTest

from services.access import Actor, Role
from services.bootstrap import SANDBOX_PATH, Desk, build, running, sandbox_app
from services.edge import routes
from services.settings import Settings
from services.sign_in import SANDBOX_STAFF
from tests.serving import serve

SHELL = Path(__file__).parents[2] / "pages" / "_shell.py"


class FakeSignIn:
    """Somebody is signed in, without a browser that could hold a cookie."""

    def __init__(self) -> None:
        self.who: Actor | None = None

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """Whoever the test says."""
        return self.who


@pytest.fixture(scope="session")
def sign_in() -> FakeSignIn:
    """Who sits at the browser."""
    return FakeSignIn()


@pytest.fixture(scope="session")
def running_desk(
    tmp_path_factory: pytest.TempPathFactory, sign_in: FakeSignIn
) -> Iterator[Desk]:
    """The program with a fast sandbox, as `app.py` composes it, but for the pages."""
    folder = tmp_path_factory.mktemp("desk")
    with serve(Starlette(routes=[*routes, Mount(SANDBOX_PATH, sandbox_app)])) as base_url:
        settings = Settings(_env_file=None, data_dir=folder, sandbox_speed=200)
        built = build(settings, int(base_url.rsplit(":", 1)[1]))
        with running(replace(built, sign_in=sign_in)) as desk:  # type: ignore[arg-type]
            yield desk


class Browser:
    """Opens pages as a member of the staff."""

    def __init__(self, sign_in: FakeSignIn) -> None:
        self._sign_in = sign_in

    def open(self, role: Role | None, page: str | None = None, **params: str) -> AppTest:
        """The page as that role sees it; the first one where none is named."""
        self._sign_in.who = SANDBOX_STAFF[role] if role else None
        at = AppTest.from_file(str(SHELL), default_timeout=20)
        at.context = {"timezone": "America/New_York", "theme": "light"}
        at.run()
        if page is not None:
            at.switch_page(page)
            for name, value in params.items():
                at.query_params[name] = value
            at.run()
        return at


@pytest.fixture
def browser(running_desk: Desk, sign_in: FakeSignIn) -> Browser:
    """The way to the pages."""
    return Browser(sign_in)


def texts(at: AppTest) -> str:
    """Everything that is written on the page."""
    kinds: list[Any] = [at.title, at.subheader, at.markdown, at.caption, at.error, at.info]
    return "\n".join(str(one.value) for kind in [*kinds, at.warning, at.code] for one in kind)
