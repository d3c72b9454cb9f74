"""What the assessor writes down as the log changes, as time passes, and of the past."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from services.compliance.assessing import changes
from services.compliance.assessing.assessor import Assessor
from services.compliance.assessing.judgement import counts_of
from services.compliance.rules.rule_sets import RULE_SETS
from services.errors import BadSettings
from services.store import Store
from services.store.log_change import prune
from services.store.tables import (
    Assessment,
    AssessmentDay,
    Consent,
    Finding,
    LogChange,
    NetworkQuery,
    StartCheck,
    WorkMark,
)
from tests.clock import FakeClock
from tests.identity.stage import Stage
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, SUPPORT

DAY = date(2026, 9, 14)


def work(assessor: Assessor) -> int:
    """Everything that can be judged now."""
    done = 0
    while step := assessor.step():
        done += step
        assert done < 10_000, "it never ends"
    return done


def assessments(store: Store) -> dict[str, Assessment]:
    with store.read() as session:
        return {row.subject: row for row in session.exec(select(Assessment)).all()}


def findings(store: Store, subject: str) -> dict[str, bool]:
    """The rules that found something, and whether it is still true."""
    with store.read() as session:
        rows = session.exec(select(Finding).where(col(Finding.subject) == subject)).all()
        return {row.rule: row.gone_at is None for row in rows}


def counts(store: Store) -> dict[tuple[date, str], int]:
    with store.read() as session:
        rows = session.exec(select(AssessmentDay)).all()
        return {(row.day, row.what): row.number for row in rows if row.number}


def assert_counts_fit(store: Store) -> None:
    """What is counted of the days is what the assessments say."""
    expected: Any = {}
    for row in assessments(store).values():
        for key, number in counts_of(row).items():
            expected[key] = expected.get(key, 0) + number
    assert counts(store) == {key: number for key, number in expected.items() if number}


def change(store: Store, edit: Callable[[Any], None]) -> None:
    with store.write() as session:
        edit(session)


def agree(stage: Stage, query_id: str, **columns: Any) -> None:
    """Give a consent that counts when the query is started."""
    with stage.store.write() as session:
        at = session.get_one(NetworkQuery, query_id).submitted_at - timedelta(minutes=5)
        row = {"id": "c-1", "way": "telephone", "version": "1", "text_hash": "h"} | columns
        session.add(Consent(patient_id=PATIENT, given_at=at, recorded_at=at, **row))


def compared(stage: Stage, query_id: str) -> None:
    def edit(session: Any) -> None:
        check = session.get_one(StartCheck, query_id)
        check.demographics = "same"
        session.add(check)

    change(stage.store, edit)


def test_a_query_is_judged_as_it_changes(ready: Stage) -> None:
    query, assessor = ready.ask(), Assessor(ready.store, ready.clock)
    work(assessor)
    row = assessments(ready.store)[query.id]
    assert (row.kind, row.purpose, row.rules_version) == ("query", "ias", "3")
    assert (row.present, row.applicable, row.severity) == (6, 8, 3)
    assert row.missing == ["consent", "demographics"]
    assert row.findings[0] == "consent_missing"
    assert (row.actor_id, row.patient_id, row.at) == (SUPPORT.id, PATIENT, query.submitted_at)
    assert counts(ready.store)[DAY, "ias"] == 1 and (DAY, "complete") not in counts(ready.store)
    assert_counts_fit(ready.store)

    agree(ready, query.id)
    compared(ready, query.id)
    work(assessor)
    row = assessments(ready.store)[query.id]
    assert (row.present, row.applicable, row.severity, row.missing) == (8, 8, 1, [])
    assert findings(ready.store, query.id) == {
        "consent_missing": False,
        "demographics_not_compared": False,
        "method_not_phishing_resistant": True,
    }
    assert counts(ready.store)[DAY, "complete"] == 1
    assert_counts_fit(ready.store)


def test_what_is_true_again_is_cleared(ready: Stage) -> None:
    query, assessor = ready.ask(), Assessor(ready.store, ready.clock)
    for is_there in (False, True, False):
        if is_there:
            agree(ready, query.id)
        else:
            change(ready.store, lambda session: [session.delete(row) for row in _consents(session)])
        work(assessor)
        assert findings(ready.store, query.id)["consent_missing"] is not is_there
        assert_counts_fit(ready.store)
    with ready.store.read() as session:
        rows = session.exec(select(Finding).where(col(Finding.rule) == "consent_missing")).all()
    assert len(rows) == 1


def _consents(session: Any) -> Any:
    return session.exec(select(Consent)).all()


def test_doing_it_twice_changes_nothing(ready: Stage) -> None:
    ready.ask()
    work(Assessor(ready.store, ready.clock))
    before, counted = assessments(ready.store), counts(ready.store)
    ready.clock.forward(minutes=5)
    # As a restart, which remembers nothing.
    work(Assessor(ready.store, ready.clock))
    assert counts(ready.store) == counted
    assert {key: row.assessed_at for key, row in assessments(ready.store).items()} == {
        key: row.assessed_at for key, row in before.items()
    }


def test_the_past_is_judged_from_the_newest_on(stage: Stage) -> None:
    ids = []
    for _ in range(120):
        stage.clock.forward(minutes=1)
        ids.append(stage.start().id)
    change(stage.store, lambda session: [session.delete(row) for row in _changes(session)])
    assessor = Assessor(stage.store, stage.clock)
    assessor.step()
    assert set(assessments(stage.store)) == set(ids[-50:])
    work(assessor)
    assert set(assessments(stage.store)) == set(ids)
    assert assessor.step() == 0
    assert_counts_fit(stage.store)


def _changes(session: Any) -> Any:
    return session.exec(select(LogChange)).all()


def test_time_alone_changes_the_judgement(stage: Stage) -> None:
    query, assessor = stage.start(), Assessor(stage.store, stage.clock)
    work(assessor)
    assert assessments(stage.store)[query.id].due_at == query.submitted_at + timedelta(hours=24)
    stage.clock.forward(hours=23, minutes=59)
    assert work(assessor) == 0
    assert findings(stage.store, query.id) == {}
    stage.clock.forward(minutes=1)
    work(assessor)
    row = assessments(stage.store)[query.id]
    assert row.findings == ["still_running"] and row.missing == ["sources"]
    assert row.due_at is None and row.assessed_at == stage.clock.now
    assert_counts_fit(stage.store)


def test_a_query_that_vanishes_is_forgotten(stage: Stage) -> None:
    stage.hear("m-1", "hie", request_id="r-x")
    assessor = Assessor(stage.store, stage.clock)
    work(assessor)
    [(query_id, row)] = assessments(stage.store).items()
    # The message may have come before the answer to a start of ours.
    assert row.findings == [] and row.due_at == stage.clock.now + timedelta(minutes=2)
    stage.clock.forward(minutes=2)
    work(assessor)
    row = assessments(stage.store)[query_id]
    assert row.findings == ["external"] and row.actor_id is None

    def remove(session: Any) -> None:
        from services.queries.sources import sources_of

        for source in sources_of(session, query_id):
            session.delete(source)
        session.flush()
        session.delete(session.get_one(NetworkQuery, query_id))

    change(stage.store, remove)
    work(assessor)
    # It stays for a day, empty: the review queue closes its item by that.
    row = assessments(stage.store)[query_id]
    assert (row.findings, row.severity, row.assessed_at) == ([], 0, stage.clock.now)
    assert counts(stage.store) == {}
    stage.clock.forward(hours=24)
    work(assessor)
    assert assessments(stage.store) == {} and counts(stage.store) == {}
    assert findings(stage.store, query_id) == {"external": False}


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
        last = max(row.seq for row in _changes(session))
        template = session.get_one(LogChange, last)
    # Written last, with a number from before the newest.
    change(ready.store, lambda s: s.add(LogChange(seq=last + 5, topic="webhook", at=template.at)))
    work(assessor)
    agree(ready, query.id)
    with ready.store.write() as session:
        for row in _changes(session):
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
        assert min(row.seq for row in _changes(session)) == 1
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
    change(ready.store, lambda session: [session.delete(row) for row in _changes(session)])
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
