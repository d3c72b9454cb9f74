"""The upstream client: what each answer means, what is repeated, and where the key may go."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from services import errors
from services.metriport import schemas as s
from services.metriport.client import MetriportClient
from services.metriport.transport import CallRecord, Transport
from tests.clock import FakeClock

BASE = "https://api.metriport.test"
PERSON = s.NewPatient(
    first_name="Jane", last_name="Smith", dob="1996-02-10", gender_at_birth="F", address=[]
)
START = s.StartNetworkQuery(sources=s.Sources(hie=True).wire(), metadata={"a": "b"})

ACTS: dict[str, Callable[[MetriportClient], Any]] = {
    "create": lambda client: client.create_patient(PERSON, "f"),
    "update": lambda client: client.update_patient("p", PERSON, "f", "1"),
    "opt out": lambda client: client.set_hie_opt_out("p", True),
    "relationship": lambda client: client.set_treatment_relationship("p", True),
    "query": lambda client: client.start_network_query("p", START, query_id="q"),
    "identity": lambda client: client.create_identity_session("p", "https://r", {}),
    "challenge": lambda client: client.create_aal2_challenge("pid", "https://r", patient_id="p"),
    "records": lambda client: client.start_consolidated_query("p", "json", {}),
    "redeliver": lambda client: client.retry_deliveries(),
}
ENVELOPE = {"status": 400, "name": "X", "title": "BadRequestError", "detail": "dob: wrong"}


class Upstream:
    """Answers each request with the next of `answers`, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.calls: list[CallRecord] = []
        self.waits: list[float] = []
        http = httpx.Client(
            transport=httpx.MockTransport(self._answer),
            base_url=BASE,
            headers={"x-api-key": "secret-key"},
        )
        transport = Transport(http, self.calls.append, FakeClock(), self.waits.append)
        self.client = MetriportClient(transport, BASE)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def _json(status: int, body: Any) -> httpx.Response:
    return httpx.Response(status, json=body, headers={"x-metriport-request-id": "up-1"})


ANSWERS = [
    (_json(401, {}), errors.KeyRefused),
    (_json(403, {"message": "Forbidden"}), errors.KeyRefused),
    (_json(403, ENVELOPE | {"status": 403}), errors.Refused),
    (_json(404, ENVELOPE | {"status": 404}), errors.UpstreamNotFound),
    (httpx.Response(404, html="<h1>nginx</h1>"), errors.UpstreamBroken),
    (_json(400, ENVELOPE), errors.UpstreamInvalid),
    (_json(422, ENVELOPE), errors.UpstreamInvalid),
    (_json(409, ENVELOPE), errors.Conflict),
    (_json(412, ENVELOPE), errors.Conflict),
    (_json(429, ENVELOPE), errors.RateLimited),
    (httpx.Response(429, text="slow down"), errors.RateLimited),
    (_json(500, ENVELOPE), errors.UpstreamBroken),
    (httpx.Response(502, html="<h1>Bad gateway</h1>"), errors.UpstreamBroken),
    (httpx.Response(200, html="<h1>Welcome</h1>"), errors.UpstreamBroken),
    (httpx.Response(200, content=b""), errors.UpstreamBroken),
    (httpx.Response(302, headers={"location": "https://elsewhere"}), errors.UpstreamBroken),
    (httpx.ReadTimeout("t"), errors.NoAnswer),
    (httpx.RemoteProtocolError("half"), errors.NoAnswer),
    (httpx.ConnectError("c"), errors.Unreachable),
    (httpx.ConnectTimeout("c"), errors.Unreachable),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
def test_each_answer_has_its_meaning(answer: Any, kind: type[errors.UpstreamError]) -> None:
    with pytest.raises(kind) as caught:
        Upstream(answer).client.get_patient("p")
    assert type(caught.value) is kind
    assert str(caught.value) and caught.value.next_step


def test_upstreams_own_words_are_kept() -> None:
    with pytest.raises(errors.UpstreamInvalid) as caught:
        Upstream(_json(400, ENVELOPE)).client.get_patient("p")
    error = caught.value
    assert (error.status, error.title, error.detail) == (400, "BadRequestError", "dob: wrong")
    assert error.request_id == "up-1"


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("answer", "_kind"), ANSWERS)
def test_what_starts_or_changes_something_is_sent_once(
    act: str, answer: Any, _kind: type[Exception]
) -> None:
    upstream = Upstream(answer)
    unread = {"relationship", "redeliver"} if getattr(answer, "status_code", 0) == 200 else set()
    if act in unread or (act == "opt out" and answer == ANSWERS[14][0]):
        ACTS[act](upstream.client)
    else:
        with pytest.raises(errors.UpstreamError):
            ACTS[act](upstream.client)
    assert len(upstream.requests) == len(upstream.calls) == 1
    assert upstream.waits == []


