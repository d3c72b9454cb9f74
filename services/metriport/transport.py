"""One request to the upstream: sent, recorded, understood, and repeated only if it is a read."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from services.clock import Clock
from services.errors import (
    NoAnswer,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
    UpstreamBroken,
    UpstreamError,
)
from services.metriport.answers import error_in
from services.metriport.schemas import Nothing, WireModel

HttpPool = httpx.Client
"""The connections to the upstream; modules elsewhere name no part of httpx."""

TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)
AAL2_HEADER = "x-aal2-session"
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10)


@dataclass(frozen=True)
class Request:
    """What to ask. `path` is a template; its values stay out of the log.

    `repeatable` marks a read, also one that is sent as a POST. `url` overrides the path's address
    with an absolute one. `query_id` and `patient_id` say whom the call serves.
    """

    method: str
    path: str
    values: Mapping[str, str] | None = None
    params: Mapping[str, str | int] | None = None
    json: Any = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    repeatable: bool = True
    url: str | None = None
    query_id: str | None = None
    patient_id: str | None = None

    def address(self) -> str:
        """The URL or path to ask, every value escaped."""
        escaped = {name: quote(value, safe="") for name, value in (self.values or {}).items()}
        return self.url or self.path.format(**escaped)


@dataclass(frozen=True)
class CallRecord:
    """What became of one attempt: no body, no header, no value of the path."""

    request: Request
    at: datetime
    duration_ms: int
    status: int | None
    upstream_request_id: str | None
    error: UpstreamError | None


class Transport:
    """Sends requests over one `httpx.Client`; every attempt is handed to `record`."""

    def __init__(
        self,
        http: httpx.Client,
        record: Callable[[CallRecord], None],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._record = record
        self._clock = clock
        self.clock_off: timedelta | None = None
        """Upstream's clock less ours, as of the newest answer; exact to a second or two."""

        self._reading = Retrying(
            retry=retry_if_exception_type((OutcomeUnknown, RateLimited, Unreachable)),
            wait=wait_exponential_jitter(multiplier=0.2, max=2.0, jitter=0.3),
            stop=stop_after_attempt(3),
            sleep=sleep,
            reraise=True,
        )

    def send(self, request: Request, model: type[WireModel]) -> WireModel:
        """The answer as `model`; raises an `UpstreamError`. Reads are tried up to three times."""
        if request.repeatable:
            answer: WireModel = self._reading.copy()(self._once, request, model)
            return answer
        return self._once(request, model)

    def _once(self, request: Request, model: type[WireModel]) -> WireModel:
        started, at = time.monotonic(), self._clock()
        response: httpx.Response | None = None
        error: UpstreamError | None = None
        try:
            response = self._exchange(request)
            self._note_clock(response)
            return _understood(response, model)
        except UpstreamError as caught:
            error = _without_credential(caught, request)
            raise
        finally:
            took = round((time.monotonic() - started) * 1000)
            self._record(_call(request, at, took, response, error))

    def _note_clock(self, response: httpx.Response) -> None:
        with suppress(ValueError):
            told = parsedate_to_datetime(response.headers.get("date", ""))
            self.clock_off = told - self._clock() if told.tzinfo else self.clock_off

    def _exchange(self, request: Request) -> httpx.Response:
        try:
            return self._http.request(
                request.method,
                request.address(),
                params=request.params,
                json=request.json,
                headers=request.headers,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(f"Metriport could not be reached ({type(error).__name__}).") from None
        except httpx.DecodingError:
            raise UpstreamBroken("Metriport's answer could not be decoded.") from None
        except httpx.TimeoutException:
            raise NoAnswer("Metriport did not answer in time.") from None
        except httpx.TransportError as error:
            raise NoAnswer(f"Metriport's answer broke off ({type(error).__name__}).") from None


def _understood(response: httpx.Response, model: type[WireModel]) -> WireModel:
    error = error_in(response)
    if error is not None:
        raise error
    if model is Nothing:
        return model()
    try:
        # Some successful answers are documented as empty.
        return model.model_validate_json(response.content or b"{}")
    except ValidationError:
        raise UpstreamBroken(
            "Metriport answered something that cannot be read.",
            status=response.status_code,
            request_id=response.headers.get("x-metriport-request-id"),
        ) from None


def _without_credential(error: UpstreamError, request: Request) -> UpstreamError:
    """An error that repeats the AAL2 session's id is kept and shown without it."""
    credential = (request.headers or {}).get(AAL2_HEADER)
    if credential and error.detail:
        error.detail = error.detail.replace(credential, "…")
    return error


def _call(
    request: Request,
    at: datetime,
    took: int,
    response: httpx.Response | None,
    error: UpstreamError | None,
) -> CallRecord:
    if response is None:
        return CallRecord(request, at, took, None, None, error)
    request_id = response.headers.get("x-metriport-request-id")
    return CallRecord(request, at, took, response.status_code, request_id, error)
