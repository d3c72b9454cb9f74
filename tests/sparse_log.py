"""A log in which two filters have thousands of rows each, and one row together."""

from datetime import datetime, timedelta

from sqlalchemy import insert

from services.ids import new_id
from services.store import Store
from services.store.lists.streams import MOST_SEARCHED
from services.store.tables import NetworkQuery

STATUS, PURPOSE = "unconfirmed", "ias"


def fill_sparsely(store: Store, now: datetime) -> str:
    """Add the queries, from 2020 on; answers the id of the one that is of both kinds.

    It is the oldest, so that a page finds it only once the search has gone on.
    """
    began = datetime(2020, 1, 1, tzinfo=now.tzinfo)
    rows = [_row(began, STATUS, PURPOSE)]
    for number in range(1, MOST_SEARCHED + 100):
        at = began + timedelta(minutes=number)
        rows += [_row(at, STATUS, "treatment"), _row(at, "completed", PURPOSE)]
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(NetworkQuery), rows)
    return str(rows[0]["id"])


def _row(at: datetime, status: str, purpose: str) -> dict[str, object]:
    return {
        "id": new_id(at), "patient_id": "p-1", "purpose": purpose, "origin": "dashboard",
        "status": status, "requested": "", "submitted_at": at, "finished_at": at, "checks": 0,
    }  # fmt: skip
