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
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

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
from services.metriport.json_reading import read_json
from services.metriport.schemas import Nothing, WireModel
from services.metriport.timing import (
    ATTEMPT_SECONDS,
    CONNECT_SECONDS,
    READ_SECONDS,
    START_SECONDS,
)

HttpPool = httpx.Client
"""The connections to the upstream; modules elsewhere name no part of httpx."""

_ATTEMPTS = 3
_LONGEST_WAIT = 2.3
_LARGEST_ANSWER = 50 * 1024 * 1024
_OF_THE_ENCODING = ("content-encoding", "content-length", "transfer-encoding")
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
    """Sends requests over one `httpx.Client`; every attempt is handed to `record`.

    `timer` answers seconds that only ever grow; it is what time limits are measured by.
    """

    def __init__(
        self,
        http: httpx.Client,
        record: Callable[[CallRecord], None],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._record = record
        self._clock = clock
        self._sleep = sleep
        self._timer = timer
        self.clock_off: timedelta | None = None
        """Upstream's clock less ours, as of the newest answer; exact to a second or two."""

    def send(self, request: Request, model: type[WireModel]) -> WireModel:
        """The answer as `model`; raises an `UpstreamError`.

        A read is tried up to three times within its time limit. Anything else is sent once: it may
        have been carried out although no answer came.
        """
        deadline = self._timer() + (READ_SECONDS if request.repeatable else START_SECONDS)
        if request.repeatable:
            answer: WireModel = self._retrying(deadline)(self._attempt, request, model, deadline)
            return answer
        return self._attempt(request, model, deadline)

    def _retrying(self, deadline: float) -> Retrying:
        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= _ATTEMPTS or self._timer() + _LONGEST_WAIT >= deadline

        return Retrying(
            retry=retry_if_exception_type((OutcomeUnknown, RateLimited, Unreachable)),
            wait=wait_exponential_jitter(multiplier=0.2, max=_LONGEST_WAIT - 0.3, jitter=0.3),
            stop=is_over,
            sleep=self._sleep,
            reraise=True,
        )

    def _attempt(self, request: Request, model: type[WireModel], deadline: float) -> WireModel:
        started, at = self._timer(), self._clock()
        response: httpx.Response | None = None
        error: UpstreamError | None = None
        if request.repeatable:
            deadline = min(deadline, started + ATTEMPT_SECONDS)
        try:
            response = self._exchange(request, deadline)
            self._note_clock(response)
            return _read(response, model)
        except UpstreamError as caught:
            error = _without_credential(caught, request)
            raise
        finally:
            took = round((self._timer() - started) * 1000)
            self._record(_call_record(request, at, took, response, error))

    def _note_clock(self, response: httpx.Response) -> None:
        with suppress(ValueError):
            theirs = parsedate_to_datetime(response.headers.get("date", ""))
            self.clock_off = theirs - self._clock() if theirs.tzinfo else self.clock_off

    def _exchange(self, request: Request, deadline: float) -> httpx.Response:
        try:
            with self._http.stream(
                request.method,
                request.address(),
                params=request.params,
                json=request.json,
                headers=request.headers,
                timeout=httpx.Timeout(
                    max(deadline - self._timer(), 0.01),
                    connect=CONNECT_SECONDS,
                    pool=CONNECT_SECONDS,
                ),
            ) as response:
                return self._read_body(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(f"Metriport could not be reached ({type(error).__name__}).") from None
        except httpx.DecodingError:
            raise UpstreamBroken("Metriport's answer could not be decoded.") from None
        except httpx.TimeoutException:
            raise NoAnswer("Metriport did not answer in time.") from None
        except httpx.TransportError as error:
            raise NoAnswer(f"Metriport's answer broke off ({type(error).__name__}).") from None

    def _timeout(self, deadline: float) -> httpx.Timeout:
        left = max(deadline - self._timer(), 0.01)
        return httpx.Timeout(left, connect=min(left, CONNECT_SECONDS), pool=CONNECT_SECONDS)

    def _read_body(self, response: httpx.Response, deadline: float) -> httpx.Response:
        """The whole answer. httpx limits the time between two parts only, not that of all."""
        body = bytearray()
        is_late = False
        for part in response.iter_bytes():
            if is_late:
                raise NoAnswer("Metriport did not answer in time.")
            body += part
            # An answer that is whole counts, however late its last part came.
            is_late = self._timer() > deadline
            if len(body) > _LARGEST_ANSWER:
                raise UpstreamBroken("Metriport's answer is too large to be one.")
        # Its parts are decoded already, so the headers that say how must not be followed again.
        headers = [pair for pair in response.headers.items() if pair[0] not in _OF_THE_ENCODING]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))


def _read(response: httpx.Response, model: type[WireModel]) -> WireModel:
    error = error_in(response)
    if error is not None:
        raise error
    if model is Nothing:
        return model()
    notes: list[str] = []
    try:
        # Some successful answers are documented as empty.
        answer = model.model_validate(read_json(response.content or b"{}"), context=notes)
    except ValueError:
        # Of which pydantic's error is one.
        raise UpstreamBroken(
            "Metriport answered something that cannot be read.",
            status=response.status_code,
            request_id=response.headers.get("x-metriport-request-id"),
        ) from None
    answer.keep_unreadable(notes)
    return answer


def _without_credential(error: UpstreamError, request: Request) -> UpstreamError:
    """An error that repeats the AAL2 session's id is kept and shown without it."""
    credential = (request.headers or {}).get(AAL2_HEADER)
    if credential and error.detail:
        error.detail = error.detail.replace(credential, "…")
    return error


def _call_record(
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
