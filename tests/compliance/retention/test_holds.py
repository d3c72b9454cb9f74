"""Legal holds: what they keep from every purge, for how long, and who may set them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import select

from services.compliance.retention.holds import is_segment_held
from services.compliance.retention.retention import HOLD_REASONS, LIFT_REASONS, HoldRequest
from services.errors import InvalidInput, NotInLog, NotPermitted
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verdict, verify_log
from services.staff.reasons import OTHER_REASON, Grounds
from services.store.tables import AuditEvent, AuditSegment, LegalHold
from tests.compliance.retention.life import REVIEWER, YEARS, Archive, Life, counts
from tests.world import SUPPORT

DAY = timedelta(days=1)
OLD = YEARS + 200 * DAY
GROUNDS, LIFTED = Grounds(HOLD_REASONS[0], "LEG-1"), Grounds(LIFT_REASONS[0])
KEYS = SigningKeys(["A" * 43])


def _person(life: Life) -> HoldRequest:
    return HoldRequest(life.person)


def _days(life: Life) -> HoldRequest:
    return HoldRequest(None, life.at.date(), life.at.date())


def _both(life: Life) -> HoldRequest:
    return HoldRequest(life.person, life.at.date(), life.at.date())


@pytest.mark.parametrize("hold", [_person, _days, _both])
def test_a_hold_keeps_what_it_covers_and_nothing_else(
    archive: Archive, hold: Callable[[Life], HoldRequest]
) -> None:
    held, other = archive.live("held1", OLD), archive.live("other1", OLD + 100 * DAY)
    before = archive.of(held)
    archive.retention.set_hold(REVIEWER, hold(held), GROUNDS)
    preview = archive.purge.preview()
    assert archive.run() == preview
    assert counts(archive.of(other)) == Counter()
    left = archive.of(held)
    # Whose they are, rows of the staff and of the weekly sample do not say.
    nobodys = () if hold is _days else ("staff_session", "review_sample")
    assert {name for name in before if left[name] != before[name]} == set(nobodys)


def test_a_hold_of_a_person_and_days_leaves_their_other_days(archive: Archive) -> None:
    life = archive.live("held1", OLD)
    elsewhere = (life.at - 100 * DAY).date()
    archive.retention.set_hold(REVIEWER, HoldRequest(life.person, elsewhere, elsewhere), GROUNDS)
    archive.run()
    assert counts(archive.of(life)) == Counter()


def test_of_several_holds_each_keeps_until_it_is_lifted(archive: Archive) -> None:
    life = archive.live("held1", OLD)
    first = archive.retention.set_hold(REVIEWER, _person(life), GROUNDS)
    second = archive.retention.set_hold(REVIEWER, _days(life), GROUNDS)
    archive.retention.lift_hold(REVIEWER, first.id, LIFTED)
    archive.run()
    assert counts(archive.of(life))["network_query"] == 1
    archive.retention.lift_hold(REVIEWER, second.id, LIFTED)
    archive.run()
    assert counts(archive.of(life)) == Counter()


def test_a_hold_that_is_set_while_a_purge_runs_counts_at_once(archive: Archive) -> None:
    life = archive.live("held1", OLD)
    purge = archive.purge.run()
    next(purge)
    archive.retention.set_hold(REVIEWER, _person(life), GROUNDS)
    taken = sum(purge, Counter[str]())
    assert "network_query" not in taken and "proofed_identity" not in taken
    assert counts(archive.of(life))["network_query"] == 1


def test_lifting_is_kept_with_its_reason_and_happens_once(archive: Archive) -> None:
    hold = archive.retention.set_hold(REVIEWER, HoldRequest("held1-person"), GROUNDS)
    archive.retention.lift_hold(REVIEWER, hold.id, LIFTED)
    archive.clock.forward(days=1)
    archive.retention.lift_hold(REVIEWER, hold.id, Grounds(LIFT_REASONS[1]))
    state = archive.retention.read(REVIEWER)
    assert not state.holds
    (lifted,) = state.lifted
    assert (lifted.lifted_reason, lifted.lifted_by) == (LIFT_REASONS[0], REVIEWER.name)
    with archive.store.read() as session:
        events = session.exec(select(AuditEvent).order_by(AuditEvent.seq)).all()  # type: ignore[arg-type]
    assert [event.action for event in events] == [
        "retention.hold", "retention.lift", "retention.view",
    ]  # fmt: skip
    assert [event.reason for event in events[:2]] == [HOLD_REASONS[0], LIFT_REASONS[0]]


def test_a_lifted_hold_goes_with_the_log_and_one_in_force_never(archive: Archive) -> None:
    lifted = archive.retention.set_hold(REVIEWER, HoldRequest("held1-person"), GROUNDS)
    archive.retention.set_hold(REVIEWER, HoldRequest("held2-person"), GROUNDS)
    archive.retention.lift_hold(REVIEWER, lifted.id, LIFTED)
    archive.clock.forward(days=6 * 366 + 1)
    assert archive.run() == Counter(legal_hold=1)


@pytest.mark.parametrize("wanted", [HoldRequest(), HoldRequest(" ")])
def test_a_hold_on_nothing_is_refused(archive: Archive, wanted: HoldRequest) -> None:
    with pytest.raises(InvalidInput) as refused:
        archive.retention.set_hold(REVIEWER, wanted, GROUNDS)
    assert "patient" in refused.value.fields


def test_days_need_both_ends_in_their_order(archive: Archive) -> None:
    today = archive.clock().date()
    for wrong in (HoldRequest(None, today), HoldRequest(None, None, today),
                  HoldRequest(None, today, today - DAY)):  # fmt: skip
        with pytest.raises(InvalidInput):
            archive.retention.set_hold(REVIEWER, wrong, GROUNDS)
    with archive.store.read() as session:
        assert not session.exec(select(LegalHold)).all()


def test_what_is_no_id_is_not_held(archive: Archive) -> None:
    with pytest.raises(InvalidInput):
        archive.retention.set_hold(REVIEWER, HoldRequest("Jane Miller"), GROUNDS)


def test_a_hold_and_its_lifting_need_a_reason(archive: Archive) -> None:
    for wrong in (Grounds(""), Grounds("because"), Grounds(OTHER_REASON)):
        with pytest.raises(InvalidInput):
            archive.retention.set_hold(REVIEWER, HoldRequest("p-1"), wrong)
    hold = archive.retention.set_hold(REVIEWER, HoldRequest("p-1"), GROUNDS)
    with pytest.raises(InvalidInput):
        archive.retention.lift_hold(REVIEWER, hold.id, Grounds(HOLD_REASONS[1]))
    with pytest.raises(NotInLog):
        archive.retention.lift_hold(REVIEWER, "another", LIFTED)


def test_support_sets_no_hold(archive: Archive) -> None:
    with pytest.raises(NotPermitted):
        archive.retention.set_hold(SUPPORT, HoldRequest("p-1"), GROUNDS)


class _Months:
    """Three months of the access log, years ago; the first one has an event about `p-1`."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.segments = Segments(
            archive.store, archive.clock, archive.audit, KEYS, YEARS,
            lambda session, segment: is_segment_held(session, segment, archive.clock() - YEARS),
        )  # fmt: skip
        now = archive.clock.now
        archive.clock.now = now - YEARS - 200 * DAY
        self.first = archive.clock().date()
        for patient in ("p-1", "p-2", "p-3"):
            archive.audit.note(REVIEWER, "patient.view", patient_id=patient)
            archive.clock.forward(days=40)
        archive.audit.note(REVIEWER, "x")
        archive.clock.now = now
        archive.audit.note(REVIEWER, "x")
        while self.segments.seal():
            pass

    def purge(self) -> list[str | None]:
        """Purge; answers whom what is left is about."""
        while self.segments.purge():
            pass
        (verdict,) = [s for s in verify_log(self.archive.store, KEYS) if isinstance(s, Verdict)]
        assert verdict.is_whole, verdict.sentence
        with self.archive.store.read() as session:
            events = session.exec(select(AuditEvent).order_by(AuditEvent.seq)).all()  # type: ignore[arg-type]
        return [event.patient_id for event in events if event.action == "patient.view"]


