"""A process of its own that appends events to the access log from several threads.

python -m tests.store.chain_writers <database URL> <name> <threads> <events of each thread>
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from services.clock import utc_now
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from tests.staff_members import AlwaysSignedIn, make_actor


def write(url: str, name: str, threads: int, events: int) -> None:
    """Append `events` by each of so many writers, two in each transaction."""
    store = Store(url)
    audit = Audit(store, utc_now, AlwaysSignedIn())

    def append(writer: int) -> None:
        who = make_actor(f"{name}-{writer}", Role.SUPPORT)
        for number in range(0, events, 2):
            with store.write() as session:
                audit.append(session, who, "query.view", details={"n": number})
                audit.append(session, who, "query.view", details={"n": number + 1})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(append, range(threads)))
    store.close()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
