"""What a start with an API key needs, and what a provider's settings need."""

from pathlib import Path
from typing import Any

import pytest

from services.setting_values import ROLE_NAMES
from services.settings import Settings, complaints
from services.staff.permissions import Role

ALL = {
    "metriport_api_key": "key",
    "metriport_webhook_key": "hook",
    "public_url": "https://desk.example.org",
    "secret_key": "k" * 40,
    "signing_key": "s" * 43,
    "oidc_issuer": "https://id.example.org",
    "oidc_client_id": "desk",
    "oidc_client_secret": "secret",
    "role_map": "desk-support=support",
}
OIDC = ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "role_map")


def wrong(**settings: Any) -> list[str]:
    """The names of the settings that stop a start, in order."""
    made = Settings(_env_file=None, data_dir=Path("x"), **settings)
    return [complaint.split(":")[0] for complaint in complaints(made)]


def test_with_everything_a_start_is_possible() -> None:
    assert wrong(**ALL) == []


def test_an_api_key_alone_is_told_everything_that_is_missing() -> None:
    assert wrong(metriport_api_key="key") == [
        "METRIPORT_WEBHOOK_KEY", "PUBLIC_URL", "SECRET_KEY", "SIGNING_KEY",
        "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "ROLE_MAP",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in ALL if name != "metriport_api_key"])
def test_each_setting_is_needed_with_an_api_key(name: str) -> None:
    assert wrong(**ALL | {name: ""}) == [name.upper()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://desk.example.org"),
        ("public_url", "http://localhost:8501"),
        ("metriport_base_url", "http://api.example.org"),
        ("secret_key", " , "),
        ("role_map", ","),
    ],
)
def test_what_is_unsafe_stops_a_start(name: str, value: str) -> None:
    assert wrong(**ALL | {name: value}) == [name.upper()]


@pytest.mark.parametrize("url", ["http://localhost:9000/sandbox", "http://127.0.0.1:9000"])
def test_an_upstream_on_this_machine_may_be_plain_http(url: str) -> None:
    assert wrong(**ALL | {"metriport_base_url": url}) == []


def test_the_sandbox_needs_nothing() -> None:
    assert wrong() == []


def test_the_sandbox_may_have_a_provider_but_not_half_of_one() -> None:
    assert wrong(**{name: ALL[name] for name in OIDC}) == []
    for name in OIDC:
        assert wrong(**{name: ALL[name]}) == [one.upper() for one in OIDC if one != name]


def test_the_map_of_roles_may_hold_what_names_of_groups_hold() -> None:
    written = "Desk Support: EU/West=support, cn=desk=compliance,0a1b-c=admin,x=support,"
    settings = Settings(_env_file=None, data_dir=Path("x"), role_map=written)
    assert settings.roles_of_groups == [
        ("Desk Support: EU/West", "support"),
        ("cn=desk", "compliance"),
        ("0a1b-c", "admin"),
        ("x", "support"),
    ]


def test_settings_know_the_roles_of_the_staff() -> None:
    assert tuple(role.value for role in Role) == ROLE_NAMES