def test_a_hold_keeps_its_part_of_the_access_log_and_the_chain_stays_whole(
    archive: Archive,
) -> None:
    months = _Months(archive)
    hold = archive.retention.set_hold(REVIEWER, HoldRequest("p-1"), GROUNDS)
    assert months.purge() == ["p-1"]
    archive.retention.lift_hold(REVIEWER, hold.id, LIFTED)
    assert months.purge() == []


def test_a_hold_on_days_keeps_the_segments_around_them(archive: Archive) -> None:
    months = _Months(archive)
    archive.retention.set_hold(REVIEWER, HoldRequest(None, months.first, months.first), GROUNDS)
    # Thirty days after its days evidence still reaches.
    assert "p-1" in months.purge()


def test_a_hold_stops_a_purge_of_the_access_log_that_has_begun(archive: Archive) -> None:
    months = _Months(archive)
    with archive.store.read() as session:
        first = session.exec(select(AuditSegment).order_by(AuditSegment.first_seq)).first()  # type: ignore[arg-type]
    assert first is not None and first.id is not None
    with archive.store.write() as session:
        session.get_one(AuditSegment, first.id).purged_at = archive.clock()
    archive.retention.set_hold(REVIEWER, HoldRequest("p-1"), GROUNDS)
    while months.segments.purge():
        pass
    with archive.store.read() as session:
        assert session.get(AuditEvent, first.first_seq) is not None


def test_an_open_review_keeps_the_events_of_its_query(archive: Archive) -> None:
    months = _Months(archive)
    life = Life("old", archive.clock() - YEARS - 199 * DAY)
    archive.write(life.review("item", "q", None))
    assert "p-1" in months.purge()


def test_what_is_no_id_is_noted_nowhere_whoever_enters_it(archive: Archive) -> None:
    for who in (REVIEWER, SUPPORT):
        with pytest.raises(InvalidInput):
            archive.retention.set_hold(who, HoldRequest("Jane Doe"), GROUNDS)
    with archive.store.read() as session:
        noted = session.exec(select(AuditEvent)).all()
    assert not [event for event in noted if "Jane" in repr(event)]


@pytest.mark.parametrize(
    "days",
    [(date.min, date(2024, 1, 1)), (date(2024, 1, 1), date.max)],
)
def test_days_at_the_end_of_the_calendar_stop_no_purge(
    archive: Archive, days: tuple[date, date]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        archive.retention.set_hold(REVIEWER, HoldRequest(None, *days), GROUNDS)
    assert set(refused.value.fields) == {"since"}
