"""Patients and facilities over HTTP."""

from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from services.ids import new_id
from services.sandbox.answers import Refusal, answer, unknown, wire_time, wrong
from services.sandbox.api import validation
from services.sandbox.api.call import API, Call, route
from services.sandbox.filters import Filters
from services.sandbox.pagination import Window, meta
from services.sandbox.patients import Document
from services.sandbox.upstream import Upstream

LONGEST_FILTERS = 10_000
# As in the vendor's sandbox: of new patients only those with one of these first names get
# clinical data.
EXAMPLE_FIRST_NAMES = {"jane", "chris", "ollie", "kyla", "andreas"}


class PatientsApi:
    """The handlers; each raises `Refusal` for what it refuses."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes below the API's prefix."""
        # The first route that fits is taken, so fixed paths come before `{id}`.
        return [
            route("GET", f"{API}/facility", self.facilities),
            route("GET", f"{API}/facility/{{id}}", self.facility),
            route("GET", f"{API}/patient", self.page),
            route("POST", f"{API}/patient", self.create),
            route("POST", f"{API}/patient/match", self.match),
            route("GET", f"{API}/patient/external-id", self.by_external_id),
            route("GET", f"{API}/patient/{{id}}", self.get),
            route("PUT", f"{API}/patient/{{id}}", self.update),
            route("PUT", f"{API}/patient/{{id}}/hie-opt-out", self.opt_out),
            route(
                "PUT", f"{API}/patient/{{id}}/treatment-relationship", self.treatment_relationship
            ),
        ]

    def facilities(self, call: Call) -> Response:
        """All facilities."""
        return answer({"facilities": self._up.patients.facilities()})

    def facility(self, call: Call) -> Response:
        """One facility."""
        found = self._up.patients.facility(call.path("id"))
        if found is None:
            raise unknown("facility")
        return answer(found)

    def page(self, call: Call) -> Response:
        """A page of the patients that match the filters."""
        window, text, facility_id = Window.of(call), call.query("filters"), call.query("facilityId")
        if text and len(text) > LONGEST_FILTERS:
            raise wrong("filters", f"must not be longer than {LONGEST_FILTERS} characters")
        filters = Filters.parse(text or "")
        cut = self._up.patients.page(filters, facility_id, window)
        found = [self._up.patients.get(patient_id) for patient_id in cut.ids]
        total = partial(self._up.patients.count, filters, facility_id)
        return answer({"meta": meta(call.request.url, cut, window.count, total), "patients": found})

    def get(self, call: Call) -> Response:
        """One patient."""
        return answer(self._known(call))

    def by_external_id(self, call: Call) -> Response:
        """The patient with an external id."""
        found = self._up.patients.by_external_id(call.required("externalId"))
        if found is None:
            raise unknown("patient")
        return answer(found)

    def match(self, call: Call) -> Response:
        """The patient with these demographics; of several the one with the same ZIP code."""
        wanted = validation.demographics(call.body(), self._up.clock().date())
        born = self._up.patients.born_on(wanted["dob"])
        same = [patient for patient in born if _is_same(patient, wanted)]
        if not same:
            raise unknown("patient")
        return answer(max(same, key=lambda patient: bool(_zips(patient) & _zips(wanted))))

    def create(self, call: Call) -> Response:
        """Create a patient at a facility."""
        self._up.limits.require_call("POST", f"{API}/patient")
        facility_id = self._facility_id(call)
        now = self._up.clock()
        patient = validation.patient(call.body(), now.date()) | {
            "id": new_id(now),
            "facilityIds": [facility_id],
            "dateCreated": wire_time(now),
        }
        self._up.patients.add(patient, None if _is_example(patient) else "no_records")
        return answer(self._up.patients.get(patient["id"]), 201)

    def update(self, call: Call) -> Response:
        """Replace a patient's demographics."""
        self._up.limits.require_call("PUT", f"{API}/patient/{{id}}")
        known, facility_id, body = self._known(call), self._facility_id(call), call.body()
        fields = validation.patient(body, self._up.clock().date())
        edit = partial(_edited, fields=fields, facility_id=facility_id)
        if not self._up.patients.change(known["id"], edit, _e_tag(call, body)):
            raise Refusal(412, "The patient was changed meanwhile; read it again")
        return answer(self._up.patients.get(known["id"]))

    def opt_out(self, call: Call) -> Response:
        """Opt a patient out of HIE exchange, or back in."""
        return self._set_flag(call, "hieOptOut", "HIE opt-out")

    def treatment_relationship(self, call: Call) -> Response:
        """Record whether a treatment relationship exists."""
        return self._set_flag(call, "treatmentRelationship", "Treatment relationship")

    def _set_flag(self, call: Call, name: str, title: str) -> Response:
        known, value = self._known(call), call.flag(name)
        self._up.patients.change(known["id"], partial(_flagged, name=name, value=value))
        message = f"{title} of this patient is now {str(value).lower()}"
        return answer({"id": known["id"], name: value, "message": message})

    def _known(self, call: Call) -> Document:
        found = self._up.patients.get(call.path("id"))
        if found is None:
            raise unknown("patient")
        return found

    def _facility_id(self, call: Call) -> str:
        facility_id = call.required("facilityId")
        if self._up.patients.facility(facility_id) is None:
            raise wrong("facilityId", "no such facility")
        return facility_id


# An update replaces the demographics; these fields stay.
_KEPT = (
    "id",
    "externalId",
    "additionalIds",
    "facilityIds",
    "dateCreated",
    "hieOptOut",
    "status",
)


def _edited(patient: Document, fields: Document, facility_id: str) -> Document:
    kept = {name: patient[name] for name in _KEPT if name in patient}
    at = list(dict.fromkeys([*patient["facilityIds"], facility_id]))
    return kept | fields | {"facilityIds": at}


def _flagged(patient: Document, name: str, value: bool) -> Document:
    """A flag comes back within `status`; the opt-out also beside the other fields."""
    status = {**patient.get("status", {}), name: value}
    beside = {name: value} if name == "hieOptOut" else {}
    return patient | beside | {"status": status}


def _e_tag(call: Call, body: dict[str, Any]) -> str | None:
    """The eTag that the caller last read; the header takes precedence over the body."""
    # HTTP quotes an eTag and may mark it as weak (RFC 9110, 8.8.3); in a body it has no quotes.
    header = call.header("if-match")
    given = header.removeprefix("W/").strip('"') if header else body.get("eTag")
    return None if given is None else str(given)


def _is_example(patient: Document) -> bool:
    return bool(_words(patient["firstName"]) & EXAMPLE_FIRST_NAMES)


def _is_same(patient: Document, wanted: Document) -> bool:
    """Same gender at birth, and at least one first and one last name in common."""
    return patient["genderAtBirth"] == wanted["genderAtBirth"] and all(
        _words(patient[name]) & _words(wanted[name]) for name in ("firstName", "lastName")
    )


def _words(names: str) -> set[str]:
    """The single names in a string of several, which commas or spaces separate."""
    return set(names.casefold().replace(",", " ").split())


def _zips(patient: Document) -> set[str]:
    return {address["zip"] for address in patient["address"]}
