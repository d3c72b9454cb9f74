"""Each rule: facts in, verdict out; and the rules in their order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._ui.verdict_panel import TITLES
from services.access_state import Facts, Identity, Limits, Session, Step
from services.diagnosis import RULES, diagnose
from services.verdict import Action, Case, Health, QueryFacts, Severity, SourceFacts
from tests.test_access_state import facts_

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))
USUAL = {"hie": timedelta(minutes=5), "lab": timedelta(minutes=1)}


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def step(created: float, **facts: Any) -> Step:
    return Step("t", at(created), at(created - 60), **facts)


def query(status: str, submitted: float = 30, *sources: SourceFacts, **facts: Any) -> QueryFacts:
    values = {"id": "q", "purpose": "treatment", "status": status, "submitted_at": at(submitted)}
    return QueryFacts(**(values | facts), sources=sources)  # type: ignore[arg-type]


def case(**facts: Any) -> Case:
    known = {name: facts.pop(name) for name in ("verification", "identity", "challenge", "session")
             if name in facts}  # fmt: skip
    return Case(NOW, LIMITS, facts=Facts(**known), usual=USUAL, **facts)


PID = Identity("pid", at(100))
GONE = Identity("pid", at(100), at(3))
SESSION = Session("s", "t", "pid", at(5))
FAILED_IAS = query("failed", 30, SourceFacts("hie", "failed"), purpose="ias")

TABLE = [
    ("key_refused", case(health=Health(key_refused_at=at(1)))),
    ("unreachable", case(health=Health(unreachable_at=at(1)), query=query("completed"))),
    ("no_such_patient", case(exists=False)),
    ("query_unconfirmed", case(query=query("unconfirmed"), identity=PID, session=SESSION)),
    ("query_slow", case(query=query("processing", 6, SourceFacts("hie", "processing")))),
    ("query_slow", case(query=query("processing", 20, SourceFacts("lab", "processing", at(2))))),
    ("query_processing", case(query=query("processing", 5, SourceFacts("hie", "processing")))),
    ("query_processing", case(query=query("processing", 90, SourceFacts("new", "processing")))),
    ("query_processing", case(query=query("submitting", 0))),
    ("identity_unopened", case(verification=step(1))),
    ("identity_unopened", case(verification=step(1), query=query("failed"))),
    ("identity_opened", case(verification=step(5, opened_at=at(1)))),
    ("identity_returned", case(verification=step(5, returned_at=at(1.99)))),
    ("identity_overdue", case(verification=step(5, returned_at=at(2)))),
    ("deliveries_failing",
     case(verification=step(5, returned_at=at(2)), health=Health(deliveries_failed=1))),
    ("deliveries_failing",
     case(verification=step(5, returned_at=at(9)), health=Health(deliveries_off="no answer"))),
    ("identity_returned",
     case(verification=step(5, returned_at=at(1)), health=Health(deliveries_failed=1))),
    ("identity_link_expired", case(verification=step(60))),
    ("identity_inactive", case(identity=GONE)),
    ("identity_inactive",
     case(identity=GONE, query=query("rejected", 4, purpose="ias", error_status=412))),
    ("identity_inactive", case(identity=GONE, query=query("rejected", 1, purpose="ias"))),
    ("query_rejected", case(identity=GONE, query=query("rejected", 1))),
    ("identity_none", case()),
    ("aal2_none", case(identity=PID)),
    ("aal2_unopened", case(identity=PID, challenge=step(1))),
    ("aal2_opened", case(identity=PID, challenge=step(5, opened_at=at(1)))),
    ("aal2_link_expired", case(identity=PID, challenge=step(60))),
    ("aal2_declined", case(identity=PID, challenge=step(5, returned_at=at(1)))),
    ("aal2_active", case(identity=PID, session=SESSION)),
    ("aal2_active", case(identity=PID, session=SESSION, query=query("failed"))),
    ("aal2_expired", case(identity=PID, session=replace(SESSION, verified_at=at(30)))),
    ("aal2_active", case(identity=PID, session=replace(SESSION, verified_at=at(29.9)))),
    ("ias_refused", case(identity=PID, query=query("rejected", purpose="ias", error_status=403))),
    ("query_rate_limited", case(query=query("rejected", error_kind="rate_limited"))),
    ("query_rejected", case(query=query("rejected", error_status=400))),
    ("query_not_started", case(query=query("not_started"))),
    ("opted_out", case(opted_out=True, query=query("failed"))),
    ("opted_out", case(query=query(
        "completed", 9, SourceFacts("hie", "not_started", None, 400, "The patient has opted out"
    )))),
    ("source_rate_limited",
     case(query=query("completed", 9, SourceFacts("lab", "not_started", None, 429, "slow")))),
    ("source_not_enabled",
     case(query=query("completed", 9, SourceFacts("pharmacy", "not_started", None, 400, "no")))),
    ("query_partial", case(query=query("partial", 9, SourceFacts("lab", "failed")))),
    ("aal2_used", case(identity=PID, query=FAILED_IAS)),
    ("query_failed", case(query=query("failed"))),
    ("no_records", case(query=query("completed"), records=0)),
    ("records_uncounted", case(query=query("completed"))),
    ("all_well", case(query=query("completed"), records=1)),
    ("nothing_known",
     case(identity=PID, session=replace(SESSION, ended_at=at(1), end_reason="used"))),
    ("unknown_status", case(query=query("on hold"))),
    # What is older than the newest query is past.
    ("all_well", case(query=query("completed"), records=1, verification=step(90))),
    ("all_well",
     case(query=query("completed"), records=1, verification=step(90, returned_at=at(80)))),
    ("all_well", case(query=query("completed", 2), records=1, identity=GONE)),
    ("all_well", case(query=query("completed"), records=1, identity=PID,
                      challenge=step(50, returned_at=at(49)))),
]  # fmt: skip


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
    assert codes == tabled == set(TITLES)


def test_a_verdict_that_waits_says_until_when() -> None:
    waiting = [diagnose(one) for code, one in TABLE if code.startswith(("identity_", "aal2_"))]
    waiting = [one for one in waiting if one.severity is Severity.WAITING]
    assert len(waiting) >= 6 and all(one.until and one.until > NOW for one in waiting)
    running = case(query=query("processing", 2, SourceFacts("hie", "processing")))
    assert diagnose(running).until == at(2) + USUAL["hie"]


def test_a_verdict_to_act_on_has_a_button() -> None:
    for code, facts in TABLE:
        found = diagnose(facts)
        if found.severity is Severity.TO_DO:
            assert found.action is not None, code


def test_the_evidence_holds_upstreams_own_words() -> None:
    refused = query("rejected", error_status=403, error_detail="no", purpose="ias")
    evidence = diagnose(case(identity=PID, query=refused)).evidence
    assert evidence["Metriport says"] == "HTTP 403 · no" and evidence["Query"] == "q"


def test_an_ias_query_that_was_turned_away_is_started_again_with_its_session() -> None:
    limited = query("rejected", error_kind="rate_limited", purpose="ias")
    assert diagnose(case(identity=PID, query=limited)).action is Action.START_IAS


statuses = st.sampled_from(
    ["submitting", "processing", "completed", "partial", "failed", "rejected", "unconfirmed",
     "not_started", "brand-new"]
)  # fmt: skip
times = st.integers(0, 3000).map(lambda minutes: at(minutes))
queries = st.builds(
    QueryFacts, id=st.just("q"), purpose=st.sampled_from(["ias", "treatment", "other"]),
    status=statuses, submitted_at=times, finished_at=st.none() | times,
    error_kind=st.none() | st.sampled_from(["refused", "rate_limited"]),
    error_status=st.none() | st.integers(400, 500), error_detail=st.none() | st.text(max_size=9),
    sources=st.lists(
        st.builds(SourceFacts, st.sampled_from(["hie", "x"]), statuses, st.none() | times,
                  st.none() | st.sampled_from([400, 429, 500]), st.none() | st.text(max_size=9)),
        max_size=3,
    ).map(tuple),
)  # fmt: skip
cases = st.builds(
    Case, st.just(NOW), st.just(LIMITS), facts_, st.booleans(), st.booleans(),
    st.none() | queries, st.none() | st.integers(0, 9),
    st.builds(Health, st.none() | times, st.none() | times, st.integers(0, 2)), st.just(USUAL),
)  # fmt: skip


@given(cases)
def test_any_case_has_a_verdict(given_case: Case) -> None:
    assert diagnose(given_case).code in TITLES
