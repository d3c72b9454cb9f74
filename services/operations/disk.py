"""Where the log and the data are kept, and how much room is left there."""

import shutil
from collections.abc import Callable
from pathlib import Path

from services.settings import Settings

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """How many bytes this account may still write where `folder` is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def kept_in(settings: Settings) -> list[Path]:
    """The folders of this machine that the program writes to."""
    folders = [settings.data_dir] if settings.needs_data_dir else []
    if log := log_file(settings):
        folders.append(log.parent)
    return list(dict.fromkeys(folders))


def log_file(settings: Settings) -> Path | None:
    """The file of a SQLite log; None where the log is kept by a server."""
    url = settings.log_url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
