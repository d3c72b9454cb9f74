"""Reads from the rollups how the network queries of a period went: numbers, no person."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col

from services.clock import Clock, utc_now
from services.outcomes import frames
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.buckets import bucket_starts, day_start
from services.outcomes.frames import NO_RECORDS
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.periods import Period
from services.outcomes.rollups import cubes
from services.outcomes.rollups.cubes import Cube
from services.outcomes.rollups.reading import Part, Progress, Rollups
from services.outcomes.small_cells import SmallCells, require_one_filter, require_whole
from services.outcomes.usual_range import WEEKS
from services.queries.status import COMPLETED
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission, Role
from services.store import Store
from services.store.tables import NetworkQuery, Rollup


@dataclass(frozen=True)
class OutcomeView:
    """What a page asks for: a period in bars of a width, days of a zone, a part of the log.

    `bucket` is one of `buckets.BUCKETS`.
    """

    period: Period
    bucket: str
    zone: ZoneInfo
    part: Part = field(default_factory=Part)

    @property
    def edges(self) -> list[datetime]:
        """Where the bars begin (UTC, ascending); the first one begins with the period."""
        since, until = self.period.since, self.period.until
        starts = bucket_starts(self.bucket, self.zone, since, until)
        return [max(start, since) for start in starts]

    @property
    def edges_before(self) -> list[datetime]:
        """The same of the time before, for whom that has to consist of whole bars."""
        since, until = self.period.before_since, self.period.before_until
        return bucket_starts(self.bucket, self.zone, since, until)


@dataclass(frozen=True)
class StatusFacts:
    """Counts by outcome; `start` is that of a bar's part of the period (UTC).

    `status`: start, purpose, outcome, n. `before`: the same of the time before. An outcome is a
    status, `HIDDEN_FAILURE`, or `frames.NO_RECORDS`, which is then not among `completed`. `days`:
    start, purpose, n per day, also of the weeks before the period; empty without bars per day.
    `began` is the day in UTC of the first query of all, None where there is none. `progress` tells
    whether the charts count all that the log holds.
    """

    view: OutcomeView
    status: pd.DataFrame
    before: pd.DataFrame
    days: pd.DataFrame
    began: date | None
    progress: Progress


@dataclass(frozen=True)
class SourceFacts:
    """Counts of what the queries of a period met; `start` as in `StatusFacts`.

    `sources`: start, type, result, purpose, n. `times`: start, type, purpose, n, bins. `errors`:
    start, where, error, status, purpose, n. `facilities`: start, facility, purpose, outcome, n, by
    their status alone. `records`: start, purpose, records, n. The last two have the period's start,
    for product that of each bar. `cells` is set where small groups are left out.
    """

    view: OutcomeView
    sources: pd.DataFrame
    times: pd.DataFrame
    errors: pd.DataFrame
    facilities: pd.DataFrame
    records: pd.DataFrame
    cells: SmallCells | None


class Outcomes:
    """Reads the table `rollup` for the charts of outcomes.

    What product gets follows `services.outcomes.small_cells`: it is rounded here, bar by bar.
    """

    def __init__(
        self,
        store: Store,
        audit: Audit,
        small_cell: int = 5,
        clock: Clock = utc_now,
        rollups: Rollups | None = None,
        people: PeopleBehind | None = None,
    ) -> None:
        """`small_cell` is the setting of that name; the others are of the same log."""
        self._store = store
        self._audit = audit
        self._rollups = rollups or Rollups(store, PeopleCounting())
        self._cells = SmallCells(small_cell)
        self._people = people or PeopleBehind(store, small_cell)
        self._clock = clock

    def first_day(self, actor: Actor) -> date | None:
        """The day in UTC of the first submission of all, None without any; raises `NotPermitted`.

        It tells nothing of anybody, and leaves no trace.
        """
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        with self._store.read() as session:
            return _read_first_day(session)

    def status(self, actor: Actor, view: OutcomeView) -> StatusFacts:
        """How the queries of a view ended, and those of the time before. Notes the look.

        Raises `NotPermitted`, and `InvalidInput` where the view is not for the role.
        """
        cells = self._check(actor, view)
        period, days = view.period, [] if cells else _days_of(view)
        before = view.edges_before if cells else [period.before_since]
        edges = {*view.edges, *days, *before, period.before_until} - {period.until}
        pieces = self._outcomes(sorted(edges), view, cells)
        kept = ["purpose", "outcome"]
        with self._store.read() as session:
            began = _read_first_day(session)
        return StatusFacts(
            view=view,
            status=frames.regrouped(pieces, view.edges, period.until, kept),
            before=frames.within(pieces, period.before_since, period.before_until),
            days=frames.regrouped(pieces, days, period.until, ["purpose"]),
            began=began,
            progress=self._rollups.progress(),
        )

    def sources(self, actor: Actor, view: OutcomeView) -> SourceFacts:
        """What the queries of a view met: sources, errors, facilities. Notes the look.

        Raises `NotPermitted`, and `InvalidInput` where the view is not for the role.
        """
        cells = self._check(actor, view)
        edges = view.edges
        # What product sees of a longer time is the sum of the rounded numbers of its bars.
        whole = edges if cells else [view.period.since]
        times = self._rollups.durations(cubes.TIME, edges, view.period.until, view.part)
        everywhere = _everywhere(view)
        facilities = self._shown(cubes.FACILITY, whole, everywhere, cells)
        if view.part.facility_id is not None:
            facilities = facilities[facilities["facility"] == view.part.facility_id]
        if cells and view.part.is_filtered_beside_facility:
            # Each facility is a filter: beside another one it would be the second.
            facilities = facilities[:0]
        return SourceFacts(
            view=view,
            sources=self._shown(cubes.SOURCE, edges, view, cells, by=("start", "type")),
            times=frames.added_histograms(times),
            errors=self._shown(cubes.ERROR, edges, view, cells),
            facilities=facilities,
            records=self._shown(cubes.RECORDS, whole, view, cells, by=("start", "purpose")),
            cells=cells,
        )

    def _check(self, actor: Actor, view: OutcomeView) -> SmallCells | None:
        """Note the look; the rule by which numbers are rounded for the role, if there is one."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        part, rule = view.part, None
        if actor.role is Role.PRODUCT:
            require_whole(view.edges, view.period.until, self._clock())
            require_one_filter(
                part.facility_id is not None, part.leave_out_external, not part.leave_out_tests
            )
            rule = self._cells
        self._audit.look(actor, "outcomes.view", details=_details(view))
        return rule

    def _outcomes(
        self, edges: list[datetime], view: OutcomeView, cells: SmallCells | None
    ) -> pd.DataFrame:
        status = self._counts(cubes.STATUS, edges, view)
        records = self._counts(cubes.RECORDS, edges, view)
        apart = frames.without_records_apart(status, records)
        if cells is None:
            return apart
        # People of a group with and without records are counted together: they are all completed.
        as_completed = apart.assign(outcome=apart["outcome"].replace(NO_RECORDS, COMPLETED))
        people = self._people_of(cubes.STATUS, as_completed, edges, view)
        return cells.suppressed(apart, people=people)

    def _shown(
        self,
        cube: Cube,
        edges: list[datetime],
        view: OutcomeView,
        cells: SmallCells | None,
        by: tuple[str, ...] = ("start",),
    ) -> pd.DataFrame:
        """Counts of a cube, with `cells` as far as they may be shown."""
        counts = self._counts(cube, edges, view)
        if cells is None:
            return counts
        return cells.suppressed(counts, by=by, people=self._people_of(cube, counts, edges, view))

    def _people_of(
        self, cube: Cube, frame: pd.DataFrame, edges: list[datetime], view: OutcomeView
    ) -> "pd.Series[Any]":
        return self._people.of(cube, frame, edges, view.period.until, view.part)

    def _counts(self, cube: Cube, edges: list[datetime], view: OutcomeView) -> pd.DataFrame:
        counts = self._rollups.counts(cube, edges, view.period.until, view.part)
        return frames.summed(counts)


