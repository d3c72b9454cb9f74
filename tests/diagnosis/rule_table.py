"""A row for each rule of the diagnosis: the code of its verdict, and a case with its facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.diagnosis.verdict import (
    Case,
    Health,
    QueryFacts,
    RecordsFacts,
    SourceFacts,
)
from services.identity.access_state import (
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    Limits,
    LinkFacts,
)
from services.identity.consent.consent_state import ConsentRule, consent_at
from tests.identity.consent.rows import NOON, consent

NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))
USUAL = {"hie": timedelta(minutes=5), "lab": timedelta(minutes=1)}


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def step(created: float, **facts: Any) -> LinkFacts:
    return LinkFacts("t", at(created), at(created - 60), **facts)


def query(status: str, submitted: float = 30, *sources: SourceFacts, **facts: Any) -> QueryFacts:
    values = {"id": "q", "purpose": "treatment", "status": status, "submitted_at": at(submitted)}
    return QueryFacts(**(values | facts), sources=sources)  # type: ignore[arg-type]


def ias(status: str, submitted: float = 30, *sources: SourceFacts, **facts: Any) -> QueryFacts:
    return query(status, submitted, *sources, **({"id": "i", "purpose": "ias"} | facts))


def known(resources: int | None, status: str = "completed", **facts: Any) -> RecordsFacts:
    return RecordsFacts(resources, status, at(1), **facts)


def case(*queries: QueryFacts, **facts: Any) -> Case:
    """A case; each query stands where its purpose says."""
    steps = {name: facts.pop(name) for name in ("verification", "identity", "challenge", "session")
             if name in facts}  # fmt: skip
    for one in queries:
        facts["ias" if one.purpose == "ias" else "treatment"] = one
    return Case(NOW, LIMITS, facts=AccessFacts(**steps), usual=USUAL, **facts)


PID = IdentityFacts("pid", at(100))
OLD = IdentityFacts("pid", at(3000))
GONE = IdentityFacts("pid", at(100), at(3))
LONG_GONE = IdentityFacts("pid", at(5000), at(3000))
SESSION = Aal2SessionFacts("s", "t", "pid", at(5))
USED = replace(SESSION, verified_at=at(31), used_at=at(30), ended_at=at(30), end_reason="used")
OVER = replace(SESSION, verified_at=at(40))
GIVEN = consent_at([consent("c", -1)], NOON)
ENDED = consent_at([consent("c", -2, ends=-1)], NOON)
TAKEN = consent_at([consent("c", -2, revoked=-1)], NOON)
REQUIRED, WARN = ConsentRule.REQUIRED, ConsentRule.WARN
DONE_TODAY = query("completed", 2 * 60)
DONE_ONCE = query("completed", 30 * 24 * 60)
WELL = {"q": known(1)}
MOVED: Any = {"drifted": ("address", "contact")}


def unasked(kind: str, status: int | None, message: str | None) -> SourceFacts:
    return SourceFacts(kind, "not_started", None, status, message)


TABLE = [
    ("key_refused", case(health=Health(key_refused_at=at(1)))),
    ("unreachable", case(query("completed"), health=Health(unreachable_at=at(1)))),
    ("clock_wrong", case(query("completed"), health=Health(clock_off=timedelta(hours=1)))),
    ("clock_wrong", case(health=Health(clock_off=-timedelta(seconds=31)))),
    ("identity_none", case(health=Health(clock_off=timedelta(seconds=30)))),
    ("no_such_patient", case(exists=False)),
    ("query_unconfirmed", case(query("unconfirmed"))),
    ("ias_unconfirmed", case(ias("unconfirmed"), identity=PID, session=USED)),
    ("ias_unconfirmed", case(ias("unconfirmed"), health=Health(unreachable_at=at(1)))),
    ("query_slow", case(query("processing", 6, SourceFacts("hie", "processing")))),
    ("query_slow", case(query("processing", 20, SourceFacts("lab", "processing", at(2))))),
    ("query_slow", case(query("processing", 16, SourceFacts("new", "processing")))),
    ("query_slow", case(query("processing", 300, SourceFacts("hie", "queued")))),
    ("query_processing", case(query("processing", 5, SourceFacts("hie", "processing")))),
    ("query_processing", case(query("processing", 15, SourceFacts("new", "processing")))),
    ("query_processing", case(query("submitting", 0))),
    # Upstream's clock runs ahead or behind: its start is not believed.
    ("query_processing", case(query("processing", 4, SourceFacts("hie", "processing", at(64))))),
    ("query_slow", case(query("processing", 6, SourceFacts("hie", "processing", at(-54))))),
    ("identity_unopened", case(verification=step(1))),
    ("identity_unopened", case(query("failed"), verification=step(1))),
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
    ("identity_inactive", case(ias("rejected", 4, finished_at=at(3)), identity=GONE)),
    ("identity_inactive", case(ias("rejected", 60, finished_at=at(59)), identity=GONE)),
    ("identity_inactive", case(ias("rejected", 2, finished_at=at(1)), identity=GONE)),
    ("identity_none", case()),
    ("aal2_none", case(identity=PID)),
    ("aal2_unopened", case(identity=PID, challenge=step(1))),
    ("aal2_opened", case(identity=PID, challenge=step(5, opened_at=at(1)))),
    ("aal2_link_expired", case(identity=PID, challenge=step(60))),
    ("aal2_declined", case(identity=PID, challenge=step(5, returned_at=at(1)))),
    ("aal2_active", case(identity=PID, session=SESSION)),
    ("aal2_active", case(query("failed"), identity=PID, session=SESSION)),
    ("aal2_active", case(identity=PID, session=replace(SESSION, verified_at=at(29.9)))),
    ("aal2_expired", case(identity=PID, session=replace(SESSION, verified_at=at(30)))),
    # Without a consent a required one blocks what comes next, and nothing that is over …
    ("consent_missing", case(identity=PID, session=SESSION, consent_rule=REQUIRED)),
    ("consent_missing", case(identity=PID, consent_rule=REQUIRED)),
    ("consent_ended", case(identity=PID, session=SESSION, consent=ENDED, consent_rule=REQUIRED)),
    ("consent_revoked", case(identity=PID, session=SESSION, consent=TAKEN, consent_rule=REQUIRED)),
    ("consent_revoked", case(identity=PID, consent=TAKEN, consent_rule=REQUIRED)),
    ("aal2_active", case(identity=PID, session=SESSION, consent=GIVEN, consent_rule=REQUIRED)),
    ("aal2_unopened", case(identity=PID, challenge=step(1), consent_rule=REQUIRED)),
    ("aal2_used", case(identity=PID, session=USED, consent=TAKEN, consent_rule=REQUIRED)),
    ("identity_none", case(consent=TAKEN, consent_rule=REQUIRED)),
    ("all_well", case(ias("completed", 20), identity=PID, session=USED, consent=TAKEN,
                      consent_rule=REQUIRED, records={"i": known(1)})),
    ("all_well", case(ias("completed", 20), identity=PID, consent_rule=REQUIRED,
                      records={"i": known(1)})),
    # … and where it is only warned about, one that is over is said, and none hides nothing.
    ("consent_ended", case(identity=PID, session=SESSION, consent=ENDED, consent_rule=WARN)),
    ("consent_revoked", case(identity=PID, consent=TAKEN, consent_rule=WARN)),
    ("aal2_active", case(identity=PID, session=SESSION, consent_rule=WARN)),
    ("aal2_none", case(identity=PID, consent_rule=WARN)),
    ("aal2_active", case(identity=PID, session=SESSION, consent=TAKEN)),
    ("aal2_used", case(identity=PID, session=USED)),
    # What somebody asks for a clinician does not hide the way to one's own records.
    ("identity_overdue", case(query("completed", 15), verification=step(20, returned_at=at(10)))),
    ("identity_opened", case(query("processing", 1), verification=step(20, opened_at=at(10)))),
    ("aal2_none", case(DONE_ONCE, identity=IdentityFacts("pid", at(10)), records=WELL)),
    ("aal2_expired", case(DONE_ONCE, identity=PID, session=OVER, records=WELL)),
    ("aal2_expired", case(query("processing", 1), identity=PID, session=OVER)),
    ("identity_link_expired", case(query("completed", 70), verification=step(90))),
    ("identity_inactive", case(query("rejected", 1), identity=GONE)),
    # What is a day old, and older than a treatment query, is past.
    ("treatment_done", case(DONE_TODAY, records=WELL, verification=step(26 * 60))),
    ("identity_link_expired", case(DONE_TODAY, records=WELL, verification=step(24 * 60))),
    ("all_well", case(DONE_TODAY, records=WELL, identity=OLD, challenge=step(
        26 * 60, returned_at=at(25 * 60)))),
    ("aal2_declined", case(DONE_TODAY, records=WELL, identity=OLD, challenge=step(
        24 * 60, returned_at=at(24 * 60 - 1)))),
    # What is older than the newest IAS query is past, however young.
    ("all_well", case(ias("completed", 20), identity=PID, session=USED,
                      challenge=step(31, returned_at=at(30)), records={"i": known(1)})),
    # An IAS query that did not complete stays the case for a day.
    ("ias_failed", case(ias("failed", 60), query("completed", 30), identity=PID, records=WELL)),
    ("all_well", case(ias("failed", 24 * 60), query("completed", 30), identity=OLD, records=WELL)),
    ("all_well", case(ias("completed", 60), query("completed", 30), identity=PID, records=WELL)),
    ("ias_refused", case(ias("rejected", error_kind="refused"), identity=PID)),
    ("ias_refused", case(ias("rejected", error_kind="conflict"), identity=PID)),
    ("query_rejected", case(ias("rejected", error_kind="invalid"), identity=PID)),
    ("query_rejected", case(ias("rejected", error_kind="not_found"), identity=PID)),
    ("query_rejected", case(query("rejected", error_kind="refused"))),
    ("query_rate_limited", case(query("rejected", error_kind="rate_limited"))),
    ("query_key_refused", case(ias("rejected", error_kind="key_refused"), identity=PID)),
    ("query_not_started", case(query("not_started"))),
    ("query_forgotten", case(query("failed", error_kind="not_found"))),
    ("opted_out", case(query("completed", 9, unasked("hie", 400, "The patient has opted out")))),
    ("opted_out", case(query("completed"), opted_out=True, records={"q": known(0)})),
    ("all_well", case(query("completed"), opted_out=True, records=WELL, identity=OLD)),
    ("treatment_done", case(query("completed"), opted_out=True, records=WELL)),
    ("query_partial", case(query("partial"), opted_out=True)),
    ("source_rate_limited", case(query("completed", 9, unasked("lab", 429, "slow")))),
    ("source_not_enabled", case(query("completed", 9, unasked(
        "pharmacy", 400, "Access to pharmacy data source is not enabled for this account")))),
    ("source_not_started", case(query("completed", 9, unasked("lab", 400, "address incomplete")))),
    ("source_not_started", case(query("completed", 9, unasked("lab", 500, None)))),
    ("query_partial", case(query("partial", 9, SourceFacts("lab", "failed")))),
    ("hidden_failure", case(query("partial", 9, SourceFacts("lab", "completed")))),
    ("ias_failed", case(ias("failed", 30, SourceFacts("hie", "failed")), identity=PID)),
    ("query_failed", case(ias("failed", 30, SourceFacts("hie", "failed")))),
    ("query_failed", case(query("failed"))),
    ("records_fetching", case(query("completed"), records={"q": known(None, "processing")})),
    ("records_fetching", case(query("completed"), records={"q": known(None, "completed")})),
    ("records_failed", case(query("completed"), records={"q": known(None, "failed")})),
    ("records_failed", case(query("completed"), records={"q": known(None, "unconfirmed")})),
    ("no_records", case(query("completed"), records={"q": known(0)})),
    ("records_uncounted", case(query("completed"))),
    ("all_well", case(query("completed"), records=WELL, identity=OLD)),
    ("all_well", case(query("completed"), records={"q": known(3, "processing")}, identity=OLD)),
    # A clinician's query brought records; whoever has no identity still cannot retrieve them.
    ("treatment_done", case(query("completed"), records=WELL)),
    ("treatment_done", case(DONE_TODAY, records=WELL, identity=LONG_GONE)),
    ("treatment_done", case(query("completed", purpose="other"), records=WELL)),
    # An IAS query that was started elsewhere had an identity, wherever it was verified.
    ("all_well", case(ias("completed"), records={"i": known(1)})),
    ("unknown_status", case(query("on hold"))),
    # A record that has changed comes before each step that leads to an IAS query …
    ("demographics_drifted", case(identity=PID, **MOVED)),
    ("demographics_drifted", case(identity=PID, session=SESSION, **MOVED)),
    ("demographics_drifted", case(identity=PID, session=OVER, **MOVED)),
    ("demographics_drifted", case(identity=PID, challenge=step(5, opened_at=at(1)), **MOVED)),
    ("demographics_drifted", case(identity=PID, verification=step(5), **MOVED)),
    ("demographics_drifted", case(
        identity=PID, verification=step(90, returned_at=at(1)), **MOVED)),
    ("demographics_drifted", case(query("failed"), identity=PID, session=SESSION, **MOVED)),
    # … and explains one that failed.
    ("demographics_drifted", case(ias("failed", 30), identity=OLD, session=USED, **MOVED)),
    ("demographics_drifted", case(ias("rejected", 30), identity=OLD, session=USED, **MOVED)),
    # What runs, what has its records, and whoever is not verified are not touched.
    ("query_processing", case(ias("processing", 1), identity=PID, session=USED, **MOVED)),
    ("all_well", case(ias("completed"), identity=PID, session=USED, records={"i": known(1)},
                      **MOVED)),
    ("all_well", case(DONE_TODAY, records=WELL, identity=OLD, **MOVED)),
    ("identity_inactive", case(identity=GONE, **MOVED)),
    ("identity_none", case(**MOVED)),
]  # fmt: skip
