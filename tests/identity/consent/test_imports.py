"""What the company's app hands in: kept once, refused by field, never past its own facts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from services.errors import InvalidInput
from services.identity.consent.consent_state import ConsentRule, ConsentState
from services.identity.consent.import_form import MOST_CONSENTS, read_consents
from services.identity.consent.imports import ConsentImports, Contradiction
from services.identity.consent.texts import ConsentTerms, read_words, text_hash
from services.store.tables import AuditEvent, Consent, ConsentText
from tests.clock import FakeClock
from tests.identity.stage import OTHER, Stage
from tests.plans import assert_no_scan, plans_of
from tests.world import CONSENT_TOKEN, PATIENT, SUPPORT

NOW = FakeClock().now
TEXT = "I agree that my records are asked for."


def given(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "c-1",
        "patientId": PATIENT,
        "version": "app-7",
        "textHash": text_hash(TEXT),
        "givenAt": "2026-09-01T12:00:00Z",
    }
    return {name: value for name, value in (row | changes).items() if value is not ...}


def outcomes(stage: Stage, body: Any) -> list[str]:
    return [row.outcome.value for row in stage.consent_imports.take(body)]


def imports_noted(stage: Stage) -> list[tuple[str, str]]:
    rows = [row for row in stage.rows(AuditEvent) if row.action == "consent.import"]
    return [(row.actor_id, row.outcome) for row in rows]


def test_a_consent_is_kept_once(stage: Stage) -> None:
    assert outcomes(stage, given(text=TEXT)) == ["kept"]
    assert outcomes(stage, [given()]) == ["unchanged"]
    [row] = stage.rows(Consent)
    assert (row.way, row.import_id, row.patient_id) == ("import", "c-1", PATIENT)
    assert row.ends_at == row.given_at + timedelta(days=366)
    assert [text.text for text in stage.rows(ConsentText)] == [TEXT]
    assert imports_noted(stage) == [("program", "done")]
    facts = stage.identity.of_person(SUPPORT, PATIENT).consent
    assert facts.is_given and facts.row is not None and facts.row.version == "app-7"


def test_a_list_of_people_is_kept_together(stage: Stage) -> None:
    rows = [given(id=f"c-{number}", patientId=OTHER) for number in range(3)]
    rows.append(given(id="mine"))
    assert outcomes(stage, rows) == ["kept"] * 4
    assert outcomes(stage, [*rows, given(id="new")]) == ["unchanged"] * 4 + ["kept"]
    assert stage.identity.of_person(SUPPORT, OTHER).consent.is_given


def test_a_withdrawal_comes_later(stage: Stage) -> None:
    outcomes(stage, given())
    withdrawn = given(revokedAt="2026-09-02T12:00:00+02:00")
    assert outcomes(stage, withdrawn) == ["revoked"]
    # Again, or once more without it: nothing takes a withdrawal back.
    assert outcomes(stage, withdrawn) == outcomes(stage, given()) == ["unchanged"]
    facts = stage.identity.of_person(SUPPORT, PATIENT).consent
    assert facts.state is ConsentState.REVOKED
    assert imports_noted(stage) == [("program", "done"), ("program", "revoked")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patientId", OTHER),
        ("version", "app-8"),
        ("textHash", "b" * 64),
        ("givenAt", "2026-09-01T12:00:01Z"),
        ("endsAt", "2027-01-01T00:00:00Z"),
    ],
)
def test_an_id_cannot_mean_something_else(stage: Stage, name: str, value: str) -> None:
    outcomes(stage, given())
    with pytest.raises(Contradiction) as raised:
        outcomes(stage, [given(id="c-2"), given(**{name: value})])
    assert list(raised.value.fields) == [f"[1].{name}"]
    # Nothing of the request was kept.
    assert len(stage.rows(Consent)) == 1


def test_the_same_request_twice_at_once_keeps_one(stage: Stage) -> None:
    rows = [given(id=f"c-{number}") for number in range(5)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(outcomes, stage, rows) for _ in range(4)]
        found = [job.result() for job in jobs]
    assert len(stage.rows(Consent)) == 5
    assert [one for answer in found for one in answer].count("kept") == 5


WRONG: list[tuple[dict[str, Any], str]] = [
    *[({name: ...}, name) for name in ("id", "patientId", "version", "textHash", "givenAt")],
    *[({name: None}, name) for name in ("id", "patientId", "version", "textHash", "givenAt")],
    *[({"id": value}, "id") for value in ("", "a b", "x" * 101, 7, "ü", ["x"])],
    *[({"patientId": value}, "patientId") for value in ("p-1", 7, "' OR 1=1", PATIENT + "0")],
    *[({"version": value}, "version") for value in ("", "<b>", "1" * 41, 7, {})],
    *[({"textHash": value}, "textHash") for value in ("abc", "G" * 64, "A" * 64, 7)],
    ({"textHash": "b" * 64, "text": TEXT}, "textHash"),
    *[({"text": value}, "text") for value in ("", " \n", "x" * 20_001, 7, "a\x00", "\ud800")],
    *[
        ({"givenAt": value}, "givenAt")
        for value in (
            "yesterday", "2026-09-01", "2026-09-01T12:00:00", "2026-13-01T12:00:00Z", 1_756_000_000,
            "1999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
            (NOW + timedelta(seconds=31)).isoformat(), "2026-09-01T12:00:00Z\n",
        )
    ],
    *[
        ({"endsAt": value}, "endsAt")
        for value in ("2026-08-31T12:00:00Z", "2127-01-01T00:00:00Z", True)
    ],
    *[
        ({"revokedAt": value}, "revokedAt")
        for value in ("2026-08-31T12:00:00Z", (NOW + timedelta(seconds=31)).isoformat(), [])
    ],
    ({"endAt": "2027-01-01T00:00:00Z"}, "endAt"),
    ({"x" * 100: 1}, "x" * 40),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_a_wrong_field_is_named_and_its_value_never(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_consents(given(**change), NOW)
    assert list(raised.value.fields) == [field]
    with pytest.raises(InvalidInput) as raised:
        read_consents([given(), given(id="c-2", **change)] if "id" not in change else
                      [given(id="c-2"), given(**change)], NOW)  # fmt: skip
    assert list(raised.value.fields) == [f"[1].{field}"]
    told = f"{raised.value} {raised.value.fields}"
    for value in change.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in told


@pytest.mark.parametrize("body", [None, 7, "x", True, [], [[]], [None], {}, [{}] * 501])
def test_what_is_no_consent_is_refused(body: Any) -> None:
    with pytest.raises(InvalidInput):
        read_consents(body, NOW)


def test_both_sides_of_every_limit() -> None:
    late = (NOW + timedelta(seconds=30)).isoformat()
    [row] = read_consents(given(givenAt=late, revokedAt=late, endsAt=late), NOW)
    assert row.given_at == row.revoked_at == NOW + timedelta(seconds=30)
    rows = [given(id=f"c-{number}") for number in range(MOST_CONSENTS)]
    assert len(read_consents(rows, NOW)) == MOST_CONSENTS
    with pytest.raises(InvalidInput, match="500"):
        read_consents([*rows, given(id="more")], NOW)
    with pytest.raises(InvalidInput) as raised:
        read_consents([given(), given()], NOW)
    assert list(raised.value.fields) == ["[1].id"]


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    [row] = read_consents(given(givenAt="2026-09-01T14:00:00.000+02:00"), NOW)
    [same] = read_consents(given(), NOW)
    assert row == same
    [capital] = read_consents(given(patientId=PATIENT.upper()), NOW)
    assert capital == same


@pytest.mark.parametrize(
    ("header", "passes"),
    [
        (f"Bearer {CONSENT_TOKEN}", True),
        (f"bearer {CONSENT_TOKEN}", True),
        (f"Bearer  {CONSENT_TOKEN} ", True),
        (CONSENT_TOKEN, False),
        (f"Basic {CONSENT_TOKEN}", False),
        (f"Bearer {CONSENT_TOKEN[:-1]}", False),
        (f"Bearer {CONSENT_TOKEN}t", False),
        ("Bearer ", False),
        ("Bearer ü\ud800", False),
        ("", False),
    ],
)
def test_the_token(stage: Stage, header: str, passes: bool) -> None:
    assert stage.consent_imports.is_sender(header) is passes


@pytest.mark.parametrize(("rule", "token"), [("warn", ""), ("off", CONSENT_TOKEN)])
def test_without_a_token_or_a_rule_nothing_can_be_handed_in(
    stage: Stage, rule: str, token: str
) -> None:
    terms = ConsentTerms(ConsentRule(rule), read_words(None), timedelta(days=1))
    imports = ConsentImports(stage.store, stage.audit, terms, SecretStr(token), stage.clock)
    assert not imports.is_open
    assert not imports.is_sender("Bearer ") and not imports.is_sender(f"Bearer {token}")


def test_known_ids_are_found_by_an_index(stage: Stage) -> None:
    assert_no_scan(plans_of(stage.store, lambda: stage.consent_imports.take([given()])))
