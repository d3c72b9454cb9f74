"""What monitoring reads of a log: every number, no person, and by indexes, on each database."""

from datetime import UTC, datetime, timedelta

import pytest

from services.bootstrap.outcomes import make_counting, make_planning
from services.calls.rate_budgets import RateBudgets
from services.ids import new_id
from services.operations.heartbeats import Heartbeats
from services.operations.prometheus.metrics import Metrics
from services.outcomes.goals.goals import Goals
from services.outcomes.goals.measures import Measure
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery, UpstreamCall, WebhookEvent
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import AlwaysSignedIn, make_actor

PRODUCT = make_actor("Pru Product", Role.PRODUCT)
NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
LAST_WEEK = datetime(2026, 9, 7, tzinfo=UTC)


class Monitored:
    """A log, its metrics, and what is needed to fill it."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        audit = Audit(store, clock, AlwaysSignedIn())
        rollups = make_counting(store).rollups
        planning = make_planning(store, audit, clock, rollups, 5, consent=True)
        self.store = store
        self.goals: Goals = planning.goals
        self.heartbeats = Heartbeats(store, clock)
        budgets = RateBudgets(store, audit, clock)
        self.metrics = Metrics(
            store, clock, self.goals, rollups, planning.people_behind, planning.small_cells, budgets
        )

    def lines(self) -> list[str]:
        return [line for line in self.metrics.text().splitlines() if not line.startswith("#")]

    def add_queries(self, people: int, status: str, each: int = 1) -> None:
        with self.store.write() as session:
            for number in range(people * each):
                at = LAST_WEEK + timedelta(minutes=number)
                session.add(
                    NetworkQuery(
                        id=new_id(at), patient_id=f"person-{status}-{number % people}",
                        facility_id="facility-1", purpose="ias", origin="dashboard", status=status,
                        submitted_at=at,
                    )
                )  # fmt: skip

    def add_message(self, status: str, at: datetime) -> None:
        with self.store.write() as session:
            session.add(
                WebhookEvent(
                    id=new_id(at), message_id=f"message-{at}", patient_id="person-1", status=status,
                    received_at=at, signature_status="valid", body_hash="x",
                )
            )  # fmt: skip

    def add_call(self, status: int | None, at: datetime) -> None:
        with self.store.write() as session:
            session.add(
                UpstreamCall(
                    id=new_id(at), at=at, method="GET", path="/medical/v1/patient", status=status,
                    duration_ms=1,
                )
            )  # fmt: skip


@pytest.fixture
def monitored(store: Store, clock: FakeClock) -> Monitored:
    return Monitored(store, clock)


def test_an_empty_log_has_all_its_metrics(monitored: Monitored) -> None:
    lines = monitored.lines()
    assert any(line.startswith('access_desk_build_info{version="') for line in lines)
    for line in (
        "access_desk_rollup_waiting_changes 0",
        "access_desk_rollup_oldest_waiting_seconds 0",
        'access_desk_webhooks{status="received"} 0',
        'access_desk_webhooks{status="failed"} 0',
        "access_desk_webhook_oldest_waiting_seconds 0",
        'access_desk_upstream_calls_last_minute{status="5xx"} 0',
        'access_desk_rate_limit_per_minute{operation="HIE queries"} 20',
        'access_desk_rate_used_per_minute{operation="HIE queries"} 0',
    ):
        assert line in lines


def test_goals_and_breaches_are_told(monitored: Monitored) -> None:
    monitored.add_queries(30, "completed")
    monitored.add_queries(30, "failed")
    monitored.goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.6)
    monitored.goals.set(PRODUCT, Measure.RECEIVED_PER_MONTH, True, 100)
    lines = monitored.lines()
    done = 'measure="completed_per_ended_ias"'
    assert f'access_desk_goal_target{{{done},side="at_least"}} 0.6' in lines
    assert f"access_desk_goal_value{{{done}}} 0.5" in lines
    assert f"access_desk_goal_breached{{{done}}} 1" in lines
    # Nobody received records: the value of a few people is not known, and breaches nothing.
    received = 'measure="records_received_per_month"'
    assert f"access_desk_goal_breached{{{received}}} 0" in lines
    assert not any(line.startswith(f"access_desk_goal_value{{{received}}}") for line in lines)


def test_queries_are_of_the_last_week_and_follow_the_rule_of_small_cells(
    monitored: Monitored,
) -> None:
    monitored.add_queries(33, "completed")
    monitored.add_queries(12, "failed")
    monitored.add_queries(5, "partial")
    monitored.add_queries(2, "rejected", each=40)
    found = [line for line in monitored.lines() if line.startswith("access_desk_queries")]
    assert found == [
        'access_desk_queries_last_week{purpose="ias",status="completed"} 35',
        'access_desk_queries_last_week{purpose="ias",status="failed"} 10',
    ]


def test_work_that_waits_is_told(monitored: Monitored, clock: FakeClock) -> None:
    monitored.add_queries(2, "completed")
    monitored.add_message("received", NOW - timedelta(minutes=2))
    monitored.add_message("received", NOW)
    monitored.add_message("failed", NOW - timedelta(hours=2))
    monitored.add_message("processed", NOW - timedelta(hours=3))
    monitored.heartbeats.begin()
    clock.forward(seconds=30)
    lines = monitored.lines()
    assert 'access_desk_webhooks{status="received"} 2' in lines
    assert 'access_desk_webhooks{status="failed"} 1' in lines
    assert "access_desk_webhook_oldest_waiting_seconds 150" in lines
    assert 'access_desk_worker_heartbeat_age_seconds{worker="rollups"} 30' in lines
    assert "access_desk_rollup_waiting_changes 0" not in lines


def test_calls_of_the_last_minute_are_told_by_the_class_of_their_status(
    monitored: Monitored,
) -> None:
    for status in (200, 204, 429, 503, None, 301):
        monitored.add_call(status, NOW - timedelta(seconds=10))
    monitored.add_call(500, NOW - timedelta(minutes=2))
    found = [line.partition("{")[2] for line in monitored.lines() if "upstream_calls" in line]
    assert found == [
        'status="2xx"} 2', 'status="3xx"} 1', 'status="4xx"} 1', 'status="5xx"} 1',
        'status="none"} 1',
    ]  # fmt: skip


def test_no_metric_names_a_person_or_a_facility(monitored: Monitored) -> None:
    monitored.add_queries(30, "completed")
    monitored.add_message("received", NOW)
    text = monitored.metrics.text()
    assert "person" not in text and "facility-1" not in text and "message-" not in text


def test_a_scrape_enters_every_table_by_an_index(store: Store, monitored: Monitored) -> None:
    monitored.add_queries(30, "completed")
    monitored.goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.6)
    plan = plans_of(store, monitored.metrics.text)
    # One row for each kind of work, written over: it is read whole, as is what was counted just
    # before, which has a limit.
    # Partial indexes hold what waits, or is in force, and nothing else.
    partial = ("ix_log_change_waiting", "ix_goal_in_force")
    allowed = (*partial, "worker_turn", "anon", "(subquery", "work_mark", "Subquery", "CONSTANT")
    assert_no_scan([step for step in plan if not any(word in step for word in allowed)])
