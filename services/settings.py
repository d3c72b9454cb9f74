"""Settings from the environment or a `.env` file; a wrong one stops the start with its name."""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.errors import BadSettings


def _http_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    number, unit = value.strip()[:-1], value.strip()[-1:]
    if not re.fullmatch(r"[1-9][0-9]{0,5}", number, re.ASCII) or unit not in _SECONDS:
        raise ValueError("must be a whole number and a unit: 90s, 30m, 12h or 7d")
    return timedelta(seconds=int(number) * _SECONDS[unit])


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(BaseSettings):
    """What the operator decides. An empty API key means the embedded sandbox."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    metriport_api_key: SecretStr = SecretStr("")
    metriport_base_url: HttpUrl = "https://api.metriport.com"
    metriport_webhook_key: SecretStr = SecretStr("")
    database_url: str = ""
    secret_key: SecretStr = SecretStr("")
    data_dir: Path = Path("data")
    public_url: HttpUrl = ""
    aal2_max_age: Duration = timedelta(hours=12)
    aal2_max_idle: Duration = timedelta(minutes=30)
    sandbox_speed: float = Field(default=1.0, gt=0, le=1000)

    @property
    def sandboxed(self) -> bool:
        """Whether everything runs against the embedded sandbox."""
        return not self.metriport_api_key.get_secret_value()

    @property
    def log_url(self) -> str:
        """The SQLAlchemy URL of the log."""
        return self.database_url or f"sqlite:///{self.data_dir / 'access-desk.db'}"

    def public_address(self, port: int) -> str:
        """What patients and Metriport reach, without a slash at the end."""
        return self.public_url or f"http://localhost:{port}"

    def secret_keys(self) -> list[str]:
        """The keys that encrypt and sign, newest first; in the sandbox one is made once and kept.

        The file is created readable by its owner only, and never in two halves.
        """
        given = [key.strip() for key in self.secret_key.get_secret_value().split(",")]
        keys = [key for key in given if key]
        return keys or [_generated_secret(self.data_dir / "secret.key")]


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


def _complaint(part: "object") -> str:
    entry = dict(part)  # type: ignore[call-overload]
    return f"{str(entry['loc'][0]).upper()}: {entry['msg']}"


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


def _generated_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
