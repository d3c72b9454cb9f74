"""Consolidated data queries and resource counts over HTTP."""

import re
from datetime import timedelta

from starlette.responses import Response
from starlette.routing import Route

from services.ids import new_id
from services.sandbox.answers import answer, unknown, wrong
from services.sandbox.api.call import API, Call, route
from services.sandbox.queries.body import read_metadata
from services.sandbox.records.clinical import CONTENT_TYPES, Selection
from services.sandbox.records.consolidated import ConsolidatedQuery
from services.sandbox.upstream import Upstream
from services.sandbox.webhooks.bodies import CONSOLIDATED
from services.sandbox.webhooks.messages import Message

# How long a consolidated data query takes at speed 1.
_TAKES = timedelta(seconds=1.5)
_RESOURCE_TYPE = re.compile(r"[A-Z][A-Za-z]+")


class ConsolidatedApi:
    """The handlers; each raises `Refusal` for what it refuses."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes below the API's prefix."""
        base = f"{API}/patient/{{id}}/consolidated"
        return [
            route("POST", f"{base}/query", self.start),
            route("GET", f"{base}/query", self.all),
            route("GET", f"{base}/query/{{request_id}}", self.one),
            route("GET", f"{base}/count", self.count),
        ]

    def start(self, call: Call) -> Response:
        """Start a query, or answer the one in progress that has the same parameters."""
        self._up.limits.require_call("POST", f"{API}/patient/{{id}}/consolidated/query")
        patient_id, now = self._patient_id(call), self._up.clock()
        metadata = read_metadata(call.body())
        completes = now + _TAKES / self._up.conditions.speed
        asked = ConsolidatedQuery(new_id(now), patient_id, _parameters(call), now, completes)
        query = self._up.consolidated_queries.add(asked)
        # The one in progress has its webhook scheduled already.
        if query is asked:
            content = {"metadata": metadata, "filters": query.parameters}
            message = Message(CONSOLIDATED, completes, patient_id, query.request_id, content)
            self._up.messages.schedule([message], now)
        return answer(query.answer(now))

    def all(self, call: Call) -> Response:
        """All queries of a patient, newest first."""
        now, queries = self._up.clock(), self._up.consolidated_queries.of(self._patient_id(call))
        found = {"queries": [query.answer(now) for query in queries]}
        return answer(found if queries else found | {"message": "No query was started yet"})

    def one(self, call: Call) -> Response:
        """One query of a patient."""
        patient_id = self._patient_id(call)
        query = self._up.consolidated_queries.get(call.path("request_id"))
        if query is None or query.patient_id != patient_id:
            raise unknown("consolidated data query")
        return answer(query.answer(self._up.clock()))

    def count(self, call: Call) -> Response:
        """How many resources of each type there are."""
        patient_id = self._patient_id(call)
        resources = _resources(call)
        selection = Selection(resources, call.day("dateFrom"), call.day("dateTo"))
        counts = self._up.records.counts(patient_id, selection)
        filter_ = {"resources": ",".join(resources) if resources else "all"} | _dates(call)
        return answer({"total": sum(counts.values()), "resources": counts, "filter": filter_})

    def _patient_id(self, call: Call) -> str:
        found = self._up.patients.get(call.path("id"))
        if found is None:
            raise unknown("patient")
        return str(found["id"])


def _parameters(call: Call) -> dict[str, str]:
    """The parameters of a start, as they are answered; those that were not given are left out."""
    conversion = call.query("conversionType") or "json"
    if conversion not in CONTENT_TYPES:
        raise wrong("conversionType", f"must be one of {', '.join(CONTENT_TYPES)}")
    resources = _resources(call)
    given = {"resources": ",".join(resources)} if resources else {}
    return {"conversionType": conversion} | given | _dates(call)


def _resources(call: Call) -> list[str] | None:
    text = call.query("resources")
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if not _RESOURCE_TYPE.fullmatch(name):
            raise wrong("resources", "must be FHIR resource types separated by commas")
    return names


def _dates(call: Call) -> dict[str, str]:
    days = {name: call.day(name) for name in ("dateFrom", "dateTo")}
    return {name: day.isoformat() for name, day in days.items() if day}
