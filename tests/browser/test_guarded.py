"""The gate of the running program, with a real browser: nothing is blocked that people need."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import col, select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pages._ui.frame.places import PAGES
from services.edge.gate.sockets import ENDED, LARGEST_MESSAGE, TOO_LARGE
from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery, UpstreamCall, WebhookEvent
from tests.browser.conftest import Program
from tests.browser.file_ways import settle
from tests.browser.policy import watch_policy

pytestmark = pytest.mark.browser

PASTE = """(field, text) => {
  field.focus()
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, text)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}"""
PERSON = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"


@pytest.fixture(scope="module")
def log(program: Program) -> Iterator[Store]:
    """The program's log."""
    store = Store(f"sqlite:///{program.data / 'access-desk.db'}")
    yield store
    store.close()


@pytest.fixture
def colleague(chromium: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody else."""
    context = chromium.new_context()
    yield context
    context.close()


def addresses(log: Store) -> list[str]:
    """Every page, those of one thing with a thing."""
    with log.read() as session:
        query = session.exec(select(NetworkQuery.id)).first()
        of_things = {
            "patient": f"?patient={PERSON}",
            "records": f"?patient={PERSON}",
            "query": f"?query={query}",
            "evidence": f"?query={query}",
            "webhook": f"?message={session.exec(select(WebhookEvent.id)).first()}",
            "call": f"?call={session.exec(select(UpstreamCall.id)).first()}",
        }
    return ["", *(page.path + of_things.get(page.path, "") for page in PAGES)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_the_policy(
    chromium: Browser, program: Program, log: Store, scheme: str
) -> None:
    context = chromium.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    violations = watch_policy(context)
    context.add_cookies([program.cookie(Role.ADMIN)])
    page = context.new_page()
    for address in addresses(log):
        page.goto(f"{program.url}/{address}")
        expect(page.locator(".stMain h1").first).to_be_visible()
        settle(page)
    # Plotly draws after Streamlit has ended.
    page.goto(f"{program.url}/outcomes")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    page.locator(".js-plotly-plot .nsewdrag").first.hover()
    context.close()
    assert violations == []


def test_no_dialog_or_file_breaks_the_policy(page: Page, program: Program) -> None:
    violations = watch_policy(page.context)
    page.context.add_cookies([program.cookie(Role.ADMIN)])
    page.goto(f"{program.url}/patients")
    page.get_by_role("button", name="New patient").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.goto(f"{program.url}/patient?patient={PERSON}")
    page.get_by_role("button", name="Start treatment query").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert _download(page, program).startswith(f"{program.url}/media/")
    page.goto(f"{program.url}/bulk")
    _upload(page)
    assert violations == []


def test_no_page_around_sign_in_and_for_patients_breaks_its_policy(
    page: Page, program: Program
) -> None:
    violations = watch_policy(page.context)
    page.goto(f"{program.url}/queries")
    page.get_by_role("button", name="Support").click()
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    page.goto(f"{program.url}/no-such-page")
    expect(page.get_by_role("heading", name="There is no page")).to_be_visible()
    page.goto(f"{program.url}/ias/go/nothing")
    expect(page.get_by_role("heading")).to_be_visible()
    page.goto(program.url)
    page.get_by_role("button", name="Sign out").or_(page.get_by_text("Sign out")).first.click()
    expect(page.get_by_role("heading", name="Who is working today?")).to_be_visible()
    assert violations == []


def test_a_person_who_enters_the_number_of_this_machine_ends_up_right(
    page: Page, program: Program
) -> None:
    page.goto(f"{program.url.replace('localhost', '127.0.0.1')}/queries?status=Rejected")
    page.get_by_role("button", name="Compliance").click()
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    assert page.url.startswith(f"{program.url}/queries?status=Rejected")


def test_the_file_of_one_person_is_not_there_for_another(
    page: Page, colleague: BrowserContext, program: Program, log: Store
) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    address = _download(page, program)
    mine = page.request.get(address)
    assert (mine.status, mine.headers["cache-control"]) == (200, "no-store")
    assert "sandbox" in mine.headers["content-security-policy"]
    assert colleague.request.get(address).status == 401
    assert _denied(log) == []
    colleague.add_cookies([program.cookie(Role.ADMIN)])
    assert colleague.request.get(address).status == 404
    (noted,) = _denied(log)
    assert (noted.role, noted.object_kind) == ("admin", "file")
    # The address lies in a link that a person may open as well.
    assert colleague.new_page().goto(address).status == 404  # type: ignore[union-attr]
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    assert page.request.get(address).status == 404
    assert len(_denied(log)) == 3


def test_an_open_page_loses_its_socket_with_the_session(page: Page, program: Program) -> None:
    cookie = program.cookie(Role.SUPPORT)
    page.context.add_cookies([cookie])
    with page.expect_websocket() as opened:
        page.goto(f"{program.url}/bulk")
    expect(page.get_by_role("heading", name="Bulk queries")).to_be_visible()
    socket = opened.value
    again: list[str] = []
    page.on("websocket", lambda one: again.append(one.url))
    # Streamlit then asks whether the program is still there, and opens nothing.
    with (
        socket.expect_event("close", timeout=15_000),
        page.expect_request(f"{program.url}/_stcore/host-config"),
    ):
        _sign_out(program, cookie)
    ended = page.get_by_role("heading", name=re.compile("sign-in has ended|Who is working today"))
    expect(ended).to_be_visible()
    assert again == []


REFUSED = {
    "anonymous": (None, "self"),
    "forged": ("forged", "self"),
    "from another site": ("live", "https://evil.test"),
    "from another port": ("live", "http://localhost:1"),
    "from no page": ("live", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_stranger_opens_a_socket(program: Program, case: str) -> None:
    token, origin = REFUSED[case]
    if token == "live":
        token = program.cookie(Role.SUPPORT)["value"]
    with pytest.raises(InvalidStatus) as refused:
        _open(program, token, program.url if origin == "self" else origin)
    assert refused.value.response.status_code == 403


def test_a_page_that_comes_back_gets_what_it_had_only_in_its_own_session(
    program: Program,
) -> None:
    mine, other = (program.cookie(Role.SUPPORT)["value"] for _ in range(2))
    first = _page_id(program, mine)
    assert _page_id(program, mine, before=first) == first
    assert _page_id(program, other, before=first) != first


@pytest.mark.parametrize("size", [LARGEST_MESSAGE + 1, 9_000_000])
def test_a_message_that_is_too_large_ends_the_socket(program: Program, size: int) -> None:
    with _open(program, program.cookie(Role.SUPPORT)["value"], program.url) as socket:
        try:
            socket.send(b"x" * size)
            while True:
                socket.recv(timeout=20)
        except ConnectionClosed as closed:
            # What the server has not even read may end it without a word.
            assert closed.rcvd is None or closed.rcvd.code == TOO_LARGE


def test_a_socket_ends_with_its_session(program: Program) -> None:
    cookie = program.cookie(Role.SUPPORT)
    with _open(program, cookie["value"], program.url) as socket:
        _sign_out(program, cookie)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=15)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == ENDED


def test_the_longest_list_that_a_page_takes_comes_through(page: Page, program: Program) -> None:
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/bulk")
    lines = "\n".join(f"0191b878-d0c4-7d82-8960-{number:012x}" for number in range(10_000))
    # As a paste does it; to type it takes a browser minutes.
    page.get_by_role("textbox", name="Patient ids").evaluate(PASTE, lines)
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_text("10,000").last).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Connection error")).to_have_count(0)


def _download(page: Page, program: Program) -> str:
    """Download an export; answers the address of the file."""
    page.goto(f"{program.url}/queries?status=Rejected")
    page.get_by_role("button", name="Export", exact=True).click()
    button = page.get_by_role("button", name="Download CSV")
    expect(button).to_be_enabled()
    settle(page)
    with page.expect_download() as waiting:
        button.click()
    assert waiting.value.path().read_bytes()
    return waiting.value.url


def _upload(page: Page) -> None:
    file = {"name": "ids.csv", "mimeType": "text/csv", "buffer": PERSON.encode()}
    with page.expect_response(lambda answer: "/_stcore/upload_file/" in answer.url) as put:
        page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    assert put.value.status == 204


def _sign_out(program: Program, cookie: dict[str, str]) -> None:
    headers = {"Origin": program.url, "Cookie": f"{COOKIE}={cookie['value']}"}
    assert httpx.post(f"{program.url}/sign-in/out", headers=headers).status_code == 303


def _open(
    program: Program, token: str | None, origin: str | None, before: str = ""
) -> ClientConnection:
    headers = {} if token is None else {"Cookie": f"{COOKIE}={token}"}
    return connect(
        f"{program.url.replace('http', 'ws')}/_stcore/stream",
        additional_headers=headers,
        origin=origin,  # type: ignore[arg-type]
        # Streamlit's own protocol: the third is the page that lost its connection.
        subprotocols=["streamlit", "x", *([before] if before else [])],  # type: ignore[list-item]
        max_size=None,
    )


def _page_id(program: Program, token: str, before: str = "") -> str:
    """Streamlit's id of the page that is drawn over a new socket."""
    with _open(program, token, program.url, before) as socket:
        run = BackMsg()
        run.rerun_script.query_string = ""
        socket.send(run.SerializeToString())
        while True:
            told = ForwardMsg.FromString(socket.recv(timeout=20))  # type: ignore[arg-type]
            if told.WhichOneof("type") == "new_session":
                return told.new_session.initialize.session_id


def _denied(log: Store) -> list[AuditEvent]:
    with log.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "file.open")
        return list(session.exec(wanted).all())
