from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.ids import is_uuid
from services.metriport.schemas import Facilities, Patient
from tests.clock import FakeClock

PATIENTS = "/medical/v1/patient"
FACILITIES = "/medical/v1/facility"
ADDRESS = {"addressLine1": "1 Main St", "city": "Salem", "state": "OR", "zip": "97301"}
ADA = {
    "firstName": "Ada",
    "lastName": "Quist",
    "dob": "1990-02-28",
    "genderAtBirth": "F",
    "address": [ADDRESS],
    "contact": [{"phone": "5415550100"}],
    "externalId": "MRN-ADA",
}
Somebody = Callable[..., dict[str, Any]]


@pytest.fixture
def at(api: httpx.Client) -> dict[str, str]:
    """The query parameter that names the first facility."""
    return {"facilityId": api.get(FACILITIES).json()["facilities"][0]["id"]}


@pytest.fixture
def ada(api: httpx.Client, at: dict[str, str]) -> dict[str, Any]:
    """A patient made just now."""
    answer = api.post(PATIENTS, params=at, json=ADA)
    assert answer.status_code == 201
    return answer.json()


def found(api: httpx.Client, filters: str) -> set[str]:
    page = api.get(PATIENTS, params={"filters": filters, "count": 500}).json()
    return {patient["id"] for patient in page["patients"]}


def test_facilities_are_listed_and_found_by_id(api: httpx.Client) -> None:
    listed = api.get(FACILITIES).json()
    assert len(Facilities.model_validate(listed).facilities) == 6
    first = listed["facilities"][0]
    assert api.get(f"{FACILITIES}/{first['id']}").json() == first
    assert api.get(f"{FACILITIES}/nowhere").status_code == 404


def test_a_patient_is_read_in_wire_form_with_an_e_tag(
    api: httpx.Client, somebody: Somebody
) -> None:
    patient = somebody()
    answer = api.get(f"{PATIENTS}/{patient['id']}").json()
    assert answer.pop("eTag") == "0"
    assert answer == patient


def test_an_unknown_patient_is_a_404(api: httpx.Client) -> None:
    assert api.get(f"{PATIENTS}/nobody").json() == {
        "status": 404,
        "name": "NOT_FOUND",
        "title": "NotFoundError",
        "detail": "Could not find patient",
    }


def test_every_documented_field_is_searched(api: httpx.Client, somebody: Somebody) -> None:
    patient = somebody("slow")
    facility_id = patient["facilityIds"][0]
    name = api.get(f"{FACILITIES}/{facility_id}").json()["name"]
    born = patient["dob"]
    for words in (
        patient["firstName"],
        patient["lastName"].lower(),
        f"{patient['lastName']} {patient['firstName']}",
        f'"{patient["firstName"]} {patient["lastName"]}"',
        born,
        f"{patient['lastName']} {born[:7]}",
        f"{patient['lastName']} {born[:4]}",
        patient["id"],
        patient["externalId"],
        f"{patient['lastName']} {facility_id}",
        f'{patient["lastName"]} "{name}"',
        next(iter(patient["additionalIds"].values()))[0],
    ):
        assert patient["id"] in found(api, words), words
    assert patient["id"] not in found(api, f"{patient['lastName']} -{patient['firstName']}")


def test_filters_may_have_ten_thousand_characters_and_no_more(api: httpx.Client) -> None:
    assert api.get(PATIENTS, params={"filters": "x " * 5000}).status_code == 200
    assert api.get(PATIENTS, params={"filters": "x" * 10_001}).status_code == 400


def test_a_facility_narrows_the_list(api: httpx.Client, at: dict[str, str]) -> None:
    page = api.get(PATIENTS, params=at | {"count": 500}).json()
    assert 0 < page["meta"]["itemsInTotal"] == len(page["patients"]) < 402
    assert all(at["facilityId"] in patient["facilityIds"] for patient in page["patients"])
    nowhere = api.get(PATIENTS, params={"facilityId": "nowhere"}).json()
    assert nowhere["patients"] == []


