"""Each chart of Outcomes and Adoption, and what a program without rollups would read for it.

`raw` selects the rows that a chart counts, with their time as `moment`; it runs on the log and on
the files of `export-log` alike. It leaves out what would make the other ways slower: months are
those of UTC, and of attempts the mean and the longest stand for percentiles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.outcomes import durations, errors, tables
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.views import AdoptionView, view_of
from services.outcomes.frames import added_histograms, summed
from services.outcomes.outcomes import Outcomes, OutcomeView
from services.outcomes.periods import days_between, usual_bucket
from services.outcomes.rollups import cubes
from services.outcomes.rollups.reading import Rollups
from services.outcomes.small_cells import SmallCells
from services.staff.audit import Audit
from services.staff.permissions import Actor, Role
from services.store import Store
from tests.staff_members import AlwaysSignedIn, make_actor

WHO = make_actor("Sam", Role.SUPPORT)
ZONE = ZoneInfo("America/New_York")


class Silent(Audit):
    """An access log that is not written: the event of a look has a benchmark of its own."""

    def look(self, actor: Actor, action: str, **event: object) -> None:
        """Do nothing."""


class Charts:
    """The functions behind both pages, over the whole history of a log."""

    def __init__(self, store: Store, now: datetime) -> None:
        audit = Silent(store, lambda: now, AlwaysSignedIn())
        self.rollups = Rollups(store, PeopleCounting())
        self.outcomes = Outcomes(store, audit, clock=lambda: now, rollups=self.rollups)
        cells = SmallCells(5)
        self.adoption = Adoption(audit, self.rollups, cells, lambda: now, consent=True)
        first = self.outcomes.first_day(WHO) or now.date()
        period = days_between(first, now.astimezone(ZONE).date(), now, ZONE)
        self.view = OutcomeView(period, usual_bucket(period.days), ZONE)
        self.months: AdoptionView = view_of("month", min(60, period.days // 30 + 1), now)

    def read(self, cube: cubes.Cube) -> tables.pd.DataFrame:
        """The counts of a cube in the bars of the view."""
        return self.rollups.counts(cube, self.view.edges, self.view.period.until, self.view.part)


@dataclass(frozen=True)
class Chart:
    """`draw` is the chart's function; `by` are the columns of `raw` besides the month.

    `measure` is `count`, `people` (different `patient_id`) or `seconds`.
    """

    name: str
    draw: Callable[[Charts], object]
    raw: str
    by: tuple[str, ...]
    measure: str = "count"


def _sources(charts: Charts) -> object:
    return tables.sources_over_time(summed(charts.read(cubes.SOURCE)), charts.view.edges)


def _times(charts: Charts) -> object:
    view, sources = charts.view, summed(charts.read(cubes.SOURCE))
    times = charts.rollups.durations(cubes.TIME, view.edges, view.period.until, view.part)
    times = added_histograms(times)
    durations.distribution(times)
    return durations.time_to_finish(times, sources), durations.times_over_time(times, view.edges)


def _errors(charts: Charts) -> object:
    return errors.top_errors(summed(charts.read(cubes.ERROR)), charts.view.edges)


_JOINED = "network_query q JOIN query_source s ON s.query_id = q.id"
_IAS_STARTED = "SELECT DISTINCT patient_id, 1 AS started FROM network_query WHERE purpose = 'ias'"

CHARTS = (
    Chart(
        "queries over time", lambda charts: charts.outcomes.status(WHO, charts.view),
        "SELECT submitted_at AS moment, purpose, origin, status FROM network_query",
        ("purpose", "origin", "status"),
    ),
    Chart(
        "sources", _sources,
        f"SELECT q.submitted_at AS moment, q.purpose, s.type, s.status FROM {_JOINED}",
        ("purpose", "type", "status"),
    ),
    Chart(
        "time to finish", _times,
        "SELECT q.submitted_at AS moment, q.purpose, s.type, {seconds} AS seconds "
        f"FROM {_JOINED} WHERE s.status = 'completed'",
        ("purpose", "type"), "seconds",
    ),
    Chart(
        "errors", _errors,
        "SELECT q.submitted_at AS moment, q.purpose, s.type, s.error_status, s.normal_error "
        f"FROM {_JOINED} WHERE s.normal_error IS NOT NULL",
        ("purpose", "type", "error_status", "normal_error"),
    ),
    Chart(
        "by facility", lambda charts: tables.by_facility(summed(charts.read(cubes.FACILITY))),
        "SELECT submitted_at AS moment, facility_id, purpose, status FROM network_query",
        ("facility_id", "purpose", "status"),
    ),
    Chart(
        "records found", lambda charts: tables.completed_by_records(charts.read(cubes.RECORDS)),
        "SELECT submitted_at AS moment, conversion_type, counted_at IS NULL AS uncounted "
        "FROM record_request",
        ("conversion_type", "uncounted"),
    ),
    Chart(
        "funnel", lambda charts: charts.adoption.funnel(WHO, charts.months),
        "SELECT i.moment, i.opened, i.verified, q.started FROM (SELECT patient_id, "
        "min(created_at) AS moment, max(opened_at) IS NOT NULL AS opened, "
        "max(verified_at) IS NOT NULL AS verified FROM identity_session GROUP BY patient_id) i "
        f"LEFT JOIN ({_IAS_STARTED}) q ON q.patient_id = i.patient_id",
        ("opened", "verified", "started"),
    ),
    Chart(
        "active people, retention", lambda charts: charts.adoption.activity(WHO, charts.months),
        "SELECT submitted_at AS moment, origin, patient_id FROM network_query "
        "WHERE purpose = 'ias'",
        ("origin",), "people",
    ),
    Chart(
        "records received", lambda charts: charts.adoption.received(WHO, charts.months),
        "SELECT min(counted_at) AS moment, patient_id FROM record_request "
        "WHERE counted_at IS NOT NULL GROUP BY patient_id",
        (),
    ),
    Chart(
        "AAL2 yield, links", lambda charts: charts.adoption.fates(WHO, charts.months),
        "SELECT s.verified_at AS moment, s.end_reason, q.status FROM aal2_session s "
        "LEFT JOIN network_query q ON q.id = s.used_by",
        ("end_reason", "status"),
    ),
    Chart(
        "adoption by facility", lambda charts: charts.adoption.facilities(WHO, charts.months),
        "SELECT submitted_at AS moment, facility_id, patient_id FROM network_query "
        "WHERE facility_id IS NOT NULL",
        ("facility_id",), "people",
    ),
)  # fmt: skip
