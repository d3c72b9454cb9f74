"""Several processes, late changes, lost changes, bad rows: nothing is lost or counted twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from services.compliance.assessing import changes
from services.compliance.assessing.assessor import Assessor
from services.compliance.rules.rule_sets import RULE_SETS
from services.errors import BadSettings
from services.store import Store
from services.store.log_change import prune
from services.store.tables import Finding, LogChange, NetworkQuery, WorkMark
from tests.clock import FakeClock
from tests.compliance.assessing.judged import (
    DAY,
    agree,
    all_changes,
    assert_counts_fit,
    assessments,
    change,
    counts,
    findings,
    work,
)
from tests.identity.stage import Stage
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT


def test_two_processes_write_it_once(ready: Stage) -> None:
    query = ready.ask()
    one, other = (Assessor(ready.store, ready.clock) for _ in range(2))
    judge, seen = one._judge, []

    def judge_while_the_other_writes(*args: Any) -> Any:
        found = judge(*args)
        if not seen:
            seen.append(1)
            work(other)
            agree(ready, query.id)
            work(other)
        return found

    one._judge = judge_while_the_other_writes  # type: ignore[method-assign]
    one.step()
    assert findings(ready.store, query.id)["consent_missing"] is False
    work(one)
    assert findings(ready.store, query.id)["consent_missing"] is False
    assert_counts_fit(ready.store)


def test_four_processes_at_once_count_everything_once(stage: Stage) -> None:
    ids = {stage.start().id for _ in range(110)}
    assessors = [Assessor(stage.store, stage.clock) for _ in range(4)]

    def work_until_all_is_judged(assessor: Assessor) -> None:
        while set(assessments(stage.store)) != ids:
            assessor.step()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work_until_all_is_judged, assessors))
    for assessor in assessors:
        work(assessor)
    stage.clock.forward(hours=24)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, assessors))
    assert_counts_fit(stage.store)
    assert counts(stage.store)[DAY, "rule still_running"] == 110
    with stage.store.read() as session:
        assert len(session.exec(select(Finding)).all()) == 110


def test_a_change_that_becomes_visible_late_is_read(ready: Stage) -> None:
    query, assessor = ready.ask(), Assessor(ready.store, ready.clock)
    work(assessor)
    with ready.store.read() as session:
        last = max(row.seq for row in all_changes(session))
        template = session.get_one(LogChange, last)
    # Written last, with a number from before the newest.
    change(ready.store, lambda s: s.add(LogChange(seq=last + 5, topic="webhook", at=template.at)))
    work(assessor)
    agree(ready, query.id)
    with ready.store.write() as session:
        for row in all_changes(session):
            if row.seq > last + 5 and row.topic == f"patient {PATIENT}":
                session.delete(row)
        session.add(LogChange(seq=last + 2, topic=f"query {query.id}", at=template.at))
    assert findings(ready.store, query.id)["consent_missing"] is True
    work(assessor)
    assert findings(ready.store, query.id)["consent_missing"] is False


def test_numbers_that_begin_anew_lose_nothing(sqlite_store: Store) -> None:

    stage = Stage(sqlite_store, FakeClock())
    now = [stage.clock.now]
    assessor = Assessor(stage.store, stage.clock)
    assessor._changes = changes.ChangeReader(lambda: now[0] + timedelta(days=400))
    query = stage.start()
    work(assessor)
    with stage.store.read() as session:
        assert session.get_one(WorkMark, "assessor changes").seq > 0
    change(stage.store, lambda session: prune(session, now[0] + timedelta(days=500)))
    change(stage.store, lambda s: _fail(s, query.id))
    with stage.store.read() as session:
        assert min(row.seq for row in all_changes(session)) == 1
    work(assessor)
    assert assessments(stage.store)[query.id].missing == ["request"]


def _fail(session: Any, query_id: str) -> None:
    query = session.get_one(NetworkQuery, query_id)
    query.status, query.request_id = "unconfirmed", None
    session.add(query)


def test_after_a_long_pause_the_past_is_judged_again(ready: Stage) -> None:
    query, now = ready.ask(), [ready.clock.now]
    assessor = Assessor(ready.store, ready.clock)
    assessor._changes = changes.ChangeReader(lambda: now[0])
    work(assessor)
    agree(ready, query.id)
    change(ready.store, lambda session: [session.delete(row) for row in all_changes(session)])
    assert work(assessor) == 0
    now[0] += timedelta(days=2)
    work(assessor)
    assert findings(ready.store, query.id)["consent_missing"] is False


def test_one_bad_row_stops_nobody(ready: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = ready.ask(), ready.start()

    def spoil(session: Any) -> None:
        statement = "UPDATE start_check SET missing = 'null' WHERE query_id = ?"
        if session.connection().dialect.name == "postgresql":
            statement = "UPDATE start_check SET missing = '7' WHERE query_id = %s"
        session.connection().exec_driver_sql(statement, (bad.id,))

    change(ready.store, spoil)
    work(Assessor(ready.store, ready.clock))
    found = assessments(ready.store)
    assert found[bad.id].findings == ["not_judged"] and found[good.id].findings == []
    assert found[bad.id].due_at == ready.clock.now + timedelta(hours=1)
    assert "TypeError" in caplog.text and PATIENT not in caplog.text
    assert_counts_fit(ready.store)


def test_sets_that_leave_a_gap_stop_the_start(sqlite_store: Store) -> None:
    with pytest.raises(BadSettings, match="no set is in force"):
        Assessor(sqlite_store, lambda: ..., sets=[RULE_SETS[0], RULE_SETS[2]])  # type: ignore[arg-type,return-value]


def test_a_step_scans_no_table(ready: Stage) -> None:
    ready.ask()
    assessor = Assessor(ready.store, ready.clock)
    for _ in range(2):
        plan = plans_of(ready.store, assessor.step)
        # A segment is a month; a subquery is what an index gave; the past is walked by its index.
        harmless = ("audit_segment", "(subquery", "anon_", "SCAN network_query USING INDEX")
        assert_no_scan([step for step in plan if not any(name in step for name in harmless)])
        assert not any("(outcome=?)" in step or "(action=?)" in step for step in plan), plan
        ready.clock.forward(hours=25)
