"""The purge: what is old goes with all that belongs to it, and nothing else changes."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select

from services.compliance.retention.purge import PURGE
from services.errors import LogUnavailable
from services.store.tables import AuditEvent, NetworkQuery, StaffSession, WebhookEvent
from tests.compliance.retention.life import HOUR, YEARS, Archive, Life, counts

DAY = timedelta(days=1)
OLD, YOUNG = YEARS + 40 * DAY, YEARS - DAY


def test_the_old_goes_as_a_whole_and_the_young_stays_whole(archive: Archive) -> None:
    old, young = archive.live("old", OLD), archive.live("young", YOUNG)
    before = archive.of(young)
    due = counts(archive.of(old))
    taken = archive.run()
    assert counts(archive.of(old)) == Counter()
    bodies = taken.pop("webhook_event.body")
    assert bodies == 6
    assert taken == due
    for rows in before["webhook_event"]:
        rows["body"] = None
    assert archive.of(young) == before


def test_a_dry_run_counts_what_a_run_takes_and_changes_nothing(archive: Archive) -> None:
    for number in range(3):
        archive.live(f"old{number}", OLD + 7 * number * DAY)
    archive.live("young", YOUNG)
    before = archive.everything()
    preview = archive.purge.preview()
    assert archive.everything() == before
    assert archive.run() == preview
    assert archive.purge.preview() == Counter()


def test_each_transaction_leaves_an_event_that_counts_it(archive: Archive) -> None:
    archive.live("old", OLD)
    taken = archive.run()
    with archive.store.read() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == PURGE)).all()
    assert {event.actor for event in events} == {"Access Desk"}
    assert len({event.object_id for event in events}) == 1
    counted = sum((Counter((event.details or {})["rows"]) for event in events), Counter[str]())
    assert counted == taken
    assert archive.run() == Counter()


def test_a_purge_that_was_broken_off_goes_on(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = archive.live("old", OLD)
    writes = 0
    original = archive.audit.append

    def fail_at_third(*given: object, **more: object) -> None:
        nonlocal writes
        writes += 1
        if writes == 3:
            raise LogUnavailable("The log did not answer.")
        original(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.audit, "append", fail_at_third)
    with pytest.raises(LogUnavailable):
        while archive.purge.step():
            pass
    left = counts(archive.of(old))
    # Bodies and the query are gone with all that is theirs; the third transaction left no half.
    assert left["network_query"] == left["query_source"] == left["start_check"] == 0
    assert left["assessment"] == 1
    while archive.purge.step():
        pass
    assert counts(archive.of(old)) == Counter()


def test_it_runs_once_a_day(archive: Archive) -> None:
    def run() -> int:
        return sum(iter(archive.purge.step, 0))

    archive.live("old", OLD)
    assert run() > 0
    archive.live("older", OLD + 7 * DAY)
    assert run() == 0
    archive.clock.forward(days=1)
    assert run() > 0


def test_what_a_young_query_rests_on_stays_however_old(archive: Archive) -> None:
    """The identity, its webhook and its verification are older than the retention."""
    life = Life("used", archive.clock() - OLD)
    archive.write(*life.rows())
    later = NetworkQuery(
        id="later", patient_id=life.person, purpose="ias", origin="external", status="completed",
        submitted_at=archive.clock() - YOUNG, proofed_identity_id="used-identity",
    )  # fmt: skip
    archive.write(later)
    archive.run()
    left = counts(archive.of(life))
    kept = ("proofed_identity", "proofed_demographics", "identity_session", "consent")
    assert {name: left[name] for name in kept} == dict.fromkeys(kept, 1)
    assert left["webhook_event"] == 1 and left["consent_text"] == 1
    # The old query itself went, and nothing of it is left.
    gone = ("query_source", "start_check", "aal2_session", "aal2_challenge", "finding")
    assert {name: left[name] for name in gone} == dict.fromkeys(gone, 0)


def test_a_query_two_days_before_a_young_one_is_evidence_of_it(archive: Archive) -> None:
    near = Life("near", archive.clock() - YEARS - HOUR)
    archive.write(*near.rows())
    archive.write(
        NetworkQuery(
            id="young", patient_id=near.person, purpose="treatment", origin="dashboard",
            status="completed", submitted_at=archive.clock() - YEARS + DAY,
        )
    )  # fmt: skip
    before = archive.of(near)
    archive.run()
    left = archive.of(near)
    for table in ("network_query", "start_check", "aal2_session", "aal2_challenge", "consent"):
        assert left[table] == before[table]
    archive.clock.forward(days=4)
    archive.run()
    assert counts(archive.of(near)) == Counter()


@pytest.mark.parametrize("closed", [None, timedelta(days=1)])
def test_what_is_under_review_stays_with_all_its_evidence(
    archive: Archive, closed: timedelta | None
) -> None:
    life = Life("reviewed", archive.clock() - OLD)
    rows = [
        row
        for row in life.rows()
        if str(row.__tablename__) not in ("review_item", "review_decision")
    ]
    at = None if closed is None else archive.clock() - closed
    archive.write(*rows, life.review("reviewed-item", life.query, at))
    before = archive.of(life)
    archive.run()
    left = archive.of(life)
    for table in ("network_query", "query_source", "start_check", "proofed_identity", "consent",
                  "consent_text", "aal2_challenge", "aal2_session", "identity_session",
                  "record_request", "record_look", "patient_link"):  # fmt: skip
        assert left[table] == before[table], table


def test_a_withdrawal_stays_as_long_as_another_consent_would_count_without_it(
    archive: Archive,
) -> None:
    life = Life("old", archive.clock() - OLD)
    (consent,) = [row for row in life.rows() if str(row.__tablename__) == "consent"]
    lasting = consent.model_copy(update={"id": "old-lasting", "ends_at": None})
    revoked = consent.model_copy(
        update={"id": "old-revoked", "ends_at": None, "revoked_at": life.at}
    )
    archive.write(type(consent)(**lasting.model_dump()), type(consent)(**revoked.model_dump()))
    archive.run()
    assert {row["id"] for row in archive.of(life)["consent"]} == {"old-lasting", "old-revoked"}


def test_bodies_go_after_their_own_time_and_the_rows_stay(archive: Archive) -> None:
    life = Life("new", archive.clock() - 31 * DAY)
    waiting = life.webhook("waiting", life.at)
    waiting.status = "received"
    archive.write(
        life.webhook("other", life.at),
        waiting,
        Life("newer", archive.clock()).webhook("x", archive.clock() - 29 * DAY),
    )
    assert archive.run() == Counter({"webhook_event.body": 1})
    with archive.store.read() as session:
        with_body = select(WebhookEvent.id).where(col(WebhookEvent.body).is_not(None))
        assert set(session.exec(with_body).all()) == {"new-waiting-hook", "newer-x-hook"}
        assert len(session.exec(select(WebhookEvent.id)).all()) == 3


def test_a_staff_session_stays_as_long_as_the_access_log_names_it(archive: Archive) -> None:
    old = archive.live("old", OLD)
    with archive.store.write() as session:
        actor = session.get_one(StaffSession, "old-staff")
        from dataclasses import replace

        from tests.compliance.retention.life import REVIEWER

        archive.audit.append(session, replace(REVIEWER, session=actor.id), "x")
    archive.run()
    assert counts(archive.of(old)) == Counter(staff_session=1)
