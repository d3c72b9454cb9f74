"""Reads from the rollups whether individual access is adopted: numbers, no person."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pandas as pd

from services.clock import Clock
from services.outcomes.adoption import figures
from services.outcomes.adoption.cells import SESSIONS, links_of
from services.outcomes.adoption.fates import Method
from services.outcomes.adoption.person_facts import month_start
from services.outcomes.adoption.steps import steps_of
from services.outcomes.adoption.views import AdoptionView, Span
from services.outcomes.rollups.cubes import (
    AAL2,
    ACTIVE_MONTH,
    ACTIVE_WEEK,
    BEHIND,
    FACILITY,
    FUNNEL,
    FUNNEL_WITHOUT_CONSENT,
    LINKS,
    PER_PERSON,
    RECEIVED,
    RETENTION,
    STATUS,
    STEP_TIME,
    Cube,
)
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.small_cells import (
    SmallCells,
    require_one_filter,
    require_whole,
    start_of,
)
from services.queries.requests import IAS
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission, Role

_MOST_COHORTS = 13
_MOST_FACILITIES = 20
_EARLIEST = 60
"""Weeks or months before the period in which people may have received records."""


@dataclass(frozen=True)
class FunnelFacts:
    """The steps, and how many people were counted by the method of their challenge at each."""

    steps: list[figures.StepFigure]
    methods: dict[str, list[int | None]]


@dataclass(frozen=True)
class ActivityFacts:
    """Who came, and came back.

    `active` and `before`: start, new, returning. `shares` of IAS are by the same starts. `cohorts`
    are of at most thirteen months, `per_person` of about as many months as the period has; both
    are of months that are over.
    """

    active: pd.DataFrame
    before: pd.DataFrame
    shares: list[float | None]
    cohorts: list[figures.Cohort]
    per_person: dict[int, int]


@dataclass(frozen=True)
class YieldFacts:
    """What AAL2 sessions and links led to, by their fates; links by their kind."""

    sessions: dict[str, int]
    before: dict[str, int]
    methods: dict[str, dict[str, int]]
    links: dict[str, dict[str, int]]


@dataclass(frozen=True)
class FacilityFacts:
    """People of one facility at each step, and those who received records in the period."""

    facility_id: str
    steps: list[int | None]
    received: int


class Adoption:
    """Reads the rollups of people for the Adoption page.

    `consent` is whether the setting makes the consent a step. For the role product everything is
    of whole weeks or months, with one filter, and without small groups: each method raises
    `InvalidInput` for a view of another kind, and `NotPermitted`. Each notes the look.
    """

    def __init__(
        self, audit: Audit, rollups: Rollups, cells: SmallCells, clock: Clock, *, consent: bool
    ) -> None:
        self._audit = audit
        self._rollups = rollups
        self._cells = cells
        self._clock = clock
        self.consent_is_step = consent

    def funnel(self, actor: Actor, view: AdoptionView) -> FunnelFacts:
        """How far the people of the period came, by the day of their first link."""
        cells = self._check(actor, view)
        cube, steps = self._funnel_cube(view), steps_of(consent=view.consent)
        now_span, before_span = (_summed(span, cells) for span in (view.now, view.before))
        now = self._counts(cube, now_span, view.part)
        before = self._counts(cube, before_span, view.part)
        times = self._rollups.durations(STEP_TIME, now_span.starts, now_span.end, view.part)
        methods = {
            method.value: figures.reached(now[now["method"] == method.value], len(steps), cells)
            for method in Method
        }
        return FunnelFacts(figures.funnel(now, before, times, steps, cells), methods)

    def activity(self, actor: Actor, view: AdoptionView) -> ActivityFacts:
        """Who was active in each week or month, and who of them came back."""
        cells = self._check(actor, view)
        cube = ACTIVE_WEEK if view.width == "week" else ACTIVE_MONTH
        now, before = (self._counts(cube, span, view.part) for span in (view.now, view.before))
        status = self._counts(STATUS, view.now, view.part)
        this_month = month_start(self._clock().astimezone(UTC))
        cohorts = self._counts(RETENTION, _months_until(this_month, _MOST_COHORTS), view.part)
        months = max(1, round((view.now.end - view.now.since).days / 30))
        per_person = self._counts(PER_PERSON, _months_until(this_month, months), view.part)
        return ActivityFacts(
            figures.active(now, view.now.starts, cells),
            figures.active(before, view.before.starts, cells),
            figures.ias_share(status, view.now.starts, IAS, cells),
            figures.retention(cohorts, this_month, cells),
            figures.queries_per_person(per_person, cells),
        )

    def received(self, actor: Actor, view: AdoptionView) -> tuple[pd.DataFrame, int]:
        """People who received records for the first time, and how many in the period before.

        Columns: start, n, and `total`, with everybody of the five years before the period.
        """
        cells = self._check(actor, view)
        now = self._counts(RECEIVED, view.now, view.part)
        earlier = _summed(_span_before(view.width, view.now.since, _EARLIEST), cells)
        long_before = self._counts(RECEIVED, earlier, view.part)
        before_span = _summed(view.before, cells)
        before = self._counts(RECEIVED, before_span, view.part)
        table = figures.received(now, long_before, view.now.starts, cells)
        compared = figures.received(before, _NOTHING, before_span.starts, cells)
        return table, int(compared["n"].sum())

    def fates(self, actor: Actor, view: AdoptionView) -> YieldFacts:
        """What became of the AAL2 sessions satisfied, and of the links that ended, by today."""
        cells = self._check(actor, view)
        now = self._counts(AAL2, _summed(view.now, cells), view.part)
        behind = self._behind(view.now, view, cells)
        sessions = _of(behind, SESSIONS)
        earlier = self._counts(AAL2, _summed(view.before, cells), view.part)
        before = _of(self._behind(view.before, view, cells), SESSIONS)
        links = self._counts(LINKS, _summed(self._over(view.now), cells), view.part)
        return YieldFacts(
            sessions=figures.fates(now, sessions, cells),
            before=figures.fates(earlier, before, cells),
            # Who is behind the sessions of one method is not known: product sees people instead.
            methods={} if cells else _by_method(now),
            links={
                str(kind): figures.fates(rows, _of(behind, links_of(str(kind))), cells)
                for kind, rows in links.groupby("kind")
            },
        )

    def facilities(self, actor: Actor, view: AdoptionView) -> list[FacilityFacts]:
        """The facilities with most queries in the period, at most twenty, and their people.

        None for product beside another filter: each facility is a filter, and would be the second.
        """
        cells = self._check(actor, view)
        if cells and view.part.is_filtered_beside_facility:
            return []
        cube, steps = self._funnel_cube(view), steps_of(consent=view.consent)
        ids, span = self._facility_ids(view), _summed(view.now, cells)
        people, received = (
            self._rollups.counts_by_facility(of, span.starts, span.end, ids, view.part)
            for of in (cube, RECEIVED)
        )
        return [
            FacilityFacts(
                facility_id,
                figures.reached(people[facility_id], len(steps), cells),
                figures.received_in_all(received[facility_id], cells),
            )
            for facility_id in ids
        ]

    def facility_ids(self, actor: Actor, view: AdoptionView) -> list[str]:
        """The facilities that a filter can name: those with most queries first, at most twenty."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        return self._facility_ids(view)

    def _check(self, actor: Actor, view: AdoptionView) -> SmallCells | None:
        """Note the look; answers the rule of small cells where it is for the role."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        part = view.part
        if actor.role is Role.PRODUCT:
            require_one_filter(
                part.facility_id is not None, part.leave_out_external, not part.leave_out_tests
            )
            for span in (view.now, view.before):
                require_whole(span.starts, span.end, self._clock())
        details = {
            "since": view.now.since.isoformat(),
            "until": view.now.end.isoformat(),
            "facility": part.facility_id,
        }
        self._audit.look(actor, "adoption.view", details=details)
        return self._cells if actor.role is Role.PRODUCT else None

    def _counts(self, cube: Cube, span: Span, part: Part) -> pd.DataFrame:
        return self._rollups.counts(cube, span.starts, span.end, part)

    def _behind(self, span: Span, view: AdoptionView, cells: SmallCells | None) -> pd.DataFrame:
        if cells is None:
            return _NOTHING
        frame = self._counts(BEHIND, span, view.part)
        return frame[frame["width"] == view.width]

    def _over(self, span: Span) -> Span:
        """The part of the span whose days are over: a link of today may still be opened."""
        today = datetime.combine(self._clock().astimezone(UTC).date(), time(), UTC)
        starts = tuple(start for start in span.starts if start < today) or span.starts[:1]
        return Span(starts, max(min(span.end, today), starts[0]))

    def _facility_ids(self, view: AdoptionView) -> list[str]:
        span = Span((view.now.since,), view.now.end)
        everywhere = Part(None, view.part.leave_out_external, view.part.leave_out_tests)
        frame = self._counts(FACILITY, span, everywhere)
        known = frame[frame["facility"].notna()]
        numbers = known.groupby("facility")["n"].sum().sort_values(ascending=False, kind="stable")
        return [str(facility_id) for facility_id in numbers.index[:_MOST_FACILITIES]]

    def _funnel_cube(self, view: AdoptionView) -> Cube:
        return FUNNEL if view.consent else FUNNEL_WITHOUT_CONSENT


_NOTHING = pd.DataFrame({"start": pd.DatetimeIndex([], tz="UTC"), "fate": [], "n": []})


def _summed(span: Span, cells: SmallCells | None) -> Span:
    """The span as one, where its weeks or months need not be rounded one by one."""
    return span if cells else Span((span.since,), span.end)


def _of(behind: pd.DataFrame, what: str) -> pd.DataFrame:
    return behind[behind["of"] == what] if "of" in behind else behind


def _by_method(frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    known = frame[frame["method"].notna()]
    return {str(method): figures.fates(rows, None) for method, rows in known.groupby("method")}


def _months_until(month: date, number: int) -> Span:
    """The `number` months before the one that begins on `month`."""
    return _span_before("month", datetime.combine(month, time(), UTC), number)


def _span_before(width: str, until: datetime, number: int) -> Span:
    """The `number` weeks or months that end at `until`, where one begins."""
    starts, day = [], until.date()
    for _ in range(number):
        day = start_of(width, date.fromordinal(day.toordinal() - 1))
        starts.append(datetime.combine(day, time(), UTC))
    return Span(tuple(reversed(starts)), until)
