"""Sign-in at a provider that does right, and at one that does everything wrong."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.errors import SignInRefused
from services.staff.permissions import Role
from services.staff.sign_in.provider import Provider
from services.staff.sign_in.provider_client import Arrival, Departure, ProviderClient
from services.staff.sign_in.role_claims import role_rule
from services.vault import Vault
from tests.clock import FakeClock
from tests.staff.fake_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, fake_provider

RULE = role_rule("groups", [("desk", "support"), ("desk-admin", "admin")])
BACK = "https://desk.test/sign-in/callback"
OUT = "https://desk.test/sign-in?ended=here"


@pytest.fixture
def there(clock: FakeClock) -> Iterator[FakeProvider]:
    """The provider."""
    with fake_provider(clock) as provider:
        yield provider


@pytest.fixture
def ours(there: FakeProvider, clock: FakeClock) -> Provider:
    """Our side of it."""
    return make_provider(there, clock)


def make_provider(there: FakeProvider, clock: FakeClock, **client: str) -> Provider:
    scopes = "openid profile email"
    made = ProviderClient(there.issuer, CLIENT_ID, CLIENT_SECRET, scopes, BACK, OUT)
    return Provider(replace(made, **client), RULE, Vault(["k"]), clock)


def depart(ours: Provider, wanted: str = "/") -> Departure:
    return asyncio.run(ours.depart(wanted))


def arrive(ours: Provider, there: FakeProvider, wanted: str = "/", **changed: str) -> Arrival:
    """A whole sign-in; `changed` replaces parts of what the provider's way back says."""
    departure = depart(ours, wanted)
    answer = there.consent(departure.url) | changed
    return asyncio.run(ours.arrive(answer, departure.secret))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(SignInRefused) as caught:
        act()
    return caught.value.why


def test_a_sign_in_brings_the_person_and_the_roles(ours: Provider, there: FakeProvider) -> None:
    there.claims |= {"email": "sam@x.test", "groups": ["desk", "other"], "sid": "there-1"}
    arrival = arrive(ours, there, "/patient?patient=1&tab=2")
    assert arrival.member.id == f"{there.issuer}#s-1"
    assert (arrival.member.name, arrival.member.email) == ("Sam Reyes", "sam@x.test")
    assert (arrival.roles, arrival.wanted) == ([Role.SUPPORT], "/patient?patient=1&tab=2")
    assert arrival.sid == "there-1"


def test_the_way_there_asks_for_a_code_with_pkce_state_and_nonce(ours: Provider) -> None:
    departure = depart(ours)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(departure.url).query).items()}
    assert asked["response_type"] == "code"
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, BACK)
    assert asked["scope"] == "openid profile email"
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    assert asked["state"] == departure.state and len(asked["nonce"]) >= 20
    for secret in (asked["state"], asked["nonce"]):
        assert secret not in departure.secret


def test_no_two_sign_ins_share_anything(ours: Provider) -> None:
    first, second = depart(ours), depart(ours)
    assert first.state != second.state
    challenges = [parse_qs(urlsplit(one.url).query)["code_challenge"] for one in (first, second)]
    assert challenges[0] != challenges[1]


WRONG_CLAIMS = [
    ({"iss": "https://evil.test"}, "wrong_issuer"),
    ({"iss": None}, "wrong_issuer"),
    ({"aud": "another"}, "wrong_audience"),
    ({"aud": ["another", "more"]}, "wrong_audience"),
    ({"aud": [CLIENT_ID, "another"]}, "wrong_audience"),
    ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "wrong_audience"),
    ({"azp": "another"}, "wrong_audience"),
    ({"aud": None}, "wrong_audience"),
    ({"nonce": "another"}, "wrong_nonce"),
    ({"nonce": None}, "wrong_nonce"),
    ({"exp": 1_000_000_000}, "wrong_time"),
    ({"exp": "soon"}, "wrong_time"),
    ({"exp": None}, "wrong_time"),
    ({"iat": 4_000_000_000}, "wrong_time"),
    ({"iat": None}, "wrong_time"),
    ({"nbf": 4_000_000_000}, "wrong_time"),
    ({"at_hash": "bm8"}, "wrong_claims"),
    ({"sub": None}, "wrong_claims"),
    ({"sub": ""}, "wrong_claims"),
    ({"sub": 7}, "wrong_claims"),
    ({"sub": "s" * 256}, "wrong_claims"),
    ({"sub": "s\n1"}, "wrong_claims"),
]


@pytest.mark.parametrize(("wrong", "why"), WRONG_CLAIMS)
def test_a_wrong_id_token_lets_nobody_in(
    ours: Provider, there: FakeProvider, wrong: dict[str, Any], why: str
) -> None:
    there.wrong = wrong
    assert refusal(lambda: arrive(ours, there)) == why


def test_our_own_client_beside_another_is_enough(ours: Provider, there: FakeProvider) -> None:
    there.wrong = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    assert arrive(ours, there).roles == [Role.SUPPORT]


def test_clocks_may_differ_a_little(ours: Provider, there: FakeProvider) -> None:
    there.wrong = {"exp": there.now() - 50, "iat": there.now() + 50}
    assert arrive(ours, there).roles == [Role.SUPPORT]


@pytest.mark.parametrize("named", [["RS256"], ["RS256", "HS256", "none"], ["HS256", "none"], None])
@pytest.mark.parametrize("way", ["sign_by_nothing", "sign_by_secret", "sign_by_stranger"])
def test_a_foreign_signature_lets_nobody_in(
    ours: Provider, there: FakeProvider, way: str, named: list[str] | None
) -> None:
    there.document = {"id_token_signing_alg_values_supported": named}
    there.sign = getattr(there, way)
    assert refusal(lambda: arrive(ours, there)) == "wrong_signature"


