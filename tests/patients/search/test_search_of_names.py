"""What the names in memory add to a search, with an upstream that changes between two calls."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.errors import NotPermitted, UpstreamError, UpstreamNotFound
from services.patients.search.patient_search import SearchReport, SearchRequest
from services.staff.permissions import Role
from tests.staff_members import make_actor
from tests.world import PATIENT, SUPPORT, World

OTHER = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb2"


def person(patient_id: str = PATIENT, last: str = "Namewise", **more: Any) -> dict[str, Any]:
    return {"id": patient_id, "firstName": "Anna", "lastName": last, "dob": "1990-01-31"} | more


def listing(
    to_words: list[dict[str, Any]], to_ids: list[dict[str, Any]] | int
) -> Callable[[httpx.Request], httpx.Response]:
    """An upstream that answers one list to words, and another, or an error, to quoted ids."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("filters", "").startswith('"'):
            if isinstance(to_ids, int):
                return httpx.Response(to_ids)
            return httpx.Response(200, json={"patients": to_ids})
        return httpx.Response(200, json={"patients": to_words, "meta": {"itemsInTotal": 1}})

    return answer


@pytest.fixture
def knows(world: World) -> World:
    """A world that has read one name."""
    world.answer = lambda _: httpx.Response(200, json=person())
    world.patients.open(SUPPORT, PATIENT)
    world.requests.clear()
    return world


def report(world: World, text: str, **filters: Any) -> SearchReport:
    found = world.patient_search.search(SUPPORT, SearchRequest(text, **filters)).report
    assert found is not None
    return found


def test_a_name_that_was_opened_is_found_by_a_part_and_read_anew(knows: World) -> None:
    knows.answer = listing([], [person(city="new")])
    found = report(knows, "namew")
    assert found.names_compared == 1
    assert [one.model_extra for one in found.similar] == [{"city": "new"}]
    assert [request.url.params["filters"] for request in knows.requests][1:] == [f'"{PATIENT}"']


def test_a_name_that_has_changed_meanwhile_is_not_shown(knows: World) -> None:
    knows.answer = listing([], [person(last="Otherwise")])
    assert report(knows, "namew").similar == []
    # The new one is known from then on.
    assert [one.last_name for one in report(knows, "otherw").similar] == ["Otherwise"]


def test_who_is_no_longer_listed_is_forgotten(knows: World) -> None:
    knows.answer = listing([], [])
    # Listed at no such facility only.
    assert report(knows, "namew", facility_id="f").similar == []
    assert len(knows.names) == 1
    assert report(knows, "namew").similar == []
    assert len(knows.names) == 0


def test_who_is_gone_when_opened_is_forgotten(knows: World) -> None:
    knows.answer = lambda _: httpx.Response(404, json={"status": 404, "title": "NotFoundError"})
    with pytest.raises(UpstreamNotFound):
        knows.patients.open(SUPPORT, PATIENT)
    assert len(knows.names) == 0


def test_an_error_of_the_second_call_hides_nobody_of_the_first(knows: World) -> None:
    knows.answer = listing([person(OTHER, "Namew")], 500)
    found = knows.patient_search.search(SUPPORT, SearchRequest("namew"))
    assert [one.id for one in found.patients] == [OTHER]
    assert isinstance(found.report.similar_error, UpstreamError)
    assert found.report.similar == [] and found.report.names_compared is None


def test_results_are_outdated_once_somebody_among_them_has_another_name(knows: World) -> None:
    knows.answer = listing([person(OTHER, "Namew")], [person()])
    found = knows.patient_search.search(SUPPORT, SearchRequest("namew"))
    assert len(found.patients + found.report.similar) == 2
    assert not knows.patient_search.is_outdated(found)
    for shown in (found.patients[0], found.report.similar[0]):
        knows.names.remember(shown.model_copy(update={"last_name": "Otherwise"}))
        assert knows.patient_search.is_outdated(found)
        knows.names.forget(shown.id)
    assert not knows.patient_search.is_outdated(found)


def test_similar_names_are_for_those_who_may_see_people(knows: World) -> None:
    nobody = make_actor("Pat Product", Role.PRODUCT)
    with pytest.raises(NotPermitted):
        knows.patients.read_anew(nobody, [PATIENT])
    with pytest.raises(NotPermitted):
        knows.patient_search.search(nobody, SearchRequest("namew"))
    assert knows.requests == []


@pytest.mark.parametrize("typed", ["", "1990-01-31", '"namew"', "namew or x", "MRN-1", "🙂"])
def test_only_names_are_compared_with_names(knows: World, typed: str) -> None:
    knows.answer = listing([], [])
    assert report(knows, typed).names_compared is None
    assert len(knows.requests) == 1
