"""Annotations: what may be written, and which are shown in a period, on each database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.errors import InvalidInput, NotInLog, NotPermitted
from services.outcomes.annotations import AnnotationKind, Annotations, NewAnnotation
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import Annotation
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import AlwaysSignedIn, make_actor
from tests.world import SUPPORT

COMPLIANCE = make_actor("Cora Compliance", Role.COMPLIANCE)
NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = AnnotationKind.OTHER


@pytest.fixture
def annotations(store: Store, clock: FakeClock) -> Annotations:
    return Annotations(store, Audit(store, clock, AlwaysSignedIn()), clock)


def new(
    text: str = "Release 2.14.3", at: datetime | None = NOW, until: datetime | None = None
) -> NewAnnotation:
    return NewAnnotation(OTHER, at, until, text)


@pytest.mark.parametrize(
    "text",
    ["Release 2.14.3", " Outage of the pharmacy network ", "20 % more e-mails sent", "x" * 80,
     "Kampagne „Herbst 2026“", "Q4-campaign, wave 2 of 3", "iOS 18 and Android 15", "v2026.11",
     "Day 1 of 30", "AT&T is down", "Campaign of November 2026"],
)  # fmt: skip
def test_what_happened_may_be_written(text: str) -> None:
    assert new(text).complaints(NOW) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "some words"),
        (" \n\t ", "some words"),
        ("x" * 81, "80 characters at most; these are 81"),
        ("x" * 10_000, "these are 10,000"),
        ("two\nlines", "one line"),
        ("a\u202eb", "one line"),
        ("nul\x00", "one line"),
        ("Mrs Doe jane.doe@example.org", "an e-mail address"),
        ("0191b878-d0c4-7d82-8960-cb8cf9fe6c6d failed", "an id"),
        ("patient 0191b878d0c47d828960", "an id"),
        ("call +1 (555) 010-9999", "a telephone number"),
        ("SSN 123-45-6789", "a telephone number"),
        ("member 4471023998", "a telephone number"),
        ("born 1980-01-31", "a date"),
        ("born 31.01.1980", "a date"),
        ("born 1/31/1980", "a date"),
        ("born Jan 31, 1980", "a date"),
        ("born 31 January 1980", "a date"),
        ("born 31st of Jan. 1980", "a date"),
        ("<b>bold</b>", "markup"),
        ("<script>alert(1)</script>", "markup"),
        ("see https://example.org", "markup or a link"),
        ("[click](javascript:x)", "markup or a link"),
    ],
)
def test_what_may_be_about_a_person_is_refused_and_not_repeated(text: str, reason: str) -> None:
    complaint = new(text).complaints(NOW)["text"]
    assert reason in complaint
    assert not text.strip() or text.strip() not in complaint


@pytest.mark.parametrize(
    ("at", "until", "field"),
    [
        (None, None, "at"),
        (NOW + 367 * DAY, None, "at"),
        (NOW - 3661 * DAY, None, "at"),
        (NOW, NOW, "until"),
        (NOW, NOW - HOUR, "until"),
        (NOW, NOW + 367 * DAY, "until"),
    ],
)
def test_a_wrong_time_is_named(at: datetime | None, until: datetime | None, field: str) -> None:
    assert list(new(at=at, until=until).complaints(NOW)) == [field]


def test_all_that_is_wrong_is_said_at_once(annotations: Annotations) -> None:
    with pytest.raises(InvalidInput) as caught:
        annotations.add(SUPPORT, new("", at=None))
    assert set(caught.value.fields) == {"at", "text"}
    assert annotations.between(SUPPORT, NOW - DAY, NOW + DAY) == []


def test_a_period_shows_what_happened_or_lasted_in_it(annotations: Annotations) -> None:
    for text, at, until in (
        ("before", NOW - 3 * DAY, NOW - 2 * DAY),
        ("lasts into it", NOW - 300 * DAY, NOW - DAY + HOUR),
        ("in it", NOW - HOUR, None),
        ("at its end", NOW, None),
        ("at its beginning", NOW - DAY, None),
    ):
        annotations.add(SUPPORT, new(text, at, until))
    shown = annotations.between(COMPLIANCE, NOW - DAY, NOW)
    assert [one.text for one in shown] == ["lasts into it", "at its beginning", "in it"]


def test_times_are_kept_in_utc(annotations: Annotations) -> None:
    there = timezone(timedelta(hours=5, minutes=45))
    kept = annotations.add(SUPPORT, new(at=NOW.astimezone(there)))
    assert (kept.at, kept.at.tzinfo) == (NOW, UTC)


def test_what_is_taken_off_is_shown_no_more_and_stays(
    annotations: Annotations, store: Store
) -> None:
    kept = annotations.add(SUPPORT, new())
    annotations.remove(SUPPORT, kept.id)
    annotations.remove(SUPPORT, kept.id)
    assert annotations.between(SUPPORT, NOW - DAY, NOW + DAY) == []
    with store.read() as session:
        row = session.get_one(Annotation, kept.id)
    assert (row.removed_at, row.removed_by) == (NOW, SUPPORT.name)


def test_nobody_without_the_permission_annotates(annotations: Annotations) -> None:
    kept = annotations.add(SUPPORT, new())
    with pytest.raises(NotPermitted):
        annotations.add(COMPLIANCE, new())
    with pytest.raises(NotPermitted):
        annotations.remove(COMPLIANCE, kept.id)
    with pytest.raises(NotInLog):
        annotations.remove(SUPPORT, "no such id")
    assert len(annotations.between(COMPLIANCE, NOW - DAY, NOW + DAY)) == 1


def test_a_period_is_read_by_an_index(store: Store, annotations: Annotations) -> None:
    assert_no_scan(plans_of(store, lambda: annotations.between(SUPPORT, NOW - DAY, NOW)))
