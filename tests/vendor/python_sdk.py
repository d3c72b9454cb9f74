"""Drives Metriport's own Python SDK against a sandbox; run by `test_python_sdk.py`.

python python_sdk.py <base address of the sandbox>
"""

import sys
from typing import Any

import pydantic

# The SDK brings some 900 models of FHIR, and building all their validators takes 20 seconds.
# Building each only when it is needed changes nothing else.
pydantic.BaseModel.model_config["defer_build"] = True

from metriport import Metriport  # noqa: E402
from metriport.commons import Address  # noqa: E402
from metriport.core.api_error import ApiError  # noqa: E402


def main(base_url: str) -> None:
    """Every call of the SDK that the sandbox's contract has."""
    sdk = Metriport(api_key="sandbox", base_url=base_url)
    facility = sdk.medical.facility.list().facilities[0]
    assert sdk.medical.facility.get(facility.id).name == facility.name
    listed = sdk.medical.patient.list(facility_id=facility.id).patients
    assert listed and all(facility.id in one.facility_ids for one in listed)

    person = {
        "first_name": "Ada",
        "last_name": "Verity",
        "dob": "1980-05-17",
        "gender_at_birth": "F",
        "address": [
            Address(
                address_line_1="1 Test St", city="Salem", state="OR", zip="97301", country="USA"
            )
        ],
    }
    created = sdk.medical.patient.create(facility_id=facility.id, **person)
    assert sdk.medical.patient.get(created.id).first_name == "Ada"
    assert sdk.medical.patient.match(**person).id == created.id
    updated = sdk.medical.patient.update(
        created.id, facility_id=facility.id, **(person | {"last_name": "Verity-Lane"})
    )
    assert updated.last_name == "Verity-Lane"
    _stale_update(sdk, created.id, facility.id, person)
    _records(sdk, listed[0].id)
    _wrong_key(base_url)


def _stale_update(
    sdk: Metriport, patient_id: str, facility_id: str, person: dict[str, Any]
) -> None:
    try:
        sdk.medical.patient.update(
            patient_id,
            facility_id=facility_id,
            request_options={"additional_headers": {"If-Match": "stale"}},
            **person,
        )
    except ApiError as error:
        assert error.status_code == 412, error
    else:
        raise AssertionError("a stale eTag was accepted")


def _records(sdk: Metriport, patient_id: str) -> None:
    started = sdk.medical.fhir.start_consolidated_query(patient_id, conversion_type="json")
    status = sdk.medical.fhir.get_consolidated_query_status(patient_id)
    assert started.request_id in {one.request_id for one in status.queries}
    one = sdk.medical.fhir.get_single_consolidated_query_status(patient_id, started.request_id)
    assert one.request_id == started.request_id
    count = sdk.medical.fhir.count_patient_data(patient_id)
    assert count.total == sum(dict(count.resources).values())


def _wrong_key(base_url: str) -> None:
    try:
        Metriport(api_key="wrong", base_url=base_url).medical.facility.list()
    except ApiError as error:
        assert (error.status_code, error.body) == (403, {"message": "Forbidden"})
    else:
        raise AssertionError("a wrong key was accepted")


if __name__ == "__main__":
    main(sys.argv[1])
