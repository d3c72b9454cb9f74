"""Whether this process can do its work: what `/readyz` answers."""

from collections.abc import Sequence
from pathlib import Path

from services.operations.disk import FreeBytes, free_bytes
from services.store import Store
from services.store.migrate import is_current

LEAST_FREE_BYTES = 64 * 1024 * 1024
"""A SQLite log grows by its pages only, but its journal may need a few times as much at once."""


class Readiness:
    """Asks the log and the disks, every time anew; cheap enough for a probe every second."""

    def __init__(
        self, store: Store, folders: Sequence[Path], free_bytes: FreeBytes = free_bytes
    ) -> None:
        self._store = store
        self._folders = folders
        self._free_bytes = free_bytes

    def is_ready(self) -> bool:
        """Whether the log is migrated and takes writes, and no disk of ours is full.

        Raises `LogUnavailable` where the log does not answer or takes no writes.
        """
        if not is_current(self._store.engine):
            return False
        self._store.try_writing()
        # SQLite writes to its files at a commit only, so a write that is taken back says nothing
        # of a full disk.
        return all(self._free_bytes(folder) >= LEAST_FREE_BYTES for folder in self._folders)
