"""Short pages that say why somebody does not get what they asked for, and what to do."""

from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_PAGE = Template((Path(__file__).parent / "notice.html").read_text("utf-8"))
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def notice(status: int, title: str, text: str) -> HTMLResponse:
    """The page; `text` is HTML."""
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
    return HTMLResponse(_PAGE.substitute(title=title, text=text), status, headers)
