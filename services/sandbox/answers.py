"""Answers of the API: JSON with UTC times in milliseconds, and one envelope for every refusal."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

_TITLES = {
    400: "BadRequestError",
    403: "ForbiddenError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    412: "PreconditionFailedError",
    413: "PayloadTooLargeError",
    429: "TooManyRequestsError",
    500: "InternalServerError",
}


class Refusal(Exception):
    """A refusal by the API; `status` is the HTTP status, `detail` a sentence for a person."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def wrong(field: str, reason: str) -> Refusal:
    """A 400 for a field that is not as documented."""
    return Refusal(400, f"{field}: {reason}")


def unknown(what: str) -> Refusal:
    """A 404 for something that does not exist."""
    return Refusal(404, f"Could not find {what}")


def envelope(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The API's error body, `{status, name, title, detail}`."""
    body = {
        "status": status,
        "name": HTTPStatus(status).name,
        "title": _TITLES.get(status, "MetriportError"),
        "detail": detail,
    }
    return JSONResponse(body, status, headers)


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return JSONResponse(body, status)


def wire_time(at: datetime) -> str:
    """`at` (aware) as the API writes times: ISO 8601, UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
