"""What a provider publishes about itself: read seldom, followed when it changes, never trusted."""

from typing import Any

import pytest

from services.errors import ProviderUnavailable
from services.staff.permissions import Role
from services.staff.sign_in.provider import Provider
from services.staff.sign_in.provider_document import address_in
from tests.clock import FakeClock
from tests.staff.fake_provider import FakeProvider
from tests.staff.sign_in.test_provider import arrive, depart, make_provider, ours, refusal, there

__all__ = ["ours", "there"]


def test_a_key_that_rotated_is_followed(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    arrive(ours, there)
    clock.forward(minutes=1)
    there.rotate("k-2")
    assert arrive(ours, there).roles == [Role.SUPPORT]
    assert there.asked.count("keys") == 2


def test_a_key_that_rotated_under_its_old_id_is_followed(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    arrive(ours, there)
    clock.forward(minutes=1)
    there.rotate("k-1")
    assert arrive(ours, there).roles == [Role.SUPPORT]


def test_an_unknown_key_makes_nobody_ask_at_every_request(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    arrive(ours, there)
    clock.forward(minutes=1)
    published, sign = there.published, there.sign
    there.rotate("k-2")
    there.published, there.sign = published, sign
    for _ in range(5):
        assert refusal(lambda: arrive(ours, there)) == "wrong_signature"
    assert there.asked.count("keys") == 2


def test_discovery_is_read_once_in_an_hour(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    for _ in range(3):
        arrive(ours, there)
    assert there.asked.count("document") == 1
    clock.forward(hours=1)
    arrive(ours, there)
    assert there.asked.count("document") == 2


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.test"},
        {"issuer": None},
        {"token_endpoint": None},
        {"authorization_endpoint": "http://evil.test/authorize"},
        {"jwks_uri": 7},
        {"token_endpoint": "ftp://evil.test"},
    ],
)
def test_a_wrong_document_is_no_provider(
    ours: Provider, there: FakeProvider, document: dict[str, Any]
) -> None:
    there.document = document
    with pytest.raises(ProviderUnavailable):
        depart(ours)


@pytest.mark.parametrize(
    ("issuer", "url", "is_taken"),
    [
        ("https://id.example.org", "https://keys.example.org/jwks", True),
        ("https://id.example.org", "http://127.0.0.1:9200/_search", False),
        ("https://id.example.org", "http://localhost/keys", False),
        ("http://localhost:9000", "http://localhost:9000/keys", True),
        ("http://localhost:9000", "http://10.0.0.1/keys", False),
        ("http://localhost:9000", "file://localhost/etc/passwd", False),
        ("https://id.example.org", "javascript:alert(1)", False),
    ],
)
def test_a_provider_leads_to_no_neighbours_of_the_program(
    issuer: str, url: str, is_taken: bool
) -> None:
    if is_taken:
        assert address_in({"jwks_uri": url}, "jwks_uri", issuer) == url
        return
    with pytest.raises(ValueError, match="not HTTPS"):
        address_in({"jwks_uri": url}, "jwks_uri", issuer)


def test_a_provider_that_is_down_is_asked_again_after_a_rest(
    ours: Provider, there: FakeProvider, clock: FakeClock
) -> None:
    there.is_down = True
    for _ in range(4):
        with pytest.raises(ProviderUnavailable):
            depart(ours)
    assert there.asked == ["document"]
    there.is_down = False
    clock.forward(seconds=3)
    assert depart(ours).url.startswith(there.issuer)


def test_nobody_answers_at_all(there: FakeProvider, clock: FakeClock, unused_port: int) -> None:
    nowhere = make_provider(there, clock, issuer=f"http://127.0.0.1:{unused_port}")
    with pytest.raises(ProviderUnavailable):
        depart(nowhere)


@pytest.mark.parametrize("published", [[], [{"kty": "new"}], ["text"], None])
def test_keys_that_cannot_be_read(
    ours: Provider, there: FakeProvider, published: list[Any]
) -> None:
    there.published = published
    with pytest.raises(ProviderUnavailable):
        arrive(ours, there)


def test_the_secret_goes_where_the_provider_takes_it(ours: Provider, there: FakeProvider) -> None:
    there.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert arrive(ours, there).roles == [Role.SUPPORT]
