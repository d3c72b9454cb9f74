"""Incident packets: who saw what of whom, over several people; ids only; signed."""

import io
import json
import zipfile
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest
from sqlmodel import col, select

from services.compliance.rights.incidents import (
    INCIDENT_REASONS,
    MOST_PEOPLE,
    IncidentFilters,
    Incidents,
    pasted_people,
)
from services.errors import InvalidInput, NotPermitted, SecretPasted
from services.staff.exports import Exports
from services.staff.permissions import Role
from services.staff.proof.signing import SigningKeys
from services.staff.reasons import Grounds
from services.store import Store
from services.store.tables import AuditEvent, AuditSubject
from tests.clock import FakeClock
from tests.compliance.retention.life import REVIEWER, Archive
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor
from tests.world import SUPPORT

ONE, TWO, THREE = (f"0191b878-d0c4-7d82-8960-00000000000{end}" for end in "abc")
MALLORY = make_actor("Mallory", Role.SUPPORT)
WHY = Grounds(INCIDENT_REASONS[0], "INC-7")


@pytest.fixture
def archive(store: Store, clock: FakeClock) -> Archive:
    """Mallory looks at two people, Sam at a third one and at one of them."""
    archive = Archive(store, clock)
    note = archive.audit.note
    note(MALLORY, "patient.search", details={"shown": [ONE, TWO]})
    clock.forward(hours=1)
    note(MALLORY, "patient.view", patient_id=ONE)
    note(MALLORY, "queries.start", patient_id=TWO, outcome="denied")
    clock.forward(days=2)
    note(SUPPORT, "patient.view", patient_id=ONE)
    note(SUPPORT, "patient.view", patient_id=THREE)
    return archive


def make(archive: Archive, filters: IncidentFilters, kind: int) -> bytes:
    incidents = Incidents(archive.store, archive.audit, SigningKeys(["A" * 43]))
    export = incidents.prepare(REVIEWER, filters, WHY)
    exports = Exports(archive.store, archive.audit, archive.clock)
    return exports.make(REVIEWER, export, incidents.formats[kind])


def document(archive: Archive, filters: IncidentFilters) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(make(archive, filters, 1))) as packet:
        assert set(packet.namelist()) == {
            "incident.json", "incident.json.sig", "desk.pem", "VERIFY.txt",
        }  # fmt: skip
        # Whoever forges the packet forges the key in it as well.
        assert b"published" in packet.read("VERIFY.txt")
        found: dict[str, object] = json.loads(packet.read("incident.json"))
        return found


def seen(archive: Archive, filters: IncidentFilters) -> dict[str, int]:
    """How many events of whom, without the packets that were made before."""
    events = document(archive, filters)["events"]
    assert isinstance(events, list)
    return Counter(event["patient_id"] for event in events if event["action"] != "incident.export")


def test_each_filter_and_several_at_once(archive: Archive) -> None:
    of_mallory = IncidentFilters(actor_id=MALLORY.id)
    assert seen(archive, of_mallory) == {ONE: 2, TWO: 2}
    assert seen(archive, IncidentFilters(people=(ONE, THREE))) == {ONE: 3, THREE: 1}
    later = archive.clock() - timedelta(days=1)
    assert seen(archive, IncidentFilters(since=later)) == {ONE: 1, THREE: 1}
    assert seen(archive, IncidentFilters(people=(ONE,), until=later)) == {ONE: 2}
    assert seen(archive, IncidentFilters(MALLORY.id, (TWO,))) == {TWO: 2}
    assert seen(archive, IncidentFilters(MALLORY.id, address="10.0.0.1")) == {}


def test_each_person_has_what_was_seen_when_and_by_whom(archive: Archive) -> None:
    told = document(archive, IncidentFilters(actor_id=MALLORY.id))
    people = told["people"]
    assert isinstance(people, list)
    one, two = people
    assert one["what"] == "patient.search (1); patient.view (1)"
    assert one["seen_or_done_by"] == "Mallory (support)"
    assert one["first_utc"] < one["last_utc"]
    # A refused attempt showed nothing.
    assert (two["refused"], two["what"]) == (1, "patient.search (1)")
    about = told["about"]
    assert isinstance(about, dict)
    assert about["People"] == "2" and about["First event (UTC)"] == one["first_utc"][:19] + "Z"


def test_the_workbook_has_people_first(archive: Archive) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make(archive, IncidentFilters(MALLORY.id), 0)))
    assert book.sheetnames == ["People", "Rows", "About"]
    assert [row[0].value for row in book["People"].iter_rows()] == ["patient_id", ONE, TWO]
    assert book["Rows"].max_row == 5


def test_the_packet_is_noted_with_why_and_found_by_each_person(archive: Archive) -> None:
    make(archive, IncidentFilters(people=(ONE, TWO)), 0)
    with archive.store.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "incident.export")).one()
        about = session.exec(
            select(AuditSubject.patient_id).where(col(AuditSubject.seq) == event.seq)
        ).all()
    assert (event.reason, event.ticket) == (INCIDENT_REASONS[0], "INC-7")
    assert event.details is not None and event.details["people"] == 2
    assert set(about) == {ONE, TWO}


@pytest.mark.parametrize(
    "filters",
    [
        IncidentFilters(),
        IncidentFilters(address="10.0.0.1"),
        IncidentFilters(people=("Jane Miller",)),
        IncidentFilters(people=tuple(f"p-{number}" for number in range(MOST_PEOPLE + 1))),
    ],
)
def test_what_is_no_filter_is_refused(archive: Archive, filters: IncidentFilters) -> None:
    with pytest.raises(InvalidInput):
        make(archive, filters, 0)


def test_days_in_the_wrong_order_are_refused(archive: Archive) -> None:
    now = archive.clock()
    with pytest.raises(InvalidInput):
        make(archive, IncidentFilters(since=now, until=now), 0)


def test_people_are_found_in_what_was_pasted() -> None:
    assert pasted_people("") == ()
    assert pasted_people(f"> see {ONE.upper()}, {TWO};\n{ONE}") == (ONE, TWO)
    with pytest.raises(InvalidInput):
        pasted_people("Jane Miller")
    with pytest.raises(SecretPasted):
        pasted_people(f"{ONE} aal2_abc")


def test_support_makes_no_packet(archive: Archive) -> None:
    incidents = Incidents(archive.store, archive.audit, SigningKeys(["A" * 43]))
    with pytest.raises(NotPermitted):
        incidents.prepare(SUPPORT, IncidentFilters(people=(ONE,)), WHY)


@pytest.mark.parametrize(
    "filters", [IncidentFilters(people=(ONE, TWO)), IncidentFilters(actor_id=MALLORY.id)]
)
def test_an_index_finds_the_events(archive: Archive, filters: IncidentFilters) -> None:
    def read() -> None:
        with archive.store.read() as session:
            session.exec(filters.select(session).limit(10)).all()

    assert_no_scan(plans_of(archive.store, read))
