"""Back-channel logout: what the provider's tokens end, and which of them are none."""

import asyncio
import base64
import json
from typing import Any

import pytest

from services.errors import SignInRefused
from services.staff.sign_in.provider import Provider
from tests.clock import FakeClock
from tests.staff.fake_provider import CLIENT_ID, LOGOUT, FakeProvider
from tests.staff.sign_in.test_provider import arrive, ours, there

__all__ = ["ours", "there"]


def test_a_token_names_the_person_or_the_session(ours: Provider, there: FakeProvider) -> None:
    ended = asyncio.run(ours.ended(there.logout_token()))
    assert (ended.subject, ended.sid) == ("s-1", None)
    ended = asyncio.run(ours.ended(there.logout_token(sub=None, sid="there-1")))
    assert (ended.subject, ended.sid) == (None, "there-1")


def test_its_audience_may_be_a_list_and_its_end_unsaid(ours: Provider, there: FakeProvider) -> None:
    token = there.logout_token(aud=["another", CLIENT_ID], exp=None)
    assert asyncio.run(ours.ended(token)).subject == "s-1"


WRONG = [
    {"iss": "https://evil.test"},
    {"iss": None},
    {"aud": "another"},
    {"aud": None},
    {"iat": None},
    {"iat": 1_000_000_000},
    {"iat": 4_000_000_000},
    {"exp": 1_000_000_000},
    {"jti": None},
    {"events": None},
    {"events": {}},
    {"events": [LOGOUT]},
    {"events": {LOGOUT: True}},
    {"events": {"another": {}}},
    {"nonce": "n"},
    {"sub": None},
    {"sub": ""},
    {"sub": "s" * 256},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_token_ends_nothing(
    ours: Provider, there: FakeProvider, wrong: dict[str, Any]
) -> None:
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(there.logout_token(**wrong)))


ODD_HEADERS = [
    {"alg": "RS256", "crit": 1},
    {"alg": "RS256", "crit": [{}]},
    {"alg": "RS256", "kid": {}},
    {"alg": ["RS256"]},
    {"alg": None},
    [],
    None,
]


@pytest.mark.parametrize("header", ODD_HEADERS, ids=str)
def test_a_header_of_strange_types_is_refused(
    ours: Provider, there: FakeProvider, header: object
) -> None:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    token = ".".join([encoded, *there.logout_token().split(".")[1:]])
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(token))


@pytest.mark.parametrize("way", ["sign_by_nothing", "sign_by_secret", "sign_by_stranger"])
def test_a_foreign_signature_ends_nothing(ours: Provider, there: FakeProvider, way: str) -> None:
    there.sign = getattr(there, way)
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(there.logout_token()))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 200_000])
def test_what_is_no_token_ends_nothing(ours: Provider, token: str) -> None:
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(token))


def test_an_id_token_ends_nothing(ours: Provider, there: FakeProvider) -> None:
    id_token = arrive(ours, there).id_token
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(id_token))


def test_a_token_is_used_once(ours: Provider, there: FakeProvider, clock: FakeClock) -> None:
    token = there.logout_token(exp=None)
    ours.remember(asyncio.run(ours.ended(token)))
    clock.forward(minutes=9)
    with pytest.raises(SignInRefused):
        asyncio.run(ours.ended(token))


def test_a_token_that_was_not_carried_out_may_come_again(
    ours: Provider, there: FakeProvider
) -> None:
    token = there.logout_token()
    asyncio.run(ours.ended(token))
    assert asyncio.run(ours.ended(token)).subject == "s-1"
