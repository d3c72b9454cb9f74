"""Access Desk, composed: `streamlit run app.py`, or `uvicorn app:app` from this folder."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pandas  # noqa: F401 - loaded before the freeze below
import plotly.graph_objects  # noqa: F401 - loaded before the freeze below
import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from pages._files import FilesOfPages, own_files
from services.addresses import SANDBOX_PATH
from services.bootstrap import build, make_ready, sandbox_app
from services.desk import running
from services.edge import receive_webhooks, routes, sign_in, unknown_routes
from services.edge.access_log import hide_secrets
from services.edge.gate import Dashboard, Gate
from services.edge.gate.headers import inline_scripts
from services.edge.port import listening_port
from services.errors import AccessDeskError
from services.settings import load_settings

try:
    settings = load_settings()
    # Before the server starts: what fails inside its lifespan ends in a traceback.
    make_ready(settings)
except AccessDeskError as error:
    sys.exit(f"Access Desk cannot start. {error}")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Run everything beside the pages; the port is known only now."""
    hide_secrets()
    own_files()
    port = listening_port(int(st.get_option("server.port")), settings.port)
    with running(build(settings, port)):
        # Streamlit collects garbage after every run of a page: without what was loaded at start
        # to look through, that costs a tenth.
        gc.collect()
        gc.freeze()
        yield


_PAGES = Path(__file__).parent / "pages"
_PAGE_OF_STREAMLIT = Path(st.__file__).parent / "static" / "index.html"

_dashboard = Dashboard(
    pages=[path.stem for path in _PAGES.glob("[a-z]*.py")],
    scripts=inline_scripts(_PAGE_OF_STREAMLIT.read_text("utf-8")),
    files=FilesOfPages(),
    receive_webhooks=receive_webhooks,
)

# By this very expression `streamlit run` knows that there is an application.
app = st.App(
    _PAGES / "_shell.py",
    routes=[
        *routes,
        *sign_in.routes,
        *([Mount(SANDBOX_PATH, sandbox_app)] if settings.sandboxed else []),
        *unknown_routes,
    ],
    middleware=[Middleware(Gate, _dashboard)],
    lifespan=lifespan,
)
