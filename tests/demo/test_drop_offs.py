"""The sandbox's past has people at every step of the funnel."""

from collections import Counter

from sqlmodel import col, select

from services.demo.fill import fill_log
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.steps import STEPS
from services.sandbox.history.queries import past_queries
from services.store import Store
from services.store.tables import Aal2Challenge, IdentitySession
from tests.demo.test_fill import NOW, PEOPLE, Past


def test_people_stop_at_every_step(sqlite_store: Store) -> None:
    fill_log(sqlite_store, ["k"], Past(queries=past_queries(PEOPLE, NOW)), NOW)
    counting = PeopleCounting()
    with sqlite_store.read() as session:
        people = counting.list_people(session, "", 1000)
        steps = Counter(row.step for row in counting.read(session, people).values())
        fates = Counter(
            cell[2][0]
            for row in counting.read(session, people).values()
            for cell in row.counted["cells"]
            if cell[0] == "aal2"
        )
    assert all(steps[number] for number in range(1, len(STEPS) + 1)), steps
    assert {"records", "not_counted", "failed", "refused", "expired", "replaced"} <= set(fates)


def test_nobody_was_sent_a_link_after_the_first_start(sqlite_store: Store) -> None:
    fill_log(sqlite_store, ["k"], Past(), NOW)
    with sqlite_store.read() as session:
        for table in (IdentitySession, Aal2Challenge):
            later = session.exec(select(table).where(col(table.created_at) > NOW)).all()
            assert not later
