"""Searches as people type them, over the real sandbox: in parts, without accents, with slips."""

import json
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from services.desk import Desk
from services.identity.access_state import IdentityState
from services.metriport.schemas import Patient
from services.patients.directory import Patients
from services.patients.search.name_index import NameIndex
from services.patients.search.name_reader import NameReader
from services.patients.search.patient_search import (
    ENOUGH,
    PatientSearch,
    SearchRequest,
    SearchResults,
)
from services.patients.search.suggestions import SuggestionKind
from services.staff.permissions import Role
from services.store.tables import AuditEvent, UpstreamCall
from tests.clock import FakeClock
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
CASES = json.loads((Path(__file__).parent / "searches.json").read_text("utf-8"))


class CountedSearch:
    """A search of its own, and how often the sandbox was asked for it."""

    def __init__(self, desk: Desk, names: NameIndex) -> None:
        self._store = desk.store
        patients = Patients(desk.client, desk.audit, names, desk.clock)
        self._search = PatientSearch(patients, desk.identity, names, desk.clock)
        self.names = names

    def __call__(self, text: str, **filters: object) -> tuple[SearchResults, int]:
        before = self._lists()
        found = self._search.search(SUPPORT, SearchRequest(text, **filters))  # type: ignore[arg-type]
        return found, self._lists() - before

    def _lists(self) -> int:
        """How often the sandbox was asked for people."""
        asked = col(UpstreamCall.path).startswith("/medical/v1/patient")
        with self._store.read() as session:
            return session.exec(select(func.count()).where(asked)).one()


@pytest.fixture(scope="module")
def full(running_desk: Desk) -> CountedSearch:
    """A search once the names of all people were read."""
    clock = FakeClock(running_desk.clock())
    names = NameIndex(clock)
    reader = NameReader(running_desk.client, names, clock, allowed=True)
    for _ in range(5):
        clock.forward(minutes=1)
        reader.step()
    assert len(names) > 390
    return CountedSearch(running_desk, names)


@pytest.fixture
def cold(running_desk: Desk) -> CountedSearch:
    """A search of a program that has just started."""
    return CountedSearch(running_desk, NameIndex(running_desk.clock))


def shown(found: SearchResults) -> list[Patient]:
    assert len(found.patients) <= ENOUGH and len(found.report.similar) <= ENOUGH
    return found.patients + found.report.similar


def test_people_are_found_as_they_are_typed(full: CountedSearch) -> None:
    missed = []
    for typed, name, born in CASES:
        found, calls = full(typed)
        assert calls <= 3, typed
        if (name, born) not in [(person.full_name, person.dob) for person in shown(found)]:
            missed.append(typed)
    assert len(CASES) == 40
    assert len(missed) <= 2, missed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Szczepanski", "Paweł Szczepański"),
        ("garcia", "María José García Villaseñor"),
        ("OMalley", "Siobhán O'Malley"),
        ("dipasquale", "Anthony Di Pasquale"),
        ("Redfern Ibáñez", "Linda Redfern-Ibáñez"),
        ("Smith, Jane Feb 10 1996", "Jane Smith"),
    ],
)
def test_other_spellings_need_no_names_read_before(
    cold: CountedSearch, typed: str, name: str
) -> None:
    found, calls = cold(typed)
    assert name in [person.full_name for person in found.patients]
    assert calls == 1


def test_what_upstream_finds_is_not_repeated_among_similar_names(full: CountedSearch) -> None:
    found, calls = full("Redfern")
    exact = {person.id for person in found.patients}
    assert found.total == len(exact) == 9 and calls == 1
    assert found.report.similar == []
    found, calls = full("Noh")
    assert [person.last_name for person in found.patients] == ["Noh"] * 3 and calls == 2
    assert [person.full_name for person in found.report.similar] == ["Perpetua Nohr"]


def test_a_common_name_is_narrowed_down_first(full: CountedSearch) -> None:
    found, calls = full("clinic")
    assert found.next_page and calls == 1
    assert found.report.names_compared is None


def test_an_ambiguous_date_is_asked_about_and_searched_in_every_meaning(
    full: CountedSearch,
) -> None:
    found, _ = full("Smith 2/10/96")
    assert [person.full_name for person in found.patients] == ["Jane Smith"]
    asked = [(one.kind, one.text, one.part) for one in found.report.dates]
    assert asked == [
        (SuggestionKind.DATE, "Smith 1996-02-10", "1996-02-10"),
        (SuggestionKind.DATE, "Smith 1996-10-02", "1996-10-02"),
    ]


@pytest.mark.parametrize("typed", ["(541) 555-0123", "jane@example.com", "Feb 10"])
def test_what_cannot_be_searched_for_is_not_sent(full: CountedSearch, typed: str) -> None:
    found, calls = full(typed)
    assert calls == 0 and found.patients == []
    assert len(found.report.terms.unsearchable) == 1


def test_the_rest_is_searched_for(full: CountedSearch) -> None:
    found, _ = full("Jane Smith 541-555-0123")
    assert [person.full_name for person in found.patients] == ["Jane Smith"]


def test_nobody_who_opted_out_is_among_similar_names(full: CountedSearch) -> None:
    assert shown(full("Outl")[0]) == []
    # Whole words are asked of upstream itself.
    assert len(full("Outlaw")[0].patients) == 2


def test_a_search_by_state_makes_three_calls_at_most(full: CountedSearch) -> None:
    found, calls = full("lapsl", identity=IdentityState.INACTIVE)
    assert [person.full_name for person in shown(found)] == ["Ina Lapsley"] and calls == 2
    assert shown(full("lapsl", identity=IdentityState.LINK_EXPIRED)[0]) == []
    _, calls = full("", identity=IdentityState.LINK_EXPIRED)
    assert calls <= 3


def test_similar_names_keep_to_the_facility(full: CountedSearch, running_desk: Desk) -> None:
    person = full("szczep pawel")[0].report.similar[0]
    for facility in running_desk.patients.facilities(SUPPORT):
        found, _ = full("szczep pawel", facility_id=facility.id)
        is_there = facility.id in person.facility_ids
        assert [one.id for one in shown(found)] == [person.id] * is_there
    assert person.id in full.names.ids_ending(person.id[-8:])


def test_every_look_at_similar_names_is_noted(full: CountedSearch, running_desk: Desk) -> None:
    full("szcz")
    with running_desk.store.read() as session:
        newest = select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(2)
        events = session.exec(newest).all()
    assert [event.action for event in events] == ["patient.search"] * 2
    details = dict(events[0].details or {})
    assert len(details.pop("shown")) == 2
    assert details == {"similar": 2, "facility": None, "read": 2}
    assert "szcz" not in str([event.model_dump() for event in events])


def test_a_search_by_state_notes_those_whom_it_shows_and_nobody_else(
    full: CountedSearch, running_desk: Desk
) -> None:
    with running_desk.store.read() as session:
        before = session.exec(select(func.max(col(AuditEvent.seq)))).one()
    found, _ = full("", identity=IdentityState.LINK_EXPIRED)
    with running_desk.store.read() as session:
        events = session.exec(select(AuditEvent).where(col(AuditEvent.seq) > before)).all()
    noted = [person for event in events for person in (event.details or {}).get("shown", [])]
    assert sorted(noted) == sorted(person.id for person in shown(found)) != []
    assert all(len((event.details or {}).get("shown", [])) <= 25 for event in events)
