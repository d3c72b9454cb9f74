"""The Patients page: searching, what was searched, and coming back."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.errors import UpstreamBroken
from services.metriport.schemas import Patient
from services.patients.directory import Patients
from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list

PEOPLE = {
    f"{one.patient['firstName']} {one.patient['lastName']}": one.patient for one in load_people()
}


@pytest.fixture
def names_read(running_desk: Desk) -> Iterator[None]:
    """The names of a few people were read, as by the background."""
    for patient in PEOPLE.values():
        running_desk.patients.names.remember(Patient.model_validate(patient))
    yield
    for patient in PEOPLE.values():
        running_desk.patients.names.forget(patient["id"])


def search(at: AppTest, typed: str) -> AppTest:
    at.text_input(key="patients_text").set_value(typed)
    press(at, "Search")
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> None:
    next(one for one in at.button if one.label.replace("\\", "") == label).click().run()


def labels(at: AppTest) -> list[str]:
    return [one.label.replace("\\", "") for one in at.button]


def test_patients_begin_with_everybody(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT)
    assert len(shown_list(at, "patients")) == 25
    assert "of 40" in texts(at) and "Everybody whom Metriport lists" in texts(at)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Jane Smith 1996-02-10", 1),
        ("2/10/1996 Smith", 1),
        ("nobody-of-this-name", 0),
        ('"unbalanced', 0),
        ("or or -", None),
        ("Ünïcødé 漢字 🙂", 0),
    ],
)
def test_a_search_finds_or_says_what_that_means(
    browser: Browser, typed: str, found: int | None
) -> None:
    at = search(browser.open(Role.SUPPORT), typed)
    assert not at.error
    if found:
        assert len(shown_list(at, "patients")) == found
    elif found == 0:
        assert "Nobody was found this way, but the person may still exist" in texts(at)
    assert typed not in str(at.query_params)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("x" * 10_000, "at most 200 characters"), ("1996-02-31", "is no date")],
)
def test_a_search_that_cannot_be_one_says_why_and_shows_nobody(
    browser: Browser, typed: str, told: str
) -> None:
    at = search(browser.open(Role.SUPPORT), typed)
    assert told in at.error[0].value.replace("\\", "")
    assert not has_list(at, "patients")


def test_a_part_of_a_name_finds_and_says_where_it_looked(
    browser: Browser, names_read: None
) -> None:
    at = search(browser.open(Role.SUPPORT), "szcz")
    found = shown_list(at, "similar_patients")
    assert found.column("Name") == ["Paweł Szczepański", "Stanisława Szczepański"]
    assert found.addresses[0] == f"/patient?patient={found.keys[0]}"
    assert "Searched Metriport for “szcz”" in texts(at) and "names read so far" in texts(at)
    assert "Telephone numbers, e-mail and postal addresses are not searched." in texts(at)


def test_an_ambiguous_date_is_asked_about(browser: Browser) -> None:
    at = search(browser.open(Role.SUPPORT), "Smith 2/10/96")
    assert "“2/10/96” can mean more than one date" in texts(at)
    press(at, "October 2, 1996")
    assert at.text_input(key="patients_text").value == "Smith 1996-10-02"
    assert not has_list(at, "patients") and "can mean" not in texts(at)
    press(at, "Born February 10, 1996: day and month exchanged")
    assert shown_list(at, "patients").column("Name") == ["Jane Smith"]


def test_a_date_in_words_is_understood(browser: Browser) -> None:
    at = search(browser.open(Role.SUPPORT), "Feb 10, 1996")
    assert "Understood “Feb 10, 1996” as February 10, 1996." in texts(at)
    assert shown_list(at, "patients").column("Name") == ["Jane Smith"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("(541) 555-0123", "cannot search telephone numbers"),
        ("someone@example.com", "cannot search e-mail addresses"),
        ("Feb 10", "without its year"),
    ],
)
def test_what_cannot_be_searched_says_the_way_around(
    browser: Browser, typed: str, told: str
) -> None:
    at = search(browser.open(Role.SUPPORT), typed)
    assert told in texts(at) and "Nobody was found" not in texts(at)
    assert not has_list(at, "patients")


def test_other_searches_are_offered(browser: Browser) -> None:
    at = search(browser.open(Role.SUPPORT), "Jane Qqqq 1996-02-10")
    offered = {"Without the date of birth", "Only born February 10, 1996", "Only “Jane”"}
    assert offered <= set(labels(at))
    press(at, "Only born February 10, 1996")
    assert shown_list(at, "patients").column("Name") == ["Jane Smith"]
    at = search(at, '"Smith Jane"')
    press(at, 'In the other order: "Jane Smith"')
    assert shown_list(at, "patients").column("Name") == ["Jane Smith"]


def test_a_filter_that_leaves_nobody_can_be_dropped(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py", identity="Inactive")
    search(at, "Jane Smith")
    assert "among the people whom the filters let through" in texts(at)
    press(at, "Without the filters")
    assert shown_list(at, "patients").column("Name") == ["Jane Smith"]


def test_coming_back_shows_the_same_search_and_page(browser: Browser, faulty: Desk) -> None:
    at = search(browser.open(Role.SUPPORT, "patients.py"), "clinic")
    press(at, "Next")
    before = shown_list(at, "patients").keys
    at.switch_page("queries.py").run()
    # From the session: upstream is not asked again.
    fault = {"kind": "status", "status": 500, "times": 99, "path": "/medical/v1/patient"}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    at.switch_page("patients.py").run()
    assert at.text_input(key="patients_text").value == "clinic"
    assert shown_list(at, "patients").keys == before and "26–50 of" in texts(at)
    assert "clinic" not in str(at.query_params)


def test_somebody_who_was_corrected_is_read_anew(browser: Browser, running_desk: Desk) -> None:
    at = search(browser.open(Role.SUPPORT), "Jane Smith 1996-02-10")
    jane = Patient.model_validate(PEOPLE["Jane Smith"])
    running_desk.patients.names.remember(jane.model_copy(update={"last_name": "Smithson"}))
    at.run()
    assert shown_list(at, "patients").keys == [jane.id]
    assert not running_desk.patients.names.differs(jane)


def test_a_failed_search_shows_no_older_results(browser: Browser, faulty: Desk) -> None:
    at = search(browser.open(Role.SUPPORT), "Smith")
    fault = {"kind": "status", "status": 500, "times": 99, "path": "/medical/v1/patient"}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    search(at, "Brown")
    assert at.error and not has_list(at, "patients") and not has_list(at, "similar_patients")


def test_similar_names_that_cannot_be_read_hide_nobody(
    browser: Browser, names_read: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[Patient]:
        raise UpstreamBroken("Metriport failed.")

    monkeypatch.setattr(Patients, "read_anew", fail)
    at = search(browser.open(Role.SUPPORT), "Noh")
    assert len(shown_list(at, "patients")) == 3
    assert "People with similar names could not be read" in texts(at)


def test_a_shortened_id_offers_what_it_may_mean(browser: Browser, running_desk: Desk) -> None:
    jane = PEOPLE["Jane Smith"]["id"]
    twin = f"ffff{jane[4:]}"
    for patient_id in (jane, twin):
        running_desk.patients.names.remember(Patient(id=patient_id, first_name="A", last_name="B"))
    at = search(browser.open(Role.SUPPORT), f"…{jane[-8:]}")
    offered = shown_list(at, "candidates")
    assert {f"/patient?patient={jane}", f"/patient?patient={twin}"} == set(offered.addresses)
    assert set(offered.column("Kind")) == {"Person"}
    search(at, "…00000000")
    assert "No such id is known here" in texts(at)
    running_desk.patients.names.forget(twin)


def test_a_secret_does_not_stay_in_the_field(browser: Browser) -> None:
    at = search(browser.open(Role.SUPPORT), "aal2_nobody-has-this")
    assert "That is a person’s secret" in texts(at)
    assert at.text_input(key="patients_text").value == ""
