"""What the value of a setting may be: each check answers the value in its one form, or raises
`ValueError` with what is expected.
"""

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from services.private_files import LEAST_KEY_LENGTH

_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII)
_HEADER_TEXT = re.compile(r"[!#-&(-~]+", re.ASCII)
"""What an HTTP header carries; without quotes, which come from copying and belong to no key."""

_SCOPE = re.compile(r"[!#-\[\]-~]+", re.ASCII)
"""One scope, as RFC 6749 spells it."""

_SIGNING_KEY = re.compile(r"(pub:)?[A-Za-z0-9_-]{43}=?", re.ASCII)
"""The 32 bytes of a private Ed25519 seed or, after `pub:`, of a public key."""

ROLE_NAMES = ("support", "compliance", "product", "admin")
"""The roles by name; `services.staff` says what each may do."""

# A year has 366 days here: what is kept for years is never kept too short.
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 366 * 86400}
_LONGEST_KEPT = timedelta(days=100 * 366)
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
    if any(len(key) < LEAST_KEY_LENGTH for key in key_parts(value)):
        raise ValueError(
            f"must have at least {LEAST_KEY_LENGTH} characters; make one: {_MAKE_A_KEY}"
        )
    if not all(_HEADER_TEXT.fullmatch(key) for key in key_parts(value)):
        raise ValueError(
            f"must have no quotes, spaces or letters beyond ASCII; make one: {_MAKE_A_KEY}"
        )
    return value


def _signing_keys(value: SecretStr) -> SecretStr:
    keys = key_parts(value)
    if not all(_SIGNING_KEY.fullmatch(key) for key in keys) or (keys and keys[0][:4] == "pub:"):
        raise ValueError(
            "must be keys of 32 bytes in URL-safe base64, separated by commas, the first of them "
            "private; make one: python -m services make-signing-key"
        )
    return value


def key_parts(keys: SecretStr) -> list[str]:
    """The keys that stand in one setting, separated by commas."""
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


def _given_file(value: object) -> object:
    return None if value in (None, "") else _folder(value)


def _consent_rule(value: str) -> str:
    if value.strip().lower() not in ("required", "warn", "off"):
        raise ValueError("must be required, warn or off")
    return value.strip().lower()


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    number, unit = value.strip()[:-1], value.strip()[-1:]
    if not re.fullmatch(r"[1-9][0-9]{0,5}", number, re.ASCII) or unit not in _SECONDS:
        raise ValueError("must be a whole number and a unit: 90s, 30m, 12h, 7d or 6y")
    return timedelta(seconds=int(number) * _SECONDS[unit])


def _retention(value: timedelta) -> timedelta:
    if not timedelta(days=1) <= value <= _LONGEST_KEPT:
        raise ValueError("must be between 1d and 100y")
    return value


def _on_or_off(value: object) -> object:
    if not isinstance(value, str):
        return value
    words = {"on": True, "off": False}
    if value.strip().lower() not in words:
        raise ValueError("must be on or off")
    return words[value.strip().lower()]


def _issuer(value: str) -> str:
    """A provider's address exactly as given: tokens name it letter by letter."""
    _http_url(value)
    if value and not value.startswith("https://") and not is_on_this_machine(value):
        raise ValueError("must start with https:// (http:// only on this machine)")
    return value


def _scopes(value: str) -> str:
    """Scopes separated by single spaces, `openid` among them."""
    names = value.split()
    if "openid" not in names or not all(_SCOPE.fullmatch(name) for name in names):
        raise ValueError("must be names separated by spaces, with openid among them")
    return " ".join(names)


def _role_map(value: str) -> str:
    """`group=role` pairs separated by commas; empty stays empty."""
    for pair in _pairs(value):
        # A group's name may hold an equals sign, as a name in a directory does; a role's does not.
        group, _, role = pair.rpartition("=")
        # A semicolon is a slip for a comma: half of the map would be taken for a group's name.
        if not group.strip() or ";" in group or role.strip() not in ROLE_NAMES:
            roles = ", ".join(ROLE_NAMES)
            raise ValueError(f"must look like desk-support=support,…; the roles are {roles}")
    return value


def role_pairs(value: str) -> list[tuple[str, str]]:
    """The groups and the roles of a checked role map, in its order."""
    pairs = [pair.rpartition("=") for pair in _pairs(value)]
    return [(group.strip(), role.strip()) for group, _, role in pairs]


def is_on_this_machine(url: str) -> bool:
    """Whether a URL's host is this machine's own, whatever the network."""
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pairs(value: str) -> list[str]:
    return [pair.strip() for pair in value.split(",") if pair.strip()]


HttpUrl = Annotated[str, AfterValidator(_http_url)]
HeaderKey = Annotated[SecretStr, AfterValidator(_header_key)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Retention = Annotated[Duration, AfterValidator(_retention)]
SigningKeyList = Annotated[SecretStr, AfterValidator(_signing_keys)]
OnOff = Annotated[bool, BeforeValidator(_on_or_off)]
GivenUrl = Annotated[HttpUrl, AfterValidator(_given)]
PublicUrl = Annotated[HttpUrl, AfterValidator(_public_url)]
LogUrl = Annotated[str, AfterValidator(_log_url)]
SecretKeys = Annotated[SecretStr, AfterValidator(_secret_keys)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Issuer = Annotated[str, AfterValidator(_issuer)]
Scopes = Annotated[str, AfterValidator(_scopes)]
RoleMap = Annotated[str, AfterValidator(_role_map)]
GivenFile = Annotated[Path | None, BeforeValidator(_given_file)]
ConsentRule = Annotated[str, AfterValidator(_consent_rule)]
