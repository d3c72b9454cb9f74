"""Files that nobody but the program's own account may read."""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.errors import BadSettings

LEAST_KEY_LENGTH = 32
"""Characters of a secret key: below that it can be guessed."""

_OURS = (
    "access-desk.db*",
    "sandbox.db*",
    "secret.key",
    "signing.key",
    "sandbox_people.json",
    "README.md",
)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_COMPANIONS = ("", "-wal", "-shm", "-journal")
"""SQLite keeps parts of a database in files beside it."""


def make_folder(folder: Path) -> None:
    """Make `folder` (mode 0700) and see that files can be made in it.

    One that exists is narrowed if nothing but the program's files is in it: somebody may have
    named a folder that others need. Raises `BadSettings`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        if is_open_to_others(folder) and _holds_only_ours(folder):
            folder.chmod(0o700)
    except (OSError, ValueError) as error:
        raise _unusable(error) from None


def make_database(path: Path) -> None:
    """Make an empty file (mode 0600) for SQLite, unless there is one; raises `OSError`.

    A file that exists is never opened here: closing a file drops every lock that the process holds
    on it (POSIX), and SQLite of the same process would lose its own.
    """
    if path.is_dir():
        raise IsADirectoryError(path)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def narrow_database(path: Path) -> None:
    """Take a database, and the files that SQLite keeps beside it, from every other account.

    Call it once SQLite has opened the file: somebody may have named a file that is no database.
    """
    for file in database_files(path):
        if is_open_to_others(file):
            file.chmod(0o600)


def database_files(path: Path) -> list[Path]:
    """The SQLite database at `path` and the files beside it, as far as they exist."""
    files = [path.with_name(path.name + suffix) for suffix in _COMPANIONS]
    return [file for file in files if file.exists()]


def is_open_to_others(path: Path) -> bool:
    """Whether another account may read, change or enter `path`."""
    return bool(path.stat().st_mode & _OTHERS)


@dataclass(frozen=True)
class SecretKind:
    """A secret that the program makes for itself; `if_lost` is what to do without its file."""

    setting: str
    size: int
    """Random bytes; in URL-safe base64 in the file."""
    if_lost: str


SECRET_KEY = SecretKind(
    "SECRET_KEY", 48, "delete it together with the databases beside it, which it encrypts"
)
SIGNING_KEY = SecretKind(
    "SIGNING_KEY", 32, "set SIGNING_KEY to a new key, a comma, pub: and this one's public key"
)


def read_or_make_secret(path: Path, kind: SecretKind = SECRET_KEY) -> str:
    """The secret that stands in a file; made and kept (mode 0600) where there is none.

    Raises `BadSettings` for a file that holds no whole secret.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _keep_secret(path, kind)
        if is_open_to_others(path):
            path.chmod(0o600)
    except (OSError, ValueError) as error:
        raise _unusable(error) from None
    return read_secret(path, kind)


def read_secret(path: Path, kind: SecretKind = SECRET_KEY) -> str:
    """The secret that stands in a file; raises `BadSettings` for a file that holds no whole one."""
    try:
        secret = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise _unusable(error) from None
    if len(secret) < LEAST_KEY_LENGTH or not secret.isascii():
        raise BadSettings(
            f"{kind.setting}: the generated one in {path} is empty, cut off or damaged; bring it "
            f"back from a backup, or {kind.if_lost}"
        )
    return secret


def _keep_secret(path: Path, kind: SecretKind) -> None:
    """Write a new secret under another name first, so that nobody ever reads half of one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret") as file:
        file.write(secrets.token_urlsafe(kind.size))
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            # Another process was faster: its secret counts.
            return


def _holds_only_ours(folder: Path) -> bool:
    return all(any(file.match(name) for name in _OURS) for file in folder.iterdir())


def _unusable(error: Exception) -> BadSettings:
    why = type(error).__name__
    return BadSettings(f"DATA_DIR: must be a folder that this account can write to ({why})")
