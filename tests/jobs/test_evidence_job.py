"""Evidence over the real sandbox: what is started here in the normal way is complete."""

from sqlmodel import Session, col, select

from services.compliance.evidence.evidence import Evidence, LinkState
from services.compliance.evidence.gathering import read_evidence
from services.desk import Desk
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.store.tables import Assessment, NetworkQuery, ProofedIdentity, RecordRequest
from tests.jobs.test_ias_job import SUPPORT, satisfy, start, verify
from tests.waiting import until


def evidence(desk: Desk, query_id: str) -> Evidence:
    with desk.store.read() as session:
        return read_evidence(session, [query_id], desk.clock(), desk.evidence_config)[query_id]


def captured(desk: Desk, patient_id: str) -> bool:
    """Whether the record that the identity was proofed against has been hashed."""

    def read(session: Session) -> bool:
        wanted = select(ProofedIdentity).where(col(ProofedIdentity.patient_id) == patient_id)
        return all(row.capture_at is None for row in session.exec(wanted).all())

    with desk.store.read() as session:
        return read(session)


def finish(desk: Desk, query: NetworkQuery) -> None:
    until(lambda: desk.queries.open(SUPPORT, query.id).query.next_check_at is None)


def counted(desk: Desk, patient_id: str) -> bool:
    with desk.store.read() as session:
        wanted = select(RecordRequest).where(col(RecordRequest.patient_id) == patient_id)
        return all(row.counted_at is not None for row in session.exec(wanted).all())


def assessed(desk: Desk, query_id: str) -> Assessment | None:
    with desk.store.read() as session:
        return session.get(Assessment, query_id)


def test_a_query_of_individual_access_is_complete_from_the_first_link_to_the_last(
    running_desk: Desk, fresh_person: str
) -> None:
    desk = running_desk
    verify(desk, fresh_person)
    until(lambda: captured(desk, fresh_person))
    satisfy(desk, fresh_person)
    query = start(desk, fresh_person)
    # While it runs, what it has brought is not due yet.
    assert evidence(desk, query.id).completeness == 1
    finish(desk, query)
    desk.records.fetch(SUPPORT, fresh_person)
    until(lambda: counted(desk, fresh_person))

    found = evidence(desk, query.id)
    assert (found.missing, found.completeness) == ([], 1)
    assert found.present == len(found.links)
    assert {one.rule for one in found.findings} <= {"method_not_phishing_resistant"}
    assert found.actor == SUPPORT.name and found.rules_version == "3"

    desk.compliance_worker.nudge()

    def is_written() -> bool:
        row = assessed(desk, query.id)
        return row is not None and (row.present, row.applicable) == (10, 10)

    # The past of the sandbox is judged at the same time.
    until(is_written, seconds=60)


def test_a_second_query_needs_a_new_challenge_and_is_complete_too(
    running_desk: Desk, fresh_person: str
) -> None:
    desk = running_desk
    verify(desk, fresh_person)
    until(lambda: captured(desk, fresh_person))
    for _ in range(2):
        satisfy(desk, fresh_person)
        query = start(desk, fresh_person)
        finish(desk, query)
        assert evidence(desk, query.id).completeness == 1


def test_a_treatment_query_during_individual_access_is_found(
    running_desk: Desk, fresh_person: str
) -> None:
    desk = running_desk
    verify(desk, fresh_person)
    facility = desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(fresh_person, facility, Sources(lab=True), REASONS[0])
    query = desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)
    finish(desk, query)
    found = evidence(desk, query.id)
    assert [one.rule for one in found.findings] == ["treatment_during_access"]
    assert found.completeness == 1
    states = {link.code.value: link.state for link in found.links}
    assert states["consent"] is LinkState.NOT_APPLICABLE
