"""The chain of the access log: one order for all writers, and what the database refuses."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from services.store import Store
from services.store.audit_chain import append_event, hash_event, read_head, read_stretch
from services.store.tables import AuditEvent, AuditHead
from tests.clock import FakeClock
from tests.staff.proof.audited import SAM, Audited

EVENTS = int(os.environ.get("CHAIN_EVENTS", "800"))
"""Of all writers together; `CHAIN_EVENTS=5000` for the full number."""

WRITERS, PROCESSES = 8, 2
ROOT = Path(__file__).parents[2]


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """An empty log."""
    return Audited(store, clock)


def _events(store: Store) -> list[AuditEvent]:
    with store.read() as session:
        return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all())


def _note(audited: Audited, session: Any, action: str) -> None:
    audited.audit.append(session, SAM, action)


def test_eight_writers_in_two_processes_make_one_unbroken_chain(audited: Audited) -> None:
    url = audited.store.engine.url.render_as_string(hide_password=False)
    threads = WRITERS // PROCESSES
    numbers = [url, str(threads), str(EVENTS // WRITERS)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.store.chain_writers", url, name, *numbers[1:]], cwd=ROOT
        )
        for name in ("first", "second")
    ]
    assert [process.wait(300) for process in processes] == [0, 0]
    verdict = audited.verify()
    assert verdict.is_whole, verdict.sentence
    assert verdict.events == verdict.head_seq == EVENTS
    written: dict[str, list[int]] = {}
    for event in _events(audited.store):
        written.setdefault(event.actor, []).append((event.details or {})["n"])
    # Each writer's own events stand in the order in which it wrote them.
    assert len(written) == WRITERS
    assert all(numbers == list(range(EVENTS // WRITERS)) for numbers in written.values())


def test_events_of_a_transaction_keep_their_order_and_their_neighbours(audited: Audited) -> None:
    with audited.store.write() as session:
        for action in ("a", "b", "c"):
            _note(audited, session, action)
    audited.write(1, "d")
    assert [(event.seq, event.action) for event in _events(audited.store)] == [
        (1, "a"), (2, "b"), (3, "c"), (4, "d"),
    ]  # fmt: skip


def test_a_transaction_that_is_rolled_back_leaves_no_gap(audited: Audited) -> None:
    audited.write(1)
    with pytest.raises(ZeroDivisionError), audited.store.write() as session:
        _note(audited, session, "lost")
        raise ZeroDivisionError
    audited.write(1)
    assert [event.seq for event in _events(audited.store)] == [1, 2]
    assert audited.verify().is_whole


def test_what_a_session_rolled_back_is_not_written_by_its_next_commit(audited: Audited) -> None:
    with audited.store.write() as session:
        read_head(session)
        _note(audited, session, "lost")
        session.rollback()
        _note(audited, session, "kept")
    assert [event.action for event in _events(audited.store)] == ["kept"]


def test_the_head_is_not_held_from_the_append_to_the_commit(audited: Audited) -> None:
    """Between the two, a service may ask upstream: nobody must wait for that."""
    if audited.store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so services ask upstream between two writes")
    with audited.store.write() as session:
        _note(audited, session, "slow")
        session.flush()
        other = threading.Thread(target=audited.write, args=(1, "quick"))
        other.start()
        other.join(30)
        assert [event.action for event in _events(audited.store)] == ["quick"]
    assert [event.action for event in _events(audited.store)] == ["quick", "slow"]
    assert audited.verify().is_whole


def test_the_end_of_a_savepoint_does_not_take_the_head(audited: Audited) -> None:
    with audited.store.write() as session:
        with session.begin_nested():
            _note(audited, session, "inner")
        assert read_head(session).seq == 0
    assert [event.action for event in _events(audited.store)] == ["inner"]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_events(audited: Audited) -> None:
    with audited.store.write() as session:
        _note(audited, session, "outer")
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            _note(audited, session, "inner")
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                _note(audited, session, "innermost")
                raise ZeroDivisionError
            raise ZeroDivisionError
        with session.begin_nested():
            _note(audited, session, "kept")
        _note(audited, session, "last")
    actions = [event.action for event in _events(audited.store)]
    assert actions == ["outer", "kept", "last"]


ODD: dict[str, dict[str, Any]] = {
    "what no database keeps": {"actor": "a\x00\ud800b", "actor_id": "id\x00\ud800"},
    "a long name": {"actor": "é😀" * 500},
    "details": {"details": {"é": [1, 2.5, None, True, "😀", "\x00", "\ud800"], "a": {"b": 1e300}}},
    "details with numbers as keys": {"details": {3: {4: 5}}},
    "no details": {"details": {}},
}


@pytest.mark.parametrize("name", ODD)
def test_the_hash_is_of_what_is_read_back(audited: Audited, name: str) -> None:
    values = {
        "at": audited.clock(), "actor_id": "x", "actor": "X", "role": "", "action": "a",
        "outcome": "done",
    }  # fmt: skip
    with audited.store.write() as session:
        append_event(session, values | ODD[name])
    with audited.store.read() as session:
        ((row,),) = read_stretch(session, 0, 1)
        assert row["hash"] == hash_event(row, "0" * 64)


def test_a_stretch_is_read_in_pieces(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.store.audit_chain._BATCH", 3)
    audited.write(7)
    with audited.store.read() as session:
        pieces = [[row["seq"] for row in rows] for rows in read_stretch(session, 1, 7)]
    assert pieces == [[2, 3, 4], [5, 6, 7]]


_REPLACE = (
    "REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})"
)
REFUSED = [
    "UPDATE audit_event SET actor = 'Eve' WHERE seq = 2",
    "DELETE FROM audit_event WHERE seq = 2",
    "DELETE FROM audit_event",
    "UPDATE audit_anchor SET seq = 1",
    "DELETE FROM audit_anchor",
    "UPDATE audit_segment SET last_hash = 'x'",
    "UPDATE audit_segment SET counts = '{}', purged_at = sealed_at",
    "UPDATE audit_segment SET last_seq = 99, purged_at = sealed_at",
    "DELETE FROM audit_segment",
    "UPDATE audit_head SET seq = 1",
    "UPDATE audit_head SET hash = 'x'",
    "UPDATE audit_head SET id = 2, seq = 99",
    "DELETE FROM audit_head",
    "UPDATE audit_subject SET patient_id = 'x'",
    "DELETE FROM audit_subject",
]
REFUSED_ON_SQLITE = [
    _REPLACE.format(table="audit_event", key="seq"),
    _REPLACE.format(table="audit_anchor", key="id"),
    _REPLACE.format(table="audit_segment", key="id"),
    _REPLACE.format(table="audit_head", key="id"),
    "INSERT OR REPLACE INTO audit_head VALUES (1, 2, 'x')",
    "UPDATE OR REPLACE audit_event SET seq = 1 WHERE seq = 2",
]
REFUSED_ON_POSTGRESQL = [
    *(f"TRUNCATE {table} CASCADE" for table in ("audit_event", "audit_anchor", "audit_segment")),
    "TRUNCATE audit_head",
    "TRUNCATE audit_subject",
    "INSERT INTO audit_head VALUES (1, 99, 'x') ON CONFLICT (id) DO UPDATE SET seq = 1",
]


@pytest.fixture
def guarded(audited: Audited) -> Iterator[Audited]:
    """A log with an anchor and a sealed segment, which must stay as it is."""
    audited.write_months(1, 3)
    audited.write(1)
    audited.segments.seal()
    audited.anchors.anchor()
    before = _everything(audited.store)
    yield audited
    assert _everything(audited.store) == before
    assert audited.verify().is_whole


def _everything(store: Store) -> list[Any]:
    tables = ("audit_event", "audit_anchor", "audit_segment", "audit_head", "audit_subject")
    with store.engine.connect() as connection:
        return [
            connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1")).all()
            for table in tables
        ]


def _try(store: Store, statement: str) -> None:
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_to_change_the_past(guarded: Audited, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        _try(guarded.store, statement)


@pytest.mark.parametrize(
    ("database", "statement"),
    [("sqlite", statement) for statement in REFUSED_ON_SQLITE]
    + [("postgresql", statement) for statement in REFUSED_ON_POSTGRESQL],
)
def test_a_database_refuses_what_only_it_understands(
    guarded: Audited, database: str, statement: str
) -> None:
    """REPLACE is SQLite's, TRUNCATE PostgreSQL's."""
    if guarded.store.engine.dialect.name != database:
        pytest.skip(f"a statement of {database}")
    with pytest.raises(DBAPIError, match="append-only"):
        _try(guarded.store, statement)


@pytest.mark.parametrize("seq", [-1, 0, 1, 4])
def test_the_database_takes_no_event_behind_the_head(guarded: Audited, seq: int) -> None:
    columns = ", ".join(column.name for column in AuditEvent.__table__.columns)  # type: ignore[attr-defined]
    copied = columns.replace("seq", str(seq), 1)
    with pytest.raises(DBAPIError, match="append-only"):
        _try(
            guarded.store,
            f"INSERT INTO audit_event ({columns}) SELECT {copied} FROM audit_event WHERE seq = 2",
        )


def test_there_is_one_head(guarded: Audited) -> None:
    with guarded.store.read() as session:
        assert [row.id for row in session.exec(select(AuditHead)).all()] == [1]
