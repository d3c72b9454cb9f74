"""A complete chain is complete, and each way to break one link is found and named."""

from datetime import timedelta
from typing import Any

import pytest

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.evidence.evidence import LinkCode, LinkState
from services.store.tables import AuditSegment, QuerySource
from tests.compliance.chains import AT, Chain, Edit, bulk, event, external, ias, treatment

IAS_ONLY = [
    LinkCode.PERSON,
    LinkCode.CONSENT,
    LinkCode.PROOFING,
    LinkCode.DEMOGRAPHICS,
    LinkCode.CHALLENGE,
    LinkCode.AAL2,
]


def setting(rows: str, **columns: Any) -> Edit:
    """Change columns of the first of these rows."""

    def edit(chain: Chain) -> None:
        for name, value in columns.items():
            setattr(getattr(chain.pool, rows)[0], name, value)

    return edit


def without(rows: str) -> Edit:
    """Delete these rows."""
    return lambda chain: getattr(chain.pool, rows).clear()


def minutes(number: float) -> Any:
    return AT + timedelta(minutes=number)


BREAKS: list[tuple[str, Edit, LinkCode, str]] = [
    ("no field lacked", setting("checks", missing=["zip", "city"]), LinkCode.PERSON, "city, zip"),
    ("no consent", without("consents"), LinkCode.CONSENT, "Nobody had agreed"),
    ("consent later", setting("consents", given_at=minutes(1)), LinkCode.CONSENT, "Nobody had"),
    ("consent ended", setting("consents", ends_at=minutes(-1)), LinkCode.CONSENT, "had ended"),
    ("withdrawn", setting("consents", revoked_at=minutes(-1)), LinkCode.CONSENT, "withdrawn"),
    (
        "consent of another",
        setting("consents", patient_id="p-2"),
        LinkCode.CONSENT,
        "Nobody had agreed",
    ),
    ("no identity", without("identities"), LinkCode.PROOFING, "no identity"),
    ("no identity session", without("verifications"), LinkCode.PROOFING, "identity session"),
    ("no message", without("messages"), LinkCode.PROOFING, "message that brought it is not"),
    (
        "unsigned",
        setting("messages", signature_status="invalid"),
        LinkCode.PROOFING,
        "no valid signature",
    ),
    (
        "identity of another",
        setting("identities", patient_id="p-2"),
        LinkCode.PROOFING,
        "another person's",
    ),
    (
        "identity refused",
        setting("identities", inactive_at=minutes(-1)),
        LinkCode.PROOFING,
        "had refused",
    ),
    (
        "drifted",
        setting("checks", demographics="drifted", drifted=["name"]),
        LinkCode.DEMOGRAPHICS,
        "differs",
    ),
    (
        "not captured",
        setting("checks", demographics="not_captured"),
        LinkCode.DEMOGRAPHICS,
        "never captured",
    ),
    (
        "not comparable",
        setting("checks", demographics="not_comparable"),
        LinkCode.DEMOGRAPHICS,
        "key has changed",
    ),
    (
        "an unknown comparison",
        setting("checks", demographics="odd"),
        LinkCode.DEMOGRAPHICS,
        "has shown: odd",
    ),
    ("no challenge", without("challenges"), LinkCode.CHALLENGE, "no challenge"),
    (
        "declined",
        setting("challenges", returned_status="declined"),
        LinkCode.CHALLENGE,
        "not satisfied",
    ),
    (
        "challenge of another",
        setting("challenges", patient_id="p-2"),
        LinkCode.CHALLENGE,
        "another person's",
    ),
    (
        "challenge for another identity",
        setting("challenges", proofed_identity_id="pid-2"),
        LinkCode.CHALLENGE,
        "another identity",
    ),
    (
        "session of another",
        setting("aal2_sessions", patient_id="p-2"),
        LinkCode.AAL2,
        "another person's",
    ),
    (
        "session for another identity",
        setting("aal2_sessions", proofed_identity_id="pid-2"),
        LinkCode.AAL2,
        "another identity",
    ),
    (
        "satisfied later",
        setting("aal2_sessions", verified_at=minutes(1)),
        LinkCode.AAL2,
        "satisfied after the start",
    ),
    (
        "idle",
        setting("aal2_sessions", verified_at=minutes(-30)),
        LinkCode.AAL2,
        "idle for too long",
    ),
    (
        "old",
        setting("aal2_sessions", verified_at=minutes(-12 * 60)),
        LinkCode.AAL2,
        "too old",
    ),
    (
        "not spent on it",
        setting("aal2_sessions", used_by="q-9"),
        LinkCode.AAL2,
        "does not say that this query",
    ),
    ("no event", without("starts"), LinkCode.STARTER, "no event"),
    ("another starter", setting("starts", actor_id="test#eve"), LinkCode.STARTER, "somebody else"),
    ("another person", setting("starts", patient_id="p-2"), LinkCode.STARTER, "another person"),
    ("no role", setting("starts", role=""), LinkCode.STARTER, "no role"),
    ("no session", setting("starts", session_id=None), LinkCode.STARTER, "no staff session"),
    (
        "somebody else's session",
        setting("staff_sessions", staff_id="test#eve"),
        LinkCode.STARTER,
        "somebody else's",
    ),
    ("no source", without("sources"), LinkCode.SOURCES, "no source"),
    ("a look without an event", without("look_events"), LinkCode.RECORDS, "the look l-1"),
    (
        "only a reviewer's event of a look",
        setting("look_events", action="record_looks.seen"),
        LinkCode.RECORDS,
        "the look l-1",
    ),
    (
        "a request without an outcome",
        setting("requests", counted_at=None, status="processing"),
        LinkCode.RECORDS,
        "the request rr-1",
    ),
]