def test_a_created_patient_is_found_everywhere(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    assert is_uuid(ada["id"])
    assert ada["dateCreated"] == "2026-09-14T15:30:00.000Z"
    assert Patient.model_validate(ada).facility_ids == [at["facilityId"]]
    assert api.get(f"{PATIENTS}/{ada['id']}").json() == ada
    assert found(api, "quist ada") == {ada["id"]}
    by_id = api.get(f"{PATIENTS}/external-id", params={"externalId": "MRN-ADA"})
    assert by_id.json() == ada


def test_an_unknown_or_missing_external_id_is_refused(api: httpx.Client) -> None:
    path = f"{PATIENTS}/external-id"
    assert api.get(path, params={"externalId": "nobody's"}).status_code == 404
    assert api.get(path).json()["detail"] == "externalId: is required"


@pytest.mark.parametrize(
    ("params", "body", "detail"),
    [
        ({}, ADA, "facilityId: is required"),
        ({"facilityId": "nowhere"}, ADA, "facilityId: no such facility"),
        (None, ADA | {"dob": "2026-09-15"}, "dob: must not be in the future, nor before 1900"),
        (None, ADA | {"address": [ADDRESS | {"zip": "1"}]}, "address[0].zip: must be five digits"),
        (None, {}, "firstName: is required"),
        (None, [ADA], "body: must be a JSON object"),
        (None, None, "body: must be a JSON object"),
    ],
)
def test_a_create_that_is_wrong_says_what(
    api: httpx.Client, at: dict[str, str], params: Any, body: Any, detail: str
) -> None:
    sent = {"content": b"null"} if body is None else {"json": body}
    answer = api.post(PATIENTS, params=at if params is None else params, **sent)
    assert answer.status_code == 400
    assert answer.json()["detail"] == detail


def test_an_update_replaces_demographics_and_keeps_the_rest(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    path = f"{PATIENTS}/{ada['id']}"
    api.put(f"{path}/hie-opt-out", params={"hieOptOut": "true"})
    body = {name: ADA[name] for name in ("firstName", "dob", "genderAtBirth", "address")}
    changed = api.put(path, params=at, json=body | {"lastName": "Norgren"}).json()
    assert changed["lastName"] == "Norgren"
    assert "contact" not in changed
    assert changed["externalId"] == "MRN-ADA"
    assert changed["dateCreated"] == ada["dateCreated"]
    assert changed["hieOptOut"] is True
    assert found(api, "norgren") == {ada["id"]}
    assert found(api, "quist ada") == set()


def test_an_update_at_another_facility_adds_it(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    other = api.get(FACILITIES).json()["facilities"][1]["id"]
    changed = api.put(f"{PATIENTS}/{ada['id']}", params={"facilityId": other}, json=ADA).json()
    assert changed["facilityIds"] == [at["facilityId"], other]
    assert api.get(PATIENTS, params={"facilityId": other, "filters": "quist"}).json()["patients"]


@pytest.mark.parametrize("way", ["header", "quoted header", "body"])
def test_a_stale_e_tag_is_a_412(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str], way: str
) -> None:
    def update(e_tag: str) -> httpx.Response:
        header = {"header": e_tag, "quoted header": f'W/"{e_tag}"'}.get(way)
        headers = {"if-match": header} if header else {}
        body = ADA | ({"eTag": e_tag} if way == "body" else {})
        return api.put(f"{PATIENTS}/{ada['id']}", params=at, json=body, headers=headers)

    fresh = update(ada["eTag"])
    assert fresh.status_code == 200
    assert fresh.json()["eTag"] != ada["eTag"]
    stale = update(ada["eTag"])
    assert stale.status_code == 412
    assert stale.json()["name"] == "PRECONDITION_FAILED"
    assert update(fresh.json()["eTag"]).status_code == 200


def test_the_header_takes_precedence_over_the_body(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    path, body = f"{PATIENTS}/{ada['id']}", ADA | {"eTag": "stale"}
    assert api.put(path, params=at, json=body, headers={"if-match": "0"}).status_code == 200
    assert api.put(path, params=at, json=ADA).status_code == 200


def test_an_update_of_nobody_is_a_404(api: httpx.Client, at: dict[str, str]) -> None:
    assert api.put(f"{PATIENTS}/nobody", params=at, json=ADA).status_code == 404


def test_demographics_find_their_patient(api: httpx.Client, ada: dict[str, Any]) -> None:
    def match(**changes: Any) -> httpx.Response:
        return api.post(f"{PATIENTS}/match", json=ADA | changes)

    moved = [ADDRESS | {"zip": "97302", "addressLine1": "2 Oak St"}]
    for same in ({}, {"firstName": "ADA"}, {"lastName": "Quist, Norgren"}, {"address": moved}):
        assert match(**same).json()["id"] == ada["id"]
    for other in ({"dob": "1990-02-27"}, {"genderAtBirth": "M"}, {"firstName": "Adam"}):
        assert match(**other).status_code == 404
    assert match(dob="tomorrow").status_code == 400


def test_of_two_who_match_the_one_at_the_same_zip_is_meant(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    away = ADA | {"address": [ADDRESS | {"zip": "10001", "state": "NY"}]}
    other = api.post(PATIENTS, params=at, json=away).json()
    assert api.post(f"{PATIENTS}/match", json=away).json()["id"] == other["id"]
    assert api.post(f"{PATIENTS}/match", json=ADA).json()["id"] == ada["id"]


@pytest.mark.parametrize(
    ("path", "flag", "read"),
    [
        ("hie-opt-out", "hieOptOut", "hie_opt_out"),
        ("treatment-relationship", "treatmentRelationship", "treatment_relationship"),
    ],
)
def test_flags_are_set_and_read_back(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str], path: str, flag: str, read: str
) -> None:
    for value in (True, False):
        params = {flag: str(value).lower()}
        answer = api.put(f"{PATIENTS}/{ada['id']}/{path}", params=params).json()
        assert answer["id"] == ada["id"]
        assert answer[flag] is value
        assert answer["message"]
        # An update of the demographics changes neither.
        api.put(f"{PATIENTS}/{ada['id']}", params=at, json=ADA)
        found = api.get(f"{PATIENTS}/{ada['id']}").json()
        assert found["status"][flag] is value
        assert getattr(Patient.model_validate(found), read) is value
    wrong = api.put(f"{PATIENTS}/{ada['id']}/{path}", params={flag: "maybe"})
    assert wrong.json()["detail"] == f"{flag}: must be true or false"
    assert api.put(f"{PATIENTS}/nobody/{path}", params={flag: "true"}).status_code == 404


def test_creates_and_updates_share_fifteen_a_minute(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str], clock: FakeClock
) -> None:
    path = f"{PATIENTS}/{ada['id']}"
    answers = [api.put(path, params=at, json=ADA).status_code for _ in range(15)]
    assert answers == [200] * 14 + [429]
    refused = api.post(PATIENTS, params=at, json=ADA)
    assert refused.status_code == 429
    assert refused.json()["title"] == "TooManyRequestsError"
    clock.forward(minutes=1)
    assert api.post(PATIENTS, params=at, json=ADA).status_code == 201


def test_who_has_an_example_first_name_is_filled_with_data(
    api: httpx.Client, ada: dict[str, Any], at: dict[str, str]
) -> None:
    def total(patient: dict[str, Any]) -> int:
        return api.get(f"{PATIENTS}/{patient['id']}/consolidated/count").json()["total"]

    kyla = api.post(PATIENTS, params=at, json=ADA | {"firstName": "Kyla"}).json()
    assert total(kyla) > 0
    assert total(ada) == 0
