"""A file leaves only when it may, is not too large, and stands in the access log already."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock
from typing import BinaryIO

import pytest
from sqlmodel import Session, col, select

from services.calls.call_log import CallFilters
from services.calls.export import calls_export
from services.errors import InvalidInput, LogUnavailable, NotPermitted, SignInEnded
from services.exports.cells import Cell
from services.exports.formats import CSV, Format
from services.queries.export import queries_export
from services.queries.filters import QueryFilters
from services.staff import exports as mechanism
from services.staff.audit import Audit
from services.staff.exports import Export, Exports, ListedRows, SelectedRows
from services.staff.permissions import Permission, Role
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.store import Store
from services.store.tables import AuditEvent, StaffSession
from services.webhooks.export import webhooks_export
from services.webhooks.filters import WebhookFilters
from tests.clock import FakeClock
from tests.staff_members import STAFF, make_actor, open_sessions
from tests.world import SUPPORT, World, answers

PRODUCT = make_actor("Pat", Role.PRODUCT)
LIMITS = SessionLimits(timedelta(hours=12), timedelta(minutes=15))
TABLES = {
    "queries": queries_export(QueryFilters()),
    "webhooks": webhooks_export(WebhookFilters()),
    "calls": calls_export(CallFilters()),
}


def events(store: Store) -> Sequence[AuditEvent]:
    with store.read() as session:
        return session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all()


def listed(rows: int) -> Export:
    table = [[number] for number in range(rows)]
    return Export("things", Permission.QUERIES_VIEW, ("number",), ListedRows(table))


class CrowdedRows(ListedRows):
    """Rows that tell how many files are being made at a moment."""

    made, most = 0, 0
    lock, other = Lock(), Event()

    def count(self, session: Session, most: int) -> int:
        # The transaction of the file has a connection from here on.
        session.connection()
        with self.lock:
            CrowdedRows.made += 1
            CrowdedRows.most = max(self.most, self.made)
        # Whoever may come in beside this one has the time to do so.
        self.other.wait(0.1)
        return super().count(session, most)

    def read(self, session: Session) -> Iterator[Sequence[Cell]]:
        with self.lock:
            CrowdedRows.made -= 1
        return super().read(session)


def test_many_files_at_once_leave_connections_for_everything_else(world: World) -> None:
    """Each holds one for its snapshot, and needs a second one for its event."""
    export = Export("things", Permission.QUERIES_VIEW, ("number",), CrowdedRows([[1]]))
    with ThreadPoolExecutor(20) as pool:
        files = list(pool.map(lambda _: world.exports.make(SUPPORT, export, CSV), range(20)))
    assert len(files) == len(events(world.store)) == 20
    assert CrowdedRows.most <= mechanism.MOST_AT_ONCE


@pytest.mark.parametrize("name", TABLES)
def test_who_may_not_see_a_table_gets_no_file_of_it(world: World, name: str) -> None:
    with pytest.raises(NotPermitted):
        world.exports.make(PRODUCT, TABLES[name], CSV)
    with pytest.raises(NotPermitted):
        world.exports.count(PRODUCT, TABLES[name])
    permission = TABLES[name].permission.value
    assert [(event.action, event.outcome) for event in events(world.store)] == [
        (permission, "denied")
    ] * 2


def test_the_button_of_a_page_is_good_for_nothing_once_its_session_has_ended(
    store: Store, clock: FakeClock
) -> None:
    """The download is asked for by the browser, perhaps long after the page was drawn."""
    open_sessions(store, clock())
    sessions = StaffSessions(store, clock, LIMITS)
    exports = Exports(store, Audit(store, clock, sessions), clock)
    support = STAFF[Role.SUPPORT]
    assert exports.make(support, listed(1), CSV)
    with store.write() as session:
        row = session.get_one(StaffSession, support.session)
        row.ended_at, row.end_reason = clock(), "sign_out"
        session.add(row)
    with pytest.raises(SignInEnded):
        exports.make(support, listed(1), CSV)
    assert [(event.action, event.outcome) for event in events(store)] == [
        ("things.export", "done"),
        ("queries.view", "ended"),
    ]


def test_the_file_is_noted_before_its_first_row_is_read(world: World) -> None:
    noted: list[int] = []

    class Watched(ListedRows):
        def read(self, session: Session) -> Iterator[Sequence[Cell]]:
            noted.append(len(events(world.store)))
            return super().read(session)

    rows = Watched([["x"], ["y"]])
    filters = {"status": "failed"}
    export = Export("things", Permission.QUERIES_VIEW, ("a",), rows, filters, of=("run", "r-1"))
    world.exports.make(SUPPORT, export, CSV)
    assert noted == [1]
    (event,) = events(world.store)
    assert (event.action, event.actor_id, event.session_id) == (
        "things.export",
        SUPPORT.id,
        SUPPORT.session,
    )
    assert (event.object_kind, event.object_id) == ("run", "r-1")
    assert event.details == {"status": "failed", "rows": 2, "format": "CSV"}


def test_what_cannot_be_noted_is_not_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_log(*_: object, **__: object) -> None:
        raise LogUnavailable("The log did not answer.")

    written: list[object] = []
    form = Format("X", "x", "x/x", lambda *given: written.append(given))
    monkeypatch.setattr(world.audit, "note", no_log)
    with pytest.raises(LogUnavailable):
        world.exports.make(SUPPORT, listed(1), form)
    assert written == []


def test_each_file_is_an_act_of_its_own(world: World) -> None:
    for _ in range(2):
        world.exports.make(SUPPORT, listed(3), CSV)
    assert [event.action for event in events(world.store)] == ["things.export"] * 2


def test_too_many_rows_are_refused_and_nothing_is_cut(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mechanism, "MOST_ROWS", 2)
    for number, counted in ((1, 1), (2, 2), (3, 3), (9, 3)):
        assert world.exports.count(SUPPORT, listed(number)) == counted
    assert world.exports.make(SUPPORT, listed(2), CSV)
    with pytest.raises(InvalidInput, match=r"More than 2 rows match.*narrow the filters"):
        world.exports.make(SUPPORT, listed(3), CSV)
    assert len(events(world.store)) == 1


def test_a_file_tells_what_it_is_about(world: World) -> None:
    told: list[Mapping[str, str]] = []

    def write(_file: BinaryIO, about: Mapping[str, str], *_: object) -> None:
        told.append(about)

    world.exports.make(SUPPORT, listed(4), Format("X", "x", "x/x", write))
    assert told[0] | {"Rows": "4", "Made by": "Sam Support (support)", "Filter": "none"} == told[0]


def test_rows_of_a_select_are_read_in_batches_and_each_of_them_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where reading the cells asks the database again, in the midst of the rows."""
    monkeypatch.setattr(mechanism, "_BATCH", 3)
    world.answer = answers("completed", hie="completed")
    ids = []
    for _ in range(8):
        world.clock.forward(seconds=1)
        ids.append(world.start().id)
    export = queries_export(QueryFilters())
    content = world.exports.make(SUPPORT, export, CSV).decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [row["id"] for row in rows] == ids[::-1]
    assert all(row["sources"].startswith("hie: ") for row in rows)
    assert events(world.store)[-1].details == {"rows": 8, "format": "CSV"}


def test_what_is_added_while_a_file_is_written_is_not_in_it(world: World) -> None:
    """As many rows are in the file as were noted."""
    world.answer = answers("completed", hie="completed")
    world.start()

    def cells(session: Session, rows: Sequence[AuditEvent]) -> Iterator[list[Cell]]:
        return ([event.action] for event in rows)

    before = len(events(world.store))
    wanted = SelectedRows(lambda _: select(AuditEvent), (col(AuditEvent.seq),), cells)
    # The export's own event is written between the counting and the reading.
    export = Export("things", Permission.QUERIES_VIEW, ("action",), wanted)
    lines = world.exports.make(SUPPORT, export, CSV).decode().splitlines()
    assert len(lines) == before + 1
    assert events(world.store)[-1].details == {"rows": before, "format": "CSV"}
