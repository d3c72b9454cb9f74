"""Nothing that the server sends to product names a patient: not by HTTP, not by the websocket."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, Response, WebSocket, expect

from pages._ui.frame.places import PAGES
from services.addresses import SANDBOX_KEY
from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

_SETTLED = 1500
"""Milliseconds in which nothing came any more, so that a page is drawn."""


@dataclass
class Heard:
    """Every byte that the server sent to a browser, but for the files of Streamlit itself."""

    page: Page
    frames: list[bytes] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("websocket", self._listen)
        self.page.on("response", lambda response: self.responses.append(response))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(_as_bytes(frame)))

    def open(self, address: str) -> None:
        """Open a page and wait until everything that it shows has come."""
        self.page.goto(address)
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing comes any more."""
        before = -1
        while before != len(self.frames):
            before = len(self.frames)
            self.page.wait_for_timeout(_SETTLED)

    def press_everything(self) -> None:
        """Press what can be pressed in the page's own part: folds, choices, buttons."""
        main = self.page.get_by_test_id("stMain")
        for kind in ("summary", "[role=radio]", "[role=tab]", "button:not([disabled])"):
            for number in range(main.locator(kind).count()):
                try:
                    main.locator(kind).nth(number).click(timeout=3000)
                except Error:
                    # Drawn anew, or behind something that another press has opened.
                    self.page.keyboard.press("Escape")
                self.settle()

    def bytes(self) -> bytes:
        """All of it."""
        return b"\n".join([*self.frames, *(_body(one) for one in self.responses)])


def _as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def _body(response: Response) -> bytes:
    if "/static/" in response.url:
        return b""
    try:
        return str(response.all_headers()).encode() + response.body()
    except Error:
        # A redirect has no body, and a page that was left keeps none.
        return b""


@pytest.fixture(scope="module")
def people(program: Program) -> dict[str, set[bytes]]:
    """What could name somebody: ids, ids of other systems, and full names, of every patient."""
    found: dict[str, set[bytes]] = {"id": set(), "external id": set(), "name": set()}
    address: str | None = f"{program.url}/sandbox/medical/v1/patient?count=250"
    while address:
        answer = httpx.get(address, headers={"x-api-key": SANDBOX_KEY}).json()
        for person in answer["patients"]:
            found["id"].add(person["id"].encode())
            name = f"{person['firstName']} {person['lastName']}"
            found["name"].add(name.encode())
            found["external id"].add((person.get("externalId") or person["id"]).encode())
        address = answer["meta"].get("nextPage")
    assert len(found["id"]) > 300
    return found


@pytest.fixture
def heard(chromium: Browser, program: Program, request: pytest.FixtureRequest) -> Iterator[Heard]:
    """A browser of somebody in the role that the test names, which remembers what it heard."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([program.cookie(request.param)])  # type: ignore[list-item]
    yield Heard(context.new_page())
    context.close()


def _named(heard: Heard, people: dict[str, set[bytes]]) -> dict[str, int]:
    """How many ids and names of patients are in what was heard."""
    everything = heard.bytes()
    return {kind: sum(one in everything for one in words) for kind, words in people.items()}


@pytest.mark.parametrize("heard", [Role.PRODUCT], indirect=True)
def test_product_hears_of_no_patient_on_any_page(
    heard: Heard, program: Program, people: dict[str, set[bytes]]
) -> None:
    for entry in PAGES:
        heard.open(f"{program.url}/{entry.path}")
    heard.open(program.url)
    heard.open(f"{program.url}/outcomes")
    heard.press_everything()
    assert len(heard.frames) > 3 * len(PAGES)
    # The figures of its own page came, so what came was read.
    assert b"Outcomes" in heard.bytes()
    assert _named(heard, people) == {"id": 0, "external id": 0, "name": 0}


@pytest.mark.parametrize("heard", [Role.SUPPORT], indirect=True)
def test_the_same_crawl_as_support_does_hear_of_them(
    heard: Heard, program: Program, people: dict[str, set[bytes]]
) -> None:
    heard.open(f"{program.url}/patients")
    heard.open(f"{program.url}/queries")
    named = _named(heard, people)
    assert named["id"] >= 25 and named["name"] >= 10 and named["external id"] >= 10
