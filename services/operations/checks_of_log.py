"""Checks of the log and of the background work that it bears witness of."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import col, func, select

from services.clock import Clock
from services.errors import AccessDeskError
from services.operations.check_result import CheckResult, failed, ok
from services.operations.disk import log_file
from services.operations.heartbeats import WORKERS, last_heartbeats
from services.settings import Settings
from services.store import Store
from services.store.migrate import is_current
from services.store.tables import NetworkQuery, WebhookEvent
from services.webhooks.filters import RECEIVED

_LATE = timedelta(minutes=5)
_SILENT = timedelta(minutes=10)
"""Twenty status calls of an upstream that does not answer take half as long."""


def check_log(settings: Settings, clock: Clock) -> Iterator[CheckResult]:
    """Whether the log can be used, and whether the work beside the pages is done in time."""
    file = log_file(settings)
    # Opening a SQLite log would make it, and this check changes nothing.
    if file is not None and not file.is_file():
        yield failed(
            f"There is no log at {file}: start the program, or correct {settings.log_setting}."
        )
        return
    try:
        store = Store(settings.log_url)
    except OSError as error:
        yield failed(
            f"The log cannot be opened ({type(error).__name__}): correct {settings.log_setting}."
        )
        return
    try:
        yield from _check_open_log(store, clock)
    except AccessDeskError as error:
        yield failed(f"{error} {error.next_step}")
    finally:
        store.close()


def _check_open_log(store: Store, clock: Clock) -> Iterator[CheckResult]:
    store.ping()
    if not is_current(store.engine):
        yield failed("The log is not migrated: run python -m services migrate.")
        return
    store.try_writing()
    yield ok("The log answers and is up to date.")
    yield _check_background(store, clock())
    yield _check_follow_up(store, clock())
    yield _check_interpretation(store, clock())


def _check_background(store: Store, now: datetime) -> CheckResult:
    """Whether each kind of background work gave a sign of life of late."""
    with store.read() as session:
        turns = last_heartbeats(session)
    silent = [name for name in WORKERS if name not in turns or now - turns[name] > _SILENT]
    if not silent:
        lag = max(now - turns[name] for name in WORKERS).total_seconds()
        return ok(f"The reconciler and other background work had a turn {lag:,.0f} s ago.")
    told = ", ".join(
        f"{name} (last {turns[name]:%Y-%m-%d %H:%M} UTC)" if name in turns else f"{name} (never)"
        for name in silent
    )
    return failed(f"Not working: {told}. Start the program, and look at its output.")


def _check_follow_up(store: Store, now: datetime) -> CheckResult:
    """How late open queries are asked about."""
    with store.read() as session:
        oldest = session.exec(select(func.min(NetworkQuery.next_check_at))).one()
    return _check_lag(now, oldest, "Open queries", "followed up")


def _check_interpretation(store: Store, now: datetime) -> CheckResult:
    """How late webhooks are interpreted."""
    waiting = select(func.min(WebhookEvent.received_at))
    with store.read() as session:
        oldest = session.exec(waiting.where(col(WebhookEvent.status) == RECEIVED)).one()
    return _check_lag(now, oldest, "Webhooks", "interpreted")


def _check_lag(now: datetime, oldest: datetime | None, what: str, done: str) -> CheckResult:
    late = max(now - oldest, timedelta()) if oldest else timedelta()
    if late < _LATE:
        return ok(f"{what} are {done} in time: {late.total_seconds():,.0f} s late.")
    minutes = late.total_seconds() / 60
    return failed(
        f"{what} have waited for {minutes:,.0f} minutes to be {done}: restart the program."
    )
