"""Reads from the log how the network queries of a period went: numbers and states, no person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col

from services.queries.filters import is_latest
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource


@dataclass(frozen=True)
class OutcomeFacts:
    """The queries submitted in a period, and their sources' attempts.

    `queries`: submitted_at (UTC), purpose, status, error_title, error_status.
    `sources`: submitted_at (UTC), query (its id, to count queries by), purpose, type, latest
    (whether no newer attempt replaces it), status, seconds (from start to end, missing where one of
    them is unknown), error_status, error_message.
    """

    queries: pd.DataFrame
    sources: pd.DataFrame


class Outcomes:
    """Reads the tables `network_query` and `query_source` for charts."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def facts(self, actor: Actor, since: datetime, until: datetime) -> OutcomeFacts:
        """The facts of the queries submitted from `since` (inclusive) to `until` (exclusive).

        Both are aware. Notes the look in the access log. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        details = {"since": since.isoformat(), "until": until.isoformat()}
        self._audit.note(actor, "outcomes.view", details=details)
        with self._store.read() as session:
            queries = _read_queries(session, since, until)
            sources = _read_sources(session, since, until)
        return OutcomeFacts(queries, sources)


def _read_queries(session: Session, since: datetime, until: datetime) -> pd.DataFrame:
    table = NetworkQuery.__table__.c  # type: ignore[attr-defined]
    wanted = sa.select(
        table.submitted_at, table.purpose, table.status, table.error_title, table.error_status
    )
    return _read_frame(session, _within(wanted, since, until))


def _read_sources(session: Session, since: datetime, until: datetime) -> pd.DataFrame:
    query, source = NetworkQuery.__table__.c, QuerySource.__table__.c  # type: ignore[attr-defined]
    wanted = sa.select(
        query.submitted_at,
        source.query_id.label("query"),
        query.purpose,
        source.type,
        is_latest(QuerySource).label("latest"),
        source.status,
        source.started_at,
        source.completed_at,
        source.error_status,
        source.error_message,
    ).join_from(NetworkQuery, QuerySource)
    frame = _read_frame(session, _within(wanted, since, until))
    took = _as_times(frame.pop("completed_at")) - _as_times(frame.pop("started_at"))
    seconds = took.dt.total_seconds()
    # Both times are upstream's own words: an end before its start says nothing about a duration.
    # SQLite answers 0 and 1.
    return frame.assign(seconds=seconds.where(seconds >= 0), latest=frame["latest"].astype(bool))


def _within(wanted: sa.Select[Any], since: datetime, until: datetime) -> sa.Select[Any]:
    # Never a range of ids: an id is made when a dialog opens or a bulk run is written down, which
    # may be hours before the query is submitted.
    submitted_at = col(NetworkQuery.submitted_at)
    return wanted.where(submitted_at >= since, submitted_at < until)


def _read_frame(session: Session, wanted: sa.Select[Any]) -> pd.DataFrame:
    rows = session.connection().execute(wanted)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.assign(submitted_at=_as_times(frame["submitted_at"]))


def _as_times(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Aware UTC times, also for a column without any row, which pandas takes for plain objects."""
    return pd.to_datetime(values, utc=True)
