"""Each rule: facts in, verdict out; and the rules in their order."""

import pytest

from pages._ui.words.verdicts import VERDICT_TITLES
from services.diagnosis.diagnose import RULES, diagnose
from services.diagnosis.verdict import Action, Case, Severity, SourceFacts
from tests.diagnosis.rule_table import (
    GONE,
    MOVED,
    NOW,
    PID,
    SESSION,
    TABLE,
    USED,
    USUAL,
    at,
    case,
    ias,
    known,
    query,
    step,
    unasked,
)


@pytest.mark.parametrize(("code", "given"), TABLE)
def test_each_rule_has_its_facts(code: str, given: Case) -> None:
    found = diagnose(given)
    assert found.code == code
    assert found.what.endswith(".") or found.what.endswith("”.")
    assert found.next_step.endswith(".")


def test_every_rule_is_in_the_table_and_has_a_title() -> None:
    codes = {rule.__name__ for rule in RULES}
    tabled = {code for code, _ in TABLE}
    assert len(codes) >= 22
    assert codes == tabled == set(VERDICT_TITLES)


def test_a_verdict_that_waits_says_until_when() -> None:
    waiting = [(code, diagnose(one)) for code, one in TABLE]
    waiting = [(code, one) for code, one in waiting if one.severity is Severity.WAITING]
    assert len(waiting) >= 15
    for code, one in waiting:
        assert one.until is not None and (one.until >= NOW or code == "records_fetching"), code
    running = case(query("processing", 2, SourceFacts("hie", "processing")))
    assert diagnose(running).until == at(2) + USUAL["hie"]


def test_a_verdict_to_act_on_has_a_button() -> None:
    for code, facts in TABLE:
        found = diagnose(facts)
        if found.severity in (Severity.READY, Severity.TO_DO):
            assert found.action is not None, code


def test_the_evidence_holds_upstreams_own_words() -> None:
    refused = ias("rejected", error_kind="refused", error_status=403, error_detail="no")
    evidence = diagnose(case(refused, identity=PID)).evidence
    assert evidence["Metriport says"] == "HTTP 403 · no" and evidence["Query"] == "i"
    found_out = ias("rejected", 4, error_detail="not active", finished_at=at(3))
    assert diagnose(case(found_out, identity=GONE)).evidence["Metriport says"] == "not active"
    for other in (
        query("rejected", error_kind="not_found", error_detail="no such facility"),
        ias("rejected", 60, error_detail="sources must be an object", finished_at=at(59)),
    ):
        assert "Metriport says" not in diagnose(case(other, identity=GONE)).evidence


@pytest.mark.parametrize("kind", ["rate_limited", "key_refused"])
def test_an_ias_query_that_was_turned_away_left_its_session_unspent(kind: str) -> None:
    turned_away = ias("rejected", error_kind=kind)
    in_time = diagnose(case(turned_away, identity=PID, session=SESSION))
    assert in_time.action is Action.START_IAS
    too_late = diagnose(case(turned_away, identity=PID, session=USED))
    assert too_late.action is Action.SEND_CHALLENGE and "challenge first" in too_late.next_step


def test_a_query_of_which_nothing_is_fetched_is_fetched_first() -> None:
    partly = query("partial", 9, SourceFacts("lab", "failed"))
    for known_records, action in (
        ({}, Action.FETCH_RECORDS),
        ({"q": known(None, "failed")}, Action.FETCH_RECORDS),
        ({"q": known(4)}, Action.START_TREATMENT),
    ):
        assert diagnose(case(partly, records=known_records)).action is action


def test_who_takes_part_in_exchange_again_is_asked_again() -> None:
    refused = unasked("hie", 400, "The patient has opted out")
    still = diagnose(case(ias("completed", 9, refused), identity=PID, opted_out=True))
    again = diagnose(case(ias("completed", 9, refused), identity=PID))
    assert "has opted out" in still.what and "had opted out" in again.what
    assert still.action is again.action is Action.SEND_CHALLENGE


@pytest.mark.parametrize("sources", [[SourceFacts("hie", "queued")], []])
def test_a_query_that_runs_waits_until_some_time_to_come(sources: list[SourceFacts]) -> None:
    found = diagnose(case(query("processing", 300, *sources)))
    assert found.until is not None and found.until >= NOW


def test_a_query_of_somebody_elses_does_not_ask_for_a_challenge_without_an_identity() -> None:
    assert diagnose(case(ias("failed"))).action is Action.SEND_VERIFICATION
    assert diagnose(case(ias("failed"), identity=PID)).action is Action.SEND_CHALLENGE


@pytest.mark.parametrize(
    "unsent",
    [
        case(verification=step(1, unsent=True)),
        case(identity=PID, challenge=step(1, unsent=True)),
    ],
)
def test_of_a_link_that_nobody_sent_it_is_not_said_that_the_person_is_late(unsent: Case) -> None:
    verdict = diagnose(unsent)
    assert verdict.what == "A link was made, but nobody has copied it or said that it was sent."
    assert "again" in verdict.next_step


def test_a_drift_names_its_fields_and_has_the_person_verify_again() -> None:
    found = diagnose(case(identity=PID, session=SESSION, **MOVED))
    assert "address and contact" in found.what and "verify again" in found.next_step
    assert (found.action, found.severity) == (Action.SEND_VERIFICATION, Severity.TO_DO)
    assert found.evidence["Changed since"] == "address and contact"
    under_way = diagnose(case(identity=PID, verification=step(5), **MOVED))
    assert (under_way.severity, under_way.until) == (Severity.WAITING, at(-55))
    for over in (step(61), step(90, returned_at=at(2)), step(101, returned_at=at(100))):
        again = diagnose(case(identity=PID, verification=over, **MOVED))
        assert (again.severity, again.until) == (Severity.TO_DO, None)
