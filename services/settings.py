"""Settings from the environment or a `.env` file; a wrong one stops the start with its name."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

from services.errors import BadSettings
from services.private_files import LEAST_KEY_LENGTH, SIGNING_KEY, read_or_make_secret
from services.setting_values import (
    ConsentRule,
    Duration,
    Folder,
    GivenFile,
    GivenUrl,
    HeaderKey,
    Issuer,
    LogUrl,
    OnOff,
    PublicUrl,
    Retention,
    RoleMap,
    Scopes,
    SecretKeys,
    SigningKeyList,
    is_on_this_machine,
    key_parts,
    role_pairs,
)


class Settings(BaseSettings):
    """What the operator decides. An empty API key means the embedded sandbox.

    White space around a value is not part of it.
    """

    # Some editors begin a file with a mark that would become part of the first name.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", frozen=True
    )

    metriport_api_key: HeaderKey = SecretStr("")
    metriport_base_url: GivenUrl = "https://api.metriport.com"
    metriport_webhook_key: HeaderKey = SecretStr("")
    database_url: LogUrl = ""
    secret_key: SecretKeys = SecretStr("")
    signing_key: SigningKeyList = SecretStr("")
    data_dir: Folder = Path("data")
    public_url: PublicUrl = ""
    port: int = Field(default=8501, ge=1, le=65535)
    aal2_max_age: Duration = timedelta(hours=12)
    aal2_max_idle: Duration = timedelta(minutes=30)
    session_max_age: Duration = timedelta(hours=12)
    session_max_idle: Duration = timedelta(minutes=15)
    oidc_issuer: Issuer = ""
    oidc_client_id: HeaderKey = SecretStr("")
    oidc_client_secret: HeaderKey = SecretStr("")
    oidc_scopes: Scopes = "openid profile email"
    role_claim: str = Field(default="groups", min_length=1)
    role_map: RoleMap = ""
    retention_log: Retention = timedelta(days=6 * 366)
    retention_webhook_bodies: Retention = timedelta(days=30)
    consent: ConsentRule = "warn"
    consent_text: GivenFile = None
    consent_token: HeaderKey = SecretStr("")
    consent_lasts: Retention = timedelta(days=366)
    review_sample: float = Field(default=0.05, ge=0, le=1)
    sandbox_speed: float = Field(default=1.0, gt=0, le=1000)
    name_index: OnOff = True
    small_cell: int = Field(default=5, ge=2, le=1000)
    metrics_token: HeaderKey = SecretStr("")

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
    def has_provider(self) -> bool:
        """Whether people sign in at a provider, and not by the sandbox's cards."""
        return bool(self.oidc_issuer)

    @property
    def roles_of_groups(self) -> list[tuple[str, str]]:
        """Which group at the provider gives which role, as `ROLE_MAP` says."""
        return role_pairs(self.role_map)

    @property
    def needs_data_dir(self) -> bool:
        """Whether anything is kept under `data_dir`: the log, the sandbox, or a made secret."""
        return self.sandboxed or not (self.database_url and key_parts(self.secret_key))

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
    def signing_key_file(self) -> Path:
        """Where a signing key is kept that was made because none was set."""
        return self.data_dir / "signing.key"

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
        return key_parts(self.secret_key) or [read_or_make_secret(self.secret_file)]

    def signing_keys(self) -> list[str]:
        """The keys that sign the access log; without any, one is made once and kept.

        Raises `BadSettings` where the kept one cannot be read or is not whole.
        """
        kept = self.signing_key_file
        return key_parts(self.signing_key) or [read_or_make_secret(kept, SIGNING_KEY)]


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
    """Why a start with these settings is refused: all that is missing or unsafe."""
    wrong = [] if settings.sandboxed else _complaints_of_account(settings)
    tokens = {"CONSENT_TOKEN": settings.consent_token, "METRICS_TOKEN": settings.metrics_token}
    for name, token in tokens.items():
        if 0 < len(token.get_secret_value()) < LEAST_KEY_LENGTH:
            wrong.append(f"{name}: must have at least {LEAST_KEY_LENGTH} characters, or none")
    return wrong + (_complaints_of_provider(settings) if _needs_provider(settings) else [])


def _complaints_of_account(settings: Settings) -> list[str]:
    """What a real account needs."""
    wrong = []
    base = settings.metriport_base_url
    if not (base.startswith("https://") or is_on_this_machine(base)):
        wrong.append("METRIPORT_BASE_URL: must be HTTPS: the API key and patients pass there")
    if not settings.metriport_webhook_key.get_secret_value():
        wrong.append("METRIPORT_WEBHOOK_KEY: required as soon as METRIPORT_API_KEY is set")
    if not settings.public_url.startswith("https://"):
        wrong.append("PUBLIC_URL: must be HTTPS with METRIPORT_API_KEY set")
    if not key_parts(settings.secret_key):
        wrong.append("SECRET_KEY: required; the sandbox's generated one is not used")
    if not key_parts(settings.signing_key):
        wrong.append("SIGNING_KEY: required; make one: python -m services make-signing-key")
    return wrong


def _needs_provider(settings: Settings) -> bool:
    """The sandbox's role cards never guard real patients, nor half a provider's settings."""
    given = (settings.oidc_client_id, settings.oidc_client_secret)
    some = any(value.get_secret_value() for value in given)
    return not settings.sandboxed or settings.has_provider or some or bool(settings.role_map)


def _complaints_of_provider(settings: Settings) -> list[str]:
    wrong = []
    if not settings.has_provider:
        wrong.append("OIDC_ISSUER: required: the address of the provider where people sign in")
    if not settings.oidc_client_id.get_secret_value():
        wrong.append("OIDC_CLIENT_ID: required: what the provider calls this program")
    if not settings.oidc_client_secret.get_secret_value():
        wrong.append("OIDC_CLIENT_SECRET: required: the provider shows it with the client's id")
    if not settings.roles_of_groups:
        wrong.append("ROLE_MAP: required, as in desk-support=support,desk-admin=admin")
    return wrong
