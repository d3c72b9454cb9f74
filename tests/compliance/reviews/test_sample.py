"""The random sample of a week: drawn once, by a seed that nobody chooses, and to be repeated."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlmodel import col, select

from services.compliance.reviews.drawing import Week, draw, is_drawn, week_of
from services.compliance.reviews.sample import read_seed
from services.store import Store
from services.store.audit_chain import BEGINNING
from services.store.tables import AuditEvent, ReviewItem
from tests.clock import FakeClock
from tests.compliance.reviews.stage import ANNA, ReviewStage
from tests.plans import assert_no_scan, plans_of

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
GUIDE = Path(__file__).parents[3] / "docs" / "compliance.md"


def next_week(stage: ReviewStage) -> None:
    """Move on until the week is over, and its last events are written."""
    stage.clock.now = week_of(stage.clock()).end + timedelta(hours=1, minutes=1)


def a_week(stage: ReviewStage, number: int = 20) -> list[str]:
    """A week of IAS queries, all of them assessed; the program has started in it."""
    assert stage.sampling.step() == 0
    ids = [stage.start_query(MONDAY + timedelta(hours=7 * hour)) for hour in range(number)]
    for query_id in ids:
        stage.assess(query_id)
    stage.audit.note(ANNA, "last of the week")
    return ids


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("2026-09-14T00:00:00+00:00", "2026-W38"),
        ("2026-09-20T23:59:59.999999+00:00", "2026-W38"),
        ("2026-09-21T01:30:00+02:00", "2026-W38"),
        ("2026-12-31T12:00:00+00:00", "2026-W53"),
        ("2027-01-03T23:00:00+00:00", "2026-W53"),
        ("2027-01-04T00:00:00+00:00", "2027-W01"),
        ("2024-12-30T00:00:00+00:00", "2025-W01"),
    ],
)
def test_the_week_of_a_moment(at: str, name: str) -> None:
    week = week_of(datetime.fromisoformat(at))
    assert week.name == name
    assert week.start <= datetime.fromisoformat(at) < week.end
    assert week.next.start == week.end


def test_the_draw_is_of_each_query_by_itself() -> None:
    ids = [f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(20_000)]
    drawn = draw("ab" * 32, ids, 0.05)
    assert 0.045 < len(drawn) / len(ids) < 0.055
    assert draw("ab" * 32, reversed(ids), 0.05) == drawn[::-1], "whatever the order"
    assert set(draw("ab" * 32, ids, 0.02)) < set(drawn), "a lower rate draws some of the same"
    assert len(set(draw("cd" * 32, ids, 0.05)) & set(drawn)) < len(drawn) / 5


@pytest.mark.parametrize("seed", ["", "ab" * 32])
def test_the_ends_of_the_rate(seed: str) -> None:
    assert is_drawn(seed, "any", 1.0)
    assert not is_drawn(seed, "any", 0.0)


def test_a_closed_week_is_drawn_once(stage: ReviewStage) -> None:
    ids = a_week(stage)
    assert stage.sampling.step() == 0, "the week is not over"
    next_week(stage)
    assert stage.sampling.step() == 1
    assert stage.sampling.step() == 0
    [sample] = stage.samples()
    assert (sample.week, sample.population, sample.drawn) == ("2026-W38", 20, 20)
    items = stage.rows(ReviewItem)
    assert {item.subject for item in items} == set(ids)
    assert {item.sampled_week for item in items} == {"2026-W38"}
    assert {(item.status, item.severity) for item in items} == {("open", 0)}


def test_the_seed_is_the_last_event_of_the_week(stage: ReviewStage) -> None:
    a_week(stage)
    next_week(stage)
    # These are of the week after, and change nothing.
    stage.audit.note(ANNA, "later")
    stage.sampling.step()
    [sample] = stage.samples()
    with stage.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "last of the week")
        event = session.exec(wanted).one()
        drawn = select(AuditEvent).where(col(AuditEvent.action) == "review.sample")
        noted = session.exec(drawn).one()
    assert (sample.head_seq, sample.seed) == (event.seq, event.hash)
    assert (noted.actor, noted.object_id) == ("Access Desk", "2026-W38")
    assert noted.details == {
        "head_seq": event.seq,
        "seed": event.hash,
        "rate": 1.0,
        "population": 20,
        "drawn": 20,
    }


def test_a_part_of_the_week_is_drawn(stage: ReviewStage) -> None:
    stage.rate = 0.3
    stage.sampling = stage.make_sampling()
    ids = a_week(stage)
    treatment = stage.start_query(MONDAY + timedelta(hours=5), purpose="treatment")
    before = stage.start_query(MONDAY - timedelta(microseconds=1))
    next_week(stage)
    stage.sampling.step()
    [sample] = stage.samples()
    items = {item.subject for item in stage.rows(ReviewItem)}
    assert items == {one for one in ids if is_drawn(sample.seed, one, 0.3)}
    assert 0 < len(items) == sample.drawn < 20
    assert not {treatment, before} & items


def test_a_week_waits_until_all_of_it_is_assessed(stage: ReviewStage) -> None:
    a_week(stage)
    late = stage.start_query(MONDAY + timedelta(hours=3))
    next_week(stage)
    assert stage.sampling.step() == 0
    stage.assess(late)
    assert stage.sampling.step() == 0, "it does not look all the time"
    stage.clock.forward(minutes=1)
    assert stage.sampling.step() == 1
    assert stage.samples()[0].population == 21


def test_a_query_that_is_never_assessed_ends_no_samples(stage: ReviewStage) -> None:
    a_week(stage)
    stage.start_query(MONDAY + timedelta(hours=3))
    next_week(stage)
    assert stage.sampling.step() == 0
    stage.clock.forward(days=7)
    assert stage.sampling.step() == 1
    assert stage.samples()[0].population == 21


def test_nothing_is_drawn_before_the_first_start(stage: ReviewStage) -> None:
    for days in range(1, 60):
        stage.assess(stage.start_query(MONDAY - timedelta(days=days)))
    a_week(stage)
    next_week(stage)
    stage.sampling.step()
    stage.clock.forward(days=14)
    while stage.sampling.step():
        pass
    assert [sample.week for sample in stage.samples()] == ["2026-W38", "2026-W39", "2026-W40"]
    assert [sample.population for sample in stage.samples()] == [20, 0, 0]


def test_the_sandbox_looks_back_at_the_last_week(stage: ReviewStage) -> None:
    for days in range(1, 15):
        stage.assess(stage.start_query(MONDAY - timedelta(days=days)))
    sampling = stage.make_sampling(look_back=True)
    assert sampling.step() == 1
    assert sampling.step() == 0
    [sample] = stage.samples()
    assert (sample.week, sample.population) == ("2026-W37", 7)
    assert (sample.head_seq, sample.seed) == (0, BEGINNING), "the log was empty then"


def test_an_item_that_is_there_is_marked(stage: ReviewStage) -> None:
    open_, closed, gone, *_ = a_week(stage)
    stage.clock.forward(seconds=1)
    stage.line_up(open_)
    stage.line_up(closed)
    stage.decide(ANNA, closed, "justified")
    stage.line_up(gone)
    stage.clock.forward(seconds=1)
    stage.line_up(gone, "notice a")
    next_week(stage)
    stage.sampling.step()
    stage.work()
    states = [(stage.item(one).status, stage.item(one).sampled_week) for one in (open_, closed)]
    assert states == [("open", "2026-W38"), ("closed", "2026-W38")]
    # What nobody has looked at is to be looked at, and does not go again.
    assert (stage.item(gone).status, stage.item(gone).openings) == ("open", 2)


def test_a_sampled_item_without_findings_waits_for_its_reviewer(stage: ReviewStage) -> None:
    first, *_ = a_week(stage)
    next_week(stage)
    stage.sampling.step()
    stage.assess(first, "notice a")
    stage.work()
    assert stage.item(first).status == "open"
    assert stage.decide(ANNA, first, "justified").outcome == "justified"


def test_several_processes_draw_a_week_once(stage: ReviewStage) -> None:
    a_week(stage)
    next_week(stage)
    threads = [Thread(target=stage.make_sampling().step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.samples()) == 1
    assert len(stage.rows(ReviewItem)) == 20
    with stage.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "review.sample")
        assert len(session.exec(wanted).all()) == 1


def test_the_seed_when_the_clock_went_back(stage: ReviewStage) -> None:
    """The last by its time counts: what comes later with an earlier time changes no draw."""
    stage.audit.note(ANNA, "first")
    stage.clock.forward(hours=2)
    stage.audit.note(ANNA, "latest")
    stage.clock.forward(hours=-1)
    stage.audit.note(ANNA, "with a clock that is behind")
    with stage.store.read() as session:
        number, _ = read_seed(session, Week(MONDAY).end)
        found = session.get_one(AuditEvent, number)
    assert found.action == "latest"


def test_the_plans_of_a_draw(store: Store, clock: FakeClock) -> None:
    stage = ReviewStage(store, clock)
    a_week(stage, 2)
    next_week(stage)
    assert_no_scan(plans_of(store, stage.sampling.step))


def test_the_program_of_the_guide_repeats_the_draw(
    sqlite_store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    stage = ReviewStage(sqlite_store, clock, rate=0.4)
    a_week(stage, 24)
    next_week(stage)
    stage.sampling.step()
    drawn = sorted(item.subject for item in stage.rows(ReviewItem))
    assert 0 < len(drawn) < 24
    sqlite_store.close()
    (tmp_path / "log.db").rename(tmp_path / "access-desk.db")
    [program] = re.findall(r"```python\n(# Repeats.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(program.strip().splitlines()) <= 12
    answer = subprocess.run(
        [sys.executable, "-c", program, "2026-W38"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == drawn
