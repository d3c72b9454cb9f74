"""Consent on a person's page: its state, its dialogs, and what nobody sees where it is off."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, update

from pages._ui.consent.consent_words import start_warning
from pages._ui.words.acts import CONSENT_LINK, RECORD_CONSENT, REVOKE_CONSENT
from services.desk import Desk
from services.identity.consent.consent_state import (
    NO_CONSENT,
    ConsentFacts,
    ConsentRule,
    ConsentState,
    consent_at,
)
from services.identity.consent.consents import REVOKE_REASONS, WithdrawalState
from services.staff.permissions import Role
from services.store.tables import Consent
from tests.identity.consent.rows import consent, hour
from tests.pages.conftest import Browser, texts
from tests.pages.test_access_pages import shown_links
from tests.pages.test_person_dialogs import opened, press
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]


def _facts(desk: Desk, patient_id: str) -> ConsentFacts:
    return desk.identity.of_person(SUPPORT, patient_id).consent


def _record(desk: Desk, patient_id: str) -> None:
    desk.consents.record(SUPPORT, patient_id, desk.consents.terms.words.hash, agreed=True)


def test_the_step_tells_each_state(browser: Browser, running_desk: Desk, fresh_person: str) -> None:
    def written(role: Role = Role.SUPPORT) -> str:
        at = browser.open(role, "patient.py", patient=fresh_person)
        assert not at.exception
        return texts(at)

    assert "No consent yet" in written()
    _record(running_desk, fresh_person)
    assert "Consent given" in written(Role.COMPLIANCE) and "by telephone" in written()
    with running_desk.store.write() as session:
        mine = update(Consent).where(col(Consent.patient_id) == fresh_person)
        session.exec(mine.values(ends_at=running_desk.clock() - timedelta(minutes=5)))
    assert "Consent ended" in written()
    _record(running_desk, fresh_person)
    token = running_desk.consents.new_link(SUPPORT, fresh_person).url.rsplit("/", 1)[1]
    assert running_desk.consents.revoke_by_link(token) is WithdrawalState.WITHDRAWN
    shown = written()
    assert "Consent withdrawn" in shown and "by their own link" in shown


def test_a_consent_by_telephone_is_read_aloud_and_confirmed(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = opened(browser, RECORD_CONSENT, fresh_person)
    shown = texts(at)
    assert "Example text" in shown and "You do not have to agree." in shown
    at = press(at, RECORD_CONSENT)
    assert "Confirm it" in texts(at)
    assert not _facts(running_desk, fresh_person).is_given
    at.checkbox(key="consent_agreed").check()
    at = press(at, RECORD_CONSENT)
    assert not at.exception
    row = _facts(running_desk, fresh_person).row
    assert row is not None and (row.way, row.recorded_by) == ("telephone", SUPPORT.name)


def test_a_withdrawal_through_staff_needs_a_reason(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    _record(running_desk, fresh_person)
    at = press(opened(browser, REVOKE_CONSENT, fresh_person), REVOKE_CONSENT)
    assert "Choose a reason" in texts(at)
    at.selectbox(key="consent_reason").select(REVOKE_REASONS[0])
    press(at, REVOKE_CONSENT)
    assert _facts(running_desk, fresh_person).state is ConsentState.REVOKED


def test_the_lasting_link_is_shown_once(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    _record(running_desk, fresh_person)
    at = press(opened(browser, CONSENT_LINK, fresh_person), "Make the link")
    [url] = shown_links(at)
    assert running_desk.consents.look(url.rsplit("/", 1)[1]) is WithdrawalState.READY
    at = press(at, "Done")
    assert shown_links(at) == []


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE])
def test_only_who_may_record_has_the_menu(browser: Browser, fresh_person: str, role: Role) -> None:
    at = browser.open(role, "patient.py", patient=fresh_person)
    menus = [element for element in at.get("menu_button") if "Consent" in str(element.proto)]
    assert bool(menus) is (role is Role.SUPPORT)


def test_where_it_is_off_nothing_is_seen(
    browser: Browser,
    running_desk: Desk,
    fresh_person: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running_desk.identity, "consent_rule", ConsentRule.OFF)
    shown = texts(browser.open(Role.SUPPORT, "patient.py", patient=fresh_person))
    assert "No consent" not in shown and "Consent given" not in shown


def test_the_timeline_tells_of_it(browser: Browser, running_desk: Desk, fresh_person: str) -> None:
    _record(running_desk, fresh_person)
    page = running_desk.timeline.of_patient(SUPPORT, fresh_person)
    [entry] = [entry for entry in page.entries if entry.what == "Consent"]
    assert (entry.state, entry.by, entry.detail) == ("given", SUPPORT.name, "telephone")
    assert not browser.open(Role.SUPPORT, "patient.py", patient=fresh_person).exception


def test_what_a_start_says() -> None:
    utc = ZoneInfo("UTC")
    given = consent_at([consent("c", -1)], hour(0))
    taken = consent_at([consent("c", -2, revoked=-1)], hour(0))
    assert start_warning(given, ConsentRule.REQUIRED, utc) == ""
    assert start_warning(NO_CONSENT, ConsentRule.OFF, utc) == ""
    assert "finding" in start_warning(NO_CONSENT, ConsentRule.WARN, utc)
    told = start_warning(taken, ConsentRule.REQUIRED, utc)
    assert "withdrew" in told and "Sep 14, 2026, 11:00:00 UTC" in told and "refused" in told
