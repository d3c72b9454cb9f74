"""Looks at records wait for a reviewer who did not make them. On both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import col, select

from services.errors import NotInLog, NotPermitted
from services.ids import new_id
from services.records.looks import MOST_SHOWN, RECORD_REASONS
from services.staff.permissions import Actor, Role
from services.store.tables import AuditEvent, RecordLook
from tests.identity.stage import ADMIN
from tests.plans import plans_of
from tests.staff_members import make_actor
from tests.world import PATIENT, World

REVIEWER = make_actor("Carla", Role.COMPLIANCE)
TWIN = Actor("test#another Ada", ADMIN.name, Role.ADMIN, "session-twin")
"""Somebody else with the same name."""


def add_looks(world: World, number: int = 1, who: Actor = ADMIN) -> list[str]:
    """The ids of looks that wait, one a minute, the oldest first."""
    ids = []
    with world.store.write() as session:
        for minute in range(number):
            at = world.clock() + timedelta(minutes=minute)
            look = RecordLook(
                id=new_id(at), patient_id=PATIENT, act="list", actor_id=who.id, actor=who.name,
                reason=RECORD_REASONS[0], at=at,
            )  # fmt: skip
            ids.append(look.id)
            session.add(look)
    return ids


def unseen(world: World) -> list[str]:
    return [look.id for look in world.record_looks.unseen(REVIEWER).rows]


def seen_events(world: World) -> list[tuple[str, str, str | None]]:
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "record_looks.seen")
        rows = session.exec(wanted.order_by(col(AuditEvent.seq))).all()
        return [(row.actor_id, row.outcome, row.object_id) for row in rows]


def test_a_look_waits_until_a_reviewer_has_seen_it(world: World) -> None:
    (look_id,) = add_looks(world)
    assert unseen(world) == [look_id]
    assert world.record_looks.mark_seen(REVIEWER, [look_id]) == 1
    assert unseen(world) == []
    assert seen_events(world) == [(REVIEWER.id, "done", look_id)]
    with world.store.read() as session:
        look = session.get_one(RecordLook, look_id)
    assert (look.seen_by_id, look.seen_by, look.seen_at) == (
        REVIEWER.id, REVIEWER.name, world.clock(),
    )  # fmt: skip


def test_the_oldest_come_first_and_all_are_counted(world: World) -> None:
    ids = add_looks(world, MOST_SHOWN + 3)
    found = world.record_looks.unseen(REVIEWER)
    assert [look.id for look in found.rows] == ids[:MOST_SHOWN]
    assert found.total == MOST_SHOWN + 3


def test_nobody_sees_to_a_look_of_their_own_by_the_stable_id(world: World) -> None:
    own, others = add_looks(world), add_looks(world, 2, TWIN)
    with pytest.raises(NotPermitted, match="own"):
        world.record_looks.mark_seen(ADMIN, [*others, *own])
    assert seen_events(world) == [(ADMIN.id, "denied", own[0])]
    assert len(unseen(world)) == 3
    # The name alone does not make them the same person.
    assert world.record_looks.mark_seen(ADMIN, others) == 2
    assert world.record_looks.mark_seen(TWIN, own) == 1


def test_a_look_is_seen_once(world: World) -> None:
    ids = add_looks(world, 3)
    assert world.record_looks.mark_seen(REVIEWER, [ids[0], ids[0]]) == 1
    assert world.record_looks.mark_seen(TWIN, ids) == 2
    with world.store.read() as session:
        assert session.get_one(RecordLook, ids[0]).seen_by_id == REVIEWER.id


def test_with_an_unknown_look_nothing_is_seen_to(world: World) -> None:
    ids = add_looks(world)
    with pytest.raises(NotInLog):
        world.record_looks.mark_seen(REVIEWER, [*ids, "none"])
    assert unseen(world) == ids and seen_events(world) == []


def test_two_reviewers_at_once_are_one_review_of_each(world: World) -> None:
    ids = add_looks(world, 20)
    with ThreadPoolExecutor(4) as threads:
        orders = [ids, ids[::-1], ids[5:], ids[:15]]
        done = list(threads.map(lambda some: world.record_looks.mark_seen(REVIEWER, some), orders))
    assert sum(done) == 20 and len(seen_events(world)) == 20


def test_looks_that_were_seen_are_not_read(world: World) -> None:
    """The index of those that wait holds no other."""
    plan = plans_of(world.store, lambda: world.record_looks.unseen(REVIEWER))
    of_looks = [step for step in plan if "record_look" in step]
    assert len(of_looks) == 2
    assert all("ix_record_look_unseen" in step for step in of_looks), plan
