import sqlite3
from datetime import timedelta
from pathlib import Path

from services.sandbox.store import Store
from services.sandbox.webhooks.messages import Message, Messages
from tests.clock import FakeClock


def test_a_file_of_an_older_version_keeps_its_messages(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "sandbox.db"
    store = Store(path)
    message = Message("ping", clock.now, "p", "r", {"metadata": {}})
    Messages(store).schedule([message], clock.now)
    store.close()
    with sqlite3.connect(path) as older:
        older.execute("ALTER TABLE message RENAME COLUMN content TO something_else")
    older.close()

    store = Store(path)
    (kept,) = Messages(store).due(clock.now + timedelta(seconds=1))
    store.close()
    assert kept.content == {"metadata": {}}
