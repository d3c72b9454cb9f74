"""Whatever happens in a log, the rollups answer what its rows come to, in any zone."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.cubes import ERROR, FACILITY, SOURCE, STATUS, TIME
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.histogram import ERROR as LARGEST_ERROR
from services.outcomes.rollups.histogram import LONGEST, SHORTEST, percentile
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.rollups.verifying import rebuild, verify
from services.store import Store
from tests.outcomes.rollups.emptying import empty_log
from tests.outcomes.rollups.histories import (
    ZONES,
    History,
    buckets_of,
    counted_by_hand,
    counts_of,
    seconds_by_hand,
)

_PARTS = (
    Part(leave_out_tests=False),
    Part(),
    Part(leave_out_external=True),
    Part(facility_id="f-1"),
)
_BUCKETS = ("hour", "day", "week", "month")
# Around these days clocks change at midnight, at 2, and by half an hour.
_BEGINNINGS = (
    datetime(2026, 3, 6, tzinfo=UTC),
    datetime(2026, 3, 28, tzinfo=UTC),
    datetime(2026, 9, 4, 17, 45, tzinfo=UTC),
    datetime(2026, 10, 2, tzinfo=UTC),
    datetime(2026, 10, 24, 5, tzinfo=UTC),
)


# A smaller seed makes no smaller history, so that a failing one is not shrunk.
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), since=st.sampled_from(_BEGINNINGS), days=st.integers(1, 40))
def test_rollups_answer_what_the_log_comes_to(
    store: Store, seed: int, since: datetime, days: int
) -> None:
    empty_log(store)
    random = Random(seed)
    history = History(store, random, since, days)
    folders = [Folding(store, PeopleCounting()) for _ in range(2)]
    rollups = Rollups(store, PeopleCounting())
    for _ in range(random.randint(1, 14)):
        history.change()
        if random.random() < 0.4:
            random.choice(folders).step()
        if random.random() < 0.1:
            list(rebuild(store, PeopleCounting()))
    if random.random() < 0.5:
        folders[0].finish()
    elif not rollups.progress().is_built:
        _build_all(folders[1], rollups)
    for _ in range(3):
        zone, bucket = random.choice(ZONES), random.choice(_BUCKETS)
        starts, end = buckets_of(zone, bucket, since, days)
        part = random.choice(_PARTS)
        for cube in (STATUS, SOURCE, ERROR, FACILITY):
            if cube is FACILITY and part.facility_id:
                continue
            counted = counts_of(rollups.counts(cube, starts, end, part))
            assert counted == counted_by_hand(history, cube, starts, end, part), (zone, bucket)
        _check_durations(rollups, history, starts, end, part)
    folders[0].finish()
    assert [
        line for checked in verify(store, PeopleCounting()) for line in checked.differences
    ] == []


def _check_durations(
    rollups: Rollups, history: History, starts: list[datetime], end: datetime, part: Part
) -> None:
    by_hand = seconds_by_hand(history, starts, end, part)
    found = rollups.durations(TIME, starts, end, part)
    assert counts_of(found) == {key: len(several) for key, several in by_hand.items()}
    for row in found.itertuples(index=False):
        seconds = by_hand[row[0].to_pydatetime(), *row[1:-2]]
        for share in (0.5, 0.9, 0.99, 1.0):
            exact = seconds[max(-int(-share * len(seconds) // 1), 1) - 1]
            _check_close(percentile(row.bins, share), exact)


def _check_close(told: float, exact: float) -> None:
    if exact < SHORTEST:
        assert told == 0
    elif exact >= LONGEST:
        assert told == LONGEST
    else:
        assert told == pytest.approx(exact, rel=LARGEST_ERROR + 1e-9)


def _build_all(folding: Folding, rollups: Rollups) -> None:
    while not rollups.progress().is_built:
        folding.step()


def test_what_came_three_weeks_late_is_counted_on_its_day(store: Store) -> None:
    since = datetime(2026, 9, 1, 10, tzinfo=UTC)
    history = History(store, Random(1), since, 1)
    history.add()
    folding, rollups = Folding(store), Rollups(store)
    folding.finish()
    before = counts_of(rollups.counts(STATUS, [since], since + timedelta(days=1)))
    with store.write() as session:
        for query in history._some(session):
            query.status = "came late"
    late = counts_of(rollups.counts(STATUS, [since], since + timedelta(days=1)))
    assert late != before and any("came late" in key for key in late)
    folding.finish()
    assert counts_of(rollups.counts(STATUS, [since], since + timedelta(days=1))) == late
