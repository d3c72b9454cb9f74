"""The sandbox's past shows each finding, and is otherwise complete."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from services.compliance.assessing.assessor import Assessor
from services.compliance.rules.rule_sets import rules_on
from services.compliance.rules.starter import NOT_JUDGED
from services.demo.fill import fill_log
from services.identity.drift.hashes import DemographicKeys
from services.identity.drift.proofed import DriftVerdict, compare, read_proofed
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.sandbox.history.queries import past_queries
from services.store import Store
from services.store.tables import Assessment, Finding, ProofedIdentity
from tests.clock import FakeClock
from tests.demo.test_fill import NOW, PEOPLE, Past

_HISTORY = [
    query for query in past_queries(PEOPLE, NOW) if query.submitted_at > NOW - timedelta(days=28)
]


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    """A first start. The sandbox keeps its log in SQLite."""
    fill_log(sqlite_store, ["k"], Past(queries=_HISTORY), NOW)
    return sqlite_store


def test_every_rule_finds_an_example_and_little_else_is_wrong(filled: Store) -> None:
    assessor = Assessor(filled, FakeClock(NOW))
    while assessor.step():
        pass
    with filled.read() as session:
        found = set(session.exec(select(col(Finding.rule))).all())
        ias = session.exec(select(Assessment).where(col(Assessment.purpose) == IAS)).all()
    # Nothing in the sandbox is so broken that it cannot be judged.
    assert found == {rule.code for rule in rules_on(NOW.date()).rules} - {NOT_JUDGED}
    whole = [row for row in ias if not row.missing]
    assert len(whole) / len(ias) > 0.7


def test_the_identities_of_the_past_were_proofed_against_the_records_that_upstream_has(
    filled: Store,
) -> None:
    records = {person.patient["id"]: Patient.model_validate(person.patient) for person in PEOPLE}
    keys = DemographicKeys(["k"])
    with filled.read() as session:
        proofed = session.exec(select(ProofedIdentity)).all()
        rows = read_proofed(session, [row.proofed_identity_id for row in proofed])
    verdicts = {
        compare(keys, records[row.patient_id], rows[row.proofed_identity_id]).verdict
        for row in proofed
    }
    assert verdicts == {DriftVerdict.SAME}
