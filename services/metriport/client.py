"""Every call of the Metriport Medical API that the dashboard makes, typed.

Each raises an `UpstreamError`; which ones mean what stands in `services.errors`. Reads are retried,
calls that start or change something never are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx

from services.clock import CLOCK_TOLERANCE
from services.errors import UpstreamBroken
from services.metriport import schemas as s
from services.metriport.files.addresses import origin_of
from services.metriport.transport import AAL2_HEADER, LIMITS, Request, Transport

_API = "/medical/v1"
_PATIENT = f"{_API}/patient/{{id}}"
_CONSOLIDATED = f"{_PATIENT}/consolidated"

PAGE_SIZE = 25


class MetriportClient:
    """The upstream. One instance per process; safe to share between threads."""

    def __init__(self, transport: Transport, base_url: str) -> None:
        self._transport = transport
        self._origin = origin_of(base_url)

    @property
    def clock_off(self) -> timedelta | None:
        """Upstream's clock less ours, as of its newest answer; None before it has told a time."""
        return self._transport.clock_off

    def in_our_time(self, theirs: datetime) -> datetime:
        """A moment of upstream's as our clock will show it; differences of seconds are left."""
        off = self.clock_off or timedelta()
        return theirs if abs(off) < CLOCK_TOLERANCE else theirs - off

    # Patients and facilities

    def list_patients(
        self, filters: str = "", facility_id: str | None = None, count: int = PAGE_SIZE
    ) -> s.PatientPage:
        """The first page of the patients that match `filters` (upstream's filter language)."""
        params = _given(filters=filters or None, facilityId=facility_id, count=count)
        request = Request("GET", f"{_API}/patient", params=params)
        return self._transport.send(request, s.PatientPage)

    def patient_page(self, url: str) -> s.PatientPage:
        """The page at a `nextPage` or `prevPage`; the key goes to the configured origin only."""
        if origin_of(url) != self._origin:
            raise UpstreamBroken("Metriport's next page points at another server; not followed.")
        return self._transport.send(Request("GET", f"{_API}/patient", url=url), s.PatientPage)

    def iter_patients(self, filters: str = "") -> Iterator[s.Patient]:
        """All patients that match, page by page as they are asked for."""
        page = self.list_patients(filters, count=500)
        yield from page.patients
        while page.meta.next_page:
            page = self.patient_page(page.meta.next_page)
            yield from page.patients

    def get_patient(self, patient_id: str) -> s.Patient:
        """One patient."""
        request = Request("GET", _PATIENT, {"id": patient_id}, patient_id=patient_id)
        return self._transport.send(request, s.Patient)

    def get_patient_by_external_id(self, external_id: str) -> s.Patient:
        """The patient with the company's own id."""
        params = {"externalId": external_id}
        request = Request("GET", f"{_API}/patient/external-id", params=params)
        return self._transport.send(request, s.Patient)

    def match_patient(self, person: s.Demographics) -> s.Patient:
        """The patient that these demographics mean; a read, though sent as a POST."""
        request = Request("POST", f"{_API}/patient/match", json=_body(person))
        return self._transport.send(request, s.Patient)

    def create_patient(self, person: s.NewPatient, facility_id: str) -> s.Patient:
        """Create a patient at a facility."""
        params = {"facilityId": facility_id}
        request = Request(
            "POST", f"{_API}/patient", params=params, json=_body(person), repeatable=False
        )
        return self._transport.send(request, s.Patient)

    def update_patient(
        self, patient_id: str, person: s.NewPatient, facility_id: str, e_tag: str | None
    ) -> s.Patient:
        """Replace a patient's data; `Conflict` where `e_tag` is stale."""
        request = Request(
            "PUT",
            _PATIENT,
            {"id": patient_id},
            params={"facilityId": facility_id},
            json=_body(person),
            headers={"If-Match": e_tag} if e_tag else None,
            repeatable=False,
            patient_id=patient_id,
        )
        return self._transport.send(request, s.Patient)

    def set_hie_opt_out(self, patient_id: str, opt_out: bool) -> s.OptOut:
        """Take a patient out of HIE exchange, or back in."""
        return self._put_flag("hie-opt-out", "hieOptOut", patient_id, opt_out, s.OptOut)

    def set_treatment_relationship(self, patient_id: str, exists: bool) -> None:
        """Record whether a treatment relationship exists."""
        flag = "treatmentRelationship"
        self._put_flag("treatment-relationship", flag, patient_id, exists, s.Nothing)

    def list_facilities(self) -> list[s.Facility]:
        """The account's facilities."""
        return self._transport.send(Request("GET", f"{_API}/facility"), s.Facilities).facilities

    # Network queries

    def start_network_query(
        self,
        patient_id: str,
        body: s.StartNetworkQuery,
        *,
        query_id: str,
        purpose: str = "treatment",
        aal2_session_id: str | None = None,
    ) -> s.NetworkQuery:
        """Start a network query; `query_id` is the log's row that it serves."""
        request = Request(
            "POST",
            f"{_API}/network/query",
            params={"patientId": patient_id, "purposeOfUse": purpose},
            json=_body(body),
            headers={AAL2_HEADER: aal2_session_id} if aal2_session_id else None,
            repeatable=False,
            query_id=query_id,
            patient_id=patient_id,
        )
        return self._transport.send(request, s.NetworkQuery)

    def get_network_query(
        self, request_id: str, *, query_id: str | None = None, patient_id: str | None = None
    ) -> s.NetworkQuery:
        """The state of a network query."""
        path = f"{_API}/network/query/{{request}}"
        values = {"request": request_id}
        request = Request("GET", path, values, query_id=query_id, patient_id=patient_id)
        return self._transport.send(request, s.NetworkQuery)

    # Individual access

    def create_identity_session(
        self, patient_id: str, redirect_url: str, metadata: dict[str, str]
    ) -> s.IdentitySession:
        """A hosted session in which a person proves who they are (IAL2)."""
        body = {"patientId": patient_id, "redirectUrl": redirect_url, "metadata": metadata}
        path = f"{_API}/identity/session"
        request = Request("POST", path, json=body, repeatable=False, patient_id=patient_id)
        return self._transport.send(request, s.IdentitySession)

    def create_aal2_challenge(
        self, proofed_identity_id: str, redirect_url: str, *, patient_id: str
    ) -> s.Aal2Challenge:
        """A hosted multifactor challenge (AAL2) for a proofed identity."""
        body = {"proofedIdentityId": proofed_identity_id, "redirectUrl": redirect_url}
        path = f"{_API}/identity/aal2/challenge"
        request = Request("POST", path, json=body, repeatable=False, patient_id=patient_id)
        return self._transport.send(request, s.Aal2Challenge)

    # Consolidated data

    def start_consolidated_query(
        self, patient_id: str, conversion_type: str, metadata: dict[str, str]
    ) -> s.ConsolidatedQuery:
        """Start a consolidated data query; `conversion_type` is json, pdf or html."""
        request = Request(
            "POST",
            f"{_CONSOLIDATED}/query",
            {"id": patient_id},
            params={"conversionType": conversion_type},
            json={"metadata": metadata},
            repeatable=False,
            patient_id=patient_id,
        )
        return self._transport.send(request, s.ConsolidatedQuery)

    def get_consolidated_query(self, patient_id: str, request_id: str) -> s.ConsolidatedQuery:
        """The state of one consolidated data query."""
        path = f"{_CONSOLIDATED}/query/{{request}}"
        values = {"id": patient_id, "request": request_id}
        request = Request("GET", path, values, patient_id=patient_id)
        return self._transport.send(request, s.ConsolidatedQuery)

    def count_resources(self, patient_id: str) -> s.ResourceCount:
        """How many FHIR resources of each type are there."""
        path = f"{_CONSOLIDATED}/count"
        request = Request("GET", path, {"id": patient_id}, patient_id=patient_id)
        return self._transport.send(request, s.ResourceCount)

    # Settings

    def get_settings(self) -> s.AccountSettings:
        """The account's settings."""
        return self._transport.send(Request("GET", "/settings"), s.AccountSettings)

    def get_delivery_status(self) -> s.DeliveryStatus:
        """How webhook deliveries fare."""
        return self._transport.send(Request("GET", "/settings/webhook"), s.DeliveryStatus)

    def retry_deliveries(self) -> None:
        """Have upstream deliver again what failed."""
        request = Request("POST", "/settings/webhook/retry", repeatable=False)
        self._transport.send(request, s.Nothing)

    def _put_flag(
        self, path: str, flag: str, patient_id: str, value: bool, model: type[s.WireModel]
    ) -> s.WireModel:
        request = Request(
            "PUT",
            f"{_PATIENT}/{path}",
            {"id": patient_id},
            params={flag: str(value).lower()},
            repeatable=False,
            patient_id=patient_id,
        )
        return self._transport.send(request, model)


def http_client(base_url: str, api_key: str) -> httpx.Client:
    """The connection pool to the upstream, with its key and limits; each call sets its times."""
    headers = {"x-api-key": api_key, "accept": "application/json"}
    return httpx.Client(base_url=base_url, headers=headers, limits=LIMITS)


def _given(**params: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}


def _body(model: s.Wire) -> dict[str, object]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