def missing(chain: Chain) -> list[str]:
    return chain.evidence().missing


def test_a_complete_chain_is_complete() -> None:
    evidence = ias().evidence()
    assert evidence.missing == [] and evidence.completeness == 1
    assert [link.code for link in evidence.links] == list(LinkCode)
    assert evidence.present == evidence.applicable == len(LinkCode)
    assert evidence.findings == ()
    assert all(link.rows and link.facts and not link.why for link in evidence.links)


@pytest.mark.parametrize(("name", "edit", "code", "why"), BREAKS, ids=[row[0] for row in BREAKS])
def test_each_way_to_break_a_link_is_found_and_named(
    name: str, edit: Edit, code: LinkCode, why: str
) -> None:
    chain = ias()
    edit(chain)
    # Without a source nothing was brought, so no records are expected either.
    assert missing(chain) == [code.value]
    assert why in chain.link(code).why


def test_a_lost_start_check_is_missing_twice_and_a_lost_session_too() -> None:
    chain = ias()
    chain.pool.checks.clear()
    assert missing(chain) == ["person", "demographics"]
    chain = ias()
    chain.pool.aal2_sessions.clear()
    assert missing(chain) == ["challenge", "aal2"]


def test_a_session_that_another_query_used_too_is_missing_for_both() -> None:
    chain = ias()
    second = ias(id="q-2", request_id="r-2").query
    chain.pool.sharing = [chain.query, second]
    assert missing(chain) == ["aal2"] and "Another query" in chain.link(LinkCode.AAL2).why
    # Upstream never looked at the other one, so that one used nothing up.
    second.request_id, second.status, second.error_kind = None, "rejected", "rate_limited"
    assert missing(chain) == []


def test_a_query_that_upstream_never_looked_at_gave_its_session_back() -> None:
    chain = ias(request_id=None, status="not_started", error_kind="unreachable")
    chain.pool.aal2_sessions[0].used_by = "q-2"
    assert missing(chain) == []
    assert ("given back", "Metriport never looked at the query") in chain.link(LinkCode.AAL2).facts
    assert chain.link(LinkCode.SOURCES).state is LinkState.NOT_APPLICABLE


