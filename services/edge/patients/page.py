"""A page for patients: how it is put together, and what every one of them must hold to."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.desk import desk
from services.edge.patients.texts import CONTINUE_SCRIPT, Text
from services.errors import LogRefused, LogUnavailable

_PAGE = Template((Path(__file__).parent / "patient.html").read_text(encoding="utf-8"))
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(CONTINUE_SCRIPT.encode()).digest()).decode()
_SANDBOX_NOTE = "<footer>Sandbox: every person here is invented.</footer>"

Found = TypeVar("Found")


def patient_page(text: Text, status: int = 200, form_target: str = "") -> HTMLResponse:
    """The page; `form_target` is the origin that its form leads to."""
    html = _PAGE.substitute(
        title=text.title,
        content=text.content,
        icon=text.icon,
        tone="" if text.good else " warn",
        footer=_SANDBOX_NOTE if desk().sandbox else "",
    )
    return HTMLResponse(html, status, patient_headers(form_target))


def patient_headers(form_target: str = "") -> dict[str, str]:
    """What every answer to a patient's browser says of itself."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        # Browsers hold every redirect of a form to this, and upstream may send people further on.
        f"script-src 'sha256-{_SCRIPT_HASH}'; form-action 'self' https: {form_target}"
    )
    return {
        "content-security-policy": policy.strip(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }


def is_foreign(request: Request) -> bool:
    """Whether another site sends this form in somebody's browser, as far as the browser says."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


async def from_log(ask: Callable[[], Found]) -> Found | None:
    """What `ask` answers; None where the log does not answer, or refuses what was to be kept."""
    try:
        return await run_in_threadpool(ask)
    except (LogUnavailable, LogRefused):
        return None
