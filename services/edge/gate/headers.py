"""The headers of every answer: what a browser may do with it, and what it may keep of it."""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from urllib.parse import urlsplit

from starlette.types import Message, Send

from services.desk import desk

Header = tuple[bytes, bytes]

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(
        [
            *(f"{feature}=()" for feature in (
                "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
                "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment",
                "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
                "xr-spatial-tracking",
            )),
            "clipboard-write=(self)",
            "fullscreen=(self)",
        ]
    ),
}  # fmt: skip

_HSTS = "max-age=31536000"
"""Not for subdomains: those of the company's domain are not ours to decide about."""

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of answers that are no pages. Our own pages bring their own."""

FILE = f"{NOTHING}; sandbox"
"""The policy of a file: what it holds never runs as a part of this program."""


def page_policy(public_url: str, scripts: Collection[str]) -> str:
    """The content security policy of the dashboard, which is Streamlit's page.

    `scripts` are the hashes of its inline scripts.
    """
    parts = {
        "default-src": ["'none'"],
        # The script of a component of ours is handed to the browser as a blob.
        "script-src": ["'self'", "blob:", *(f"'{script}'" for script in scripts)],
        # Streamlit and Plotly write styles as they draw.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        # Older browsers do not take 'self' for the websocket.
        "connect-src": ["'self'", _websocket(public_url)],
        "manifest-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in parts.items())


def inline_scripts(page: str) -> list[str]:
    """The hashes of the scripts that stand in a page, as a policy names them."""
    found = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [hashlib.sha256(script.encode()).digest() for script in found]
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in hashes]


def with_headers(send: Send, policy: str, *, cacheable: bool = False) -> Send:
    """`send`, with our headers where an answer does not have one of its own.

    What is not `cacheable` is never kept by a browser, whatever the answer says.
    """
    ours = _headers(policy, desk().public_url.startswith("https://"))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            message = {**message, "headers": list(_completed(given, ours, cacheable))}
        await send(message)

    return sending


def with_headers_for_strangers(send: Send) -> Send:
    """`send`, with our headers unless the answer is 200.

    For an address where only a program gets 200, because it has signed: to write headers for
    browsers, and to check each of them, would be a tenth of what its answer costs.
    """
    guarded = with_headers(send, NOTHING)

    async def sending(message: Message) -> None:
        await (send if message.get("status") == 200 else guarded)(message)

    return sending


@cache
def _headers(policy: str, is_https: bool) -> Sequence[Header]:
    """Our headers, as they are sent. Kept, because every answer has them."""
    ours = _ALWAYS | {"content-security-policy": policy}
    if is_https:
        ours["strict-transport-security"] = _HSTS
    return [(title.encode(), content.encode()) for title, content in ours.items()]


def _completed(given: list[Header], ours: Sequence[Header], cacheable: bool) -> Iterable[Header]:
    names = {name.lower() for name, _ in given}
    for name, value in given:
        if cacheable or name.lower() != b"cache-control":
            yield name, value
    if not cacheable:
        yield b"cache-control", b"no-store"
    for title, content in ours:
        if title not in names:
            yield title, content


def _websocket(public_url: str) -> str:
    parts = urlsplit(public_url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
