"""Notes in every write transaction what it changes, so that an open page can ask about it.

A page asks whether something that it shows has changed, and is drawn again only then. No writer has
to think of it: the session of `Store.write` sees which rows are added, changed and deleted, also by
one statement for many. Only rows that a statement inserts are not seen: `note_inserted` tells of
them.

The rollups fold the same rows: what changes a query or something about a person waits in them until
it is counted, and of a query they hold what it was counted by before.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session, SQLModel, col, delete, select

from services.clock import utc_now
from services.store.counted import read_all_counted, read_counted
from services.store.many_rows import insert_many
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    BulkItem,
    BulkRun,
    Consent,
    IdentitySession,
    LogChange,
    NetworkQuery,
    PatientLink,
    PersonOfTest,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    ReviewItem,
    StartCheck,
    WebhookEvent,
)

_NOTED, _BEFORE = "changed_topics", "counted_before"
_LATEST = 16
"""So many of a topic's newest changes make its version.

The newest alone would not do: on PostgreSQL a change may become visible after a newer one.
"""
_MOST_PRUNED = 5000


class Subject(StrEnum):
    """What a page shows: one of a kind, named by its key, or all of the kind, without a key."""

    PATIENT = "patient"
    QUERY = "query"
    WEBHOOK = "webhook"
    RUN = "run"
    REVIEW = "review"
    STAFF = "staff"
    """A member of the staff, by id: the queries that they started."""


_SHOWN: dict[type[SQLModel], dict[str, Subject]] = {
    NetworkQuery: {
        "id": Subject.QUERY,
        "patient_id": Subject.PATIENT,
        "started_by_id": Subject.STAFF,
    },
    QuerySource: {"query_id": Subject.QUERY},
    IdentitySession: {"patient_id": Subject.PATIENT},
    ProofedIdentity: {"patient_id": Subject.PATIENT},
    Aal2Challenge: {"patient_id": Subject.PATIENT},
    Aal2Session: {"patient_id": Subject.PATIENT},
    PatientLink: {"patient_id": Subject.PATIENT},
    RecordRequest: {"patient_id": Subject.PATIENT},
    WebhookEvent: {"id": Subject.WEBHOOK, "patient_id": Subject.PATIENT},
    BulkRun: {"id": Subject.RUN},
    BulkItem: {"run_id": Subject.RUN},
    Consent: {"patient_id": Subject.PATIENT},
    StartCheck: {"query_id": Subject.QUERY},
    ReviewItem: {"id": Subject.REVIEW},
    PersonOfTest: {"patient_id": Subject.PATIENT},
}
"""The tables that open pages follow, and what the columns of a row say that it is about."""

_COUNTED = (f"{Subject.QUERY.value} ", f"{Subject.PATIENT.value} ")
"""The rollups count queries and people."""

_LISTED = (Subject.QUERY, Subject.WEBHOOK, Subject.RUN, Subject.REVIEW)
"""Of these pages show lists, which follow all of the kind."""


class NotingSession(Session):
    """A session that notes, with each commit, what it has changed."""


def topic_of(subject: Subject, key: str = "") -> str:
    """The name under which changes of the subject are noted."""
    return f"{subject.value} {key}" if key else subject.value


def read_version(session: Session, subject: Subject, key: str = "") -> tuple[int, ...]:
    """What stays the same as long as nothing that is shown of the subject changes.

    It also changes when old changes are pruned, so a difference alone does not prove a change.
    """
    wanted = select(col(LogChange.seq)).where(col(LogChange.topic) == topic_of(subject, key))
    newest = wanted.order_by(col(LogChange.seq).desc()).limit(_LATEST)
    return tuple(number for number in session.exec(newest) if number is not None)


def prune(session: Session, before: datetime) -> None:
    """Delete the changes noted earlier than `before`, some thousands at a time."""
    # The oldest rows come first by their number, so that the time needs no index.
    oldest = select(col(LogChange.seq)).order_by(col(LogChange.seq)).limit(_MOST_PRUNED)
    over = delete(LogChange).where(
        col(LogChange.seq).in_(oldest), col(LogChange.at) < before, ~col(LogChange.waits)
    )
    session.exec(over, execution_options={"synchronize_session": False})


def note_queries(session: Session, query_ids: Iterable[str]) -> None:
    """Have the rollups count these queries anew, though no row of theirs changes."""
    topics = {topic_of(Subject.QUERY, query_id): query_id for query_id in query_ids}
    before = session.info.setdefault(_BEFORE, {})
    unread = {topic: query_id for topic, query_id in topics.items() if topic not in before}
    counted = read_all_counted(session.connection(), list(unread.values()))
    before.update({topic: counted.get(query_id) for topic, query_id in unread.items()})
    _note(session, [(Subject.QUERY, query_id) for query_id in topics.values()])


def note_people(session: Session, patient_ids: Iterable[str]) -> None:
    """Have the rollups count these people anew, though the session sees no change of a row."""
    _note(session, [(Subject.PATIENT, patient_id) for patient_id in patient_ids])


def note_inserted(
    session: Session, table: type[SQLModel], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Note rows that a statement has inserted, which the session cannot see.

    `rows` hold the values by column. Not for queries and their sources, whose counts would be lost.
    """
    columns = _SHOWN[table].items()
    for row in rows:
        _note(session, [(subject, row[name]) for name, subject in columns])


