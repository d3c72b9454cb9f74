"""Consent on the public routes: the tick, the return's link, the withdrawal, the import."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import col, select, update

from services.desk import Desk
from services.identity.consent.consent_state import ConsentFacts, ConsentState
from services.identity.consent.imports import ConsentImports
from services.identity.consent.texts import ConsentTerms, ConsentWords
from services.staff.permissions import Role
from services.store.tables import AuditEvent, Consent
from tests.edge.stage import edge, own_host
from tests.patient import Patient, ticked
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
TOKEN = "s" * 40
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def patient() -> Patient:
    """The person who was sent the link."""
    return Patient()


@pytest.fixture
def somebody(fresh_person: str) -> str:
    """A person of whom nothing is known yet."""
    return fresh_person


def _state(desk: Desk, patient_id: str) -> ConsentFacts:
    return desk.identity.of_person(SUPPORT, patient_id).consent


def _link(desk: Desk, patient_id: str) -> str:
    return desk.link_sender.send_verification(SUPPORT, patient_id).url


def test_the_page_asks_with_one_tick_that_is_not_set(running_desk: Desk, somebody: str) -> None:
    page = httpx.get(_link(running_desk, somebody)).text
    assert page.count('type="checkbox"') == 1
    tick = page[page.index("<input type=") :].partition(">")[0]
    assert "required" in tick and "checked" not in tick
    assert "What you agree to" in page and "Example text." in page
    assert f"Version {running_desk.consents.terms.words.version}" in page


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "Please tick the box first"),
        ("text={hash}", "Please tick the box first"),
        ("agreed=no&text={hash}", "Please tick the box first"),
        ("agreed=yes&agreed=yes&text={hash}", "Please tick the box first"),
        ("agreed=yes", "text has changed"),
        ("agreed=yes&text=" + "0" * 64, "text has changed"),
        ("agreed=yes&text=%F0%9F%98%80", "text has changed"),
        ("agreed=yes&text={hash}" + "&x=1" * 20, "Please tick the box first"),
        ("agreed=yes&text={hash}&x=" + "x" * 5000, "Please tick the box first"),
        ("\xff\xfe", "Please tick the box first"),
    ],
)
def test_continue_without_the_tick_shows_the_page_again(
    running_desk: Desk, somebody: str, body: str, message: str
) -> None:
    url = _link(running_desk, somebody)
    content = body.format(hash=running_desk.consents.terms.words.hash).encode("latin-1")
    before = _state(running_desk, somebody)
    answer = httpx.post(url, content=content, headers=FORM)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert 'role="alert"' in answer.text and 'aria-describedby="wrong"' in answer.text
    assert _state(running_desk, somebody) == before
    # Nothing was used up.
    assert httpx.post(url, data=ticked(answer)).status_code == 303
    assert _state(running_desk, somebody).is_given


def test_a_text_changed_in_between_is_shown_anew(running_desk: Desk, somebody: str) -> None:
    url = _link(running_desk, somebody)
    form = ticked(httpx.get(url))
    pages = running_desk.links._consents
    before, consents = pages.terms, running_desk.consents
    new = replace(before, words=ConsentWords("2027-01", "A <b>new</b> text & more."))
    pages.terms = consents.terms = new
    try:
        answer = httpx.post(url, data=form)
        assert (answer.status_code, "The text has changed" in answer.text) == (422, True)
        assert "A &lt;b&gt;new&lt;/b&gt; text &amp; more." in answer.text
        assert "Example text" not in answer.text
        assert httpx.post(url, data=ticked(answer)).status_code == 303
    finally:
        pages.terms = consents.terms = before
    facts = _state(running_desk, somebody)
    assert facts.row is not None and facts.row.version == "2027-01"


def test_the_return_shows_a_link_that_withdraws(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    page = patient.do(_link(running_desk, somebody))
    assert "If you change your mind" in page.text
    url = page.text.partition('<a href="')[2].partition('"')[0]
    assert url.startswith(f"{running_desk.public_url}/ias/consent/")
    # Opened again, as phones do, and by somebody who was not on their way.
    again = patient.open(running_desk.link_sender.return_url("identity"))
    assert url in again.text
    stranger = Patient().open(running_desk.link_sender.return_url("identity"))
    assert "/ias/consent/" not in stranger.text
    for _ in range(2):
        offer = httpx.get(url)
        assert (offer.status_code, "Withdraw my consent" in offer.text) == (200, True)
        assert httpx.head(url).status_code == 200
    assert somebody not in offer.text and offer.headers["referrer-policy"] == "no-referrer"
    assert _state(running_desk, somebody).is_given
    foreign = httpx.post(url, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403 and _state(running_desk, somebody).is_given
    assert "Your consent is withdrawn" in httpx.post(url).text
    assert _state(running_desk, somebody).state is ConsentState.REVOKED
    for answer in (httpx.get(url), httpx.post(url)):
        assert (answer.status_code, "was withdrawn before" in answer.text) == (200, True)
    # Once it is withdrawn, the return offers nothing.
    assert "/ias/consent/" not in patient.open(running_desk.link_sender.return_url("identity")).text


def test_who_has_agreed_is_not_asked_twice(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    patient.do(_link(running_desk, somebody))
    page = httpx.get(_link(running_desk, somebody))
    assert ticked(page) is None and "agree" not in page.text


@pytest.mark.parametrize("token", ["x" * 43, "x", "%00", "%F0%9F%98%80", "x" * 3000])
def test_a_wrong_withdrawal_link_changes_nothing(running_desk: Desk, token: str) -> None:
    url = f"{running_desk.public_url}/ias/consent/{token}"
    for answer in (httpx.get(url), httpx.post(url)):
        assert (answer.status_code, "does not work" in answer.text) == (404, True)


@pytest.fixture
def api(running_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the import, behind the gate, with a token."""
    terms: ConsentTerms = running_desk.consents.terms
    imports = ConsentImports(
        running_desk.store, running_desk.audit, terms, SecretStr(TOKEN), running_desk.clock
    )
    monkeypatch.setattr("services.desk._running", replace(running_desk, consent_imports=imports))
    with edge() as base:
        yield f"{base}/consents"


