"""In whose name a bulk run goes on: what stops it, and who takes it over."""

import httpx
import pytest
from sqlmodel import col, select

from services.bulk.runs import FINISHED, RUNNING, STOPPED, Bulk
from services.bulk.starts import BulkStarts
from services.errors import NotPermitted, SignInEnded
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.queries.starts import QueryStarts
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import AuditEvent, BulkRun, NetworkQuery
from tests.clock import FakeClock
from tests.staff.sign_in.sign_in_desk import ALEX, BROWSER, LIMITS, SASHA, SignInDesk
from tests.world import World


class Mandates:
    """Bulk runs in real staff sessions."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.world = World(store, clock)
        self.world.answer = self._started
        self.numbers = iter(range(1000))
        self.staff = staff = SignInDesk(store, clock)
        world = self.world
        starts = QueryStarts(store, world.client, staff.audit, world.aal2, world.checks, clock)
        self.bulk = Bulk(store, world.client, staff.audit, clock)
        self.starts = BulkStarts(store, starts, world.rate_budgets, clock)
        self.token = staff.begin(SASHA, Role.SUPPORT)
        who = staff.who(self.token)
        assert who is not None
        self.sasha: Actor = who

    def _started(self, _: httpx.Request) -> httpx.Response:
        body = {"requestId": f"r-{next(self.numbers)}", "status": "processing", "sources": []}
        return httpx.Response(200, json=body)

    def begin(self, people: int = 3) -> str:
        """A run of Sasha's, of which nobody's turn has come."""
        ids = [f"0191b878-d0c4-7d82-8960-{number:012}" for number in range(people)]
        request = TreatmentRequest(ids[0], "f", Sources(lab=True), REASONS[0])
        run_id = self.bulk.new_id()
        self.bulk.begin(self.sasha, run_id, ids, request)
        return run_id

    def work(self) -> None:
        """Everything that can be done now."""
        while self.starts.step():
            pass

    def run(self, run_id: str) -> BulkRun:
        """The run as the log has it."""
        with self.staff.store.read() as session:
            return session.get_one(BulkRun, run_id)

    def queries(self) -> list[NetworkQuery]:
        """What was started, in its order."""
        with self.staff.store.read() as session:
            return list(session.exec(select(NetworkQuery).order_by(col(NetworkQuery.id))).all())

    def ended_events(self) -> list[AuditEvent]:
        """The attempts in sessions that were over."""
        return [event for event in self.staff.events() if event.outcome == "ended"]


@pytest.fixture
def mandates(store: Store, clock: FakeClock) -> Mandates:
    """Bulk runs in real staff sessions, on each database in turn."""
    return Mandates(store, clock)


@pytest.mark.parametrize("end", ["sign_out", "idle", "too_old", "provider"])
def test_a_run_goes_on_after_its_person_has_left(mandates: Mandates, end: str) -> None:
    run_id = mandates.begin()
    assert mandates.starts.step() == 1
    if end == "sign_out":
        mandates.staff.sign_ins.sign_out(mandates.token)
    elif end == "provider":
        mandates.staff.sign_ins.end_at_provider(SASHA.issuer, subject="sasha", sid=None)
    else:
        mandates.world.clock.now += LIMITS.max_idle if end == "idle" else LIMITS.max_age
        mandates.staff.sign_ins.sweep()
    assert mandates.staff.who(mandates.token) is None
    mandates.work()
    assert mandates.run(run_id).status == FINISHED
    assert len(mandates.queries()) == 3
    assert {query.started_by_id for query in mandates.queries()} == {SASHA.id}


@pytest.mark.parametrize("end", ["revoked", "all revoked", "role lost", "refused"])
def test_a_revocation_or_a_lost_role_stops_it_and_says_why(mandates: Mandates, end: str) -> None:
    run_id = mandates.begin()
    assert mandates.starts.step() == 1
    staff, asked = mandates.staff, len(mandates.world.requests)
    admin = staff.actor(ALEX, Role.ADMIN)
    if end == "revoked":
        staff.sign_ins.revoke(admin, mandates.sasha.session)
    elif end == "all revoked":
        # Also where the session is over already, as after a sign-out.
        staff.sign_ins.sign_out(mandates.token)
        staff.sign_ins.revoke_person(admin, SASHA.id)
    elif end == "role lost":
        staff.begin(SASHA, Role.PRODUCT)
    else:
        staff.sign_ins.refuse(SASHA, "no role", BROWSER)
    mandates.work()
    run = mandates.run(run_id)
    assert run.status == STOPPED and len(mandates.queries()) == 1
    assert run.stop_reason and SASHA.name in run.stop_reason
    assert len(mandates.world.requests) == asked
    (event,) = mandates.ended_events()
    assert (event.actor_id, event.action) == (SASHA.id, "queries.start")
    # Nobody lost their turn.
    waiting = [one for one in mandates.bulk.results(admin, run_id) if one.item.status == "waiting"]
    assert len(waiting) == 2


def test_a_stopped_run_lets_those_behind_it_go_on(mandates: Mandates) -> None:
    first = mandates.begin(1)
    admin = mandates.staff.actor(ALEX, Role.ADMIN)
    mandates.world.clock.forward(seconds=1)
    second = mandates.bulk.new_id()
    request = TreatmentRequest("p", "f", Sources(lab=True), REASONS[0])
    mandates.bulk.begin(admin, second, ["0191b878-d0c4-7d82-8960-000000000099"], request)
    mandates.staff.sign_ins.revoke_person(admin, SASHA.id)
    mandates.work()
    assert mandates.run(first).status == STOPPED
    assert mandates.run(second).status == FINISHED


def test_whoever_goes_on_with_it_takes_it_over(mandates: Mandates) -> None:
    run_id = mandates.begin()
    admin = mandates.staff.actor(ALEX, Role.ADMIN)
    mandates.staff.sign_ins.revoke_person(admin, SASHA.id)
    mandates.work()
    mandates.bulk.resume(admin, run_id)
    run = mandates.run(run_id)
    assert (run.created_by_id, run.session_id, run.role) == (ALEX.id, admin.session, "admin")
    assert run.status == RUNNING and run.stop_reason is None
    mandates.work()
    assert mandates.run(run_id).status == FINISHED
    assert {query.started_by_id for query in mandates.queries()} == {ALEX.id}
    resumed = [event for event in mandates.staff.events() if event.action == "bulk.resume"]
    assert [event.actor_id for event in resumed] == [ALEX.id]


def test_the_end_of_the_one_before_does_not_stop_who_took_it_over(mandates: Mandates) -> None:
    run_id = mandates.begin()
    admin = mandates.staff.actor(ALEX, Role.ADMIN)
    mandates.bulk.stop(admin, run_id)
    mandates.bulk.resume(admin, run_id)
    mandates.staff.sign_ins.revoke_person(admin, SASHA.id)
    mandates.work()
    assert mandates.run(run_id).status == FINISHED


def test_a_mandate_is_checked_when_it_begins(mandates: Mandates) -> None:
    mandates.staff.sign_ins.sign_out(mandates.token)
    with pytest.raises(SignInEnded):
        mandates.begin()
    product = mandates.staff.actor(SASHA, Role.PRODUCT)
    mandates.sasha = product
    with pytest.raises(NotPermitted):
        mandates.begin()
    with mandates.staff.store.read() as session:
        assert session.exec(select(BulkRun)).all() == []


def test_nobody_goes_on_with_a_run_after_the_end(mandates: Mandates) -> None:
    run_id = mandates.begin()
    mandates.bulk.stop(mandates.sasha, run_id)
    mandates.staff.sign_ins.sign_out(mandates.token)
    for act in (mandates.bulk.resume, mandates.bulk.stop):
        with pytest.raises(SignInEnded):
            act(mandates.sasha, run_id)
    mandates.work()
    assert mandates.run(run_id).status == STOPPED and mandates.queries() == []


def test_a_run_in_a_session_that_the_log_does_not_know_stops(mandates: Mandates) -> None:
    """As one that was begun before staff sessions were rows."""
    run_id = mandates.begin()
    with mandates.staff.store.write() as session:
        run = session.get_one(BulkRun, run_id)
        run.session_id = ""
        session.add(run)
    mandates.work()
    assert mandates.run(run_id).status == STOPPED and mandates.queries() == []
