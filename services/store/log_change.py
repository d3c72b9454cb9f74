"""Notes in every write transaction what it changes, so that an open page can ask about it.

A page asks whether something that it shows has changed, and is drawn again only then. No writer has
to think of it: the session of `Store.write` sees which rows are added, changed and deleted, also by
one statement for many. Only rows that a statement inserts are not seen.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session, SQLModel, col, delete, insert, select

from services.clock import utc_now
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
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    ReviewItem,
    StartCheck,
    WebhookEvent,
)

_NOTED = "changed_topics"
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
}
"""The tables that open pages follow, and what the columns of a row say that it is about."""

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
    over = delete(LogChange).where(col(LogChange.seq).in_(oldest), col(LogChange.at) < before)
    session.exec(over, execution_options={"synchronize_session": False})


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
        _note(session, zip(columns.values(), row, strict=True))


@event.listens_for(NotingSession, "before_commit")
def _write(session: Session) -> None:
    """Write what was noted, in the transaction of the changes themselves."""
    session.flush()
    topics: set[str] = session.info.pop(_NOTED, set())
    if topics:
        now = utc_now()
        rows = [{"topic": topic, "at": now} for topic in sorted(topics)]
        session.connection().execute(insert(LogChange), rows)


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