def test_a_renewed_identity_does_not_undo_an_older_query() -> None:
    chain = ias()
    chain.pool.identities[0].verified_at = minutes(600)
    assert missing(chain) == []
    chain.pool.messages[0].received_at = chain.pool.verifications[0].verified_at = minutes(600)
    assert missing(chain) == ["proofing"]
    assert "after the start" in chain.link(LinkCode.PROOFING).why


def test_of_several_returns_the_verified_one_may_be_the_later() -> None:
    chain = ias()
    challenge = chain.pool.challenges[0]
    challenge.returned_status, challenge.returns = "declined", 2
    assert missing(chain) == []


def test_an_identity_of_the_companys_own_app_has_no_session_here() -> None:
    chain = ias()
    chain.pool.identities[0].from_session = None
    chain.pool.verifications.clear()
    assert missing(chain) == []
    assert ("verified in", "the company's own app") in chain.link(LinkCode.PROOFING).facts


def test_stricter_settings_count_and_wider_ones_do_not() -> None:
    chain = ias()
    chain.pool.aal2_sessions[0].verified_at = minutes(-29)
    assert missing(chain) == []
    chain.config = EvidenceConfig(aal2_max_idle=timedelta(minutes=29))
    assert missing(chain) == ["aal2"]
    chain.pool.aal2_sessions[0].verified_at = minutes(-30)
    chain.config = EvidenceConfig(aal2_max_idle=timedelta(days=1), aal2_max_age=timedelta(days=1))
    assert missing(chain) == ["aal2"]


def test_consents_that_are_held_elsewhere_are_not_applicable() -> None:
    chain = ias()
    chain.pool.consents.clear()
    chain.config = EvidenceConfig(consent="off")
    link = chain.link(LinkCode.CONSENT)
    assert link.state is LinkState.NOT_APPLICABLE and "CONSENT=off" in link.why
    assert missing(chain) == [] and chain.found() == {}


def test_a_treatment_query_needs_nothing_of_individual_access() -> None:
    evidence = treatment().evidence()
    states = {link.code: link for link in evidence.links}
    for code in IAS_ONLY:
        assert states[code].state is LinkState.NOT_APPLICABLE
        assert states[code].why.startswith("Only individual access needs it")
    assert evidence.completeness == 1 and evidence.findings == ()


@pytest.mark.parametrize("purpose", ["ias", "treatment", "operations"])
def test_a_query_from_elsewhere_gives_evidence_and_no_error(purpose: str) -> None:
    evidence = external(purpose).evidence()
    lacking = [code.value for code in IAS_ONLY] if purpose == "ias" else []
    assert evidence.missing == [*lacking, "starter"]
    assert evidence.actor is None and len(evidence.findings) >= 1


def test_a_bare_query_of_ours_gives_evidence_and_no_error() -> None:
    chain = ias()
    for name in vars(chain.pool):
        if name != "queries":
            getattr(chain.pool, name).clear()
    assert missing(chain) == [*(code.value for code in IAS_ONLY), "starter", "sources"]


def test_purged_events_are_said_to_be_purged() -> None:
    chain = ias()
    chain.pool.starts.clear()
    chain.pool.purged.append(
        AuditSegment(
            id=1,
            first_seq=1,
            last_seq=9,
            first_at=minutes(-99),
            last_at=minutes(99),
            purged_at=minutes(999),
        )
    )
    assert "were purged" in chain.link(LinkCode.STARTER).why
    assert "start_not_noted" not in chain.found()
    chain.pool.purged[0].last_at = minutes(-1)
    assert "no event of its start" in chain.link(LinkCode.STARTER).why


def test_a_bulk_run_is_named() -> None:
    chain = treatment()
    bulk(chain)
    assert ("bulk run", "run-1") in chain.link(LinkCode.STARTER).facts


