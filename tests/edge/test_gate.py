"""Which requests pass the gate: by session, host and origin; and whose files are whose."""

import httpx
import pytest
from sqlmodel import select
from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.edge.gate.hosts import refused_host
from services.errors import LogUnavailable
from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE
from services.store import Store
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.edge.gate_stage import HOST, PUBLIC, DeskOfGate, FakeFiles, ask

BEHIND = "behind the gate"
PAGE = {"accept": "text/html"}


class Visitor:
    """A browser in front of the gate."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.files = FakeFiles()

    def __call__(self, method: str, path: str, **headers: str) -> httpx.Response:
        """Ask; underscores in the names of headers are hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent["cookie"] = f"{COOKIE}={self.token}"
        return ask(method, path, sent, self.files)


@pytest.fixture
def staff(gate_desk: DeskOfGate) -> Visitor:
    """Somebody who is signed in."""
    return Visitor(gate_desk.sign_in())


@pytest.fixture
def stranger(gate_desk: DeskOfGate) -> Visitor:
    """Somebody who is not."""
    return Visitor(None)


OPEN = ["/healthz", "/readyz", "/_stcore/health", "/sign-in", "/sign-in/out", "/ias/go/x",
        "/static/js/x.js", "/webhooks/metriport", "/sandbox/medical/v1/patient"]  # fmt: skip
OF_STAFF = ["/", "/queries", "/_stcore/host-config", "/favicon.png", "/manifest.json",
            "/_stcore/bidi-components/x.js", "/desk/changes"]  # fmt: skip
OF_NOBODY = ["/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/openapi.json",
             "/auth/login", "/auth/logout", "/oauth2callback", "/component/x", "/app/static/x",
             "/unknown", "/queries/x", "/_stcore/stream", "/desk"]  # fmt: skip


@pytest.mark.parametrize("path", OPEN)
def test_some_addresses_are_open(stranger: Visitor, path: str) -> None:
    assert stranger("GET", path).text == BEHIND


@pytest.mark.parametrize("path", OF_STAFF)
def test_the_dashboard_is_for_staff(staff: Visitor, stranger: Visitor, path: str) -> None:
    assert staff("GET", path).text == BEHIND
    assert stranger("GET", path).status_code == 401
    to_sign_in = stranger("GET", path, accept="text/html")
    assert to_sign_in.status_code == 303 and to_sign_in.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", OF_NOBODY)
def test_what_nobody_needs_of_streamlit_is_not_there(
    staff: Visitor, stranger: Visitor, path: str
) -> None:
    for accept in ("text/html", "*/*"):
        assert staff("GET", path, accept=accept).status_code == 404
    assert stranger("GET", path).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "origin", [None, "null", "http://desk.example.org", "https://evil.test", f"{PUBLIC}:444"]
)
def test_what_changes_something_is_sent_by_our_own_pages(
    staff: Visitor, method: str, origin: str | None
) -> None:
    headers = {} if origin is None else {"origin": origin}
    staff.files.owner = "somebody"
    for path in ("/desk/changes", "/queries", "/_stcore/upload_file/page/1"):
        answer = staff(method, path, **headers)
        assert answer.status_code == 403 and BEHIND not in answer.text


def test_our_own_pages_may_change_something(staff: Visitor) -> None:
    assert staff("POST", "/desk/changes", origin=PUBLIC).text == BEHIND


@pytest.mark.parametrize("path", ["/webhooks/metriport", "/sandbox/x", "/ias/go/x", "/sign-in/out"])
def test_what_has_a_guard_of_its_own_is_left_to_it(stranger: Visitor, path: str) -> None:
    assert stranger("POST", path).text == BEHIND


HOSTS = ["evil.test", "localhost", "127.0.0.1", f"{HOST}:8501", f"{HOST}:80", f"{HOST}.evil.test",
         f"{HOST}.", f"evil@{HOST}", f"{HOST}/x", "", "[::1", f"{HOST}:x"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_told_the_right_address(
    staff: Visitor, stranger: Visitor, host: str
) -> None:
    for visitor in (staff, stranger):
        for path in ("/", "/static/js/x.js", "/ias/go/x", "/sign-in", "/_stcore/health"):
            answer = visitor("GET", path, host=host, accept="text/html")
            assert answer.status_code == 400 and f'href="{PUBLIC}/"' in answer.text
            assert host not in answer.text.replace(HOST, "") or host in ("", "localhost")


@pytest.mark.parametrize("host", [HOST, f"{HOST}:443", "DESK.example.org"])
def test_our_host_may_be_written_in_several_ways(staff: Visitor, host: str) -> None:
    assert staff("GET", "/queries", host=host).text == BEHIND


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/webhooks/metriport", "/sandbox/x"])
def test_probes_and_programs_may_ask_by_another_name(stranger: Visitor, path: str) -> None:
    assert stranger("GET", path, host="10.0.0.7:8501").text == BEHIND


def test_the_page_of_the_webhooks_is_no_receiver_of_them(staff: Visitor) -> None:
    assert staff("GET", "/webhooks", host="10.0.0.7").status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "[::1]:8501"])
