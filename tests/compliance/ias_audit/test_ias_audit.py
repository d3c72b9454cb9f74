"""The service of the IAS audit: who is shown what, and what each look leaves in the access log."""

import csv
import io
from datetime import timedelta

import pytest
from sqlmodel import col, select

from services.compliance.audit_filters import AuditFilters
from services.compliance.evidence.evidence import Severity
from services.compliance.export import COLUMNS, ias_audit_export
from services.compliance.ias_audit import IasAudit
from services.errors import NotInLog
from services.exports.formats import CSV
from services.queries.updates import EXTERNAL
from services.staff.permissions import Role
from services.store.tables import AuditEvent, NetworkQuery
from tests.compliance.ias_audit.rows import NOW, count, judge, open_review
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor
from tests.world import PATIENT, PROCESSING, World

REVIEWER = make_actor("Carla", Role.COMPLIANCE)
PRODUCT = make_actor("Paul", Role.PRODUCT)
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def audit(world: World) -> IasAudit:
    """The service over an empty log."""
    return IasAudit(world.store, world.audit, world.clock)


def events(world: World) -> list[AuditEvent]:
    with world.store.read() as session:
        return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all())


def test_figures_are_those_of_the_days_and_of_the_queue(world: World, audit: IasAudit) -> None:
    count(world.store, TODAY, ias=2, complete=1, present=19, applicable=20, severity_3=1,
          rule_consent_missing=1)  # fmt: skip
    count(world.store, YESTERDAY, ias=3, complete=3, present=30, applicable=30)
    count(world.store, YESTERDAY - timedelta(days=1), ias=7, complete=7)
    open_review(world.store, "a", days_ago=4)
    open_review(world.store, "b", days_ago=2)
    open_review(world.store, "c", days_ago=9, closed=True)
    figures = audit.figures(REVIEWER, YESTERDAY, TODAY)
    assert (figures.queries, figures.complete, figures.completeness) == (5, 4, 49 / 50)
    assert figures.by_severity == {Severity.SERIOUS: 1}
    assert figures.by_rule == {"consent_missing": 1}
    assert (figures.open_reviews, figures.oldest_open) == (2, NOW - timedelta(days=4))
    assert audit.first_day(REVIEWER) == YESTERDAY - timedelta(days=1)
    assert audit.first_day(PRODUCT) == TODAY.replace(day=1)


def test_the_trend_has_a_point_for_each_day(world: World, audit: IasAudit) -> None:
    count(world.store, TODAY, ias=2, complete=1, severity_2=1)
    trend = audit.trend(REVIEWER, YESTERDAY, TODAY)
    assert trend.width == "day"
    assert [(point.since, point.queries) for point in trend.points] == [(YESTERDAY, 0), (TODAY, 2)]
    assert trend.points[1].by_severity == {Severity.WARNING: 1}


def test_an_empty_log_has_figures_too(audit: IasAudit) -> None:
    assert audit.figures(REVIEWER, TODAY, TODAY).is_empty
    assert audit.first_day(PRODUCT) is None and audit.staff(REVIEWER) == {}
    assert audit.findings(REVIEWER, AuditFilters()).rows == []


def test_a_page_with_figures_and_trend_is_one_look(world: World, audit: IasAudit) -> None:
    for _ in range(2):
        audit.figures(REVIEWER, YESTERDAY, TODAY)
        audit.trend(REVIEWER, YESTERDAY, TODAY)
    [event] = events(world)
    assert (event.action, event.actor_id) == ("ias_audit.view", REVIEWER.id)
    assert event.details == {"since": YESTERDAY.isoformat(), "until": TODAY.isoformat()}


def test_a_list_about_a_person_says_so_in_the_access_log(world: World, audit: IasAudit) -> None:
    audit.findings(REVIEWER, AuditFilters(patient_id=f" {PATIENT} ", rule="no_reason"))
    [event] = events(world)
    assert (event.action, event.patient_id) == ("ias_audit.view", PATIENT)
    assert event.details == {"rule": "no_reason", "scope": "findings", "patient_id": PATIENT}


