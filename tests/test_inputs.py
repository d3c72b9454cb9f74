"""What people type: searches, new patients, treatment requests, settings, addresses."""

import contextlib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.edge.sign_in import local_path
from services.errors import BadSettings, InvalidInput, UpstreamNotFound
from services.ids import first_id, is_uuid, new_id
from services.metriport.schemas import Sources
from services.metriport.signature import is_valid, sign
from services.patients.directory import checked_id, search_filters
from services.patients.form import PatientForm
from services.queries.requests import OTHER_REASON, REASONS, TreatmentRequest, requested
from services.settings import Settings, load_settings
from services.staff.permissions import Actor, Permission, Role
from services.staff.sign_in import COOKIE, SandboxSignIn
from services.vault import Vault
from tests.clock import FakeClock

TODAY = date(2026, 9, 14)
GOOD = {
    "first_name": "Zoë",
    "last_name": "O'Brien-Núñez",
    "dob": "2001-07-04",
    "gender_at_birth": "F",
    "address_line1": "9 Elm Ct",
    "city": "Eugene",
    "state": "OR",
    "zip": "97403",
    "facility_id": "f",
}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  jane   smith ", "jane smith"),
        ("2/10/1996 smith", "1996-02-10 smith"),
        ("1996-02", "1996-02"),
        ('"jane smith" or -doe', '"jane smith" or -doe'),
        ("a\x00b", "a b"),
        ("", ""),
    ],
)
def test_a_search_becomes_a_filter(typed: str, sent: str) -> None:
    assert search_filters(typed) == sent


@pytest.mark.parametrize("typed", ["x" * 201, "1996-02-30", "13/40/1996", "smith 0000-01-01"])
def test_a_search_that_cannot_be_one_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        search_filters(typed)


