"""What may stand in the environment and in `.env`: each value is accepted, or named and refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from services.errors import BadSettings
from services.settings import Settings, load_settings, read_settings
from services.store import Store

LONG = "k" * 32
OTHER = "o" * 32
SEED = "A" * 43


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the person who runs the tests counts."""
    monkeypatch.chdir(tmp_path)


def value_of(name: str) -> Any:
    value = getattr(read_settings(), name.lower())
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


ACCEPTED = [
    ("METRIPORT_API_KEY", " key-1\n", "key-1"),
    ("METRIPORT_API_KEY", "", ""),
    ("METRIPORT_WEBHOOK_KEY", "\thook\r\n", "hook"),
    ("METRIPORT_BASE_URL", "https://api.metriport.com/\n", "https://api.metriport.com"),
    ("METRIPORT_BASE_URL", "HTTP://LocalHost:9000/sandbox/", "http://localhost:9000/sandbox"),
    ("METRIPORT_BASE_URL", "http://[::1]:9000", "http://[::1]:9000"),
    ("PUBLIC_URL", " https://Desk.Example.org/ ", "https://desk.example.org"),
    ("PUBLIC_URL", "https://desk.example.org:8443", "https://desk.example.org:8443"),
    ("PUBLIC_URL", "", ""),
    ("DATABASE_URL", "sqlite:////var/lib/desk/log.db\n", "sqlite:////var/lib/desk/log.db"),
    ("DATABASE_URL", "postgresql+psycopg://u:p%40@h:5432/log?sslmode=require",
     "postgresql+psycopg://u:p%40@h:5432/log?sslmode=require"),
    ("SECRET_KEY", f" {LONG} , {OTHER},\n", f"{LONG} , {OTHER},"),
    ("SIGNING_KEY", f" {SEED} , pub:{SEED}=\n", f"{SEED} , pub:{SEED}="),
    ("SIGNING_KEY", "", ""),
    ("RETENTION_LOG", "6y", timedelta(days=6 * 366)),
    ("RETENTION_LOG", "90d", timedelta(days=90)),
    ("DATA_DIR", " /srv/desk\n", Path("/srv/desk")),
    ("DATA_DIR", "d?x=1", Path("d?x=1")),
    ("PORT", " 9000\n", 9000),
    ("SANDBOX_SPEED", " 2.5 ", 2.5),
    ("OIDC_ISSUER", " https://id.example.org/realms/desk/ ", "https://id.example.org/realms/desk/"),
    ("OIDC_ISSUER", "http://localhost:8080/realms/desk", "http://localhost:8080/realms/desk"),
    ("OIDC_ISSUER", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("OIDC_ISSUER", "http://[::1]:8080", "http://[::1]:8080"),
    ("OIDC_SCOPES", " openid  groups ", "openid groups"),
    ("OIDC_SCOPES", "openid api://desk/.default", "openid api://desk/.default"),
    ("ROLE_CLAIM", " realm_access.roles ", "realm_access.roles"),
    ("ROLE_MAP", "a=support, b = admin ,", "a=support, b = admin ,"),
    ("CONSENT", " Required ", "required"),
    ("CONSENT_TEXT", " /srv/consent.txt\n", Path("/srv/consent.txt")),
    ("CONSENT_TEXT", "", None),
    ("CONSENT_TOKEN", f" {LONG}\n", LONG),
    ("CONSENT_TOKEN", "", ""),
    ("CONSENT_LASTS", "2y", timedelta(days=2 * 366)),
    ("NAME_INDEX", " Off ", False),
    ("NAME_INDEX", "on", True),
    ("SMALL_CELL", " 2\n", 2),
    ("SMALL_CELL", "11", 11),
    ("METRICS_TOKEN", f" {LONG}\n", LONG),
    ("METRICS_TOKEN", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "taken"), ACCEPTED)
def test_an_accepted_value(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, taken: object
) -> None:
    monkeypatch.setenv(name, given)
    assert value_of(name) == taken


REFUSED = [
    ("METRIPORT_API_KEY", "“key”", "no quotes"),
    ("METRIPORT_API_KEY", '"key"', "no quotes"),
    ("METRIPORT_API_KEY", "two words", "spaces"),
    ("METRIPORT_API_KEY", "k\u200bey", "beyond ASCII"),
    ("METRIPORT_WEBHOOK_KEY", "\u2018key\u2019", "no quotes"),
    ("METRIPORT_BASE_URL", " ", "must not be empty"),
    ("METRIPORT_BASE_URL", "api.metriport.com", "must start with http"),
    ("METRIPORT_BASE_URL", "https://", "must name a host"),
    ("METRIPORT_BASE_URL", "https://:8443", "must name a host"),
    ("METRIPORT_BASE_URL", "https:///path", "must name a host"),
    ("METRIPORT_BASE_URL", "https://exa mple.org", "no spaces"),
    ("METRIPORT_BASE_URL", "https://exa\nmple.org", "no spaces"),
    ("METRIPORT_BASE_URL", "https://bücher.example", "beyond ASCII"),
    ("METRIPORT_BASE_URL", "“https://example.org”", "must start with http"),
    ("METRIPORT_BASE_URL", "https://api.example.org?a=1", "nothing after ?"),
    ("METRIPORT_BASE_URL", "https://u:p@api.example.org", "no user name"),
    ("PUBLIC_URL", "https://example.org/?a=1", "nothing after ?"),
    ("PUBLIC_URL", "https://example.org#top", "nothing after ?"),
    ("PUBLIC_URL", "https://example.org:99999", "between 1 and 65535"),
    ("PUBLIC_URL", "https://example.org:0", "must name a host"),
    ("PUBLIC_URL", "https://example.org:", "must name a host"),
    ("PUBLIC_URL", "https://example.org:https", "between 1 and 65535"),
    ("PUBLIC_URL", "https://example.org/desk", "without a path"),
    ("PUBLIC_URL", "ftp://example.org", "must start with http"),
    ("DATABASE_URL", "mysql://host/log", r"sqlite:/// or postgresql\+psycopg://"),
    ("DATABASE_URL", "postgres://host/log", r"sqlite:/// or postgresql\+psycopg://"),
    ("DATABASE_URL", "postgresql://host/log", r"sqlite:/// or postgresql\+psycopg://"),
    ("DATABASE_URL", "garbage", r"must look like postgresql\+psycopg"),
    ("DATABASE_URL", "postgresql+psycopg://host:port/log", r"must look like postgresql\+psycopg"),
    ("DATABASE_URL", "postgresql+psycopg://host:99999/log", "between 1 and 65535"),
    ("DATABASE_URL", "sqlite://", "must name a file"),
    ("DATABASE_URL", "sqlite:///:memory:", "must name a file"),
    ("DATABASE_URL", "sqlite:///log.db?mode=ro", "no options"),
    ("SIGNING_KEY", LONG, "32 bytes in URL-safe base64"),
    ("SIGNING_KEY", f"pub:{SEED}", "the first of them private"),
    ("SIGNING_KEY", f"{SEED},x", "make-signing-key"),
    ("RETENTION_LOG", "1h", "between 1d and 100y"),
    ("RETENTION_LOG", "101y", "between 1d and 100y"),
    ("RETENTION_LOG", "six years", "a whole number and a unit"),
    ("SECRET_KEY", "a", "at least 32 characters; make one: python -c"),
    ("SECRET_KEY", f"{LONG},a", "at least 32 characters"),
    ("SECRET_KEY", f"“{LONG}”", "no quotes"),
    ("DATA_DIR", " ", "must name a folder"),
    ("DATA_DIR", "~nobody-of-that-name/desk", "begins with ~"),
    ("PORT", "99999", "65535"),
    ("PORT", "0", "greater than or equal to 1"),
    ("PORT", "http", "valid integer"),
    ("SANDBOX_SPEED", "nan", "Input should be"),
    ("OIDC_ISSUER", "id.example.org", "must start with http"),
    ("OIDC_ISSUER", "http://id.example.org", "only on this machine"),
    ("OIDC_ISSUER", "http://localhost.example.org", "only on this machine"),
    ("OIDC_ISSUER", "http://127.0.0.1.example.org", "only on this machine"),
    ("OIDC_ISSUER", "https://id.example.org?x=1", "nothing after ?"),
    ("OIDC_ISSUER", "https://id.example.org#x", "nothing after ?"),
    ("OIDC_CLIENT_SECRET", '"secret"', "no quotes"),
    ("OIDC_SCOPES", "profile email", "with openid among them"),
    ("OIDC_SCOPES", "", "with openid among them"),
    ("OIDC_SCOPES", 'openid "email"', "names separated by spaces"),
    ("ROLE_CLAIM", " ", "at least 1 character"),
    ("ROLE_MAP", "support-of-desk", "must look like desk-support=support"),
    ("ROLE_MAP", "desk-support=helper", "the roles are support, compliance, product, admin"),
    ("ROLE_MAP", "desk-support=Support", "the roles are"),
    ("ROLE_MAP", "=support", "must look like"),
    ("ROLE_MAP", "support=desk-support", "must look like"),
    ("ROLE_MAP", "a=support;b=admin", "must look like"),
    ("CONSENT", "", "must be required, warn or off"),
    ("CONSENT", "on", "must be required, warn or off"),
    ("CONSENT_TOKEN", "two words", "spaces"),
    ("CONSENT_LASTS", "1h", "between 1d and 100y"),
    ("NAME_INDEX", "", "must be on or off"),
    ("NAME_INDEX", "maybe", "must be on or off"),
    ("SMALL_CELL", "1", "greater than or equal to 2"),
    ("SMALL_CELL", "5.5", "valid integer"),
    ("SMALL_CELL", "", "valid integer"),
    ("SMALL_CELL", "1001", "less than or equal to 1000"),
    ("METRICS_TOKEN", "two words", "spaces"),
]


@pytest.mark.parametrize(("name", "given", "message"), REFUSED)
def test_a_refused_value_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, message: str
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(BadSettings, match=f"^{name}: .*{message}") as caught:
        load_settings()
    assert len(given) < 10 or given not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv("PUBLIC_URL", "https://")
    with pytest.raises(BadSettings, match=r"PUBLIC_URL: .*; PORT: "):
        load_settings()


def test_values_of_the_file_are_read_alike(tmp_path: Path) -> None:
    lines = f"""\ufeffMETRIPORT_API_KEY="key "
export PUBLIC_URL = 'https://Desk.example.org/'  # what patients reach
SECRET_KEY={LONG}
DATA_DIR=d?x=1
"""
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    settings = read_settings()
    assert settings.metriport_api_key.get_secret_value() == "key"
    assert settings.public_url == "https://desk.example.org"
    assert settings.secret_keys() == [LONG]
    assert settings.data_dir == Path("d?x=1")


def test_the_environment_outranks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("METRIPORT_API_KEY=key")
    monkeypatch.setenv("METRIPORT_API_KEY", "")
    assert read_settings().sandboxed


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"PORT=\xff\xfe", r"\.env: must be a readable file in UTF-8"), (b"PORT=0", "PORT: ")],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(BadSettings, match=message):
        read_settings()