def test_staff_are_named_as_they_were_last(world: World, audit: IasAudit) -> None:
    judge(world.store, "a", actor_id=REVIEWER.id, actor="Carla before")
    judge(world.store, "b", actor_id="test#Ada", actor="Ada of old")
    judge(world.store, "c", actor_id=None, actor=None)
    world.audit.note(REVIEWER, "x")
    assert audit.staff(REVIEWER) == {"test#Ada": "Ada of old", REVIEWER.id: "Carla"}


def test_the_evidence_of_a_query_is_a_look_at_its_person(world: World, audit: IasAudit) -> None:
    world.answer = PROCESSING
    query = world.start()
    evidence = audit.evidence(REVIEWER, query.id)
    assert (evidence.query_id, evidence.patient_id) == (query.id, PATIENT)
    last = events(world)[-1]
    assert (last.action, last.patient_id, last.object_kind, last.object_id) == (
        "evidence.view", PATIENT, "query", query.id,
    )  # fmt: skip


def test_a_query_from_elsewhere_has_evidence_too(world: World, audit: IasAudit) -> None:
    with world.store.write() as session:
        session.add(
            NetworkQuery(
                id="external", patient_id=PATIENT, purpose="ias", origin=EXTERNAL,
                status="completed", requested="hie", submitted_at=NOW,
            )
        )  # fmt: skip
    evidence = audit.evidence(REVIEWER, "external")
    assert evidence.actor is None and evidence.missing


@pytest.mark.parametrize("query_id", ["", "none", "Anna Smith <b>", "a" * 3000, "event 1"])
def test_no_evidence_of_what_is_no_query(world: World, audit: IasAudit, query_id: str) -> None:
    with pytest.raises(NotInLog, match="no query with this id"):
        audit.evidence(REVIEWER, query_id)
    assert events(world) == []


def test_a_look_is_shown_with_what_rules_found(world: World, audit: IasAudit) -> None:
    world.audit.note(make_actor("Ada", Role.ADMIN), "records.view", patient_id=PATIENT)
    judge(world.store, "event 1", [("b", 2), ("a", 2), ("c", 3)], kind="look")
    judged = audit.look(REVIEWER, 1)
    assert judged.event.action == "records.view" and judged.rules_version == "1"
    assert [one.rule for one in judged.findings] == ["c", "a", "b"]
    last = events(world)[-1]
    assert (last.action, last.patient_id, last.object_id) == ("evidence.view", PATIENT, "1")
    with pytest.raises(NotInLog):
        audit.look(REVIEWER, 77)


def test_an_event_that_nothing_judged_is_shown_without_findings(
    world: World, audit: IasAudit
) -> None:
    world.audit.note(REVIEWER, "x")
    judged = audit.look(REVIEWER, 1)
    assert judged.findings == () and judged.rules_version == ""


def test_the_export_has_the_rows_of_the_list(world: World) -> None:
    judge(world.store, "a", [("=cmd", 3), ("no_reason", 2)], present=9, missing=["aal2"])
    judge(world.store, "b")
    export = ias_audit_export(AuditFilters())
    text = world.exports.make(REVIEWER, export, CSV).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text))
    assert header == list(COLUMNS)
    found = dict(zip(header, row, strict=True))
    assert (found["subject"], found["severity"], found["links_missing"]) == ("a", "3", "aal2")
    # What a spreadsheet would calculate is no formula any more.
    assert found["findings"].endswith("=cmd, no_reason") and not found["findings"].startswith("=")
    last = events(world)[-1]
    assert last.action == "ias_audit.export" and (last.details or {})["rows"] == 1


def test_figures_cost_grows_with_the_days_alone(world: World, audit: IasAudit) -> None:
    def read() -> None:
        audit.figures(REVIEWER, YESTERDAY, TODAY)
        audit.trend(REVIEWER, YESTERDAY, TODAY)
        audit.first_day(REVIEWER)
        audit.staff(REVIEWER)

    read()
    plan = [step for step in plans_of(world.store, read) if "day" in step or "assessment" in step]
    # The least value of an index is found at its end; SQLite calls that a search, or a scan of it.
    assert_no_scan([step for step in plan if "USING COVERING INDEX" not in step])
    assert not [step for step in plan if step.startswith("Seq Scan")], plan
