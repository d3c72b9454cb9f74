"""Settings from the environment or a `.env` file; a wrong one stops the start with its name."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from services.errors import BadSettings
from services.private_files import LEAST_KEY_LENGTH, read_or_make_secret

_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII)
_HEADER_TEXT = re.compile(r"[!#-&(-~]+", re.ASCII)
"""What an HTTP header carries; without quotes, which come from copying and belong to no key."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'


def _http_url(value: str) -> str:
    """The address as a browser would send it, without a slash at the end; empty stays empty."""
    if not value:
        return ""
    if not re.match("https?://", value, re.IGNORECASE):
        raise ValueError("must start with http:// or https://")
    parts = _split(value)
    if parts.username is not None or "?" in value or "#" in value:
        raise ValueError("must have no user name, and nothing after ? or #")
    host = parts.netloc.lower()
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def _given(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _split(value: str) -> SplitResult:
    if not re.fullmatch(r"[!-~]+", value, re.ASCII):
        raise ValueError("must have no spaces and no letters beyond ASCII (write xn--… for those)")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("must have a port between 1 and 65535, or none") from None
    host = parts.netloc.rpartition("@")[2].lower()
    if not _HOST.fullmatch(host if port is None else host.rpartition(":")[0]) or port == 0:
        raise ValueError("must name a host, as in https://desk.example.org")
    return parts


def _public_url(value: str) -> str:
    # Cookies and the addresses on Metriport's allowlist are bound to paths that begin at the root.
    if urlsplit(value).path:
        raise ValueError("must be a host without a path, as in https://desk.example.org")
    return value


def _log_url(value: str) -> str:
    if not value:
        return ""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("must look like postgresql+psycopg://user@host/database") from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    if url.drivername == "sqlite" and (url.database in (None, "", ":memory:") or url.query):
        raise ValueError("must name a file, as in sqlite:///folder/log.db, and no options")
    if url.port is not None and not 0 < url.port <= 65535:
        raise ValueError("must have a port between 1 and 65535, or none")
    return value


def _header_key(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not _HEADER_TEXT.fullmatch(value.get_secret_value()):
        raise ValueError("must have no quotes, spaces or letters beyond ASCII: copy it again")
    return value


def _secret_keys(value: SecretStr) -> SecretStr:
    if any(len(key) < LEAST_KEY_LENGTH for key in _parts(value)):
        raise ValueError(
            f"must have at least {LEAST_KEY_LENGTH} characters; make one: {_MAKE_A_KEY}"
        )
    if not all(_HEADER_TEXT.fullmatch(key) for key in _parts(value)):
        raise ValueError(
            f"must have no quotes, spaces or letters beyond ASCII; make one: {_MAKE_A_KEY}"
        )
    return value


def _parts(keys: SecretStr) -> list[str]:
    parts = [key.strip() for key in keys.get_secret_value().split(",")]
    return [key for key in parts if key]


def _folder(value: object) -> object:
    if value == "":
        raise ValueError("must name a folder")
    try:
        str(value).encode()
        return Path(str(value)).expanduser()
    except UnicodeEncodeError:
        raise ValueError("must be readable as UTF-8") from None
    except RuntimeError:
        raise ValueError("begins with ~, and this account has no such folder") from None


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    number, unit = value.strip()[:-1], value.strip()[-1:]
    if not re.fullmatch(r"[1-9][0-9]{0,5}", number, re.ASCII) or unit not in _SECONDS:
        raise ValueError("must be a whole number and a unit: 90s, 30m, 12h or 7d")
    return timedelta(seconds=int(number) * _SECONDS[unit])


def _on_or_off(value: object) -> object:
    if not isinstance(value, str):
        return value
    words = {"on": True, "off": False}
    if value.strip().lower() not in words:
        raise ValueError("must be on or off")
    return words[value.strip().lower()]


HttpUrl = Annotated[str, AfterValidator(_http_url)]
HeaderKey = Annotated[SecretStr, AfterValidator(_header_key)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
OnOff = Annotated[bool, BeforeValidator(_on_or_off)]


class Settings(BaseSettings):
    """What the operator decides. An empty API key means the embedded sandbox.

    White space around a value is not part of it.
    """

    # Some editors begin a file with a mark that would become part of the first name.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", frozen=True
    )

    metriport_api_key: HeaderKey = SecretStr("")
    metriport_base_url: Annotated[HttpUrl, AfterValidator(_given)] = "https://api.metriport.com"
    metriport_webhook_key: HeaderKey = SecretStr("")
    database_url: Annotated[str, AfterValidator(_log_url)] = ""
    secret_key: Annotated[SecretStr, AfterValidator(_secret_keys)] = SecretStr("")
    data_dir: Annotated[Path, BeforeValidator(_folder)] = Path("data")
    public_url: Annotated[HttpUrl, AfterValidator(_public_url)] = ""
    port: int = Field(default=8501, ge=1, le=65535)
    aal2_max_age: Duration = timedelta(hours=12)
    aal2_max_idle: Duration = timedelta(minutes=30)
    session_max_age: Duration = timedelta(hours=12)
    session_max_idle: Duration = timedelta(minutes=15)
    sandbox_speed: float = Field(default=1.0, gt=0, le=1000)
    name_index: OnOff = True

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }

    @property
    def sandboxed(self) -> bool:
        """Whether everything runs against the embedded sandbox."""
        return not self.metriport_api_key.get_secret_value()

    @property
    def needs_data_dir(self) -> bool:
        """Whether anything is kept under `data_dir`: the log, the sandbox, or a made secret."""
        return self.sandboxed or not (self.database_url and _parts(self.secret_key))

    @property
    def log_url(self) -> URL:
        """The SQLAlchemy URL of the log."""
        if self.database_url:
            return make_url(self.database_url)
        # Put together from its parts, so that no character of the folder's name means anything.
        return URL.create("sqlite", database=str(self.data_dir / "access-desk.db"))

    @property
    def log_setting(self) -> str:
        """The name of the setting that decides where the log is."""
        return "DATABASE_URL" if self.database_url else "DATA_DIR"

    @property
    def secret_file(self) -> Path:
        """Where a secret is kept that was made because none was set."""
        return self.data_dir / "secret.key"

    @property
    def sandbox_file(self) -> Path:
        """Where the embedded sandbox keeps its state."""
        return self.data_dir / "sandbox.db"

    def public_address(self, port: int) -> str:
        """What patients and Metriport reach, without a slash at the end."""
        return self.public_url or f"http://localhost:{port}"

    def secret_keys(self) -> list[str]:
        """The keys that encrypt and sign, newest first; without any, one is made once and kept.

        Raises `BadSettings` where the kept one cannot be read or is not whole.
        """
        return _parts(self.secret_key) or [read_or_make_secret(self.secret_file)]


def load_settings() -> Settings:
    """Read and check the settings.

    Raises `BadSettings`, which names each wrong setting and what is expected, never its value.
    """
    settings = read_settings()
    if wrong := complaints(settings):
        raise BadSettings("; ".join(wrong))
    return settings


def read_settings() -> Settings:
    """The settings, each in its right form; raises `BadSettings` where one is not."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings("; ".join(_complaint(part) for part in error.errors())) from None
    except (OSError, UnicodeError) as error:
        raise BadSettings(
            f".env: must be a readable file in UTF-8 ({type(error).__name__})"
        ) from None


def _complaint(part: Mapping[str, Any]) -> str:
    return f"{str(part['loc'][0]).upper()}: {part['msg'].removeprefix('Value error, ')}"


def complaints(settings: Settings) -> list[str]:
    """Why a start with these settings is refused: with a real API key, whatever is unsafe."""
    if settings.sandboxed:
        return []
    wrong = []
    if not settings.metriport_webhook_key.get_secret_value():
        wrong.append("METRIPORT_WEBHOOK_KEY: required as soon as METRIPORT_API_KEY is set")
    if not settings.public_url.startswith("https://"):
        wrong.append("PUBLIC_URL: must be HTTPS with METRIPORT_API_KEY set")
    if not settings.secret_key.get_secret_value():
        wrong.append("SECRET_KEY: required; the sandbox's generated one is not used")
    # Sign-in by OpenID Connect is not there yet, and sandbox role cards must never guard real
    # patients, so a real key has no safe way to start.
    wrong.append("METRIPORT_API_KEY: needs sign-in, which this version does not offer yet")
    return wrong
