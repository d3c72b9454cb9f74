"""The folder of an export: nobody else's files in it, and each file there whole or not at all.

FOLDER/manifest.json                               what is in it; without it, it is not whole
FOLDER/network_query/month=2026-09/rows.parquet    one file for each dataset and month
FOLDER/.making/                                    what an export that runs has made so far
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from services.errors import AccessDeskError
from services.outcomes.log_export.datasets import DATASETS
from services.private_files import is_open_to_others

MANIFEST = "manifest.json"
_MAKING = ".making"
_ROWS = "rows.parquet"
_MONTH = re.compile(r"month=(\d{4}-\d{2})")
_NAMES = frozenset(dataset.name for dataset in DATASETS)


class ExportFolder:
    """One export's folder. `open_folder` makes it, and keeps other exports out of it meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def new_file(self, dataset: str, month: str) -> BinaryIO:
        """A new file, readable by this account alone, which `publish` puts in place."""
        path = self._making / _place(dataset, month)
        _make_folders(path.parent, self.path)
        return open(path, "xb", opener=_private)

    def size_of_new(self, dataset: str, month: str) -> int:
        """The bytes of a new file."""
        return (self._making / _place(dataset, month)).stat().st_size

    def read_manifest(self) -> dict[str, Any] | None:
        """What the last export has written about the folder; None where it is not whole."""
        try:
            told = json.loads((self.path / MANIFEST).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def published(self) -> dict[str, int]:
        """The files that are in place, as they are named in a manifest, and their bytes."""
        files = sorted(self.path.glob(f"[!.]*/month=*/{_ROWS}"))
        return {str(file.relative_to(self.path)): file.stat().st_size for file in files}

    def publish(self, is_replaced: Callable[[str], bool], manifest: dict[str, Any]) -> None:
        """Put the new files in place of those of all months of which `is_replaced`.

        Each is replaced at once. Until the manifest is back, the folder is not whole.
        """
        (self.path / MANIFEST).unlink(missing_ok=True)
        for name in self.published():
            if is_replaced(month_of(name)) and not (self._making / name).exists():
                # Nothing is left of that month: it was purged.
                (self.path / name).unlink()
                (self.path / name).parent.rmdir()
        for made in sorted(self._making.glob(f"*/*/{_ROWS}")):
            place = self.path / made.relative_to(self._making)
            _make_folders(place.parent, self.path)
            os.replace(made, place)
        self._write_manifest(manifest)

    def _write_manifest(self, manifest: dict[str, Any]) -> None:
        made = self._making / MANIFEST
        with open(made, "xb", opener=_private) as file:
            file.write(json.dumps(manifest, indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, self.path / MANIFEST)

    @property
    def _making(self) -> Path:
        return self.path / _MAKING


@contextmanager
def open_folder(path: Path) -> Iterator[ExportFolder]:
    """The folder, which is made if there is none, for one export at a time.

    Raises `AccessDeskError` where it cannot be one, holds other files, or another export writes to
    it. What a stopped export left half made is removed, before and after.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path):
            _refuse_others(path)
            # Only now: a folder that others need holds something of theirs.
            if is_open_to_others(path):
                path.chmod(0o700)
            making = path / _MAKING
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o700)
            try:
                yield ExportFolder(path)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        raise AccessDeskError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}."
        ) from None


def month_of(name: str) -> str:
    """The month of a file by its name in a manifest."""
    found = _MONTH.search(name)
    return found[1] if found else ""


def name_of(dataset: str, month: str) -> str:
    """A file's name in a manifest."""
    return str(_place(dataset, month))


def _place(dataset: str, month: str) -> Path:
    return Path(dataset, f"month={month}", _ROWS)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # It is let go of with the process, however that ends.
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise AccessDeskError(f"Another export writes to {path}.") from None
    finally:
        os.close(folder)


def _refuse_others(path: Path) -> None:
    """Raise where anything stands in the folder that no export has made."""
    for found in sorted(path.iterdir()):
        if found.name == _MAKING and not found.is_symlink():
            continue
        if not _is_ours(found):
            raise AccessDeskError(
                f"{path} holds something that is not of an export: {found.name}.",
                next_step="Choose a new folder, or an empty one.",
            )


def _is_ours(found: Path) -> bool:
    if found.is_symlink():
        return False
    if found.name == MANIFEST:
        return found.is_file()
    return found.name in _NAMES and found.is_dir() and all(map(_is_month, found.iterdir()))


def _is_month(found: Path) -> bool:
    return (
        bool(_MONTH.fullmatch(found.name))
        and found.is_dir()
        and not found.is_symlink()
        and all(file.name == _ROWS and not file.is_symlink() for file in found.iterdir())
    )


def _make_folders(path: Path, below: Path) -> None:
    """Make the folders down to `path`, each for this account alone."""
    for folder in reversed([path, *path.parents]):
        if folder.is_relative_to(below):
            folder.mkdir(mode=0o700, exist_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
