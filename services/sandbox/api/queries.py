"""Network queries over HTTP."""

from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from services.ids import new_id
from services.sandbox.answers import Refusal, answer, unknown, wire_time, wrong
from services.sandbox.api.call import API, Call, route
from services.sandbox.hosted import authorization
from services.sandbox.patients import Document
from services.sandbox.queries import sources
from services.sandbox.queries.body import PURPOSES, read_metadata, read_sources
from services.sandbox.queries.network import Started
from services.sandbox.upstream import Upstream
from services.sandbox.webhooks.bodies import source_messages


class QueriesApi:
    """The handlers; each raises `Refusal` for what it refuses."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes below the API's prefix."""
        return [
            route("POST", f"{API}/network/query", self.start),
            route("GET", f"{API}/network/query/{{request_id}}", self.status),
        ]

    def start(self, call: Call) -> Response:
        """Start the sources; the answer is 200 even if some could not be started (see `errors`)."""
        purpose, body = call.query("purposeOfUse") or "treatment", call.body()
        if purpose not in PURPOSES:
            raise wrong("purposeOfUse", f"must be one of {', '.join(PURPOSES)}")
        patient_id = call.required("patientId")
        asked, metadata = read_sources(body), read_metadata(body)
        patient = self._up.patients.get(patient_id)
        if patient is None:
            raise unknown("patient")
        if purpose == "treatment" and _is_unrelated(patient):
            raise Refusal(400, "Patient does not have a treatment relationship")
        # Last of all checks, because it uses up the AAL2 session: a refused start must not.
        if purpose == "ias":
            authorization.authorize(self._up, patient_id, body, call.header("x-aal2-session"))
        started = self._started(patient, asked)
        self._keep(started, {"purpose": purpose, "metadata": metadata})
        return answer(started.answer(started.started_at))

    def status(self, call: Call) -> Response:
        """The state of a query."""
        found = self._up.network_queries.answer(call.path("request_id"), self._up.clock())
        if found is None:
            raise unknown("network query")
        return answer(found)

    def _started(self, patient: Document, asked: list[sources.Asked]) -> Started:
        now, patient_id = self._up.clock(), patient["id"]
        trouble, speed = self._up.patients.trouble(patient_id), self._up.conditions.speed
        started = Started(new_id(now), patient_id, now, [], [])
        for source in asked:
            if reason := self._refusal(patient, trouble, source.type):
                started.errors.append(_source_error(source.type, *reason, now))
            else:
                started.runs.extend(sources.run(patient_id, trouble, source, now, speed))
        return started

    def _refusal(
        self, patient: Document, trouble: str | None, type_: str
    ) -> tuple[int, str] | None:
        """The HTTP status and the message of a source that cannot be started, or None."""
        if trouble == "pharmacy_not_enabled" and type_ == "pharmacy":
            return 400, "Access to pharmacy data source is not enabled for this account"
        if patient.get("hieOptOut") and type_ == "hie":
            return 400, "The patient has opted out of HIE exchange"
        if not self._up.limits.allows_source(type_):
            return 429, f"Too many {type_} queries, please try again later"
        return None

    def _keep(self, started: Started, echoed: dict[str, Any]) -> None:
        self._up.network_queries.add(started)
        messages = [
            message
            for run in started.runs
            for message in source_messages(run, started.patient_id, started.request_id, echoed)
        ]
        self._up.messages.schedule(messages, started.started_at)


def _is_unrelated(patient: Document) -> bool:
    """Whether the treatment relationship was revoked; nothing recorded does not mean that."""
    return patient.get("status", {}).get("treatmentRelationship") is False


def _source_error(type_: str, status: int, message: str, at: datetime) -> dict[str, Any]:
    return {
        "source": type_,
        "httpStatus": status,
        "message": message,
        "timestamp": wire_time(at),
    }
