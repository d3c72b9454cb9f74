"""Many people sign in, act, and are signed out at once, each by another way: nobody waits for ever.

On PostgreSQL each way locks rows of sessions and then the head of the access log; two that took
them in different orders would be ended by the database as a deadlock.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sqlmodel import col, select, text

from services.errors import InvalidInput, SignInEnded
from services.ids import new_id
from services.staff.permissions import Role
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verdict, verify_log
from services.store import Store, lock_person
from services.store.tables import AuditEvent, StaffSession
from tests.staff.sign_in.sign_in_desk import ALEX, BROWSER, SASHA, SignInDesk
from tests.waiting import until

ROUNDS = 15
BOTH = [Role.SUPPORT, Role.COMPLIANCE]


def test_all_ways_to_begin_and_end_sessions_at_once(desk: SignInDesk) -> None:
    admin = desk.actor(ALEX, Role.ADMIN)
    acts = desk.sign_ins

    def sign_in_and_choose() -> None:
        token = acts.begin(SASHA, BOTH, BROWSER)
        # Others may have ended it meanwhile.
        with suppress(SignInEnded, InvalidInput):
            acts.choose(acts.choose(token, Role.SUPPORT), Role.COMPLIANCE)

    def lose_a_role() -> None:
        acts.sign_out(acts.begin(SASHA, [Role.SUPPORT], BROWSER))

    ways: list[Callable[[], object]] = [
        sign_in_and_choose,
        lose_a_role,
        lambda: acts.revoke_person(admin, SASHA.id),
        lambda: acts.end_at_provider(SASHA.issuer, subject=SASHA.subject, sid=None),
        lambda: acts.refuse(SASHA, "no_role", BROWSER),
        lambda: (acts.sweep(), acts.open_sessions(admin)),
        lambda: desk.audit.note(admin, "query.view"),
    ]
    with ThreadPoolExecutor(len(ways)) as pool:
        done = [pool.submit(_repeat, way) for way in ways]
    for one in done:
        one.result()
    _check_chain(desk)
    # Each session ended once, and the access log says so once.
    ended = [row.id for row in desk.rows() if row.ended_at is not None]
    with desk.store.read() as session:
        wanted = select(AuditEvent.object_id).where(col(AuditEvent.action) == "session.end")
        assert sorted(map(str, session.exec(wanted).all())) == sorted(ended)


def test_a_session_that_is_being_made_is_not_missed_by_a_revocation(desk: SignInDesk) -> None:
    admin, sasha = desk.actor(ALEX, Role.ADMIN), desk.actor(SASHA, Role.SUPPORT)
    [old] = [row for row in desk.rows() if row.id == sasha.session]
    with ThreadPoolExecutor(1) as pool:
        with desk.store.write() as session:
            # As a change of the role does, that has not been committed yet.
            lock_person(session, SASHA.id)
            new = {"id": new_id(desk.clock()), "token_hash": "0" * 64}
            session.add(StaffSession(**old.model_dump() | new))
            session.flush()
            done = pool.submit(desk.sign_ins.revoke_person, admin, SASHA.id)
            if desk.store.engine.dialect.name == "postgresql":
                until(lambda: _waits(desk.store))
        assert done.result() == 2
    assert {row.end_reason for row in desk.rows() if row.staff_id == SASHA.id} == {"revoked"}


def _waits(store: Store) -> bool:
    with store.read() as session:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(session.connection().execute(waiting).scalar_one())


def _repeat(way: Callable[[], object]) -> None:
    for _ in range(ROUNDS):
        way()


def _check_chain(desk: SignInDesk) -> None:
    *_, verdict = verify_log(desk.store, SigningKeys(["A" * 43]))
    assert isinstance(verdict, Verdict) and verdict.is_whole, verdict
