"""Downloads by presigned URL over HTTP."""

import json

from starlette.responses import Response
from starlette.routing import Route

from services.sandbox.answers import Refusal, answer, unknown
from services.sandbox.api.call import Call, route
from services.sandbox.records.clinical import CONTENT_TYPES, Selection, as_html
from services.sandbox.records.consolidated import ConsolidatedQuery
from services.sandbox.records.pdf import pdf
from services.sandbox.upstream import Upstream


class FilesApi:
    """The handlers. They need no API key: the signature in the URL gives the permission."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes below `/files`."""
        return [
            route("GET", "/files/patient/{id}", self.patient),
            route("GET", "/files/consolidated/{id}", self.consolidated),
        ]

    def patient(self, call: Call) -> Response:
        """Everything that is known about a patient, as a FHIR Bundle."""
        patient_id = self._checked(call, "patient")
        return answer(self._up.records.bundle(patient_id, Selection()))

    def consolidated(self, call: Call) -> Response:
        """The result of a consolidated data query, in the format that was asked for."""
        query = self._up.consolidated_queries.get(self._checked(call, "consolidated"))
        if query is None:
            raise unknown("file")
        media_type = CONTENT_TYPES[query.conversion_type]
        return Response(self._content(query), media_type=media_type)

    def _content(self, query: ConsolidatedQuery) -> bytes:
        if query.conversion_type == "json":
            bundle = self._up.records.bundle(query.patient_id, query.selection)
            return json.dumps(bundle, ensure_ascii=False).encode()
        lines = self._up.records.summary(query.patient_id, query.selection)
        return pdf(lines) if query.conversion_type == "pdf" else as_html(lines)

    def _checked(self, call: Call, folder: str) -> str:
        """The id in the path; raises `Refusal` (403) unless the URL is signed for it and valid."""
        file_id = call.path("id")
        expires, signature = call.query("expires") or "", call.query("signature") or ""
        if not self._up.presigner.is_valid(
            f"{folder}/{file_id}", expires, signature, self._up.clock()
        ):
            raise Refusal(403, "This URL has expired, or was never valid")
        return file_id
