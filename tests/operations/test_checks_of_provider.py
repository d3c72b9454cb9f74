"""The setup check of the provider: each finding can fail, and says what to do."""

import json
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from services.addresses import Addresses
from services.operations.check_result import CheckResult, CheckStatus
from services.operations.checks_of_provider import check_provider
from services.operations.probe import ProbeAnswer
from services.settings import Settings
from tests.clock import FakeClock

ISSUER = "https://id.test/realm"
BACK = "https://desk.test/sign-in/callback"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "end_session_endpoint": f"{ISSUER}/end",
    "backchannel_logout_supported": True,
    "scopes_supported": ["openid", "profile", "email"],
}
ROLE_MAP = "a=support,b=compliance,c=product,d=admin"


class Outside:
    """A provider as the probe sees it, right in everything but what a test changes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked: list[str] = []
        self.answers = {
            "openid-configuration": ProbeAnswer(
                text=json.dumps(DOCUMENT), date=format_datetime(clock.now)
            ),
            "keys": ProbeAnswer(text=json.dumps({"keys": [{"kty": "RSA"}, {"kty": "oct"}]})),
            "authorize": ProbeAnswer(status=302, location=f"{ISSUER}/login"),
        }

    def change(self, name: str, **changes: Any) -> None:
        """Have one address answer otherwise."""
        self.answers[name] = replace(self.answers[name], **changes)

    def read(self, url: str) -> ProbeAnswer:
        """What an address answers."""
        self.asked.append(url)
        return self.answers[url.partition("?")[0].rpartition("/")[2]]

    def found(self, **settings: Any) -> list[CheckResult]:
        """Every finding."""
        given = {
            "oidc_issuer": ISSUER,
            "oidc_client_id": "desk",
            "oidc_client_secret": "secret",
            "role_map": ROLE_MAP,
        }
        made = Settings(_env_file=None, data_dir=Path("x"), **given | settings)
        return list(check_provider(made, Addresses("https://desk.test"), self.read, self.clock))

    def wrong(self, status: CheckStatus = CheckStatus.FAILED, **settings: Any) -> str:
        """What is not as it should be, each finding on a line."""
        found = self.found(**settings)
        return "\n".join(result.what for result in found if result.status is status)


@pytest.fixture
def outside(clock: FakeClock) -> Outside:
    return Outside(clock)


def test_a_good_provider_is_well_and_every_line_is_there(outside: Outside) -> None:
    found = outside.found()
    assert {result.status for result in found} == {CheckStatus.OK}
    said = " ".join(result.what for result in found)
    for word in (
        "every role",
        "says so itself",
        "agree",
        "publishes one key",
        BACK,
        "?ended=here",
        "/ended",
    ):
        assert word in said, word
    assert "secret" not in " ".join(outside.asked)


def test_in_the_sandbox_there_is_nothing_to_check(outside: Outside) -> None:
    assert outside.found(oidc_issuer="") == [] == outside.asked


@pytest.mark.parametrize(
    "changes", [{"failure": "ConnectError"}, {"status": 404}, {"text": "<html>"}, {"text": "[]"}]
)
def test_no_document(outside: Outside, changes: dict[str, Any]) -> None:
    outside.change("openid-configuration", **changes)
    assert f"{ISSUER} has no discovery document" in outside.wrong()


def test_an_issuer_is_spelled_as_it_spells_itself(outside: Outside) -> None:
    told = outside.wrong(oidc_issuer=f"{ISSUER}/")
    assert f"calls itself '{ISSUER}'" in told and "slash" in told


@pytest.mark.parametrize(("seconds", "wrong"), [(25, False), (40, True), (-40, True)])
def test_clocks_are_compared(outside: Outside, clock: FakeClock, seconds: int, wrong: bool) -> None:
    clock.forward(seconds=seconds)
    assert ("40 s apart" in outside.wrong()) is wrong


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_provider_without_a_clock(outside: Outside, date: str) -> None:
    outside.change("openid-configuration", date=date)
    assert "what time it is" in outside.wrong(CheckStatus.UNCLEAR)


@pytest.mark.parametrize("keys", ["{}", '{"keys": []}', '{"keys": [{"kty": "oct"}, 7]}', "no"])
def test_no_keys(outside: Outside, keys: str) -> None:
    outside.change("keys", text=keys)
    assert "no key that a sign-in could be checked with" in outside.wrong()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": 400, "location": ""}, f"register {BACK} for the client desk"),
        ({"location": "https://id.test/oauth/error?x=1"}, f"register {BACK}"),
        ({"location": f"{BACK}?error=invalid_scope&state=x"}, "'invalid_scope'"),
        ({"failure": "ReadTimeout"}, "does not answer (ReadTimeout)"),
    ],
)
def test_a_refused_redirect_address(outside: Outside, changes: dict[str, Any], says: str) -> None:
    outside.change("authorize", **changes)
    assert says in outside.wrong()


def test_a_role_that_nobody_can_have(outside: Outside) -> None:
    told = outside.wrong(CheckStatus.UNCLEAR, role_map="a=support,b=support")
    assert "one of these roles: compliance, product, admin" in told


def test_what_the_provider_does_not_offer(outside: Outside) -> None:
    left = {"issuer", "authorization_endpoint", "jwks_uri", "scopes_supported"}
    small = {name: value for name, value in DOCUMENT.items() if name in left}
    outside.change("openid-configuration", text=json.dumps(small))
    told = outside.wrong(CheckStatus.UNCLEAR, oidc_scopes="openid groups")
    assert "no sign-out" in told and "its own sign-outs" in told and "scope groups" in told
