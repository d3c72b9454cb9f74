"""Every state and every verdict has its words, in one table each."""

import re
from pathlib import Path

import pytest

from pages._ui.words import states
from pages._ui.words.queries import query_meaning, source_reason, sources_words
from pages._ui.words.states import badge, label, words_of
from pages._ui.words.verdicts import VERDICT_TITLES
from services.bulk.runs import FINISHED, RUNNING, STOPPED, WAITING
from services.diagnosis.verdict import Severity
from services.identity.access_state import Aal2State, IdentityState
from services.operations.doctor import CheckStatus
from services.queries.query_log import QueryRow
from services.queries.rows import NetworkQuery, QuerySource
from services.queries.status import STATUSES
from services.webhooks.filters import SIGNATURE_STATUSES, STATES

ROOT = Path(__file__).parents[2]
TABLES = {
    name: table
    for name, table in vars(states).items()
    if name.endswith("_STATES") and isinstance(table, dict)
}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("QUERY_STATES", STATUSES),
        ("IDENTITY_STATES", IdentityState),
        ("AAL2_STATES", Aal2State),
        ("WEBHOOK_STATES", STATES),
        ("SIGNATURE_STATES", SIGNATURE_STATUSES),
        ("BULK_STATES", (RUNNING, STOPPED, FINISHED)),
        ("BULK_PERSON_STATES", (WAITING, *STATUSES)),
        ("CHECK_STATES", CheckStatus),
        ("SEVERITY_STATES", Severity),
    ],
)
def test_every_state_of_a_kind_has_words(table: str, found: list[str]) -> None:
    assert set(TABLES[table]) == set(found)


@pytest.mark.parametrize("table", TABLES)
def test_every_state_is_an_icon_a_word_and_a_colour_and_no_two_look_alike(table: str) -> None:
    words = list(TABLES[table].values())
    assert all(word.label and re.fullmatch(r"[a-z_]+", word.icon) for word in words)
    assert {word.colour for word in words} <= set(states.COLOURS)
    assert len({(word.label, word.icon) for word in words}) == len(words)


def test_a_state_that_is_new_is_shown_as_it_came() -> None:
    assert label(states.QUERY_STATES, "on hold") == "on hold"
    assert "on hold" in badge(states.QUERY_STATES, "on hold")
    assert words_of(states.QUERY_STATES, "on hold").meaning == ""


def test_every_state_of_a_query_says_what_it_means() -> None:
    for status in STATUSES:
        query = NetworkQuery(id="q", patient_id="p", purpose="ias", origin="dashboard",
                             status=status, submitted_at=None)  # fmt: skip
        assert query_meaning(query).endswith(".")


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        ("failed", None, None, "Metriport gave no reason."),
        ("failed", None, "Gateway timed out", "Gateway timed out"),
        ("failed", 502, None, "HTTP 502"),
        ("failed", 429, None, "HTTP 429 Wait a minute, then query this source again."),
        ("not_started", 400, "Not enabled", "Not enabled"),
        ("completed", None, None, ""),
        ("processing", None, None, ""),
    ],
)
def test_a_failed_source_tells_its_reason_or_that_there_is_none(
    status: str, code: int | None, message: str | None, reason: str
) -> None:
    source = QuerySource(query_id="q", type="hie", status=status, error_status=code,
                         error_message=message)  # fmt: skip
    assert source_reason(source) == reason


def test_the_sources_of_a_query_are_told_with_their_reasons() -> None:
    sources = [
        QuerySource(query_id="q", type="hie", status="completed"),
        QuerySource(query_id="q", type="lab", status="failed", attempt=2),
        QuerySource(query_id="q", type="pharmacy", status="failed", specific_source="surescripts",
                    error_message="No answer"),
        QuerySource(query_id="q", type="new", status="on hold"),
    ]  # fmt: skip
    query = NetworkQuery(id="q", patient_id="p", purpose="ias", origin="dashboard",
                         status="partial", submitted_at=None)  # fmt: skip
    assert sources_words(QueryRow(query, sources)).split(" · ") == [
        "HIE: completed",
        "Laboratory, attempt 2: failed. Metriport gave no reason.",
        "Pharmacy (surescripts): failed. No answer",
        "new: on hold",
    ]
    assert sources_words(QueryRow(query, [])) == ""


def test_every_verdict_has_a_title_of_its_own() -> None:
    sources = [path.read_text() for path in (ROOT / "services" / "diagnosis").rglob("*.py")]
    codes = {code for text in sources for code in re.findall(r'verdict\(\s*"([a-z0-9_]+)"', text)}
    assert len(codes) > 30 and codes <= set(VERDICT_TITLES)
    assert len(set(VERDICT_TITLES.values())) == len(VERDICT_TITLES)
    assert all(len(title) <= 20 for title in VERDICT_TITLES.values())