def test_a_token_that_was_changed_on_its_way_lets_nobody_in(
    ours: Provider, there: FakeProvider
) -> None:
    sign = there.sign
    there.sign = lambda claims, **header: sign(claims, **header)[:-6] + "AAAAAA"
    assert refusal(lambda: arrive(ours, there)) == "wrong_signature"


WRONG_ANSWERS = [
    ({"state": "another"}, "wrong_state"),
    ({"state": ""}, "wrong_state"),
    ({"code": ""}, "wrong_code"),
    ({"code": "made-up"}, "wrong_code"),
    ({"error": "access_denied"}, "cancelled"),
    ({"error": "access_denied", "state": ""}, "cancelled"),
    ({"error": "<script>"}, "provider_error"),
    ({"iss": "https://evil.test"}, "wrong_issuer"),
]


@pytest.mark.parametrize(("changed", "why"), WRONG_ANSWERS)
def test_a_wrong_way_back_lets_nobody_in(
    ours: Provider, there: FakeProvider, changed: dict[str, str], why: str
) -> None:
    there.token_error = "invalid_grant" if changed.get("code") == "made-up" else ""
    assert refusal(lambda: arrive(ours, there, **changed)) == why


def test_a_second_return_lets_nobody_in(ours: Provider, there: FakeProvider) -> None:
    departure = depart(ours)
    answer = there.consent(departure.url)
    asyncio.run(ours.arrive(answer, departure.secret))
    assert refusal(lambda: asyncio.run(ours.arrive(answer, departure.secret))) == "unknown"
    assert there.asked.count("token") == 1


@pytest.mark.parametrize("secret", ["", "made-up", "é", "x" * 10_000])
def test_a_return_of_a_browser_that_began_nothing(
    ours: Provider, there: FakeProvider, secret: str
) -> None:
    answer = there.consent(depart(ours).url)
    assert refusal(lambda: asyncio.run(ours.arrive(answer, secret))) == "unknown"


def test_a_return_with_what_another_program_encrypted(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    departure = depart(ours)
    answer = there.consent(departure.url)
    foreign = Vault(["another"]).encrypt(Vault(["k"]).decrypt(departure.secret.encode()))
    assert refusal(lambda: asyncio.run(ours.arrive(answer, foreign.decode()))) == "unknown"


def test_a_sign_in_lasts_ten_minutes(ours: Provider, there: FakeProvider, clock: FakeClock) -> None:
    departure = depart(ours)
    answer = there.consent(departure.url)
    clock.forward(minutes=10)
    assert refusal(lambda: asyncio.run(ours.arrive(answer, departure.secret))) == "expired"


def test_the_code_of_one_tab_is_no_good_in_another(ours: Provider, there: FakeProvider) -> None:
    first, second = depart(ours), depart(ours)
    stolen = there.consent(first.url) | {"state": second.state}
    # The provider compares the verifier of the second with the challenge of the first.
    assert refusal(lambda: asyncio.run(ours.arrive(stolen, second.secret))) == "wrong_code"


def test_a_long_address_is_given_up_for_the_front_page(ours: Provider, there: FakeProvider) -> None:
    assert arrive(ours, there, "/patient?x=" + "y" * 2000).wanted == "/"
    assert len(depart(ours, "/" + "y" * 1499).secret) < 3500


def test_a_claim_that_is_missing_is_asked_of_userinfo(ours: Provider, there: FakeProvider) -> None:
    there.wrong = {"groups": None}
    there.userinfo = {"sub": "s-1", "groups": "desk-admin", "email": "sam@x.test"}
    arrival = arrive(ours, there)
    assert (arrival.roles, arrival.member.email) == ([Role.ADMIN], "sam@x.test")


def test_an_empty_claim_is_not_asked_for_again(ours: Provider, there: FakeProvider) -> None:
    there.claims["groups"] = []
    assert arrive(ours, there).roles == []
    assert "userinfo" not in there.asked


def test_userinfo_of_somebody_else_lets_nobody_in(ours: Provider, there: FakeProvider) -> None:
    there.wrong = {"groups": None}
    there.userinfo = {"sub": "s-2", "groups": ["desk-admin"]}
    assert refusal(lambda: arrive(ours, there)) == "wrong_claims"


def test_a_provider_without_userinfo_gives_no_role(ours: Provider, there: FakeProvider) -> None:
    there.wrong, there.document = {"groups": None}, {"userinfo_endpoint": None}
    assert arrive(ours, there).roles == []


def test_the_sign_out_there_names_the_session_and_the_way_back(
    ours: Provider, there: FakeProvider
) -> None:
    url = asyncio.run(ours.sign_out_url("the-id-token"))
    assert url is not None
    said = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{there.issuer}/end?")
    assert (said["id_token_hint"], said["client_id"]) == ("the-id-token", CLIENT_ID)
    assert said["post_logout_redirect_uri"] == OUT


def test_a_provider_may_offer_no_sign_out(ours: Provider, there: FakeProvider) -> None:
    there.document = {"end_session_endpoint": None}
    assert asyncio.run(ours.sign_out_url("the-id-token")) is None


def test_nothing_secret_is_logged(
    ours: Provider, there: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        arrive(ours, there)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "c-0" not in said and "a-1" not in said and "eyJ" not in said
