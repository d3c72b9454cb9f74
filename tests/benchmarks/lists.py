"""How long a page of each list takes: the first, a deep one, and one that finds nothing.

    python -m tests.benchmarks.lists 1000000
    python -m tests.benchmarks.lists sqlite:////tmp/1m.db

Makes a log of so many queries, or reads one that exists. Each figure is the median of seven, in
milliseconds of the processor (on PostgreSQL, whose work is another process's, of the clock), so
that a busy machine does not count. `period` is of the newest 30 days. A page that says "searched
back" is bounded: its filters match too little to fill a page within the rows that one page is
searched in. Last come the polls of open pages, and the values that the filters of the pages offer.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import Session, col, func, select

from services.calls.call_log import CallFilters
from services.clock import utc_now
from services.lookup.changes import Subject
from services.queries.filters import QueryFilters
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.lists.paging import cursor_of
from services.store.log_change import read_version
from services.store.tables import AuditEvent, NetworkQuery, QuerySource, UpstreamCall, WebhookEvent
from services.webhooks.deliveries import read_missing
from services.webhooks.filters import WebhookFilters
from services.webhooks.replay import count_replayable

_REPEATS = 7
_PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class ListOf:
    """The filters of one list by what the table calls them, and how a page of it is read."""

    name: str
    time: Any
    filters: dict[str, Any]
    page: Callable[[Session, Any, str | None, bool], Any]


def measure(url: str) -> None:
    """Print the table of the log at `url`, which is not changed."""
    store = Store(url)
    try:
        with store.read() as session:
            lists = [_queries(session), _webhooks(session), _calls(session)]
            number = session.exec(select(func.count()).select_from(NetworkQuery)).one()
        _say(f"{number:,} queries, {store.engine.dialect.name}\n")
        _say(f"{'list and filter':46}{'first':>9}{'deep':>9}{'oldest':>9}{'period':>9}")
        for one in lists:
            for name, filters in one.filters.items():
                _measure_filter(store, one, name, filters)
        _measure_others(store)
    finally:
        store.close()


def _queries(session: Session) -> ListOf:
    facility, staff, person = (
        _rarest(session, col(getattr(NetworkQuery, name)))
        for name in ("facility_id", "started_by_id", "patient_id")
    )
    error = _rarest(session, col(QuerySource.normal_error))
    filters = {
        "none": QueryFilters(),
        "failed": QueryFilters(statuses=("failed",)),
        "five statuses": QueryFilters(
            statuses=("failed", "partial", "completed", "unconfirmed", "processing")
        ),
        "status that never occurs": QueryFilters(statuses=("never",)),
        "IAS": QueryFilters(purposes=("ias",)),
        "elsewhere": QueryFilters(origin="external"),
        "origin that never occurs": QueryFilters(origin="never"),
        "laboratory": QueryFilters(source="lab"),
        "source that never occurs": QueryFilters(source="never"),
        "a source failed": QueryFilters(source_status="failed"),
        "laboratory failed": QueryFilters(source="lab", source_status="failed"),
        "laboratory as a whole: mixed": QueryFilters(source="lab", source_result="mixed"),
        "rare facility": QueryFilters(facility_id=facility),
        "no facility": QueryFilters(facility_id="none"),
        "rare member of the staff": QueryFilters(started_by_id=staff),
        "one person": QueryFilters(patient_id=person),
        "rare error": QueryFilters(error=error),
        "error that never occurs": QueryFilters(error="never"),
        "hidden failure": QueryFilters(outcome="hidden_failure"),
        "IAS, failed": QueryFilters(statuses=("failed",), purposes=("ias",)),
        "completed, a source failed": QueryFilters(
            statuses=("completed",), source="hie", source_status="failed"
        ),
        "IAS, elsewhere": QueryFilters(purposes=("ias",), origin="external"),
        "IAS, laboratory completed, by one": QueryFilters(
            purposes=("ias",), source="lab", source_status="completed", started_by_id=staff
        ),
        "rejected, hie completed (nothing)": QueryFilters(
            statuses=("rejected",), source="hie", source_status="completed"
        ),
        "treatment, elsewhere, lab mixed": QueryFilters(
            purposes=("treatment",), origin="external", source="lab", source_result="mixed"
        ),
    }
    return ListOf(
        "queries",
        col(NetworkQuery.submitted_at),
        filters,
        lambda session, one, cursor, oldest: one.listing(session).page(session, cursor, oldest),
    )


def _webhooks(session: Session) -> ListOf:
    filters = {
        "none": WebhookFilters(),
        "failed": WebhookFilters(states=("failed",)),
        "state that never occurs": WebhookFilters(states=("received",)),
        "laboratory": WebhookFilters(types=("network-query.lab",)),
        "type that never occurs": WebhookFilters(types=("never",)),
        "signature valid": WebhookFilters(signature_status="valid"),
        "signature invalid": WebhookFilters(signature_status="invalid"),
        "about one person": WebhookFilters(about=_rarest(session, col(WebhookEvent.patient_id))),
        "about an unknown id": WebhookFilters(about="never"),
        "laboratory, ignored": WebhookFilters(types=("network-query.lab",), states=("ignored",)),
        "processed, signature invalid (nothing)": WebhookFilters(
            states=("processed",), signature_status="invalid"
        ),
    }
    return ListOf(
        "webhooks",
        col(WebhookEvent.received_at),
        filters,
        lambda session, one, cursor, oldest: one.listing().page(session, cursor, oldest),
    )


def _calls(session: Session) -> ListOf:
    path = distinct_values(session, UpstreamCall.path)[0]
    filters = {
        "none": CallFilters(),
        "failed": CallFilters(outcome="failed"),
        "ok": CallFilters(outcome="ok"),
        "one operation": CallFilters(path=path),
        "operation that never occurs": CallFilters(path="never"),
        "about one person": CallFilters(about=_rarest(session, col(UpstreamCall.patient_id))),
        "one operation, failed": CallFilters(path=path, outcome="failed"),
    }
    return ListOf(
        "calls",
        col(UpstreamCall.at),
        filters,
        lambda session, one, cursor, oldest: one.listing().page(session, cursor, oldest),
    )


def _rarest(session: Session, column: Any) -> str:
    """The value that the fewest of some thousand rows have."""
    some = select(column).where(column.is_not(None)).limit(20_000).subquery()
    value = next(iter(some.c))
    fewest = select(value).group_by(value).order_by(func.count(), value).limit(1)
    return str(session.connection().execute(fewest).scalar() or "none")


def _measure_filter(store: Store, of: ListOf, name: str, filters: Any) -> None:
    with store.read() as session:
        middle = _middle(session, of.time)
        newest = session.connection().execute(select(func.max(of.time))).scalar() or utc_now()

        def read(cursor: str | None, oldest: bool = False, chosen: Any = filters) -> Any:
            return of.page(session, chosen, cursor, oldest)

        pages = [
            lambda: read(None),
            lambda: read(middle),
            lambda: read(None, True),
        ]
        if hasattr(filters, "since"):
            within = replace(filters, since=newest - _PERIOD, until=newest)
            pages.append(lambda: read(None, False, within))
        cells = "".join(f"{_millis(session, page):9.1f}" for page in pages)
        reach = [page().searched_to for page in pages]
    note = "  searched back" if any(reach) else ""
    _say(f"{of.name + ': ' + name:46}{cells}{note}")


def _middle(session: Session, at: Any) -> str:
    """The cursor of a place half way into the log's time."""
    # One by one: SQLite reads the whole index for both at once.
    first, last = (
        session.connection().execute(select(end(at))).scalar() for end in (func.min, func.max)
    )
    return cursor_of(first + (last - first) / 2) if first else cursor_of(utc_now())


