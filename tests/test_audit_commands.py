"""The commands of the access log, in processes of their own."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.clock import utc_now
from services.private_files import SIGNING_KEY, read_or_make_secret
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.store.migrate import migrate
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited
from tests.test_commands import run


@pytest.fixture
def audited(tmp_path: Path) -> Audited:
    """A log of seven years in the folder of a sandbox, and its key."""
    (tmp_path / "data").mkdir(mode=0o700)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'access-desk.db'}")
    migrate(store.engine)
    audited = Audited(store, FakeClock(utc_now() - timedelta(days=7 * 366)))
    audited.keys = SigningKeys(
        [read_or_make_secret(tmp_path / "data" / "signing.key", SIGNING_KEY)]
    )
    audited.write_months(1, 3)
    audited.clock.now = utc_now() - timedelta(days=1)
    audited.write(2)
    store.close()
    return audited


def _keys(folder: Path) -> list[list[str]]:
    ended = run("python -m services signing-keys", folder)
    assert ended.returncode == 0, ended.stderr
    return [line.split() for line in ended.stdout.splitlines()]


def test_a_made_key_is_one_and_the_keys_are_published(audited: Audited, tmp_path: Path) -> None:
    made = run("python -m services make-signing-key", tmp_path).stdout.strip()
    published = SigningKeys([made]).published()[0]
    ((own_id, own_public, signs),) = _keys(tmp_path)
    assert own_id == audited.keys.published()[0].key_id and signs == "signs"
    rotated = run(
        "python -m services signing-keys", tmp_path, SIGNING_KEY=f"{made},pub:{own_public}"
    )
    assert rotated.stdout.splitlines() == [
        f"{published.key_id} {published.public_key} signs",
        f"{own_id} {own_public} verifies",
    ]


def test_a_key_is_printed_as_pem(audited: Audited, tmp_path: Path) -> None:
    own_id = audited.keys.published()[0].key_id
    for options in ("--pem", f"--pem --key {own_id}"):
        ended = run(f"python -m services signing-keys {options}", tmp_path)
        assert ended.stdout == audited.keys.pem(own_id), ended.stderr
    unknown = run("python -m services signing-keys --pem --key other", tmp_path)
    assert unknown.returncode == 1
    assert unknown.stderr.strip() == "No key of SIGNING_KEY has the id other."


def test_the_log_is_verified_purged_and_verified_again(audited: Audited, tmp_path: Path) -> None:
    line = run("python -m services audit-head", tmp_path).stdout.strip()
    assert line.startswith("access-log-head-1 ") and " 5 " in line
    purge = run("python -m services purge-audit", tmp_path)
    assert purge.stdout.strip() == "Sealed segments: 1. Purged events: 3."
    whole = run("python -m services verify-audit", tmp_path)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "is whole: 3 events up to number 6" in whole.stdout
    assert "3 of 3 events verified" in whole.stderr


def test_damage_ends_the_verification_with_its_name(audited: Audited, tmp_path: Path) -> None:
    audited.tamper("UPDATE audit_event SET actor = 'Eve' WHERE seq = 2")
    audited.store.close()
    ended = run("python -m services verify-audit", tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.strip() == "Event 2 was changed after it was written."


def test_a_cut_is_found_by_the_line_that_was_written_down(audited: Audited, tmp_path: Path) -> None:
    line = run("python -m services audit-head", tmp_path).stdout.strip()
    audited.tamper(
        "DELETE FROM audit_event WHERE seq > 3",
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_event WHERE seq = 3)",
    )
    audited.store.close()
    assert run("python -m services verify-audit", tmp_path).returncode == 0
    with_line = run(["python", "-m", "services", "verify-audit", "--against", line], tmp_path)
    assert with_line.returncode == 1
    assert with_line.stdout.startswith("The end of the log was cut off: event 4 is missing")


@pytest.mark.parametrize("line", ["nonsense", ""])
def test_a_line_that_is_none_is_refused(audited: Audited, tmp_path: Path, line: str) -> None:
    ended = run(["python", "-m", "services", "verify-audit", "--against", line], tmp_path)
    assert ended.returncode == 1
    assert "no line of audit-head" in ended.stderr and "fields" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_key_file_is_named(audited: Audited, tmp_path: Path) -> None:
    (tmp_path / "data" / "signing.key").write_text("short")
    ended = run("python -m services audit-head", tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("SIGNING_KEY: ") and "Traceback" not in ended.stderr
    with audited.store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_anchor")).scalar() == 0
    audited.store.close()
