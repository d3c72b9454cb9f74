"""Every word of the wire that the program knows has words; a new one is shown as it came."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pages._ui.words.entries import KIND_NAMES, entry_detail, entry_fact, entry_name, entry_state
from pages._ui.words.times import to_the_second
from pages._ui.words.wire import (
    act_name,
    act_outcome,
    call_error_name,
    call_name,
    end_name,
    failure_words,
    method_name,
    path_name,
    webhook_name,
)
from services import errors
from services.identity.access_state import EXPIRED, REFUSED, REPLACED, USED
from services.lookup.entries import EntryKind, Moment, TimelineEntry
from services.staff.permissions import Permission
from services.webhooks.registry import handler_of
from services.webhooks.rejections import Rejection

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
TYPES = [
    "ping",
    "ias.identity.verified",
    "medical.consolidated-data",
    "network-query.hie",
    "network-query.pharmacy",
    "network-query.lab",
    "network-query.hie.first-data-ready",
]
OPERATIONS = [
    "POST /medical/v1/network/query",
    "GET /medical/v1/network/query/{request}",
    "POST /medical/v1/identity/session",
    "POST /medical/v1/identity/aal2/challenge",
    "GET /medical/v1/patient/{id}",
    "GET /settings/webhook",
]


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_of_webhook_that_changes_something_is_told_in_words(type_: str) -> None:
    assert handler_of(type_) is not None
    assert webhook_name(type_) != type_ and "." not in webhook_name(type_)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_calls_are_told_in_words(operation: str) -> None:
    assert "/" not in call_name(operation)


def test_a_path_is_told_by_every_call_to_it() -> None:
    assert path_name("/medical/v1/facility") == "Read the facilities"
    assert path_name("/medical/v1/patient") == "Search for people · Create a person"
    assert path_name("/brand/new") == "/brand/new"


def test_every_kind_of_error_of_a_call_is_told_in_words() -> None:
    kinds = {kind for error in vars(errors).values() if (kind := getattr(error, "kind", None))}
    assert len(kinds) >= 10
    assert all("_" not in call_error_name(kind) and call_error_name(kind) != kind for kind in kinds)


@pytest.mark.parametrize("reason", [USED, REFUSED, EXPIRED, REPLACED])
def test_every_end_of_a_session_is_told_in_words(reason: str) -> None:
    assert " " in end_name(reason)


def test_the_acts_of_support_are_told_in_words() -> None:
    acts = (Permission.LINKS_SEND, Permission.QUERIES_START, Permission.RECORDS_COUNT)
    assert all("." not in act_name(act.value) for act in acts)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("done", ""),
        ("asked", "Asked of Metriport"),
        ("denied", "Not allowed"),
        ("rate_limited", "Rate limit reached"),
    ],
)
def test_what_came_of_an_act_is_told_where_it_was_not_simply_done(outcome: str, told: str) -> None:
    assert act_outcome(outcome) == told


@pytest.mark.parametrize("word", ["brand.new", "", "POST /brand/new", "hologram"])
def test_a_word_that_is_new_is_shown_as_it_came(word: str) -> None:
    for name in (call_name, act_name, method_name, call_error_name, end_name, failure_words):
        assert name(word) == word
    assert webhook_name(word) == (word or "Message without a type")
    assert webhook_name(None) == "Message without a type"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("wrong shape: patientId: Field required; source: Field required",
         "It is not built as Metriport documents it: patientId is missing; source is missing."),
        ("wrong shape: no patient with a status",
         "It is not built as Metriport documents it: no patient with a status."),
        ("taken in, but cannot be read: source.completedAt",
         "It was taken in, but a part of it cannot be read: source.completedAt."),
        ("KeyError", "Access Desk failed over it (KeyError): tell an administrator."),
        ("3 replays", "3 replays"),
    ],
)  # fmt: skip
def test_why_a_webhook_was_not_understood_is_a_sentence(error: str, told: str) -> None:
    assert failure_words(error) == told


@pytest.mark.parametrize("why", list(Rejection))
def test_why_a_webhook_was_refused_is_a_sentence(why: Rejection) -> None:
    assert failure_words(why.value).endswith(".")


def entry(kind: EntryKind, what: str, **facts: object) -> TimelineEntry:
    return TimelineEntry(NOW, kind, what, **facts)  # type: ignore[arg-type]


def test_every_kind_of_entry_has_a_name_and_its_words() -> None:
    assert set(KIND_NAMES) == set(EntryKind)
    assert entry_name(entry(EntryKind.QUERY, "ias query")) == "IAS query"
    assert entry_name(entry(EntryKind.QUERY, "new query")) == "new query"
    assert entry_name(entry(EntryKind.WEBHOOK, "network-query.lab")) == "Laboratory: ended"
    assert entry_name(entry(EntryKind.CALL, OPERATIONS[0])) == "Start a network query"
    assert entry_name(entry(EntryKind.ACT, "patient.view")) == "Opened the record"


def test_the_details_and_facts_of_an_entry_are_words() -> None:
    challenge = entry(EntryKind.AAL2, "Challenge link", detail="totp", moment=Moment.BEGUN)
    assert entry_detail(challenge) == "Code from an authenticator app"
    returned = entry(EntryKind.AAL2, "Challenge", detail="failed", moment=Moment.BACK)
    assert entry_detail(returned) == "Status “failed”"
    assert entry_detail(entry(EntryKind.ACT, "patient.view", detail="done")) == ""
    call = entry(EntryKind.CALL, OPERATIONS[0], detail="unreachable · connection refused")
    assert entry_detail(call) == "Not reached · connection refused"
    sent = entry(EntryKind.IDENTITY, "Verification link", detail="email", moment=Moment.SENT)
    assert entry_detail(sent) == "Sent by e-mail"
    assert entry_fact("Source", "hie") == "HIE"
    assert entry_fact("Method", "webauthn") == "Passkey"
    assert entry_fact("Ended because", "replaced") == "a newer one replaced it"
    assert entry_fact("Sent by", "hie") == "hie"
    assert entry_fact("Outcome", "done") == "Done"


@pytest.mark.parametrize(
    ("kind", "moment", "state", "label"),
    [
        (EntryKind.QUERY, Moment.BEGUN, "submitting", "Submitted"),
        (EntryKind.QUERY, Moment.STARTED, "processing", "Started"),
        (EntryKind.QUERY, Moment.DONE, "processing", "Processing"),
        (EntryKind.IDENTITY, Moment.OVER, "withdrawn", "Withdrawn"),
        (EntryKind.IDENTITY, Moment.OVER, "link_expired", "Link expired"),
        (EntryKind.AAL2, Moment.BACK, "declined", "Declined"),
        (EntryKind.AAL2, Moment.RESERVED, "refused", "Not accepted"),
        (EntryKind.AAL2, Moment.SEEN, "seen", "Looked at"),
        (EntryKind.WEBHOOK, Moment.TOLD, "on hold", "on hold"),
    ],
)
def test_the_state_of_an_entry_says_what_happened_then(
    kind: EntryKind, moment: Moment, state: str, label: str
) -> None:
    assert entry_state(entry(kind, "x", state=state, moment=moment)).label == label


def test_a_moment_is_told_to_the_second_with_the_year_where_it_is_another() -> None:
    zone = ZoneInfo("America/New_York")
    assert to_the_second(NOW, zone, NOW) == "Sep 14, 11:30:00"
    assert to_the_second(NOW.replace(year=2025), zone, NOW) == "Sep 14, 2025, 11:30:00"
    assert "0001" in to_the_second(datetime(1, 1, 1, tzinfo=UTC), zone, NOW)