def _post(url: str, content: bytes, token: str = TOKEN, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.post(url, content=content, headers=own_host() | given | headers)


def _given(patient_id: str, consent_id: str, **more: str) -> dict[str, str]:
    row = {"id": consent_id, "patientId": patient_id, "version": "app-1", "text": "Yes."}
    return row | {"givenAt": "2026-09-01T12:00:00Z"} | more


def test_the_app_hands_a_consent_in(api: str, running_desk: Desk, somebody: str) -> None:
    body = json.dumps(_given(somebody, "edge-1", givenAt=running_desk.clock().isoformat()))
    for outcome in ("kept", "unchanged"):
        answer = _post(api, body.encode())
        assert answer.status_code == 200
        assert answer.json() == {"consents": [{"id": "edge-1", "outcome": outcome}]}
    assert _state(running_desk, somebody).is_given
    with running_desk.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "consent.import")
        event = session.exec(wanted.order_by(col(AuditEvent.seq).desc())).first()
    assert event is not None and (event.actor_id, event.patient_id) == ("program", somebody)
    assert "edge-1" not in json.dumps(event.details)


def test_what_cannot_be_used_is_named(api: str, somebody: str) -> None:
    row = _given(somebody, "edge-2", givenAt="soon", patientId="Jane Smith")
    answer = _post(api, json.dumps([row]).encode())
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"[0].givenAt", "[0].patientId"}
    assert "Jane" not in answer.text and "soon" not in answer.text
    assert _post(api, json.dumps(_given(somebody, "edge-3")).encode()).status_code == 200
    other = _given(somebody, "edge-3", version="app-2")
    assert _post(api, json.dumps(other).encode()).status_code == 409


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"id": 1' + b"0" * 5000 + b"}"]
)
def test_what_is_no_json_is_refused(api: str, body: bytes) -> None:
    assert _post(api, body).status_code in (400, 422)


def test_a_body_that_is_too_large_is_not_read(api: str) -> None:
    assert _post(api, b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "s"])
def test_without_the_token_nothing_is_read_or_written(
    api: str, running_desk: Desk, somebody: str, token: str
) -> None:
    def count() -> int:
        with running_desk.store.read() as session:
            wanted = select(AuditEvent.seq).where(col(AuditEvent.action).startswith("consent."))
            return len(session.exec(wanted).all())

    before = count()
    for _ in range(20):
        answer = _post(api, json.dumps(_given(somebody, "edge-4")).encode(), token)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert count() == before


def test_other_methods_are_refused(api: str) -> None:
    answer = httpx.get(api, headers=own_host())
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_without_the_setting_there_is_no_such_address(running_desk: Desk) -> None:
    url = f"{running_desk.public_url}/consents"
    for token in ("", "Bearer", "Bearer x"):
        assert httpx.post(url, headers={"authorization": token}).status_code == 404


def test_a_consent_that_ended_is_asked_for_again(
    running_desk: Desk, somebody: str, patient: Patient
) -> None:
    patient.do(_link(running_desk, somebody))
    with running_desk.store.write() as session:
        over = update(Consent).where(col(Consent.patient_id) == somebody)
        session.exec(over.values(ends_at=running_desk.clock() - timedelta(seconds=1)))
    assert _state(running_desk, somebody).state is ConsentState.ENDED
    assert ticked(httpx.get(_link(running_desk, somebody))) is not None