def _measure_others(store: Store) -> None:
    now = utc_now()
    with store.read() as session:
        newest = session.exec(select(func.max(NetworkQuery.submitted_at))).one() or now
        others: dict[str, Callable[[], object]] = {
            f"poll: {subject.value}": lambda s=subject: read_version(session, s)  # type: ignore[misc]
            for subject in (Subject.QUERY, Subject.WEBHOOK, Subject.RUN, Subject.REVIEW)
        }
        others |= {
            "poll: one person": lambda: read_version(session, Subject.PATIENT, "x"),
            "offered: types of messages": lambda: distinct_values(session, WebhookEvent.type),
            "offered: operations": lambda: distinct_values(session, UpstreamCall.path),
            "offered: actions of the access log": lambda: distinct_values(
                session, AuditEvent.action
            ),
            "webhooks that never came": lambda: read_missing(session, newest),
            "messages to replay, all": lambda: count_replayable(session, WebhookFilters()),
            "messages to replay, signature invalid": lambda: count_replayable(
                session, WebhookFilters(signature_status="invalid")
            ),
        }
        _say("")
        for name, call in others.items():
            _say(f"{name:46}{_millis(session, call):9.1f}")


def _millis(session: Session, call: Callable[[], object]) -> float:
    is_here = session.get_bind().dialect.name == "sqlite"
    now = time.process_time if is_here else time.perf_counter
    took = []
    for _ in range(_REPEATS):
        session.expunge_all()
        began = now()
        call()
        took.append(now() - began)
    return median(took) * 1000


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _logs(arguments: Sequence[str]) -> Iterator[str]:
    """The addresses of the logs that are asked for; a number has one made that is deleted after."""
    from tests.benchmarks.log_maker import Plan, make_log

    for argument in arguments or ["100000"]:
        if "://" in argument:
            yield argument
            continue
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'log.db'}"
            make_log(url, Plan(int(argument), utc_now()))
            yield url


if __name__ == "__main__":
    for log in _logs(sys.argv[1:]):
        measure(log)
