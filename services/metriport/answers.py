"""What an unsuccessful answer means: the API's envelope, the gateway's, or neither."""

import httpx

from services.errors import (
    Conflict,
    KeyRefused,
    RateLimited,
    Refused,
    UpstreamBroken,
    UpstreamError,
    UpstreamInvalid,
    UpstreamNotFound,
)
from services.metriport.json_reading import read_json
from services.metriport.schemas import ErrorEnvelope

_BY_STATUS: dict[int, tuple[type[UpstreamError], str]] = {
    401: (Refused, "Metriport refused this request."),
    403: (Refused, "Metriport refused this request."),
    404: (UpstreamNotFound, "Metriport knows no such thing."),
    409: (Conflict, "Metriport says that this was changed meanwhile."),
    412: (Conflict, "Metriport says that this was changed meanwhile."),
    429: (RateLimited, "Metriport's rate limit is reached."),
}
_GATEWAY_REFUSAL = {"message": "Forbidden"}
_INVALID = (UpstreamInvalid, "Metriport found the request wrong.")


def error_in(response: httpx.Response) -> UpstreamError | None:
    """The error that `response` stands for; None for a 2XX."""
    if response.is_success:
        return None
    envelope = _envelope(response)
    kind, what = _meaning(response, envelope)
    return kind(
        what,
        status=response.status_code,
        title=envelope.title if envelope else None,
        detail=envelope.detail if envelope else None,
        request_id=response.headers.get("x-metriport-request-id"),
    )


def _meaning(
    response: httpx.Response, envelope: ErrorEnvelope | None
) -> tuple[type[UpstreamError], str]:
    status = response.status_code
    # The gateway does not speak the API's envelope; a refusal that does is about the request.
    if status in (401, 403) and envelope is None and _is_gateway(response):
        return KeyRefused, "Metriport refused the API key."
    if status == 429:
        return _BY_STATUS[429]
    if status >= 500:
        return UpstreamBroken, f"Metriport failed with status {status}."
    if envelope is None:
        # A 404 that is not the API's own means a wrong address or a proxy, not a missing patient.
        return UpstreamBroken, f"Something other than Metriport's API answered, status {status}."
    return _BY_STATUS.get(status, _INVALID)


def _envelope(response: httpx.Response) -> ErrorEnvelope | None:
    try:
        envelope = ErrorEnvelope.model_validate(read_json(response.content))
    except ValueError:
        return None
    return envelope if envelope.title or envelope.name or envelope.detail else None


def _is_gateway(response: httpx.Response) -> bool:
    """Whether this is how the gateway answers a bad key, before the API.

    Its 403 is known to the letter: a firewall in between may answer 403 with a JSON of its own,
    which says nothing about the key. A 401 with any JSON can only be about the key.
    """
    try:
        body = read_json(response.content)
    except ValueError:
        return False
    return bool(response.status_code == 401 or body == _GATEWAY_REFUSAL)
