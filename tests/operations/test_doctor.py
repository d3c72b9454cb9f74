"""The setup check: each result can fail, says what to do, and decides the exit status."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.clock import utc_now
from services.desk import Desk
from services.operations.doctor import CheckResult, CheckStatus, Outside, examine
from services.operations.heartbeats import WORKERS, Heartbeats
from services.settings import Settings
from services.store import Store
from services.store.migrate import migrate
from services.store.tables import NetworkQuery, WebhookEvent
from tests.clock import FakeClock


def folder_of(desk: Desk) -> Path:
    """Where the desk keeps its data: the folder of the clone is not private to anybody."""
    return Path(str(desk.store.engine.url.database)).parent


def settings_of(desk: Desk) -> Settings:
    return Settings(_env_file=None, data_dir=folder_of(desk))  # type: ignore[call-arg]


def results(desk: Desk, off: timedelta = timedelta()) -> list[CheckResult]:
    """What the check finds where this machine's clock is off."""

    def clock() -> datetime:
        return utc_now() + off

    assert desk.sandbox is not None
    port = desk.http.base_url.port or 0
    return list(examine(settings_of(desk), port, desk.sandbox.webhook_key, Outside(clock)))


def failed(found: list[CheckResult]) -> list[str]:
    return [one.what for one in found if one.status is CheckStatus.FAILED]


def test_a_running_program_is_well_and_every_line_of_the_check_is_there(running_desk: Desk) -> None:
    found = results(running_desk)
    assert failed(found) == []
    told = " ".join(one.what for one in found)
    for word in (
        "Sign-in", "SECRET_KEY", "up to date", "reconciler", "Open queries", "Webhooks are",
        "GiB are free", "leads to Access Desk", "accepts the API key", "clock", "to our URL",
        "signed with the key", "deliveries are on", "return/identity", "return/aal2",
    ):  # fmt: skip
        assert word in told, word


@pytest.mark.parametrize(
    ("seconds", "wrong"), [(0, False), (26, False), (-26, False), (33, True), (-33, True)]
)
def test_a_clock_may_be_half_a_minute_off(running_desk: Desk, seconds: int, wrong: bool) -> None:
    told = failed(results(running_desk, timedelta(seconds=seconds)))
    assert any("clock" in one for one in told) is wrong


def test_a_clock_an_hour_off_is_told_in_seconds(running_desk: Desk) -> None:
    told = failed(results(running_desk, timedelta(hours=-1)))
    assert any(re.search(r"3,(59|60)\d s apart: set this machine’s", one) for one in told)


@pytest.fixture
def log(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(store.engine)
    return store


def told_of(log: Store, unused_port: int, clock: FakeClock) -> str:
    url = log.engine.url.render_as_string()
    settings = Settings(_env_file=None, database_url=url)  # type: ignore[call-arg]
    outside = Outside(clock, sleep=lambda _: None)
    return "\n".join(failed(list(examine(settings, unused_port, None, outside))))


def test_background_work_that_stands_still_is_named(
    log: Store, unused_port: int, clock: FakeClock
) -> None:
    assert "reconciler (never)" in told_of(log, unused_port, clock)
    turns = Heartbeats(log, clock)
    for name in WORKERS:
        assert turns.noting(name, lambda: 3)() == 3
    clock.forward(seconds=599)
    assert "Not working" not in told_of(log, unused_port, clock)
    turns.noting(WORKERS[0], lambda: 0)()
    clock.forward(seconds=2)
    told = told_of(log, unused_port, clock)
    assert "reconciler (last 2026-09-14 15:30 UTC)" in told and WORKERS[0] not in told
    log.close()


def test_work_that_fails_has_had_no_turn(log: Store, clock: FakeClock) -> None:
    def fails() -> int:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Heartbeats(log, clock).noting("reconciler", fails)()
    with log.read() as session:
        from services.operations.heartbeats import last_heartbeats

        assert last_heartbeats(session) == {}
    log.close()


@pytest.mark.parametrize(("minutes", "late"), [(4, False), (6, True)])
def test_what_waits_for_too_long_is_told(
    log: Store, unused_port: int, clock: FakeClock, minutes: int, late: bool
) -> None:
    due = clock.now - timedelta(minutes=minutes)
    with log.write() as session:
        query = NetworkQuery(id="q", patient_id="p", purpose="ias", origin="external", status="x",
                             submitted_at=due, next_check_at=due)  # fmt: skip
        session.add(query)
        session.add(
            WebhookEvent(id="w", received_at=due, signature_status="valid", status="received")
        )
    told = told_of(log, unused_port, clock)
    assert ("Open queries have waited for 6 minutes" in told) is late
    assert ("Webhooks have waited for 6 minutes" in told) is late
    log.close()


def test_the_command_exits_as_it_found(running_desk: Desk, unused_port: int) -> None:
    environment = {"DATA_DIR": str(folder_of(running_desk)), "METRIPORT_API_KEY": ""}
    well = str(running_desk.http.base_url.port)
    at_once = Outside(sleep=lambda _: None)
    fine = CliRunner().invoke(main, ["doctor", "--port", well], env=environment)
    assert fine.exit_code == 0, fine.output
    assert f"http://localhost:{well}/ias/return/aal2" in fine.output
    environment["PORT"] = str(unused_port)
    ill = CliRunner().invoke(main, ["doctor"], env=environment, obj=at_once)
    assert ill.exit_code == 1 and "does not answer" in ill.output
