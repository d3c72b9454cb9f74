from typing import Any

import httpx
import pytest

PATIENTS = "/medical/v1/patient"


def walk(api: httpx.Client, url: str | None, link: str) -> list[list[str]]:
    """The ids of each page, following one of the links."""
    pages = []
    while url:
        found = api.get(url).json()
        pages.append([patient["id"] for patient in found["patients"]])
        assert found["meta"]["itemsOnPage"] == len(pages[-1])
        url = found["meta"].get(link)
    return pages


@pytest.fixture
def ids(api: httpx.Client) -> list[str]:
    """All patients, newest first."""
    return walk(api, f"{PATIENTS}?count=500", "nextPage")[0]


def test_a_page_has_fifty_items_and_the_first_one_says_how_many_there_are(
    api: httpx.Client, ids: list[str]
) -> None:
    found = api.get(PATIENTS).json()
    assert [patient["id"] for patient in found["patients"]] == ids[:50]
    assert found["meta"]["itemsInTotal"] == len(ids) == len(set(ids))
    assert "prevPage" not in found["meta"]


def test_ids_come_newest_first(ids: list[str]) -> None:
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize("count", [1, 7, 50, 401, 402, 403, 500])
def test_following_next_pages_brings_everybody_once(
    api: httpx.Client, ids: list[str], count: int
) -> None:
    if count == 1:
        ids = ids[-9:]
    pages = walk(api, f"{PATIENTS}?count={count}&fromItem={ids[0]}", "nextPage")
    assert [one for page in pages for one in page] == ids
    assert all(len(page) == count for page in pages[:-1])


def test_previous_pages_lead_back(api: httpx.Client, ids: list[str]) -> None:
    pages = walk(api, f"{PATIENTS}?count=100&toItem={ids[-1]}", "prevPage")
    assert [one for page in reversed(pages) for one in page] == ids


def test_the_total_comes_with_the_first_page_only(api: httpx.Client, ids: list[str]) -> None:
    second = api.get(PATIENTS, params={"fromItem": ids[50]}).json()["meta"]
    assert "itemsInTotal" not in second
    back = api.get(second["prevPage"]).json()
    assert [patient["id"] for patient in back["patients"]] == ids[:50]
    assert back["meta"]["itemsInTotal"] == len(ids)


def test_the_last_page_has_no_next(api: httpx.Client, ids: list[str]) -> None:
    meta = api.get(PATIENTS, params={"fromItem": ids[-3]}).json()["meta"]
    assert "nextPage" not in meta
    assert meta["itemsOnPage"] == 3


def test_links_stay_on_the_callers_origin_and_keep_the_search(api: httpx.Client) -> None:
    params = {"filters": "smith or brown", "count": 1}
    link = httpx.URL(api.get(PATIENTS, params=params).json()["meta"]["nextPage"])
    assert str(link).startswith(str(api.base_url).rstrip("/") + PATIENTS + "?")
    assert link.params["filters"] == "smith or brown"
    assert link.params["count"] == "1"


def test_a_search_is_paged_too(api: httpx.Client) -> None:
    everything = walk(api, f"{PATIENTS}?count=500&filters=clinic", "nextPage")[0]
    pages = walk(api, f"{PATIENTS}?count=60&filters=clinic", "nextPage")
    assert [one for page in pages for one in page] == everything
    assert len(pages) > 2


def test_from_and_to_bring_what_lies_between(api: httpx.Client, ids: list[str]) -> None:
    found = api.get(PATIENTS, params={"fromItem": ids[5], "toItem": ids[80]}).json()
    assert [patient["id"] for patient in found["patients"]] == ids[5:81]
    assert httpx.URL(found["meta"]["nextPage"]).params["fromItem"] == ids[81]
    assert httpx.URL(found["meta"]["prevPage"]).params["toItem"] == ids[4]


def test_an_item_that_is_gone_is_a_place_all_the_same(api: httpx.Client, ids: list[str]) -> None:
    found = api.get(PATIENTS, params={"fromItem": ids[10] + "x", "count": 2}).json()
    assert [patient["id"] for patient in found["patients"]] == ids[10:12]


@pytest.mark.parametrize("end", ["fromItem", "toItem"])
def test_beyond_the_ends_there_is_nothing_but_a_way_back(api: httpx.Client, end: str) -> None:
    beyond = {"fromItem": "0", "toItem": "z"}[end]
    found = api.get(PATIENTS, params={end: beyond}).json()
    assert found["patients"] == []
    assert {"fromItem": "prevPage", "toItem": "nextPage"}[end] in found["meta"]


def test_no_match_is_an_empty_first_page(api: httpx.Client) -> None:
    found = api.get(PATIENTS, params={"filters": "nobodyiscalledthis"}).json()
    assert found == {"meta": {"itemsOnPage": 0, "itemsInTotal": 0}, "patients": []}


def test_a_count_of_nought_only_counts(api: httpx.Client, ids: list[str]) -> None:
    meta = api.get(PATIENTS, params={"count": 0}).json()["meta"]
    assert meta["itemsInTotal"] == len(ids)
    assert httpx.URL(meta["nextPage"]).params["fromItem"] == ids[0]


@pytest.mark.parametrize(
    "params",
    [
        {"count": "1", "fromItem": "a", "toItem": "b"},
        {"count": "501"},
        {"count": "-1"},
        {"count": "ten"},
        {"count": "1.5"},
        {"count": "٣"},
        {"count": "9" * 5000},
    ],
)
def test_what_is_not_documented_is_refused(api: httpx.Client, params: dict[str, Any]) -> None:
    answer = api.get(PATIENTS, params=params)
    assert answer.status_code == 400
    assert answer.json()["title"] == "BadRequestError"
