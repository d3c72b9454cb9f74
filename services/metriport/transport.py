"""Sends one request to the upstream, records each attempt, and repeats it only if it is a read."""

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
"""The connections to the upstream. Other folders import this name, and no part of httpx."""

_ATTEMPTS = 3
_LONGEST_WAIT = 2.3
"""Seconds between two attempts at most."""

_LARGEST_ANSWER = 50 * 1024 * 1024
"""In bytes. Upstream documents no limit, and an endless answer must not fill the memory."""

_OF_THE_ENCODING = ("content-encoding", "content-length", "transfer-encoding")
AAL2_HEADER = "x-aal2-session"
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10)


@dataclass(frozen=True)
class Request:
    """What to send. `path` is a template such as `/patient/{id}`, and only it is logged.

    `values` fill the template. `repeatable` marks a read, also one that is sent as a POST. `url` is
    an absolute address to use in place of the path. `query_id` and `patient_id` are the query and
    the person that the call is made for.
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
        """The URL or path to send the request to, with every value escaped."""
        escaped = {name: quote(value, safe="") for name, value in (self.values or {}).items()}
        return self.url or self.path.format(**escaped)


@dataclass(frozen=True)
class CallRecord:
    """The outcome of one attempt, begun `at` (UTC): no body, no header, no value of the path."""

    request: Request
    at: datetime
    duration_ms: int
    status: int | None
    upstream_request_id: str | None
    error: UpstreamError | None


class Transport:
    """Sends requests over one `httpx.Client`, and hands the outcome of every attempt to `record`.

    `timer` answers seconds that only ever grow; it measures time limits, because the system's clock
    may be set back.
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
        """Upstream's clock minus ours, by the newest answer; exact to a second or two.

        None before the first answer.
        """

    def send(self, request: Request, model: type[WireModel]) -> WireModel:
        """The answer as `model`; raises an `UpstreamError`.

        A read is tried up to three times within `READ_SECONDS`. Anything else is sent once, because
        it may have been carried out although no answer came.
        """
        deadline = self._timer() + (READ_SECONDS if request.repeatable else START_SECONDS)
        if request.repeatable:
            answer: WireModel = self._retrying(deadline)(self._attempt, request, model, deadline)
            return answer
        return self._attempt(request, model, deadline)

    def _retrying(self, deadline: float) -> Retrying:
        def is_over(state: RetryCallState) -> bool:
            # No further attempt if the time limit could pass while waiting for it.
            return state.attempt_number >= _ATTEMPTS or self._timer() + _LONGEST_WAIT >= deadline

        return Retrying(
            retry=retry_if_exception_type((OutcomeUnknown, RateLimited, Unreachable)),
            wait=wait_exponential_jitter(multiplier=0.2, max=_LONGEST_WAIT - 0.3, jitter=0.3),
            stop=is_over,
            sleep=self._sleep,
            reraise=True,
        )

    def _attempt(self, request: Request, model: type[WireModel], deadline: float) -> WireModel:
        # `at` is for the log, `started` for durations: the clock may be set during the call.
        started, at = self._timer(), self._clock()
        response: httpx.Response | None = None
        error: UpstreamError | None = None
        if request.repeatable:
            deadline = min(deadline, started + ATTEMPT_SECONDS)
        try:
            response = self._exchange(request, deadline)
            self._note_clock(response)
            return _read_answer(response, model)
        except UpstreamError as caught:
            error = _without_credential(caught, request)
            raise
        finally:
            # Also after an error outside the tree: every attempt is recorded.
            duration_ms = round((self._timer() - started) * 1000)
            self._record(_make_record(request, at, duration_ms, response, error))

    def _note_clock(self, response: httpx.Response) -> None:
        # A header that is missing or no date leaves what an earlier answer said.
        with suppress(ValueError):
            upstream_time = parsedate_to_datetime(response.headers.get("date", ""))
            if upstream_time.tzinfo:
                self.clock_off = upstream_time - self._clock()

    def _exchange(self, request: Request, deadline: float) -> httpx.Response:
        try:
            with self._http.stream(
                request.method,
                request.address(),
                params=request.params,
                json=request.json,
                headers=request.headers,
                timeout=self._timeout_until(deadline),
            ) as response:
                return self._read_body(response, deadline)
        # The order matters: the first three are also `TransportError`s, but with them nothing was
        # sent, so a start that fails with them is known not to have begun.
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(f"Metriport could not be reached ({type(error).__name__}).") from None
        except httpx.DecodingError:
            raise UpstreamBroken("Metriport's answer could not be decoded.") from None
        except httpx.TimeoutException:
            raise NoAnswer("Metriport did not answer in time.") from None
        except httpx.TransportError as error:
            raise NoAnswer(f"Metriport's answer broke off ({type(error).__name__}).") from None

    def _timeout_until(self, deadline: float) -> httpx.Timeout:
        # Connecting too must not pass the deadline, or a read takes longer than its time limit.
        left = max(deadline - self._timer(), 0.01)
        connecting = min(left, CONNECT_SECONDS)
        return httpx.Timeout(left, connect=connecting, pool=connecting)

    def _read_body(self, response: httpx.Response, deadline: float) -> httpx.Response:
        """The whole answer; raises `NoAnswer` past `deadline`, `UpstreamBroken` if it is too large.

        httpx limits the time between two parts of an answer, but not the time of all parts.
        """
        body = bytearray()
        is_late = False
        for part in response.iter_bytes():
            if is_late:
                raise NoAnswer("Metriport did not answer in time.")
            body += part
            # Raised at the next part only: an answer whose last part came late is still whole.
            is_late = self._timer() > deadline
            if len(body) > _LARGEST_ANSWER:
                raise UpstreamBroken("Metriport's answer is too large to be one.")
        # The parts are decoded already: with these headers httpx would decode them once more.
        headers = [pair for pair in response.headers.items() if pair[0] not in _OF_THE_ENCODING]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))


def _read_answer(response: httpx.Response, model: type[WireModel]) -> WireModel:
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
        # Also pydantic's `ValidationError`, which is a kind of it. Not chained: it repeats values.
        raise UpstreamBroken(
            "Metriport answered something that cannot be read.",
            status=response.status_code,
            request_id=response.headers.get("x-metriport-request-id"),
        ) from None
    answer.keep_unreadable(notes)
    return answer


def _without_credential(error: UpstreamError, request: Request) -> UpstreamError:
    """`error` with the AAL2 session's id replaced, because its detail is logged and shown."""
    credential = (request.headers or {}).get(AAL2_HEADER)
    if credential and error.detail:
        error.detail = error.detail.replace(credential, "…")
    return error


def _make_record(
    request: Request,
    at: datetime,
    duration_ms: int,
    response: httpx.Response | None,
    error: UpstreamError | None,
) -> CallRecord:
    if response is None:
        return CallRecord(request, at, duration_ms, None, None, error)
    request_id = response.headers.get("x-metriport-request-id")
    return CallRecord(request, at, duration_ms, response.status_code, request_id, error)
