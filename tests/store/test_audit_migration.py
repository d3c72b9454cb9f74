"""The migration that takes the events of the past into the chain, there and back."""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from services.store import Store
from services.store.audit_chain import read_head
from services.store.migrate import _config, migrate
from tests.clock import FakeClock
from tests.staff.proof.audited import Audited

_EVENT = (
    "INSERT INTO audit_event (seq, at, actor, role, action, outcome, patient_id, details) "
    "VALUES (:seq, CAST(:at AS {moment}), :actor, 'support', 'patient.view', 'done', :patient, "
    ":details)"
)
_NOBODY, _SOMEBODY = "Alex Nobody", "Sasha Whitfield"
# 3 and 7 were taken by transactions that were rolled back.
_PAST = [1, 2, 4, 5, 6, 8]


def _downgrade(store: Store) -> None:
    with store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_config(connection), "0010")


def _insert(store: Store, seqs: list[int]) -> None:
    moment = {"sqlite": "TEXT", "postgresql": "TIMESTAMPTZ"}[store.engine.dialect.name]
    with store.engine.execution_options(writes=True).begin() as connection:
        for seq in seqs:
            values: dict[str, Any] = {
                "seq": seq,
                "at": f"2026-09-0{seq} 10:00:00.000000",
                "actor": _SOMEBODY if seq % 2 else _NOBODY,
                "patient": f"p-{seq}",
                "details": '{"n": 1.50, "é": "\\u00e9"}' if seq % 2 else None,
            }
            connection.execute(sa.text(_EVENT.format(moment=moment)), values)


@pytest.fixture
def audited(store: Store, clock: FakeClock) -> Audited:
    """A log from before the chain, migrated."""
    _downgrade(store)
    _insert(store, _PAST)
    migrate(store.engine)
    return Audited(store, clock)


def _events(store: Store) -> list[Any]:
    with store.engine.connect() as connection:
        wanted = "SELECT seq, actor, actor_id, imported, patient_id FROM audit_event ORDER BY seq"
        return [tuple(row) for row in connection.execute(sa.text(wanted))]


def test_the_past_is_numbered_anew_chained_and_marked(audited: Audited) -> None:
    events = _events(audited.store)
    assert [event[0] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event[4] for event in events] == [f"p-{seq}" for seq in _PAST]
    assert {event[1:3] for event in events} == {
        (_SOMEBODY, "sandbox#support"),
        (_NOBODY, f"sandbox#{_NOBODY}"),
    }
    assert all(event[3] for event in events)
    verdict = audited.verify()
    assert verdict.is_whole and verdict.events == 6, verdict.sentence


def test_new_events_follow_and_are_not_marked(audited: Audited) -> None:
    audited.write(2)
    assert [bool(event[3]) for event in _events(audited.store)] == [True] * 6 + [False] * 2
    assert audited.verify().is_whole


def test_the_past_is_guarded_too(audited: Audited) -> None:
    audited.tamper("UPDATE audit_event SET imported = false WHERE seq = 3")
    misfit = audited.verify().misfit
    assert misfit is not None and misfit.seq == 3


def test_a_downgrade_keeps_the_events_and_new_ones_get_free_numbers(audited: Audited) -> None:
    audited.write(2)
    _downgrade(audited.store)
    with audited.store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO audit_event (at, actor, role, action, outcome) "
                "SELECT at, actor, role, action, outcome FROM audit_event WHERE seq = 1"
            )
        )
        seqs = connection.execute(sa.text("SELECT seq FROM audit_event ORDER BY seq")).scalars()
        assert len(set(seqs)) == 9
    migrate(audited.store.engine)
    assert audited.verify().events == 9
    with audited.store.read() as session:
        assert read_head(session).seq == 9


def test_an_empty_log_is_migrated_there_and_back(store: Store, clock: FakeClock) -> None:
    _downgrade(store)
    migrate(store.engine)
    audited = Audited(store, clock)
    audited.write(1)
    assert audited.verify().is_whole