@pytest.mark.parametrize(
    "answer",
    [_json(500, {}), _json(429, ENVELOPE), httpx.ReadTimeout("t"), httpx.ConnectError("c")],
)
def test_reads_are_tried_three_times_with_waits(answer: Any) -> None:
    upstream = Upstream(answer)
    with pytest.raises(errors.UpstreamError):
        upstream.client.get_network_query("r", query_id="q")
    assert len(upstream.calls) == 3
    assert len(upstream.waits) == 2 and all(0 < wait <= 3 for wait in upstream.waits)


def test_a_read_that_succeeds_at_last_succeeds() -> None:
    upstream = Upstream(httpx.ReadTimeout("t"), _json(200, {"id": "p"}))
    assert upstream.client.get_patient("p").id == "p"
    assert [call.status for call in upstream.calls] == [None, 200]


def test_a_match_is_a_read_though_it_is_posted() -> None:
    upstream = Upstream(_json(500, {}), _json(200, {"id": "p"}))
    assert upstream.client.match_patient(PERSON).id == "p"


def test_refusals_are_not_tried_again() -> None:
    upstream = Upstream(_json(404, ENVELOPE))
    with pytest.raises(errors.UpstreamNotFound):
        upstream.client.get_patient("p")
    assert len(upstream.calls) == 1


def test_a_call_is_recorded_without_anything_personal() -> None:
    upstream = Upstream(_json(200, {"id": "p"}))
    upstream.client.get_patient("patient-1")
    (call,) = upstream.calls
    assert call.request.path == "/medical/v1/patient/{id}"
    assert (call.status, call.upstream_request_id, call.error) == (200, "up-1", None)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a/b", b"a%2Fb"),
        ("../x", b"..%2Fx"),
        ("a?b", b"a%3Fb"),
        ("é", b"%C3%A9"),
        ("a#b", b"a%23b"),
    ],
)
def test_values_in_a_path_stay_values(given: str, sent: bytes) -> None:
    upstream = Upstream(_json(200, {"id": "p"}))
    upstream.client.get_patient(given)
    assert upstream.requests[0].url.raw_path == b"/medical/v1/patient/" + sent


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/medical/v1/patient?fromItem=1",
        "http://api.metriport.test/medical/v1/patient",
        "https://api.metriport.test:444/medical/v1/patient",
        "https://api.metriport.test@evil.test/",
        "//evil.test/",
    ],
)
def test_the_key_goes_to_the_configured_origin_only(url: str) -> None:
    upstream = Upstream(_json(200, {"patients": []}))
    with pytest.raises(errors.UpstreamBroken):
        upstream.client.patient_page(url)
    assert upstream.requests == []


def test_all_pages_are_walked() -> None:
    first = {
        "meta": {"nextPage": f"{BASE}/medical/v1/patient?fromItem=2"},
        "patients": [{"id": "1"}],
    }
    second = {"meta": {"itemsOnPage": 1}, "patients": [{"id": "2"}]}
    upstream = Upstream(_json(200, first), _json(200, second))
    assert [one.id for one in upstream.client.iter_patients()] == ["1", "2"]


def test_half_a_body_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_answer_half, args=(server,))
        thread.start()
        base = f"http://127.0.0.1:{port}"
        calls: list[CallRecord] = []
        with httpx.Client(base_url=base) as http:
            client = MetriportClient(Transport(http, calls.append, FakeClock()), base)
            with pytest.raises(errors.NoAnswer):
                client.start_network_query("p", START, query_id="q")
        thread.join()
    assert len(calls) == 1


def _answer_half(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"requestId": ')


@pytest.mark.parametrize(
    "metadata",
    [{"k": "v" * 501}, {"k" * 41: "v"}, {"": "v"}, {str(n): "v" for n in range(51)}],
)
def test_metadata_over_the_limits_is_refused_before_any_call(metadata: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        s.StartNetworkQuery(sources={}, metadata=metadata)


def test_names_come_as_text_or_as_arrays() -> None:
    patient = s.Patient.model_validate({"id": "p", "firstName": ["Ana", "Bea"], "lastName": "Cruz"})
    assert patient.full_name == "Ana, Bea Cruz"


def test_what_is_unknown_is_kept() -> None:
    answer = s.NetworkQuery.model_validate(
        {
            "requestId": "r",
            "status": "reticulating",
            "sources": {"type": "astral", "status": "humming"},
            "errors": None,
            "novel": 7,
        }
    )
    assert answer.model_extra == {"novel": 7}
    assert [(one.type, one.status) for one in answer.sources] == [("astral", "humming")]


def test_the_webhook_key_is_not_shown() -> None:
    assert "hush" not in repr(s.AccountSettings(id="a", webhook_key="hush"))