@pytest.mark.parametrize(
    "folder", ["d?x=1", "a b", "100%", "d#1", "ünï", "a:b@c", ":memory:", "file:x", "d&mode=ro"]
)
def test_the_log_lands_in_the_folder_whatever_its_name(tmp_path: Path, folder: str) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / folder)  # type: ignore[call-arg]
    store = Store(settings.log_url)
    store.ping()
    store.close()
    assert (tmp_path / folder / "access-desk.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_the_log_may_stand_elsewhere() -> None:
    url = "postgresql+psycopg://u:p%40@h:5432/log?sslmode=require"
    settings = Settings(_env_file=None, database_url=url, secret_key=LONG)  # type: ignore[call-arg]
    assert settings.log_url == make_url(url)
    assert (settings.log_setting, settings.needs_data_dir) == ("DATABASE_URL", True)


@pytest.mark.parametrize("name", ["CONSENT_TOKEN", "METRICS_TOKEN"])
@pytest.mark.parametrize(("length", "refused"), [(31, True), (32, False)])
def test_a_token_that_can_be_guessed_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, length: int, refused: bool
) -> None:
    monkeypatch.setenv(name, "t" * length)
    if not refused:
        assert getattr(load_settings(), name.lower()).get_secret_value()
        return
    with pytest.raises(BadSettings, match=f"{name}: must have at least 32"):
        load_settings()
