"""The names in memory: which of them a typed one may mean, and when they are forgotten."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metriport.schemas import Patient
from services.patients.search.folding import fold
from services.patients.search.name_index import KEPT_FOR, NameIndex, fits
from services.sandbox.people import load_people
from tests.clock import FakeClock

PEOPLE = [Patient.model_validate(one.patient) for one in load_people()]


def somebody(patient_id: str, first: str = "Anna", last: str = "Namewise", **more: Any) -> Patient:
    return Patient(id=patient_id, first_name=first, last_name=last, dob="1990-01-31", **more)


@pytest.fixture
def names(clock: FakeClock) -> NameIndex:
    return NameIndex(clock, most=3)


@pytest.fixture(scope="module")
def everybody() -> NameIndex:
    index = NameIndex(FakeClock())
    for person in PEOPLE:
        index.remember(person)
    return index


def found(
    index: NameIndex, *typed: str, births: tuple[str, ...] = (), slips: bool = True
) -> set[str]:
    by_id = {person.id: person.full_name for person in PEOPLE}
    return {by_id[one] for one in index.find(typed, births, 25, slips=slips)}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("smi", "Jane Smith"),
        ("o'mal", "Siobhán O'Malley"),
        ("malley", "Siobhán O'Malley"),
        ("redfern-ib", "Linda Redfern-Ibáñez"),
        ("ibanez linda", "Linda Redfern-Ibáñez"),
        ("Bn-Ami sasha", "Sasha Ben-Ami"),
        ("der osa", "Isabella De Rosa"),
        ("Kowalzcyk zofia", "Zofia Kowalczyk"),
        ("Kowallczyk", "Zofia Kowalczyk"),
        ("Kowelczik", "Zofia Kowalczyk"),
        ("szepan", "Paweł Szczepański"),
        ("bea kim", "Kim Bae"),
    ],
)
def test_parts_and_slips_are_found(everybody: NameIndex, typed: str, name: str) -> None:
    assert name in found(everybody, *typed.split())


def test_whoever_fits_better_comes_first(everybody: NameIndex) -> None:
    best = everybody.find(["noh"], [], 25, slips=True)[:3]
    assert {
        next(one for one in PEOPLE if one.id == patient_id).last_name for patient_id in best
    } == {"Noh"}


def test_without_slips_only_beginnings_count(everybody: NameIndex) -> None:
    assert (
        found(everybody, "kowalz", slips=False) == found(everybody, "owalc", slips=False) == set()
    )
    assert len(found(everybody, "kowal", slips=False)) == 2


def test_all_names_and_the_date_of_birth_have_to_fit(everybody: NameIndex) -> None:
    assert found(everybody, "thatch", "rob", births=("1986-09-29",)) == {"Robert Thatcher"}
    assert len(everybody.find(["thatch", "rob"], ["1986", "1958-03"], 25, slips=False)) == 2
    assert found(everybody, "thatch", "rob", births=("1987",)) == set()
    assert found(everybody, "thatch", "zofia") == set()


def test_nothing_typed_finds_nobody(everybody: NameIndex) -> None:
    assert found(everybody) == found(everybody, "", "'") == set()


def test_an_opted_out_person_is_not_kept(names: NameIndex) -> None:
    names.remember(somebody("a", hie_opt_out=True))
    assert len(names) == 0
    names.remember(somebody("a"))
    names.remember(somebody("a", hie_opt_out=True))
    assert len(names) == 0 and names.find(["anna"], [], 9, slips=True) == []


def test_a_corrected_name_replaces_the_old_one(names: NameIndex) -> None:
    names.remember(somebody("a", last="Before"))
    names.remember(somebody("a", last="After"))
    assert names.find(["before"], [], 9, slips=False) == []
    assert names.find(["after"], [], 9, slips=False) == ["a"]
    names.forget("a")
    names.forget("never known")
    assert len(names) == 0 and names.find(["after"], [], 9, slips=False) == []


@pytest.mark.parametrize("meanwhile", ["forgotten", "opted out", "corrected"])
def test_an_answer_that_was_on_its_way_brings_nobody_back(
    names: NameIndex, clock: FakeClock, meanwhile: str
) -> None:
    asked_at = clock()
    clock.forward(seconds=2)
    if meanwhile == "forgotten":
        names.forget("a")
    else:
        names.remember(somebody("a", last="After", hie_opt_out=meanwhile == "opted out"))
    clock.forward(seconds=2)
    names.remember(somebody("a", last="Before"), asked_at)
    assert names.find(["before"], [], 9, slips=False) == []
    assert names.find(["after"], [], 9, slips=False) == ["a"] * (meanwhile == "corrected")
    # What is asked from now on counts.
    names.remember(somebody("a", last="Before"), clock())
    assert names.find(["before"], [], 9, slips=False) == ["a"]


def test_who_was_forgotten_is_not_remembered_for_long_either(
    names: NameIndex, clock: FakeClock
) -> None:
    names.forget("a")
    clock.forward(minutes=6)
    names.expire()
    assert not names._forgotten


def test_a_clock_that_is_set_back_does_not_stop_the_reading(
    names: NameIndex, clock: FakeClock
) -> None:
    names.remember(somebody("a", last="Before"))
    clock.forward(hours=-2)
    names.remember(somebody("a", last="After"), clock())
    assert names.find(["after"], [], 9, slips=False) == ["a"]


def test_a_whole_page_of_words_is_compared_by_the_first_of_them() -> None:
    index = NameIndex(FakeClock())
    index.remember(somebody("a", first=" ".join(f"word{number}" for number in range(1000))))
    assert len(index._by_word) < 20
    typed = [f"word{number}" for number in range(100)]
    assert index.find(typed, [], 9, slips=True) == ["a"]


def test_names_are_forgotten_after_a_time(names: NameIndex, clock: FakeClock) -> None:
    names.remember(somebody("a"))
    clock.forward(hours=6)
    names.remember(somebody("b"))
    clock.now += KEPT_FOR / 2
    names.expire()
    assert names.find(["anna"], [], 9, slips=False) == ["b"]
    clock.now += KEPT_FOR
    names.expire()
    assert len(names) == 0


def test_the_index_does_not_grow_beyond_its_size(names: NameIndex) -> None:
    for patient_id in ("a", "b", "c", "a", "d"):
        names.remember(somebody(patient_id, first=f"Name{patient_id}"))
    # Read again, "a" is not the oldest any more.
    assert len(names) == 3 and names.find(["nameb"], [], 9, slips=False) == []
    assert set(names.find(["anna", "name"], [], 9, slips=False)) == set()
    assert set(names.find(["name"], [], 9, slips=False)) == {"a", "c", "d"}


def test_ids_are_known_by_their_ends(names: NameIndex) -> None:
    names.remember(somebody("0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"))
    assert names.ids_ending("f9fe6c6d") == ["0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"]
    assert names.ids_ending("f9fe6c6e") == []


@given(st.text(max_size=30), st.text(max_size=30), st.lists(st.text(max_size=20), max_size=4))
def test_whatever_is_found_fits(first: str, last: str, typed: list[str]) -> None:
    index, person = NameIndex(FakeClock()), somebody("a", first, last)
    index.remember(person)
    for slips in (False, True):
        is_found = index.find(typed, [], 9, slips=slips) == ["a"]
        assert is_found == (bool(fold("".join(typed))) and fits(person, typed, [], slips=slips))
