"""A process of its own that appends events to the access log from several threads.

python -m tests.store.chain_writers <database URL> <name> <threads> <events of each thread>
"""

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from services.clock import utc_now
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from tests.staff_members import AlwaysSignedIn, make_actor


def write(url: str, name: str, threads: int, events: int) -> None:
    """Append `events` by each of so many writers, two in each transaction."""
    store = Store(url)
    if store.engine.dialect.name == "sqlite":
        sa.event.listen(store.engine, "connect", _wait_longer)
    audit = Audit(store, utc_now, AlwaysSignedIn())

    def append(writer: int) -> None:
        who = make_actor(f"{name}-{writer}", Role.SUPPORT)
        for number in range(0, events, 2):
            with store.write() as session:
                for own in range(number, min(number + 2, events)):
                    audit.append(session, who, "query.view", details={"n": own})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(append, range(threads)))
    store.close()


def _wait_longer(connection: sqlite3.Connection, _record: object) -> None:
    """SQLite hands its lock to whoever asks first: among writers that never pause, one may wait
    longer than the five seconds after which the program gives up."""
    connection.execute("PRAGMA busy_timeout=120000")


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
