"""Browsers in a few words."""

import pytest

from services.edge.sign_in.browser_name import browser_name

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/"
NAMES = [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
     "Firefox 140 on Linux"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/141.0.0.0 Safari/537.36", "Chrome 141 on Windows"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge 141 on Windows"),
    (f"{_MAC}605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Safari 19 on macOS"),
    (f"{_MAC}537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/120.0.0.0",
     "Opera 120 on macOS"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari 19 on iPhone"),
    ("Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) "
     "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet 28 on Android"),
    ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/141.0.0.0 Safari/537.36", "Chrome 141 on ChromeOS"),
    ("curl/8.5.0", ""),
    ("Firefox/140", "Firefox 140"),
    ("Something (Linux)", "Linux"),
    ("Firefox/" + "9" * 500, "Firefox 9999"),
    ("<script>alert(1)</script>", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("user_agent", "name"), NAMES)
def test_a_browser_says_what_it_is(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
