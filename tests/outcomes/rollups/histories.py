"""Made-up logs whose queries come late, are repeated, change and go, and what they come to."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlmodel import col, delete, select

from services.outcomes.buckets import bucket_starts
from services.outcomes.rollups.cubes import (
    ERROR,
    FACILITY,
    HIDDEN_FAILURE,
    SOURCE,
    STATUS,
    TIME,
    Cube,
)
from services.outcomes.rollups.reading import Part
from services.queries.filters import MIXED, OF_QUERY
from services.queries.sources import latest_attempts
from services.store import Store
from services.store.error_texts import normalised
from services.store.log_change import note_queries
from services.store.tables import NetworkQuery, PersonOfTest, QuerySource

ZONES = (
    "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "America/Havana",
    "Atlantic/Azores", "Pacific/Apia", "America/New_York", "Pacific/Chatham", "Asia/Kolkata",
)  # fmt: skip

_STATUSES = ("completed", "partial", "failed", "processing", "rejected", "word-of-tomorrow")
_SOURCES = ("hie", "lab", "pharmacy", "unheard-of")
_FACILITIES = (None, "f-1", "f-2")
_PEOPLE = ("p-1", "p-2", "p-3", "p-4")
_TEXTS = ("Patient 17 not found", "Patient 4711 not found", "Timeout after 30s", "a" * 950, "é\x00")


@dataclass
class History:
    """Changes a log by chance, and keeps what was counted of queries that are gone."""

    store: Store
    random: Random
    since: datetime
    days: int
    number: int = 0
    gone: list[tuple[NetworkQuery, list[QuerySource], bool]] = field(default_factory=list)

    def change(self) -> None:
        """One transaction: new queries, changed ones, gone ones, or people marked for a test."""
        ways = [self.add, self.add, self.update, self.update, self.touch, self.remove, self.mark]
        self.random.choice(ways)()

    def add(self) -> None:
        """Start some queries, at any time of the period."""
        with self.store.write() as session:
            for _ in range(self.random.randint(1, 5)):
                query = self._query()
                session.add(query)
                session.flush()
                for source in self._sources(query):
                    session.add(source)

    def update(self) -> None:
        """Have outcomes come in, also of days long ago, and sometimes the same ones again."""
        with self.store.write() as session:
            for query in self._some(session):
                query.status = self.random.choice(_STATUSES)
                query.error_title = self.random.choice((None, *_TEXTS))
                query.error_status = self.random.choice((None, 404, 500))
                rows = session.exec(
                    select(QuerySource).where(col(QuerySource.query_id) == query.id)
                ).all()
                for row in rows:
                    row.status = self.random.choice(("completed", "completed", "failed"))
                    row.started_at = query.submitted_at
                    row.completed_at = self._end(query)
                if rows and self.random.random() < 0.3:
                    session.add(self._source(query, rows[0].type, max(r.attempt for r in rows) + 1))

    def touch(self) -> None:
        """Write rows anew as they are."""
        with self.store.write() as session:
            for query in self._some(session):
                query.checks += 1

    def remove(self) -> None:
        """Have a query go, as the purge does: it stays counted."""
        with self.store.write() as session:
            for query in self._some(session)[:1]:
                note_queries(session, [query.id])
                of_query = col(QuerySource.query_id) == query.id
                sources = list(session.exec(select(QuerySource).where(of_query)))
                is_test = session.get(PersonOfTest, query.patient_id) is not None
                self.gone.append((query, sources, is_test))
                connection = session.connection()
                connection.execute(delete(QuerySource).where(of_query))
                connection.execute(delete(NetworkQuery).where(col(NetworkQuery.id) == query.id))
                session.expunge_all()

    def mark(self) -> None:
        """Mark somebody as a person of a test, or take the mark off."""
        patient_id = self.random.choice(_PEOPLE)
        with self.store.write() as session:
            of_person = col(NetworkQuery.patient_id) == patient_id
            note_queries(session, session.exec(select(NetworkQuery.id).where(of_person)).all())
            marked = session.get(PersonOfTest, patient_id)
            if marked is not None:
                session.delete(marked)
            else:
                session.add(
                    PersonOfTest(
                        patient_id=patient_id,
                        marked_at=self.since,
                        marked_by_id="i#s",
                        marked_by="Sam",
                    )
                )

    def queries(self) -> list[tuple[NetworkQuery, list[QuerySource], bool]]:
        """Every query that counts, its sources, and whether it is one of a test."""
        with self.store.read() as session:
            tests = set(session.exec(select(PersonOfTest.patient_id)))
            sources: defaultdict[str, list[QuerySource]] = defaultdict(list)
            for source in session.exec(select(QuerySource).order_by(col(QuerySource.id))):
                sources[source.query_id].append(source)
            found = [
                (query, sources[query.id], query.patient_id in tests)
                for query in session.exec(select(NetworkQuery))
            ]
        return found + self.gone

    def _query(self) -> NetworkQuery:
        self.number += 1
        minutes = self.random.randrange(self.days * 24 * 60)
        return NetworkQuery(
            id=f"q-{self.number}",
            patient_id=self.random.choice(_PEOPLE),
            facility_id=self.random.choice(_FACILITIES),
            purpose=self.random.choice(("treatment", "ias")),
            origin=self.random.choice(("dashboard", "external")),
            status=self.random.choice(_STATUSES),
            error_title=self.random.choice((None, None, *_TEXTS)),
            error_status=self.random.choice((None, 403)),
            submitted_at=self.since + timedelta(minutes=minutes, seconds=self.random.randrange(60)),
        )

    def _sources(self, query: NetworkQuery) -> list[QuerySource]:
        kinds = self.random.sample(_SOURCES, self.random.randint(0, 3))
        return [self._source(query, kind, 1) for kind in kinds]

    def _source(self, query: NetworkQuery, kind: str, attempt: int) -> QuerySource:
        return QuerySource(
            query_id=query.id,
            type=kind,
            attempt=attempt,
            specific_source=self.random.choice((None, None, f"{kind}-x")),
            status=self.random.choice(("completed", "failed", "processing")),
            started_at=self.random.choice((None, query.submitted_at)),
            completed_at=self.random.choice((None, self._end(query))),
            error_status=self.random.choice((None, 500)),
            error_message=self.random.choice((None, *_TEXTS)),
        )

    def _end(self, query: NetworkQuery) -> datetime:
        seconds = self.random.choice((-5.0, 0.0, 0.004, 0.3, 61.7, 86_400.0 * 70))
        return query.submitted_at + timedelta(seconds=seconds * self.random.uniform(0.5, 1.5))

    def _some(self, session: Any) -> list[NetworkQuery]:
        rows = session.exec(select(NetworkQuery).order_by(col(NetworkQuery.id))).all()
        return self.random.sample(rows, min(len(rows), self.random.randint(1, 4)))


def counted_by_hand(
    history: History, cube: Cube, starts: Sequence[datetime], end: datetime, part: Part
) -> Counter[tuple[Any, ...]]:
    """What a chart of this cube has to show: (start, values…) and how many."""
    found: Counter[tuple[Any, ...]] = Counter()
    for query, values, _ in _things(history, cube, part):
        start = max((start for start in starts if start <= query.submitted_at), default=None)
        if start is not None and query.submitted_at < end:
            found[start, *values] += 1
    return found


def seconds_by_hand(
    history: History, starts: Sequence[datetime], end: datetime, part: Part
) -> dict[tuple[Any, ...], list[float]]:
    """The durations behind each row of a chart of them, ascending."""
    found: defaultdict[tuple[Any, ...], list[float]] = defaultdict(list)
    for query, values, seconds in _things(history, TIME, part):
        start = max((start for start in starts if start <= query.submitted_at), default=None)
        if start is not None and query.submitted_at < end:
            found[start, *values].append(seconds)
    return {key: sorted(several) for key, several in found.items()}


def counts_of(frame: pd.DataFrame) -> Counter[tuple[Any, ...]]:
    """The rows of an answer of the rollups, in the same form."""
    rows = frame.drop(columns=[name for name in ("bins",) if name in frame])
    return Counter(
        {(start.to_pydatetime(), *values): n for start, *values, n in rows.itertuples(index=False)}
    )


def buckets_of(zone: str, bucket: str, since: datetime, days: int) -> tuple[list[datetime], Any]:
    """The starts of buckets of whole days in the zone, and the end of the last."""
    end = since + timedelta(days=days)
    starts = bucket_starts(bucket, ZoneInfo(zone), since, end)
    return starts, end


def _things(history: History, cube: Cube, part: Part) -> Any:
    for query, sources, is_test in history.queries():
        if part.leave_out_tests and is_test:
            continue
        if part.leave_out_external and query.origin == "external":
            continue
        if part.facility_id and query.facility_id != part.facility_id:
            continue
        mine = (query.origin, int(is_test))
        for values, seconds in _values(cube, query, sources):
            yield query, (*values, *mine), seconds


def _values(cube: Cube, query: NetworkQuery, sources: list[QuerySource]) -> Any:
    latest = latest_attempts(sources)
    outcome = query.status
    if outcome == "partial" and latest and all(row.status == "completed" for row in latest):
        outcome = HIDDEN_FAILURE
    if cube is STATUS:
        return [((query.purpose, outcome), None)]
    if cube is FACILITY:
        return [((query.facility_id, query.purpose, outcome), None)]
    if cube is SOURCE:
        results = defaultdict(set)
        for row in latest:
            results[row.type].add(row.status)
        return [
            ((kind, next(iter(found)) if len(found) == 1 else MIXED, query.purpose), None)
            for kind, found in results.items()
        ]
    if cube is ERROR:
        errors = {(row.type, normalised(row.error_message), row.error_status) for row in sources}
        errors.add((OF_QUERY, normalised(query.error_title), query.error_status))
        return [((*error, query.purpose), None) for error in errors if error[1]]
    return [
        ((row.type, query.purpose), took)
        for row in sources
        if row.status == "completed" and row.started_at and row.completed_at
        if (took := (row.completed_at - row.started_at).total_seconds()) >= 0
    ]
