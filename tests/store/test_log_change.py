"""What is noted of each change to the log, so that open pages follow."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, delete, select

from services.clock import utc_now
from services.store import Store, log_change
from services.store.log_change import Subject, prune, read_version, topic_of
from services.store.tables import LogChange, NetworkQuery, PatientLink, QuerySource
from tests.plans import assert_no_scan, plans_of

SERVICES = Path(__file__).parents[2] / "services"
NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
ALL_OF_QUERY = {"query", "query q1", "patient p1", "staff staff#sam"}


def _query(query_id: str = "q1", patient_id: str = "p1") -> NetworkQuery:
    return NetworkQuery(
        id=query_id,
        patient_id=patient_id,
        purpose="treatment",
        origin="dashboard",
        status="processing",
        started_by_id="staff#sam",
        started_by="Sam",
        submitted_at=NOW,
    )


def _source() -> QuerySource:
    return QuerySource(query_id="q1", type="lab", status="processing")


def _link(token: str, patient_id: str) -> PatientLink:
    return PatientLink(
        token_hash=token,
        kind="identity",
        target="t",
        patient_id=patient_id,
        created_by="Sam",
        created_at=NOW,
        expires_at=NOW,
    )


def _noted(store: Store) -> set[str]:
    """The topics noted since the last time, which are forgotten."""
    with store.write() as session:
        topics = set(session.exec(select(LogChange.topic)).all())
        session.exec(delete(LogChange))
    return topics


@pytest.fixture
def filled(store: Store) -> Store:
    """A log with a query and its source, and nothing noted of them."""
    with store.write() as session:
        session.add(_query())
        session.flush()
        session.add(_source())
    _noted(store)
    return store


def test_a_new_row_is_noted_under_all_that_show_it(store: Store) -> None:
    with store.write() as session:
        session.add(_query())
    assert _noted(store) == ALL_OF_QUERY


def test_a_changed_row_is_noted_and_one_that_was_only_read_is_not(filled: Store) -> None:
    with filled.write() as session:
        session.get_one(NetworkQuery, "q1")
    assert _noted(filled) == set()
    with filled.write() as session:
        session.get_one(NetworkQuery, "q1").status = "completed"
        # Flushed before the end, as a statement in between does.
        session.flush()
    assert _noted(filled) == ALL_OF_QUERY


def test_a_source_is_noted_for_its_query_and_person(filled: Store) -> None:
    with filled.write() as session:
        session.exec(select(QuerySource)).one().status = "completed"
    assert _noted(filled) == {"query", "query q1", "patient p1"}


def test_a_deleted_row_is_noted(filled: Store) -> None:
    with filled.write() as session:
        session.delete(session.exec(select(QuerySource)).one())
    assert _noted(filled) == {"query", "query q1", "patient p1"}


def test_one_statement_for_many_rows_is_noted_for_each(store: Store) -> None:
    with store.write() as session:
        session.add_all([_link("a", "p1"), _link("b", "p2"), _link("c", "p3")])
    _noted(store)
    with store.write() as session:
        some = update(PatientLink).where(col(PatientLink.patient_id).in_(["p1", "p2"]))
        assert session.exec(some.values(opened_at=NOW)).rowcount == 2
    assert _noted(store) == {"patient p1", "patient p2"}
    with store.write() as session:
        session.exec(delete(PatientLink).where(col(PatientLink.token_hash) == "c"))
    assert _noted(store) == {"patient p3"}


def test_what_is_rolled_back_is_not_noted(filled: Store) -> None:
    with pytest.raises(RuntimeError), filled.write() as session:
        session.get_one(NetworkQuery, "q1").status = "completed"
        session.flush()
        raise RuntimeError
    assert _noted(filled) == set()


def _version(store: Store, subject: Subject, key: str = "") -> tuple[int, ...]:
    with store.read() as session:
        return read_version(session, subject, key)


def test_a_version_differs_after_each_change_of_its_subject_only(filled: Store) -> None:
    versions = []
    for patient_id in ("p1", "p2", "p1"):
        with filled.write() as session:
            session.add(_link(f"{patient_id}{len(versions)}", patient_id))
        versions.append(_version(filled, Subject.PATIENT, "p1"))
    first, second, third = versions
    assert first == second != third
    assert _version(filled, Subject.QUERY) == ()


def test_a_change_that_becomes_visible_after_a_newer_one_is_seen(store: Store) -> None:
    """As on PostgreSQL, where the numbers are not given in the order of the commits."""
    for number in (7, 3):
        before = _version(store, Subject.RUN)
        with store.write() as session:
            session.add(LogChange(seq=number, topic=topic_of(Subject.RUN), at=NOW))
        assert _version(store, Subject.RUN) != before


def test_old_changes_are_pruned(filled: Store) -> None:
    two_days_ago = utc_now() - timedelta(days=2)
    with filled.write() as session:
        session.add_all(LogChange(topic="patient p1", at=two_days_ago) for _ in range(3))
        session.add(_link("a", "p2"))
    with filled.write() as session:
        prune(session, utc_now() - timedelta(days=1))
    assert _noted(filled) == {"patient p2"}


def test_asking_costs_the_same_at_any_size_of_the_log(store: Store) -> None:
    plan = plans_of(store, lambda: _version(store, Subject.PATIENT, "p1"))
    assert_no_scan(plan)
    assert any("ix_log_change_topic_seq" in step for step in plan)
    assert not any("TEMP B-TREE" in step or "Sort" in step for step in plan)


def test_every_table_is_followed_by_pages_or_known_not_to_be() -> None:
    shown = {str(table.__tablename__) for table in log_change._SHOWN}
    # What was asked, what was looked at, who is signed in and what background work did stands on
    # pages that people draw again themselves.
    access_log = {
        "audit_event", "audit_head", "audit_anchor", "audit_segment", "audit_subject",
    }  # fmt: skip
    # Findings are computed in the background, from what is followed; the others are seldom read.
    compliance = {
        "assessment", "assessment_day", "finding", "legal_hold", "record_look", "review_decision",
        "review_sample", "work_mark",
    }  # fmt: skip
    # Charts are drawn again by time; what they are folded from is followed.
    charts = {"rollup", "person_steps", "annotation", "goal"}
    not_followed = access_log | compliance | charts | {
        "consent_text", "log_change", "proofed_demographics", "staff_session", "upstream_call",
        "worker_turn",
    }  # fmt: skip
    assert set(SQLModel.metadata.tables) == shown | not_followed


def test_what_pages_follow_is_inserted_by_statement_in_the_demo_only() -> None:
    """Rows that a statement inserts are not noted; the demo fills the log before anybody looks."""
    inserting = {
        str(path.relative_to(SERVICES))
        for path in SERVICES.glob("**/*.py")
        if re.search(r"\binsert(_many)?\(", path.read_text()) and "sandbox" not in path.parts
    }
    # Neither changes, the access log, texts of consents, assessments nor rollups are followed. The
    # receiver notes its messages itself.
    allowed = {
        "compliance/assessing/writing.py",
        "identity/consent/rows.py",
        "outcomes/rollups/folding.py",
        "outcomes/rollups/table/rows.py",
        "store/audit_chain.py",
        "store/log_change.py",
        "store/many_rows.py",
        "webhooks/keeping.py",
    }
    assert {name for name in inserting if not name.startswith(("demo/", "store/migr"))} == allowed