def _everywhere(view: OutcomeView) -> OutcomeView:
    """The view without its facility: the slice of one facility is not counted by facility."""
    return replace(view, part=replace(view.part, facility_id=None))


def _days_of(view: OutcomeView) -> list[datetime]:
    """The days to be judged, and those of the weeks before; none where bars are no days."""
    if view.bucket != "day":
        return []
    first = view.period.since.astimezone(view.zone).date() - timedelta(weeks=WEEKS)
    return bucket_starts("day", view.zone, day_start(first, view.zone), view.period.until)


def _details(view: OutcomeView) -> dict[str, Any]:
    period, part = view.period, view.part
    details = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    if part.facility_id is not None:
        details["facility_id"] = part.facility_id
    return details


def _read_first_day(session: Session) -> date | None:
    """The earliest of what is in the log, and of what was in it and is counted still."""
    submitted = session.execute(sa.select(sa.func.min(col(NetworkQuery.submitted_at)))).scalar()
    first = sa.select(sa.func.min(col(Rollup.day)))
    counted = session.execute(
        first.where(col(Rollup.cube) == cubes.STATUS.name, col(Rollup.slice) == "")
    ).scalar()
    days = [submitted.astimezone(UTC).date()] if submitted else []
    return min([*days, *([counted] if counted else [])], default=None)
