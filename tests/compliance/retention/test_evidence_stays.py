"""A purge changes nothing of what the evidence of a younger query says."""

from datetime import timedelta

import pytest

from services.compliance.evidence.evidence import Evidence
from services.compliance.evidence.gathering import read_evidence
from services.store.tables import Consent, NetworkQuery
from tests.compliance.retention.life import HOUR, YEARS, Archive, Life

DAY = timedelta(days=1)


def evidence(archive: Archive, *queries: str) -> dict[str, Evidence]:
    """The evidence of these queries, as of now."""
    with archive.store.read() as session:
        return read_evidence(session, queries, archive.clock())


@pytest.mark.parametrize("age", [YEARS - DAY, YEARS - 2 * HOUR, YEARS - timedelta(minutes=1)])
def test_the_evidence_of_a_young_query_says_the_same(archive: Archive, age: timedelta) -> None:
    for number in range(4):
        archive.live(f"old{number}", YEARS + (40 + 7 * number) * DAY)
    young = archive.live("young", age)
    before = evidence(archive, young.query)
    assert archive.run()["network_query"] == 4
    assert evidence(archive, young.query) == before


def test_old_rows_on_which_a_young_query_rests_keep_its_evidence(archive: Archive) -> None:
    old = Life("person", archive.clock() - YEARS - 100 * DAY)
    archive.write(*old.rows())
    archive.write(
        Consent(
            id="person-withdrawn", patient_id=old.person, version="1", text_hash="person-text",
            way="link", given_at=old.at + HOUR, recorded_at=old.at, revoked_at=old.at + 2 * HOUR,
        ),
        NetworkQuery(
            id="young", patient_id=old.person, purpose="ias", origin="external",
            status="completed", submitted_at=archive.clock() - DAY,
            proofed_identity_id="person-identity",
        ),
    )  # fmt: skip
    before = evidence(archive, "young")
    assert archive.run()["network_query"] == 1
    assert evidence(archive, "young") == before


def test_a_query_under_review_keeps_its_evidence(archive: Archive) -> None:
    life = Life("person", archive.clock() - YEARS - 100 * DAY)
    rows = [row for row in life.rows() if not str(row.__tablename__).startswith("review_")]
    archive.write(*rows, life.review("item", life.query, None))
    before = evidence(archive, life.query)
    archive.run()
    assert evidence(archive, life.query) == before
