"""The headers of every answer."""

import re

import pytest

from services.edge.gate.headers import inline_scripts, page_policy
from services.staff.sign_in.sessions import COOKIE
from tests.edge.gate_stage import PUBLIC, DeskOfGate, FakeFiles, ask


def headers_of(desk: DeskOfGate, path: str, token: str | None = None) -> dict[str, str]:
    """The headers of an answer."""
    token = token or desk.sign_in()
    files = FakeFiles()
    files.owner = desk.who(token).session
    return dict(ask("GET", path, {"cookie": f"{COOKIE}={token}"}, files).headers)


def directives(policy: str) -> dict[str, list[str]]:
    """A content security policy by its parts."""
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


EVERYWHERE = ["/", "/queries", "/healthz", "/sign-in", "/webhooks/metriport", "/ias/go/x",
              "/sandbox/x", "/static/x.js", "/media/report.csv", "/_stcore/host-config",
              "/desk/changes", "/no-such-page"]  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_is_held_to_itself(gate_desk: DeskOfGate, path: str) -> None:
    headers = headers_of(gate_desk, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert re.search(r"camera=\(\), .*geolocation=\(\).*usb=\(\)", headers["permissions-policy"])
    policy = directives(headers["content-security-policy"])
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_only_what_tells_nothing_is_kept_by_browsers(gate_desk: DeskOfGate, path: str) -> None:
    kept = "public, max-age=60" if path.startswith("/static/") else "no-store"
    assert headers_of(gate_desk, path)["cache-control"] == kept


def test_browsers_keep_to_https_where_it_is_the_public_address(gate_desk: DeskOfGate) -> None:
    assert headers_of(gate_desk, "/")["strict-transport-security"] == "max-age=31536000"
    gate_desk.public_url = "http://localhost"
    token = gate_desk.sign_in()
    answer = ask("GET", "/", {"cookie": f"{COOKIE}={token}", "host": "localhost"}, FakeFiles())
    assert answer.status_code == 200 and "strict-transport-security" not in answer.headers


def test_a_file_never_runs_as_a_part_of_the_program(gate_desk: DeskOfGate) -> None:
    policy = directives(headers_of(gate_desk, "/media/report.csv")["content-security-policy"])
    assert policy["sandbox"] == [] and policy["default-src"] == ["'none'"]


def test_what_is_no_page_loads_nothing(gate_desk: DeskOfGate) -> None:
    for path in ("/desk/changes", "/healthz", "/_stcore/host-config"):
        policy = directives(headers_of(gate_desk, path)["content-security-policy"])
        assert set(policy) == {"default-src", "base-uri", "form-action", "frame-ancestors"}


def test_scripts_of_the_dashboard_are_ours() -> None:
    policy = directives(page_policy(PUBLIC, ["sha256-abc"]))
    assert policy["script-src"] == ["'self'", "blob:", "'sha256-abc'"]
    assert policy["connect-src"] == ["'self'", "wss://desk.example.org"]
    assert policy["form-action"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    for name, values in policy.items():
        assert "'unsafe-eval'" not in values and "https:" not in values and "*" not in values
        assert "'unsafe-inline'" not in values or name == "style-src"


def test_the_websocket_of_a_plain_address_is_plain() -> None:
    policy = directives(page_policy("http://localhost:8501", []))
    assert policy["connect-src"] == ["'self'", "ws://localhost:8501"]


def test_inline_scripts_are_known_by_their_hash() -> None:
    page = '<script src="x.js"></script><script>\n  a = 1\n</script><script></script>'
    assert inline_scripts(page) == [
        "sha256-nHiJsB1GRX6Ku2XBkWKVt2F3CJiowPuMwhcJv+CWmC0=",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ]
