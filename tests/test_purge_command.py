"""The command that purges, in a process of its own."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from services.clock import utc_now
from services.store import Store
from services.store.migrate import migrate
from tests.clock import FakeClock
from tests.compliance.retention.life import YEARS, Archive, counts
from tests.test_commands import run


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A log with an old life and a young one, in the folder of a sandbox."""
    (tmp_path / "data").mkdir(mode=0o700)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'access-desk.db'}")
    migrate(store.engine)
    archive = Archive(store, FakeClock(utc_now()))
    archive.live("old", YEARS + timedelta(days=100))
    archive.live("young", timedelta(days=100))
    return archive


def _told(output: str) -> Counter[str]:
    lines = re.findall(r"^ *([\d,]+)  (\S+)$", output, re.MULTILINE)
    return Counter({name: int(number.replace(",", "")) for number, name in lines})


def test_it_says_what_it_would_purge_then_purges_it(archive: Archive, tmp_path: Path) -> None:
    before = archive.everything()
    dry = run("python -m services purge --dry-run", tmp_path)
    assert dry.returncode == 0, dry.stderr
    assert "rows would be purged." in dry.stdout
    assert archive.everything() == before
    done = run("python -m services purge", tmp_path)
    assert _told(done.stdout) == _told(dry.stdout) and "rows purged." in done.stdout
    assert set(counts(archive.everything())) == set(counts(before))
    again = run("python -m services purge", tmp_path)
    assert again.stdout == "Nothing is old enough.\n"


def test_the_settings_decide(archive: Archive, tmp_path: Path) -> None:
    dry = run("python -m services purge --dry-run", tmp_path, RETENTION_WEBHOOK_BODIES="7y")
    assert _told(dry.stdout)["network_query"] == 1
    assert "webhook_event.body" not in _told(dry.stdout)
    wrong = run("python -m services purge --dry-run", tmp_path, RETENTION_LOG="soon")
    assert wrong.returncode != 0 and "RETENTION_LOG" in wrong.stderr
