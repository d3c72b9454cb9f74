"""A bulk run: begun, stopped, resumed and looked at, by whom it may be."""

import pytest
from sqlmodel import select

from services.errors import InvalidInput, NotPermitted
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from services.store.tables import AuditEvent
from tests.bulk.desks import SUPPORT, A, B, Desks
from tests.staff_members import STAFF


def test_a_run_is_stopped_and_taken_up_again(desks: Desks) -> None:
    run = desks.begin(5)
    desks.starts.step()
    desks.bulk.stop(SUPPORT, run)
    assert desks.work() == 0
    desks.bulk.resume(SUPPORT, run)
    assert desks.work() == 4
    desks.bulk.resume(SUPPORT, run)
    assert desks.progress().run.status == "finished"


def test_a_person_who_cannot_be_queried_does_not_stop_the_others(desks: Desks) -> None:
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    desks.bulk.begin(SUPPORT, "r-1", ["not an id", B], request)
    desks.work()
    found = desks.progress()
    assert (found.run.status, found.started, found.failed) == ("finished", 1, 1)
    results = desks.bulk.results(SUPPORT, found.run.id)
    assert [bool(one.item.error) for one in results] == [True, False]
    assert results[0].query is None and results[1].query is not None


def test_the_people_of_a_run_are_looked_at_on_record(desks: Desks) -> None:
    run = desks.begin(1)
    desks.bulk.results(SUPPORT, run)
    with desks.store.read() as session:
        *_, look = session.exec(select(AuditEvent)).all()
    assert (look.action, look.object_id) == ("bulk.view", run)
    assert [one.run.id for one in desks.bulk.runs(SUPPORT, run)] == [run]
    assert desks.bulk.runs(SUPPORT, "nobody") == []


def test_begun_twice_is_one_run(desks: Desks) -> None:
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    for _ in range(2):
        desks.bulk.begin(SUPPORT, "r-1", [A, B], request)
    assert len(desks.bulk.runs(SUPPORT)) == 1
    assert len(desks.bulk.results(SUPPORT, "r-1")) == 2


def test_who_may_not_start_cannot_start_many(desks: Desks) -> None:
    reviewer = STAFF[Role.COMPLIANCE]
    request = TreatmentRequest(A, "f", Sources(lab=True), REASONS[0])
    with pytest.raises(NotPermitted):
        desks.bulk.begin(reviewer, "r-1", [A], request)
    with pytest.raises(InvalidInput):
        desks.bulk.begin(SUPPORT, "r-1", [], request)
    with pytest.raises(InvalidInput):
        desks.bulk.begin(SUPPORT, "r-1", [A], TreatmentRequest(A, "", Sources(), ""))
