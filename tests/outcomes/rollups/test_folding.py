"""How waiting changes get into the rollups, and what happens beside it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Thread
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups import folding as folding_module
from services.outcomes.rollups.contributions import Contributions, count_on
from services.outcomes.rollups.cubes import RECEIVED, STATUS
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.rollups.table.rows import read_cells
from services.outcomes.rollups.verifying import rebuild, verify
from services.outcomes.rollups.waiting import read_some_waiting
from services.store import Store
from services.store.tables import LogChange, NetworkQuery, PersonSteps, Rollup
from tests.outcomes.rollups.histories import History, counted_by_hand, counts_of
from tests.plans import assert_no_scan, plans_of

SINCE = datetime(2026, 9, 1, tzinfo=UTC)
ALL = Part(leave_out_tests=False)


def make_history(store: Store, seed: int = 1, days: int = 5) -> History:
    return History(store, Random(seed), SINCE, days)


def assert_counted(store: Store, history: History, days: int = 5) -> None:
    starts = [SINCE + timedelta(days=number) for number in range(days)]
    end = SINCE + timedelta(days=days)
    counted = counts_of(Rollups(store).counts(STATUS, starts, end, ALL))
    assert counted == counted_by_hand(history, STATUS, starts, end, ALL)


def differences(store: Store) -> list[str]:
    return [line for checked in verify(store, PeopleCounting()) for line in checked.differences]


def waiting(store: Store) -> int:
    with store.read() as session:
        return session.exec(
            select(func.count()).select_from(LogChange).where(col(LogChange.waits))
        ).one()


def test_an_empty_log_has_nothing_to_fold(store: Store) -> None:
    folding, rollups = Folding(store, PeopleCounting()), Rollups(store, PeopleCounting())
    folding.finish()
    assert folding.step() == 0
    assert rollups.progress().is_built and rollups.progress().first is None
    assert rollups.counts(STATUS, [SINCE], SINCE + timedelta(days=1)).empty
    assert list(rollups.counts(STATUS, [], SINCE).columns) == ["start", *STATUS.values, "n"]
    assert differences(store) == []


def test_a_period_that_ends_before_it_begins_is_empty(store: Store) -> None:
    make_history(store).add()
    assert Rollups(store).counts(STATUS, [SINCE], SINCE - timedelta(days=1)).empty


def test_a_log_that_was_filled_unseen_is_built_newest_first(store: Store) -> None:
    history = make_history(store)
    for _ in range(4):
        history.add()
    with store.write() as session:
        session.connection().execute(LogChange.__table__.delete())  # type: ignore[attr-defined]
    folding, rollups = Folding(store), Rollups(store)
    seen = []
    while folding.step():
        built_from = rollups.progress().built_from
        assert built_from is not None
        seen.append(built_from)
    assert seen == sorted(seen, reverse=True) and seen[-1] == date.min
    assert rollups.progress().is_built
    assert_counted(store, history)


def test_two_folders_writers_and_a_rebuild_at_once_lose_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding_module, "_AT_ONCE", 7)
    history = make_history(store, days=3)
    failed: list[BaseException] = []

    def repeat(act: Any, times: int) -> Thread:
        def run() -> None:
            try:
                for _ in range(times):
                    act()
            except BaseException as error:
                failed.append(error)

        return Thread(target=run)

    threads = [
        repeat(history.change, 25),
        repeat(Folding(store, PeopleCounting()).step, 25),
        repeat(Folding(store, PeopleCounting()).step, 25),
        repeat(lambda: list(rebuild(store, PeopleCounting())), 2),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    Folding(store, PeopleCounting()).finish()
    assert waiting(store) == 0
    assert_counted(store, history, days=3)
    assert differences(store) == []


def test_a_row_that_was_changed_by_hand_is_found_and_corrected(store: Store) -> None:
    history = make_history(store)
    history.add()
    Folding(store, PeopleCounting()).finish()
    assert differences(store) == []
    with store.write() as session:
        row = session.exec(select(Rollup).where(col(Rollup.cube) == STATUS.name)).first()
        assert row is not None
        cell = (row.cube, row.slice, row.day, row.key)
        session.delete(row)
    [line] = differences(store)
    assert line.startswith("status ") and str(cell[2]) in line and " 0 instead of " in line
    assert sum(checked.rows for checked in rebuild(store, PeopleCounting())) == 1
    assert differences(store) == []
    assert_counted(store, history)


def test_a_change_that_cannot_be_written_stops_no_other(store: Store) -> None:
    history = make_history(store)
    folding = Folding(store, _Refused())
    folding.finish()
    history.add()
    folding.finish()
    assert waiting(store) == 0
    starts = [SINCE]
    end = SINCE + timedelta(days=5)
    counted = counts_of(Rollups(store).counts(STATUS, starts, end, ALL))
    assert counted == counted_by_hand(history, STATUS, starts, end, ALL)


class _Refused:
    """Counts people so that the database refuses it."""

    def read(self, session: Session, patient_ids: Sequence[str]) -> dict[str, PersonSteps]:
        # The row has no step, which may not be null.
        return {
            key: PersonSteps(patient_id=key, step=None, counted={})  # type: ignore[arg-type]
            for key in patient_ids
        }

    def count(self, counted: Mapping[str, Any]) -> Contributions:
        return {}

    def list_people(self, session: Session, after: str, most: int) -> list[str]:
        return []


class _Receipts(_Refused):
    """Counts each person with a query as one who received something."""

    def read(self, session: Session, patient_ids: Sequence[str]) -> dict[str, PersonSteps]:
        wanted = select(NetworkQuery.patient_id, func.min(NetworkQuery.submitted_at))
        of_people = wanted.where(col(NetworkQuery.patient_id).in_(patient_ids))
        found = session.exec(of_people.group_by(col(NetworkQuery.patient_id))).all()
        return {
            key: PersonSteps(patient_id=key, counted={"day": at.date().isoformat()})
            for key, at in found
        }

    def count(self, counted: Mapping[str, Any]) -> Contributions:
        found: Contributions = {}
        count_on(found, RECEIVED, None, date.fromisoformat(counted["day"]), (0,))
        return found


def _receipts(rollups: Rollups) -> int:
    frame = rollups.counts(RECEIVED, [SINCE], SINCE + timedelta(days=9))
    return int(frame["n"].sum())


def test_a_person_is_counted_once_before_and_after_the_folding(store: Store) -> None:
    people = _Receipts()
    folding, rollups = Folding(store, people), Rollups(store, people)
    folding.finish()
    _add(store, "p-1", SINCE + timedelta(days=2))
    assert _receipts(rollups) == 1
    folding.finish()
    assert _receipts(rollups) == 1
    _add(store, "p-1", SINCE + timedelta(days=1))
    _add(store, "p-2", SINCE)
    assert _receipts(rollups) == 2
    folding.finish()
    assert _receipts(rollups) == 2
    days = rollups.counts(RECEIVED, [SINCE + timedelta(days=n) for n in range(3)], SINCE + 3 * _DAY)
    assert days["n"].tolist() == [1, 1]


def test_a_person_of_whom_nothing_is_left_stays_counted_without_a_row(store: Store) -> None:
    people = _Receipts()
    folding, rollups = Folding(store, people), Rollups(store, people)
    _add(store, "p-1", SINCE)
    folding.finish()
    with store.write() as session:
        session.delete(session.exec(select(NetworkQuery)).one())
    folding.finish()
    assert _receipts(rollups) == 1
    with store.read() as session:
        assert session.exec(select(PersonSteps)).all() == []


def test_what_is_asked_all_the_time_uses_indexes(store: Store) -> None:
    make_history(store).add()
    rollups = Rollups(store)
    starts = [SINCE + timedelta(hours=5), SINCE + timedelta(days=9)]
    plan = plans_of(store, lambda: rollups.counts(STATUS, starts, SINCE + timedelta(days=40)))
    assert_no_scan([step for step in plan if "ix_log_change_waiting" not in step])
    with store.read() as session:
        assert_no_scan(plans_of(store, lambda: read_cells(session.connection(), [])) or ["none"])
        plan = plans_of(store, lambda: read_some_waiting(session, 10))
    assert any("ix_log_change_waiting" in step for step in plan)


def _add(store: Store, patient_id: str, at: datetime) -> None:
    with store.write() as session:
        session.add(
            NetworkQuery(
                id=f"{patient_id} {at.isoformat()}",
                patient_id=patient_id,
                purpose="ias",
                origin="dashboard",
                status="completed",
                submitted_at=at,
            )
        )


_DAY = timedelta(days=1)