@given(st.text())
def test_any_search_is_a_filter_or_refused(typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(search_filters(typed), str)


@pytest.mark.parametrize(
    "typed", ["", "x", "../settings", "0191b878-d0c4-7d82-8960-cb8cf9fe6c6", "é"]
)
def test_a_malformed_id_is_nobodys(typed: str) -> None:
    with pytest.raises(UpstreamNotFound):
        checked_id(typed)


def test_a_good_form_becomes_a_patient() -> None:
    person = PatientForm(**GOOD, phone="+1 (541) 555-0123", email="zoe@example.com").checked(TODAY)
    assert person.contact[0].phone == "5415550123"
    assert person.address[0].country == "USA"
    assert person.external_id is None


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("first_name", " ", "Required"),
        ("last_name", "123", "letters"),
        ("first_name", "x" * 101, "At most"),
        ("dob", "02/10/1996", "YYYY-MM-DD"),
        ("dob", "1996-02-30", "no such day"),
        ("dob", "2026-09-15", "future"),
        ("dob", "1899-12-31", "1900"),
        ("gender_at_birth", "X", "Choose"),
        ("state", "Oregon", "state"),
        ("zip", "9740", "Five digits"),
        ("zip", "٩٧٤٠٣", "Five digits"),
        ("phone", "555", "Ten digits"),
        ("email", "a@b", "address"),
        ("facility_id", "", "Required"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(field: str, typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {field: typed})).checked(TODAY)
    assert list(caught.value.fields) == [field]
    assert reason in caught.value.fields[field]


@given(st.lists(st.text(), min_size=13, max_size=13))
def test_no_text_breaks_the_form(typed: list[str]) -> None:
    with pytest.raises(InvalidInput):
        PatientForm(*typed[:3], "?", *typed[4:]).checked(TODAY)


def test_a_treatment_request_names_everything_that_is_missing() -> None:
    with pytest.raises(InvalidInput) as caught:
        TreatmentRequest("p", "", Sources(), "because").check()
    assert set(caught.value.fields) == {"sources", "facility", "reason"}


@pytest.mark.parametrize("ticket", ["has space", "x" * 41, "Jane Smith", "<b>", "é"])
def test_a_ticket_is_a_number_and_not_a_text(ticket: str) -> None:
    with pytest.raises(InvalidInput):
        TreatmentRequest("p", "f", Sources(hie=True), REASONS[0], ticket).check()


def test_another_reason_needs_its_ticket() -> None:
    with pytest.raises(InvalidInput):
        TreatmentRequest("p", "f", Sources(hie=True), OTHER_REASON).check()
    TreatmentRequest("p", "f", Sources(hie=True), OTHER_REASON, "SUP-1").check()


def test_realtime_speaks_of_the_pharmacy_only() -> None:
    assert requested(Sources(hie=True, pharmacy=True, realtime=True)) == "hie pharmacy:realtime"
    assert requested(Sources(lab=True, realtime=True)) == "lab"


def test_roles_may_what_the_table_says() -> None:
    may = {role: {one for one in Permission if Actor("x", role).may(one)} for role in Role}
    assert may[Role.PRODUCT] == {Permission.OUTCOMES_VIEW}
    assert may[Role.ADMIN] == set(Permission)
    assert Permission.QUERIES_START not in may[Role.COMPLIANCE]
    assert Permission.IAS_AUDIT not in may[Role.SUPPORT]
    assert Permission.RECORDS_DOWNLOAD not in may[Role.SUPPORT] | may[Role.COMPLIANCE]


def test_ids_sort_by_their_time() -> None:
    clock = FakeClock()
    made = []
    for _ in range(50):
        made.append(new_id(clock()))
        clock.forward(microseconds=1)
    assert made == sorted(made) and all(is_uuid(one) for one in made)
    assert (
        first_id(clock.now - timedelta(seconds=1))
        < made[0]
        < first_id(clock.now + timedelta(seconds=1))
    )


def test_a_signature_is_of_these_bytes_and_this_key() -> None:
    body = b"\xff\x00raw"
    assert is_valid("k", body, sign("k", body))
    for wrong in (None, "", "é", sign("k", body).upper(), sign("other", body), sign("k", b"")):
        assert not is_valid("k", body, wrong)


def test_keys_rotate() -> None:
    old, new = Vault(["old"]), Vault(["new", "old"])
    assert new.decrypt(old.encrypt(b"x")) == b"x"
    cookie = {COOKIE: SandboxSignIn(["old"]).cookie(Role.ADMIN)}
    both = SandboxSignIn(["new", "old"])
    assert both.actor(cookie) is not None
    assert SandboxSignIn(["new"]).actor(cookie) is None
    assert both.actor({}) is None and both.actor({COOKIE: "forged"}) is None


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/patient?patient=1", "/patient?patient=1"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_a_sign_in_leads_nowhere_else(wanted: str, goes: str) -> None:
    assert local_path(wanted) == goes


def test_the_generated_secret_is_kept_and_private(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")
    assert settings.secret_keys() == settings.secret_keys()
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_SPEED", "fast"),
        ("SANDBOX_SPEED", "0"),
        ("PUBLIC_URL", "ftp://x"),
        ("METRIPORT_API_KEY", "hush-hush"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load_settings()
    assert name in str(caught.value)
    assert "hush-hush" not in str(caught.value)


def test_the_log_keeps_microseconds_of_ids(clock: FakeClock) -> None:
    later = datetime.fromtimestamp(clock.now.timestamp() + 1e-3, clock.now.tzinfo)
    assert new_id(clock.now) < new_id(later)


@pytest.mark.parametrize(
    ("written", "means"),
    [("30m", timedelta(minutes=30)), ("90s", timedelta(seconds=90)), (" 2d ", timedelta(days=2))],
)
def test_a_duration_is_a_number_and_a_unit(
    monkeypatch: pytest.MonkeyPatch, written: str, means: timedelta
) -> None:
    monkeypatch.setenv("AAL2_MAX_IDLE", written)
    assert Settings(_env_file=None).aal2_max_idle == means


@pytest.mark.parametrize("written", ["", "30", "m", "-5m", "0h", "1.5h", "PT30M", "12 hours", "9w"])
def test_a_wrong_duration_stops_the_start(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("AAL2_MAX_AGE", written)
    with pytest.raises(BadSettings, match=r"AAL2_MAX_AGE.*30m"):
        load_settings()