def test_on_this_machine_its_number_leads_to_its_name(
    gate_desk: DeskOfGate, stranger: Visitor, host: str
) -> None:
    gate_desk.public_url = "http://localhost:8501"
    answer = stranger("GET", "/queries?a=%C3%BC&b=%20", host=host, accept="text/html")
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://localhost:8501/queries?a=%C3%BC&b=%20"
    assert stranger("GET", "/%0d%0ax", host=host, accept="text/html").status_code == 307
    assert stranger("POST", "/sign-in", host=host, accept="text/html").status_code == 400
    assert stranger("GET", "/static/x.js", host=host).status_code == 400
    other_port = host.replace("8501", "8502")
    assert stranger("GET", "/", host=other_port, accept="text/html").status_code == 400


def test_no_address_makes_another_host_of_ours(gate_desk: DeskOfGate) -> None:
    gate_desk.public_url = "http://localhost:8501"
    headers = [(b"host", b"127.0.0.1:8501"), (b"accept", b"text/html")]
    scope = {"type": "http", "method": "GET", "path": "@evil.test", "headers": headers}
    answer = refused_host(HTTPConnection(scope | {"query_string": b""}))
    assert isinstance(answer, Response) and answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("token", ["", "forged", "x" * 5000, "ü", '"', "a; b"])
def test_a_forged_cookie_is_none(gate_desk: DeskOfGate, token: str) -> None:
    gate_desk.sign_in()
    assert Visitor(token)("GET", "/queries").status_code == 401


def test_a_cookie_copied_before_the_sign_out_is_none(gate_desk: DeskOfGate) -> None:
    token = gate_desk.sign_in()
    gate_desk.sign_ins.sign_out(token)
    assert Visitor(token)("GET", "/queries").status_code == 401


def test_an_old_cookie_is_none(gate_desk: DeskOfGate, clock: FakeClock) -> None:
    visitor = Visitor(gate_desk.sign_in())
    clock.forward(minutes=16)
    assert visitor("GET", "/queries").status_code == 401


def test_a_log_that_does_not_answer_opens_nothing(
    gate_desk: DeskOfGate, staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LogUnavailable("The log does not answer.")

    monkeypatch.setattr(gate_desk.sessions, "actor", fail)
    answer = staff("GET", "/queries", accept="text/html")
    assert answer.status_code == 503 and "cannot look up your sign-in" in answer.text
    assert staff("GET", "/healthz").text == BEHIND


def test_who_has_too_many_pages_open_is_told_so(
    staff: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.edge.gate.sockets.MOST_SOCKETS", 0)
    answer = staff("GET", "/queries", accept="text/html")
    assert answer.status_code == 429 and "You have too many pages open" in answer.text
    assert staff("GET", "/_stcore/host-config").text == BEHIND


FILE = "/media/report.csv"


def test_a_file_is_for_the_session_that_it_was_made_for(
    gate_desk: DeskOfGate, staff: Visitor, store: Store
) -> None:
    staff.files.owner = gate_desk.who(staff.token or "").session
    assert staff("GET", FILE).text == BEHIND
    assert _denied(store) == []


def test_the_file_of_somebody_else_is_not_found_and_the_attempt_is_noted(
    gate_desk: DeskOfGate, staff: Visitor, store: Store
) -> None:
    staff.files.owner = gate_desk.who(gate_desk.sign_in(Role.ADMIN)).session
    for method in ("GET", "HEAD"):
        answer = staff(method, FILE)
        assert answer.status_code == 404 and BEHIND not in answer.text
    noted = [(event.session_id, event.object_kind, event.object_id) for event in _denied(store)]
    assert noted == [(gate_desk.who(staff.token or "").session, "file", "report")] * 2


def test_an_earlier_session_of_the_same_person_is_another(
    gate_desk: DeskOfGate, store: Store
) -> None:
    before = gate_desk.who(gate_desk.sign_in()).session
    visitor = Visitor(gate_desk.sign_in())
    visitor.files.owner = before
    assert visitor("GET", FILE).status_code == 404
    assert len(_denied(store)) == 1


@pytest.mark.parametrize(
    "path", ["/media/gone.csv", "/media/", "/media/report/../x", "/media/%2e%2e/"]
)
def test_a_file_that_is_not_there_is_no_attempt(staff: Visitor, store: Store, path: str) -> None:
    assert staff("GET", path).status_code == 404
    assert _denied(store) == []


def test_a_file_goes_to_the_page_of_the_session_that_has_it_open(
    gate_desk: DeskOfGate, staff: Visitor
) -> None:
    staff.files.owner = gate_desk.who(staff.token or "").session
    assert staff("PUT", "/_stcore/upload_file/page/1", origin=PUBLIC).text == BEHIND
    assert staff("PUT", "/_stcore/upload_file/other/1", origin=PUBLIC).status_code == 404
    staff.files.owner = "somebody else"
    assert staff("PUT", "/_stcore/upload_file/page/1", origin=PUBLIC).status_code == 404


def _denied(store: Store) -> list[AuditEvent]:
    with store.read() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.outcome == "denied")).all()
    return [row for row in rows if row.action == "file.open"]