@event.listens_for(NotingSession, "before_flush")
def _keep_rows(session: Session, _context: object, _instances: object) -> None:
    """Keep what changed queries were counted by, before anything of them is written."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, (NetworkQuery, QuerySource)):
            _keep_before(session, row.id if isinstance(row, NetworkQuery) else row.query_id)


@event.listens_for(NotingSession, "after_flush")
def _note_rows(session: Session, _context: object) -> None:
    """Note the rows that were just written one by one."""
    changed = (row for row in session.dirty if session.is_modified(row))
    for row in (*session.new, *changed, *session.deleted):
        columns = _SHOWN.get(type(row), {})
        _note(session, [(subject, getattr(row, name)) for name, subject in columns.items()])
        if isinstance(row, QuerySource):
            _note_person(session, row.query_id)


@event.listens_for(NotingSession, "do_orm_execute")
def _note_statement(execution: ORMExecuteState) -> None:
    """Note the rows that an UPDATE or DELETE is about to change: it answers only their number."""
    mapper = execution.bind_mapper
    columns = _SHOWN.get(mapper.class_, {}) if mapper else {}
    if not columns or not (execution.is_update or execution.is_delete):
        return
    statement: Any = execution.statement
    wanted = select(*(getattr(mapper.class_, name) for name in columns))  # type: ignore[union-attr]
    if statement.whereclause is not None:
        wanted = wanted.where(statement.whereclause)
    session = execution.session
    for row in session.execute(wanted, execution.parameters).all():
        things = list(zip(columns.values(), row, strict=True))
        if mapper.class_ in (NetworkQuery, QuerySource):  # type: ignore[union-attr]
            _keep_before(session, dict(things)[Subject.QUERY])
        _note(session, things)


@event.listens_for(NotingSession, "before_commit")
def _write(session: Session) -> None:
    """Write what was noted, in the transaction of the changes themselves."""
    session.flush()
    topics: set[str] = session.info.pop(_NOTED, set())
    before: dict[str, Any] = session.info.pop(_BEFORE, {})
    if topics:
        now = utc_now()
        rows = [
            {"topic": topic, "at": now, "waits": topic.startswith(_COUNTED),
             "old": before.get(topic)}
            for topic in sorted(topics)
        ]  # fmt: skip
        insert_many(session.connection(), LogChange, rows)


def _keep_before(session: Any, query_id: str) -> None:
    """Keep, once in a transaction, what the rollups have counted the query by."""
    before = session.info.setdefault(_BEFORE, {})
    topic = topic_of(Subject.QUERY, query_id)
    if topic not in before:
        before[topic] = read_counted(session.connection(), query_id)


def _note(session: Any, things: Iterable[tuple[Subject, object]]) -> None:
    session.info.setdefault(_NOTED, set()).update(_topics(things))


def _topics(things: Iterable[tuple[Subject, object]]) -> Iterator[str]:
    for subject, key in things:
        if key:
            yield topic_of(subject, str(key))
        if subject in _LISTED:
            yield topic_of(subject)


def _note_person(session: Session, query_id: str) -> None:
    """A source's row does not say whose it is; its query's does, and is mostly at hand."""
    with session.no_autoflush:
        query = session.get(NetworkQuery, query_id)
    if query is not None:
        _note(session, [(Subject.PATIENT, query.patient_id)])
