"""Individual access as two people do it: staff in one window, the patient in another."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.browser.conftest import Program, started
from tests.browser.phone import press_continue

pytestmark = pytest.mark.browser


class Secrets:
    """Every credential and secret address that passed through the patient's window."""

    def __init__(self, page: Page) -> None:
        self.found: set[str] = set()
        self.hosts: set[str] = set()
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        self.hosts.add(parts.netloc)
        self.found |= set(parse_qs(parts.query).get("aal2SessionId", []))
        if "/ias/go/" in url or "/hosted/" in url:
            self.found.add(parts.path.rsplit("/", 1)[1])

    def inside(self, *texts: bytes) -> list[str]:
        return [one for one in self.found if any(one.encode() in text for text in texts)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for both tests; each is about somebody else."""
    with started(tmp_path_factory.mktemp("program"), speed=20) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The patient's window: a phone, with cookies of its own."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _somebody(program: Program) -> str:
    """An adult with an authenticator app, of whom the log knows nothing."""
    with sqlite3.connect(program.data / "access-desk.db") as log:
        known = {row[0] for row in log.execute("SELECT patient_id FROM proofed_identity")}
    log.close()
    return next(
        one.patient["id"]
        for one in load_people()
        if one.patient["id"] not in known
        and not (one.trouble or one.scenario)
        and one.patient["dob"] < "2000"
        and int(one.patient["id"][-1], 16) % 3
    )


def _open(staff: Page, program: Program, patient_id: str) -> None:
    staff.context.add_cookies([program.cookie(Role.SUPPORT)])
    staff.goto(f"{program.url}/patient?patient={patient_id}")
    expect(staff.get_by_role("heading", name="Individual access")).to_be_visible()


def _step(staff: Page, number: int) -> Locator:
    return staff.locator(f'[class*="st-key-step_{number}_"]').first


def _button(staff: Page, name: str) -> Locator:
    """The button of a step, or the one at the top of the page; the verdict may offer it too."""
    return staff.get_by_role("button", name=name, exact=True).and_(
        staff.locator(':not([class*="st-key-verdict"] *)')
    )


def _see(staff: Page, number: int, state: str) -> None:
    """The step turns to that state by itself."""
    badge = _step(staff, number).locator(".stMarkdownBadge").first
    expect(badge).to_contain_text(state, timeout=60_000)


def _send(staff: Page, button: str) -> str:
    dialog = staff.get_by_role("dialog")
    make = dialog.get_by_role("button", name="Make the link")
    for _ in range(6):
        _button(staff, button).click()
        # A press while the page draws itself anew is lost: a person presses again.
        with suppress(AssertionError):
            expect(make).to_be_visible(timeout=8_000)
            break
    make.click()
    expect(dialog.get_by_alt_text("QR code of the link")).to_be_visible()
    draft = dialog.get_by_role("link", name="E-mail draft").get_attribute("href") or ""
    expect(dialog.get_by_label("Link")).to_have_value(re.compile("/ias/go/"))
    url = dialog.get_by_label("Link").input_value()
    assert draft.startswith("mailto:?subject=") and url.rsplit("/", 1)[1] in draft
    # The link is shown once: neither closes the dialog.
    staff.keyboard.press("Escape")
    staff.mouse.click(5, 5)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog).to_contain_text("Copied")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    return url


def _go_on(phone: Page, url: str) -> None:
    phone.goto(url)
    press_continue(phone)


def _enter_code(phone: Page) -> None:
    phone.get_by_label("Six-digit code").fill("000000")
    phone.get_by_role("button", name="Confirm").click()
    expect(phone.get_by_text("That code is not right")).to_be_visible()
    phone.get_by_label("Six-digit code").fill(phone.locator("#now").inner_text())
    phone.get_by_role("button", name="Confirm").click()
    expect(phone.get_by_role("heading", name="Thank you, it is you")).to_be_visible()
    assert urlsplit(phone.url).query == ""


def _start(staff: Page, button: str) -> None:
    _button(staff, button).click()
    dialog = staff.get_by_role("dialog")
    if button == "Start treatment query":
        dialog.get_by_label("Reason").click()
        staff.keyboard.type("Visit")
        staff.keyboard.press("Enter")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Start the query").click()
    expect(dialog).to_have_count(0)


def _refused(staff: Page, reason: str) -> None:
    expect(_button(staff, "Start IAS query")).to_be_disabled()
    expect(_step(staff, 4).get_by_text(reason)).to_be_visible()


def test_from_the_first_link_to_the_records(page: Page, phone: Page, program: Program) -> None:
    secrets = Secrets(phone)
    patient_id = _somebody(program)
    _open(page, program, patient_id)
    _refused(page, "The person’s identity is not verified yet.")
    _verify(page, phone)
    _challenge(page, phone)
    _start(page, "Start IAS query")
    _see(page, 3, "Satisfied")
    _see(page, 4, "Completed")
    expect(page.get_by_text("Every source that was asked has answered")).to_be_visible()
    expect(_step(page, 4).get_by_text("Another round needs a new challenge")).to_be_visible()
    expect(_button(page, "Start IAS query")).to_have_count(0)
    _start(page, "Start treatment query")
    expect(page.get_by_text("Treatment query", exact=True).first).to_be_visible()
    _challenge(page, phone)
    expect(_button(page, "Start IAS query")).to_be_enabled()
    shown = _staff_pages(page, program, patient_id)
    assert len(secrets.found) == 3 * 2 + 2
    assert secrets.hosts == {urlsplit(program.url).netloc}
    assert secrets.inside(program.log_files(), program.output.read_bytes(), *shown) == []


def _verify(staff: Page, phone: Page) -> None:
    url = _send(staff, "Send verification link")
    _see(staff, 2, "Link ready")
    phone.goto(url)
    expect(_step(staff, 2).get_by_text("perhaps by a mail scanner")).to_be_visible(timeout=60_000)
    press_continue(phone)
    _see(staff, 2, "Opened")
    phone.get_by_role("button", name="Verify my identity").click()
    expect(phone.get_by_role("heading", name="Thank you, you are done here")).to_be_visible()
    _see(staff, 2, "Verified")


def _challenge(staff: Page, phone: Page) -> None:
    _go_on(phone, _send(staff, "Send challenge"))
    _see(staff, 3, "Opened")
    _enter_code(phone)
    _see(staff, 3, "Active")
    _see(staff, 4, "Ready")


def _staff_pages(staff: Page, program: Program, patient_id: str) -> list[bytes]:
    """What staff see from now on: what the browser was sent, and what it made of it."""
    shown: list[bytes] = []

    def note(frame: str | bytes) -> None:
        shown.append(frame if isinstance(frame, bytes) else frame.encode())

    staff.on("websocket", lambda socket: socket.on("framereceived", note))
    staff.context.add_cookies([program.cookie(Role.ADMIN)])
    with sqlite3.connect(program.data / "access-desk.db") as log:
        find = "SELECT id FROM {} WHERE patient_id = ? ORDER BY id DESC LIMIT 1"
        query, message, call = (
            log.execute(find.format(table), [patient_id]).fetchone()[0]
            for table in ("network_query", "webhook_event", "upstream_call")
        )
    log.close()
    for path in (
        f"patient?patient={patient_id}",
        "",
        f"queries?patient={patient_id}",
        f"query?query={query}",
        f"webhooks?about={patient_id}",
        f"webhook?message={message}",
        f"call?call={call}",
        "system",
    ):
        staff.goto(f"{program.url}/{path}")
        expect(staff.get_by_role("heading", level=1)).to_be_visible()
        staff.wait_for_timeout(1500)
        shown.append(staff.content().encode())
    assert sum(map(len, shown)) > 500_000 and any(patient_id.encode() in one for one in shown)
    return shown


def test_failing_and_giving_up(page: Page, phone: Page, program: Program) -> None:
    patient_id = _somebody(program)
    _open(page, program, patient_id)
    _go_on(phone, _send(page, "Send verification link"))
    phone.get_by_role("button", name="Leave without finishing").click()
    expect(phone.get_by_role("heading", name="You left without finishing")).to_be_visible()
    _see(page, 2, "Opened")
    _go_on(phone, _send(page, "Send verification link"))
    phone.get_by_role("button", name="Fail the verification").click()
    expect(phone.get_by_role("heading", name="you are done here")).to_be_visible()
    _see(page, 2, "Returned")
    _go_on(phone, _send(page, "Send verification link"))
    phone.get_by_role("button", name="Verify my identity").click()
    _see(page, 2, "Verified")
    _go_on(phone, _send(page, "Send challenge"))
    phone.get_by_role("button", name="Leave without finishing").click()
    _see(page, 3, "Opened")
    url = _send(page, "Send challenge")
    _go_on(phone, url)
    phone.get_by_role("button", name="Fail the challenge").click()
    expect(phone.get_by_role("heading", name="That did not work")).to_be_visible()
    _see(page, 3, "Declined")
    expect(page.get_by_text(re.compile("with the status “failed”"))).to_be_visible()
    _refused(page, "The person came back without satisfying the challenge.")
    phone.goto(url)
    expect(phone.get_by_role("heading", name="This link was used already")).to_be_visible()
