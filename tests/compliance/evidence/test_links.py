"""A complete chain is complete, and each way to break one link is found and named."""

from datetime import timedelta

import pytest

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.evidence.evidence import LinkCode, LinkState
from services.store.tables import AuditSegment
from tests.compliance.chain_rows import AT, event
from tests.compliance.chains import Chain, Edit, bulk, external, ias, treatment
from tests.compliance.edits import minutes
from tests.compliance.evidence.link_breaks import BREAKS

IAS_ONLY = [
    LinkCode.PERSON,
    LinkCode.CONSENT,
    LinkCode.PROOFING,
    LinkCode.DEMOGRAPHICS,
    LinkCode.CHALLENGE,
    LinkCode.AAL2,
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
    assert chain.link(LinkCode.CONSENT).state is LinkState.MISSING, "it was needed on that day"
    chain.pool.checks[0].consent = "off"
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
