"""A bulk run over the real sandbox."""

from services.desk import Desk
from services.ids import new_id
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from tests.bulk.desks import SUPPORT
from tests.waiting import until


def test_unknown_people_are_found_before_anything_starts(
    running_desk: Desk, fresh_person: str
) -> None:
    nobody = new_id(running_desk.clock())
    short = list(running_desk.bulk.unknown(SUPPORT, [fresh_person, nobody]))
    assert short[-1] == (2, {nobody})
    everybody = [one.id for one in running_desk.client.iter_patients()]
    assert len(everybody) > 100
    assert list(running_desk.bulk.unknown(SUPPORT, [*everybody, nobody]))[-1][1] == {nobody}


def test_a_run_goes_through_the_sandbox(running_desk: Desk, fresh_person: str) -> None:
    facility = running_desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(fresh_person, facility, Sources(pharmacy=True), REASONS[0])
    run_id = running_desk.bulk.new_id()
    running_desk.bulk.begin(SUPPORT, run_id, [fresh_person], request)
    running_desk.bulk_worker.nudge()

    def finished() -> bool:
        return any(
            one.run.id == run_id and one.run.status == "finished"
            for one in running_desk.bulk.runs(SUPPORT)
        )

    until(finished)
    (result,) = running_desk.bulk.results(SUPPORT, run_id)
    assert result.query is not None and result.query.started_by == SUPPORT.name
