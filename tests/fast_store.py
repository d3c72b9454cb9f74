"""A SQLite log that does not wait for the disk."""

import sqlite3

import sqlalchemy as sa

from services.store import Store


def sync_never(store: Store) -> None:
    """Let commits return before they are on the disk: no test outlives the machine's power."""

    def turn_off(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    # After the store's own preparation of a connection, which turns it on.
    sa.event.listen(store.engine, "connect", turn_off)
