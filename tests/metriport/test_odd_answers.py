"""Answers of upstream that are odd in part, empty, or never come."""

import json
from typing import Any

import httpx
import pytest

from services import errors
from services.metriport.client import MetriportClient
from services.metriport.timing import READ_SECONDS
from services.metriport.transport import CallRecord, Transport
from tests.clock import FakeClock

PERSON = {"id": "p-1", "firstName": "Jane", "lastName": "Smith", "dob": "1996-02-10"}
START = {"requestId": "r-1", "status": "processing", "sources": []}


class Upstream:
    """A client whose upstream answers what a test says, on a clock of its own."""

    def __init__(self, answer: Any) -> None:
        self.clock = FakeClock()
        self.calls: list[CallRecord] = []
        http = httpx.Client(transport=httpx.MockTransport(answer), base_url="https://up.test")
        transport = Transport(
            http, self.calls.append, self.clock, self._sleep, lambda: self.clock().timestamp()
        )
        self.client = MetriportClient(transport, "https://up.test")

    def _sleep(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)


def answering(body: Any, status: int = 200) -> Upstream:
    return Upstream(lambda _: httpx.Response(status, json=body))


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"dob": None}, "dob"),
        ({"firstName": None}, "first_name"),
        ({"lastName": {"family": "x"}}, "last_name"),
        ({"externalId": 4711}, "external_id"),
        ({"address": [{"zip": 85300}]}, "zip"),
        ({"contact": [{"phone": 5415550123}]}, "phone"),
        ({"dateCreated": "9999-12-31T23:59:59Z"}, "date_created"),
        ({"hieOptOut": "perhaps"}, "hie_opt_out"),
        ({"facilityIds": [["f"]]}, "facility_ids"),
        ({"address": "123 Main St"}, "address"),
    ],
)
def test_one_odd_person_hides_nobody(odd: dict[str, Any], field: str) -> None:
    page = answering({"patients": [PERSON | odd, PERSON | {"id": "p-2"}]}).client.list_patients()
    assert [person.id for person in page.patients] == ["p-1", "p-2"]
    marked, other = page.patients
    assert any(note.startswith(field) for note in marked.unreadable)
    assert other.unreadable == ()


def test_a_number_is_shown_as_its_digits() -> None:
    odd = PERSON | {"externalId": 4711, "address": {"zip": 85300}, "contact": {"phone": 5415550123}}
    person = answering({"patients": [odd]}).client.list_patients().patients[0]
    assert person.external_id == "4711"
    assert person.address[0].zip == "85300"
    assert person.contact[0].phone == "5415550123"


def test_a_person_without_an_id_is_noted_and_left_out() -> None:
    page = answering({"patients": [{"firstName": "Jane"}, PERSON]}).client.list_patients()
    assert [person.id for person in page.patients] == ["p-1"]
    assert page.unreadable[0].startswith("patients[0]: ")


@pytest.mark.parametrize(
    "errors_",
    [["pharmacy is down"], [None], [{"message": "?"}], [{"source": "lab", "httpStatus": 10**20}],
     "pharmacy", {"source": "lab", "timestamp": "0001-01-01T00:00:00+14:00"}],
)  # fmt: skip
def test_an_odd_item_of_the_errors_leaves_the_start_readable(errors_: Any) -> None:
    body = START | {"errors": errors_}
    answer = answering(body).client.get_network_query("r-1")
    assert answer.request_id == "r-1"
    assert answer.unreadable


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "x", 7e99])
def test_a_time_that_cannot_be_true_is_unknown(time: Any) -> None:
    source = {"type": "hie", "status": "completed", "completedAt": time, "startedAt": time}
    answer = answering(START | {"startedAt": time, "sources": [source]}).client.get_network_query(
        "r"
    )
    assert answer.started_at is None and answer.sources[0].completed_at is None
    assert len(answer.unreadable) == 3


EMPTY = [b"", b"{}", json.dumps({"message": "Service Unavailable"}).encode(), b"null", b"[]"]
READS = {
    "count": lambda client: client.count_resources("p"),
    "search": lambda client: client.list_patients("x"),
    "facilities": lambda client: client.list_facilities(),
    "patient": lambda client: client.get_patient("p"),
    "query": lambda client: client.get_network_query("r"),
    "records": lambda client: client.get_consolidated_query("p", "r"),
    "settings": lambda client: client.get_settings(),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("body", EMPTY)
def test_an_answer_without_the_fact_is_a_failed_answer(read: str, body: bytes) -> None:
    upstream = Upstream(lambda _: httpx.Response(200, content=body))
    with pytest.raises(errors.UpstreamBroken):
        READS[read](upstream.client)


def test_a_silent_upstream_takes_one_time_limit_of_a_read() -> None:
    upstream = Upstream(lambda _: httpx.Response(500))

    def silent(request: httpx.Request) -> httpx.Response:
        upstream.clock.forward(seconds=request.extensions["timeout"]["read"])
        raise httpx.ReadTimeout("slow")

    upstream = Upstream(silent)
    began = upstream.clock()
    with pytest.raises(errors.NoAnswer):
        upstream.client.get_patient("p")
    assert (upstream.clock() - began).total_seconds() <= READ_SECONDS
    assert len(upstream.calls) > 1


def test_an_answer_that_trickles_ends_at_the_limit() -> None:
    def trickle(_: httpx.Request) -> httpx.Response:
        def parts() -> Any:
            for _ in range(1000):
                upstream.clock.forward(seconds=1)
                yield b" "

        return httpx.Response(200, content=parts())

    upstream = Upstream(trickle)
    began = upstream.clock()
    with pytest.raises(errors.NoAnswer):
        upstream.client.get_patient("p")
    assert (upstream.clock() - began).total_seconds() <= READ_SECONDS + 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"message": "Forbidden"}, errors.KeyRefused),
        ({"message": "Blocked by the firewall"}, errors.UpstreamBroken),
        ({"error": "Forbidden"}, errors.UpstreamBroken),
        ({"title": "ForbiddenError", "detail": "no"}, errors.Refused),
    ],
)
def test_only_the_documented_body_is_a_refused_key(
    body: Any, kind: type[errors.UpstreamError]
) -> None:
    with pytest.raises(kind) as caught:
        answering(body, 403).client.get_patient("p")
    assert type(caught.value) is kind