@pytest.mark.parametrize(
    ("columns", "age", "state", "why"),
    [
        ({"status": "submitting", "request_id": None}, 1, "not_applicable", "under way"),
        ({"status": "submitting", "request_id": None}, 2, "missing", "not answered"),
        ({"status": "unconfirmed", "request_id": None}, 1, "missing", "not answered"),
        ({"status": "not_started", "request_id": None}, 9, "missing", "not answered"),
        (
            {"status": "not_started", "request_id": None, "error_kind": "no_answer"},
            9,
            "missing",
            "not answered",
        ),
        (
            {"status": "not_started", "request_id": None, "error_kind": "unreachable"},
            9,
            "present",
            "",
        ),
        ({"status": "rejected", "request_id": None, "error_kind": "invalid"}, 9, "present", ""),
        ({"status": "processing"}, 1, "present", ""),
    ],
)
def test_what_upstream_answered(columns: dict[str, Any], age: float, state: str, why: str) -> None:
    chain = ias(**columns)
    chain.now = minutes(age)
    link = chain.link(LinkCode.REQUEST)
    assert link.state.value == state and why in link.why


@pytest.mark.parametrize(
    ("statuses", "status", "hours", "state"),
    [
        (["completed"], "completed", 0, "present"),
        (["completed", "failed"], "partial", 0, "present"),
        (["completed", "not_started"], "completed", 0, "present"),
        (["completed", "processing"], "processing", 23.9, "not_applicable"),
        (["completed", "processing"], "processing", 24, "missing"),
        ([], "processing", 1, "not_applicable"),
        (["completed"], "processing", 24, "present"),
        (["not_started"], "rejected", 30, "not_applicable"),
        (["a word of upstream"], "odd", 24, "missing"),
    ],
)
def test_the_outcome_of_each_source(
    statuses: list[str], status: str, hours: float, state: str
) -> None:
    chain = ias(status=status)
    chain.pool.sources = [
        QuerySource(id=number, query_id="q-1", type=f"t{number}", attempt=number, status=one)
        for number, one in enumerate(statuses, start=1)
    ]
    chain.now = AT + timedelta(hours=hours)
    assert chain.link(LinkCode.SOURCES).state.value == state


def test_records_are_expected_once_somebody_asked_for_them() -> None:
    chain = ias()
    chain.pool.requests.clear()
    assert missing(chain) == []
    chain.pool.looks.clear()
    assert chain.link(LinkCode.RECORDS).state is LinkState.NOT_APPLICABLE
    chain = ias()
    chain.pool.sources[0].status = "failed"
    assert "No source has brought" in chain.link(LinkCode.RECORDS).why


@pytest.mark.parametrize(("hours", "lacks"), [(23.99, False), (24, True)])
def test_a_request_for_records_has_a_day(hours: float, lacks: bool) -> None:
    chain = ias()
    request = chain.pool.requests[0]
    request.counted_at, request.status = None, "completing"
    chain.now = request.submitted_at + timedelta(hours=hours)
    assert (missing(chain) == ["records"]) is lacks


def test_clocks_that_went_back_are_named_and_crash_nothing() -> None:
    chain = ias()
    for name in vars(chain.pool):
        for row in getattr(chain.pool, name):
            for column in type(row).model_fields:
                if column.endswith("_at") and getattr(row, column) is not None:
                    setattr(row, column, getattr(row, column) - timedelta(days=400))
    chain.query.submitted_at = AT
    chain.pool.aal2_sessions[0].verified_at = AT + timedelta(days=3)
    chain.now = AT - timedelta(days=800)
    found = chain.found()
    assert "ended before it was submitted" in found["clocks"]
    assert "AAL2 session used before it was satisfied" in found["clocks"]
    assert "submitted in the future" in found["clocks"]


def test_facts_hold_no_secret_and_no_name_of_a_person() -> None:
    chain = ias()
    chain.pool.aal2_sessions[0].secret = b"credential"
    chain.pool.staff_sessions[0].id_token = b"token"
    said = repr(chain.evidence())
    assert "credential" not in said and "token" not in said and "f-1" not in said


def test_two_events_of_one_start_are_read_from_the_first() -> None:
    chain = ias()
    chain.pool.starts.append(event(9, "queries.start", "q-1", actor_id="test#eve"))
    assert missing(chain) == []
