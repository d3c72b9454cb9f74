"""Rows name the staff by their stable ids, however they come into being, past ones included."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, RowMapping, text
from sqlmodel import SQLModel

from services.demo.fill import fill_log
from services.errors import AccessDeskError
from services.lookup.changes import Subject
from services.queries.filters import QueryFilters
from services.staff.audit import PROGRAM
from services.staff.members import SANDBOX_ISSUER, SANDBOX_STAFF
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.audit_chain import BEGINNING, HASHED, hash_event
from services.store.columns import UtcDateTime
from services.store.migrate import _config, migrate
from services.store.tables import AuditEvent, NetworkQuery
from tests.clock import FakeClock
from tests.demo.test_fill import NOW, Past
from tests.identity.stage import ADMIN
from tests.staff_members import make_actor
from tests.store.everything import Everything
from tests.store.methods import METHODS, REVIEWER
from tests.world import PATIENT, PROCESSING, REQUEST, SUPPORT, World

NAMING = {
    table.name: name
    for table in SQLModel.metadata.sorted_tables
    for name in ("started_by", "created_by", "actor")
    if name in table.columns
}
"""The tables whose rows name a member of the staff, and the column of the name."""

TWIN = Actor("test#another Sam", SUPPORT.name, SUPPORT.role, "session-twin")
"""Somebody else with the same name and the same role."""


def names_in(store: Store) -> dict[str, set[tuple[str | None, str | None]]]:
    """Who is named in each table, as pairs of the stable id and the name."""
    with store.engine.connect() as connection:
        return {
            table: {(row[0], row[1]) for row in connection.execute(
                text(f"SELECT DISTINCT {name}_id, {name} FROM {table}")
            )}
            for table, name in NAMING.items()
        }  # fmt: skip


def test_these_tables_name_somebody() -> None:
    assert NAMING == {
        "aal2_challenge": "created_by",
        "annotation": "created_by",
        "assessment": "actor",
        "audit_event": "actor",
        "bulk_run": "created_by",
        "goal": "created_by",
        "identity_session": "created_by",
        "network_query": "started_by",
        "patient_link": "created_by",
        "record_look": "actor",
        "record_request": "started_by",
        "review_item": "actor",
    }


def test_whatever_a_service_writes_names_its_actor_by_id(store: Store) -> None:
    """Every method of every service, one after the other, over one log."""
    world = Everything(store, FakeClock())
    world.fill()
    for _, call in METHODS.values():
        # Some find nothing left to do after others: what they have written is looked at.
        with suppress(AccessDeskError):
            call(world)
    world.bulk_starts.step()
    members = {member.id: member.name for member in SANDBOX_STAFF.values()}
    known = {one.id: one.name for one in (SUPPORT, ADMIN, REVIEWER, PROGRAM)} | members
    # A sign-in that was refused before anybody could say whose it was.
    known["unknown"] = "Unknown"
    found = names_in(store)
    assert all(found.values()), "a table without a row proves nothing"
    for table, named in found.items():
        for staff_id, shown in named:
            assert known.get(staff_id or "") == shown, (table, staff_id, shown)


def test_the_past_of_the_sandbox_names_its_staff_by_id(store: Store) -> None:
    fill_log(store, ["k"], Past(), NOW)
    cards = {member.id: member.name for member in SANDBOX_STAFF.values()}
    found = names_in(store)
    # A query of another system was started by nobody of ours.
    found["network_query"].discard((None, None))
    # What reviewers have judged was started by another program, so by nobody of ours.
    found["review_item"].discard((None, None))
    # Assessments are made by background work.
    assert {table for table, named in found.items() if not named} <= {
        "annotation",
        "assessment",
        "bulk_run",
        "goal",
        "patient_link",
        "review_item",
    }
    for table, named in found.items():
        for staff_id, shown in named:
            # Colleagues, who have no card, have an id that is made of their name.
            assert shown and staff_id, table
            assert cards.get(staff_id, staff_id.removeprefix(f"{SANDBOX_ISSUER}#")) == shown, table


OLD_NAMES = {
    "Sasha Whitfield": "sandbox#support",
    "Carmen Okafor": "sandbox#compliance",
    "Priya Lindqvist": "sandbox#product",
    "Alex Moreau": "sandbox#admin",
    "Devon Akers": "sandbox#Devon Akers",
    "Zoë O’Neil": "sandbox#Zoë O’Neil",
}
"""Who stood in a log of the version before, and the ids that they get."""


@pytest.fixture
def old(store: Store) -> Store:
    """A log as the version before has left it: names alone, and events without a chain."""
    Everything(store, FakeClock()).fill()
    with store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(_config(connection), "0010")
        connection.execute(text("DELETE FROM audit_event"))
        connection.execute(text("UPDATE network_query SET started_by = NULL"))
        for number, name in enumerate(OLD_NAMES, start=1):
            _write_old_event(connection, 3 * number, name)
            _write_old_query(connection, number, name)
        for table in ("bulk_run", "identity_session", "aal2_challenge", "patient_link"):
            connection.execute(text(f"UPDATE {table} SET created_by = 'Alex Moreau'"))
        connection.execute(text("UPDATE record_request SET started_by = 'Devon Akers'"))
    return store


def _write_old_event(connection: Connection, seq: int, name: str) -> None:
    details = '{"filters": {"b": 2, "a": "é"}}' if seq % 2 else None
    connection.execute(
        text(
            "INSERT INTO audit_event "
            "(seq, at, actor, role, action, outcome, patient_id, object_kind, object_id, details) "
            "VALUES (:seq, :at, :name, 'support', 'patient.view', 'done', :patient, "
            "'query', 'q', :details)"
        ),
        {
            "seq": seq,
            "at": _stored_time(connection),
            "name": name,
            "patient": PATIENT,
            "details": details,
        },
    )


def _write_old_query(connection: Connection, number: int, name: str) -> None:
    connection.execute(
        text(
            "INSERT INTO network_query "
            "(id, patient_id, purpose, origin, status, requested, started_by, submitted_at, checks)"
            " VALUES (:id, :patient, 'treatment', 'dashboard', 'completed', '', :name, :at, 0)"
        ),
        {
            "id": f"old-{number}",
            "patient": PATIENT,
            "name": name,
            "at": _stored_time(connection),
        },
    )


def _stored_time(connection: Connection) -> Any:
    at = datetime(2026, 3, 1, 12, 0, 0, 5, UTC)
    if connection.dialect.name == "postgresql":
        return at
    return UtcDateTime().process_bind_param(at, connection.dialect).isoformat(" ")


def test_the_migration_gives_old_rows_the_ids_of_those_whom_they_name(old: Store) -> None:
    migrate(old.engine)
    found = names_in(old)
    assert found["network_query"] == {(key, name) for name, key in OLD_NAMES.items()} | {
        (None, None)
    }
    assert found["audit_event"] == {(key, name) for name, key in OLD_NAMES.items()}
    for table in ("bulk_run", "identity_session", "aal2_challenge", "patient_link"):
        assert found[table] == {("sandbox#admin", "Alex Moreau")}, table
    assert found["record_request"] == {("sandbox#Devon Akers", "Devon Akers")}


def test_the_migration_takes_the_past_into_the_chain_and_the_chain_goes_on(old: Store) -> None:
    migrate(old.engine)
    world = World(old, FakeClock())
    world.audit.note(SUPPORT, "patient.view", patient_id=PATIENT)
    *past, new = events(old)
    assert [event["seq"] for event in past] == list(range(1, len(OLD_NAMES) + 1))
    assert [event["actor"] for event in past] == list(OLD_NAMES)
    assert all(event["imported"] for event in past) and not new["imported"]
    previous = BEGINNING
    for event in (*past, new):
        assert event["previous_hash"] == previous
        previous = hash_event({name: event[name] for name in HASHED}, previous)
        assert event["hash"] == previous


def events(store: Store) -> list[RowMapping]:
    table = AuditEvent.__table__  # type: ignore[attr-defined]
    with store.engine.connect() as connection:
        return list(connection.execute(table.select().order_by(table.c.seq)).mappings())


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"]
)
def test_the_past_cannot_be_changed_after_the_migration(old: Store, change: str) -> None:
    migrate(old.engine)
    with pytest.raises(Exception, match="append-only"), old.engine.begin() as connection:
        connection.execute(text(change))
    assert len(events(old)) == len(OLD_NAMES)


@pytest.fixture
def started(world: World) -> NetworkQuery:
    """An open query that Sam has started, and not the other Sam."""
    world.answer = PROCESSING
    return world.start()


def test_two_people_of_one_name_have_each_their_own_open_queries(
    world: World, started: NetworkQuery
) -> None:
    assert world.queries.open_of(SUPPORT) == {started.id}
    assert world.queries.open_of(TWIN) == set()


def test_an_open_page_follows_the_queries_of_its_viewer_not_those_of_a_namesake(
    world: World,
) -> None:
    def versions() -> list[str]:
        return [world.changes.version(who, Subject.STAFF) for who in (SUPPORT, TWIN)]

    mine, theirs = versions()
    world.start()
    after = versions()
    assert after[0] != mine and after[1] == theirs


def test_a_namesake_is_found_by_their_own_id_only(world: World, started: NetworkQuery) -> None:
    def of(actor: Actor) -> list[str]:
        page = world.queries.search(ADMIN, QueryFilters(started_by_id=actor.id))
        return [row.query.id for row in page.rows]

    assert of(SUPPORT) == [started.id] and of(TWIN) == []


def test_the_same_look_of_two_namesakes_is_two_looks(world: World) -> None:
    for who in (SUPPORT, TWIN, SUPPORT):
        world.audit.look(who, "patient.view", patient_id=PATIENT)
    assert [event["actor_id"] for event in events(world.store)] == [SUPPORT.id, TWIN.id]


def test_a_role_does_not_tell_two_people_apart_or_make_them_one() -> None:
    as_admin = Actor(SUPPORT.id, SUPPORT.name, Role.ADMIN, SUPPORT.session)
    renamed = Actor(SUPPORT.id, "Sam Married", SUPPORT.role, SUPPORT.session)
    assert len({SUPPORT.tag, TWIN.tag, as_admin.tag}) == 3
    assert renamed.tag == SUPPORT.tag
    assert make_actor("A", Role.SUPPORT).id != make_actor("B", Role.SUPPORT).id


def test_a_run_is_worked_off_in_the_name_of_whoever_began_it(world: World) -> None:
    world.bulk.begin(TWIN, "r-1", [PATIENT], REQUEST)
    world.bulk_starts.step()
    with world.store.engine.connect() as connection:
        wanted = text("SELECT started_by_id, started_by FROM network_query")
        assert list(connection.execute(wanted)) == [(TWIN.id, TWIN.name)]
