"""What the assessor writes down as the log changes, as time passes, and of the past."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from services.compliance.assessing.assessor import Assessor
from services.queries.sources import sources_of
from services.store.tables import Consent, Finding, NetworkQuery
from tests.compliance.assessing.judged import (
    DAY,
    agree,
    all_changes,
    assert_counts_fit,
    assessments,
    change,
    compared,
    counts,
    findings,
    work,
)
from tests.identity.stage import Stage
from tests.world import PATIENT, SUPPORT


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
    change(stage.store, lambda session: [session.delete(row) for row in all_changes(session)])
    assessor = Assessor(stage.store, stage.clock)
    assessor.step()
    assert set(assessments(stage.store)) == set(ids[-50:])
    work(assessor)
    assert set(assessments(stage.store)) == set(ids)
    assert assessor.step() == 0
    assert_counts_fit(stage.store)


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
