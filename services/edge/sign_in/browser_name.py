"""A browser in a few words, from what it says of itself."""

import re

from starlette.requests import Request

from services.staff.sign_in.sign_ins import Browser

_BROWSERS = (
    # In this order: each later one is named by those before it as well.
    ("Edge", r"Edg(?:A|iOS)?/(\d{1,4})"),
    ("Opera", r"OPR/(\d{1,4})"),
    ("Samsung Internet", r"SamsungBrowser/(\d{1,4})"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d{1,4})"),
    ("Chrome", r"(?:Chrome|HeadlessChrome|CriOS)/(\d{1,4})"),
    ("Safari", r"Version/(\d{1,4})[\d.]* (?:Mobile/\w+ )?Safari/"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows NT"),
    ("ChromeOS", "CrOS"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Such as "Firefox 140 on Linux"; empty where nothing of it is known."""
    known = ((name, re.search(pattern, user_agent)) for name, pattern in _BROWSERS)
    browser = next((f"{name} {match[1]}" for name, match in known if match), "")
    system = next((name for name, mark in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system


def browser_of(request: Request) -> Browser:
    """Where somebody signs in: the address of the connection, and the browser in short.

    Behind a proxy the address is its own unless the server is told whom to believe (uvicorn's
    `--proxy-headers` and `--forwarded-allow-ips`).
    """
    address = request.client.host if request.client else ""
    return Browser(address, browser_name(request.headers.get("user-agent", "")[:1000]))
