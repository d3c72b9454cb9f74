"""Looks: each leaves one audit event, and what a panel repeats is one look for 15 minutes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from services.errors import LogUnavailable
from services.staff import looks
from services.staff.audit import Audit
from services.staff.permissions import Actor, Role
from services.store import Store
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

SAM = make_actor("Sam Support", Role.SUPPORT)
PANEL: dict[str, Any] = {"patient_id": "p-1", "of": ("query", "q-1"), "details": {"page": 1}}


@pytest.fixture
def audit(store: Store, clock: FakeClock) -> Audit:
    """An access log, on each database in turn."""
    return Audit(store, clock, AlwaysSignedIn())


def _events(store: Store) -> list[AuditEvent]:
    with store.read() as session:
        return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all())


def test_what_a_panel_repeats_is_one_look(audit: Audit, store: Store, clock: FakeClock) -> None:
    for _ in range(10):
        audit.look(SAM, "query.view", **PANEL)
        clock.forward(seconds=89)
    (event,) = _events(store)
    assert (event.actor, event.role, event.action) == ("Sam Support", "support", "query.view")
    assert (event.patient_id, event.object_kind, event.object_id) == ("p-1", "query", "q-1")
    assert (event.outcome, event.details) == ("done", {"page": 1})


def test_a_panel_left_open_is_a_look_every_15_minutes(
    audit: Audit, store: Store, clock: FakeClock
) -> None:
    """The time runs from the event, not from the last repetition, which would hide the rest."""
    for _ in range(61):
        audit.look(SAM, "query.view", **PANEL)
        clock.forward(minutes=1)
    times = [event.at for event in _events(store)]
    assert [(time - times[0]).total_seconds() / 60 for time in times] == [0, 15, 30, 45, 60]


@pytest.mark.parametrize(
    ("actor", "action", "changes"),
    [
        (make_actor("Ada", Role.SUPPORT), "query.view", {}),
        (replace(SAM, role=Role.ADMIN), "query.view", {}),
        (SAM, "patient.view", {}),
        (SAM, "query.view", {"patient_id": "p-2"}),
        (SAM, "query.view", {"patient_id": None}),
        (SAM, "query.view", {"of": ("query", "q-2")}),
        (SAM, "query.view", {"of": ("call", "q-1")}),
        (SAM, "query.view", {"of": None}),
        (SAM, "query.view", {"details": {"page": 2}}),
        (SAM, "query.view", {"details": None}),
    ],
)
def test_any_other_look_is_noted(
    audit: Audit, store: Store, actor: Actor, action: str, changes: dict[str, Any]
) -> None:
    audit.look(SAM, "query.view", **PANEL)
    audit.look(actor, action, **PANEL | changes)
    assert len(_events(store)) == 2


def test_the_order_of_details_makes_no_other_look(audit: Audit, store: Store) -> None:
    audit.look(SAM, "find", details={"page": 1, "sort": "at"})
    audit.look(SAM, "find", details={"sort": "at", "page": 1})
    assert len(_events(store)) == 1


def test_a_look_that_cannot_be_noted_raises_and_is_not_remembered(
    audit: Audit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise LogUnavailable("The log did not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", broken)
        for _ in range(2):
            with pytest.raises(LogUnavailable):
                audit.look(SAM, "query.view", **PANEL)
    audit.look(SAM, "query.view", **PANEL)
    assert len(_events(store)) == 1


def test_a_clock_set_back_hides_no_look(audit: Audit, store: Store, clock: FakeClock) -> None:
    audit.look(SAM, "query.view", **PANEL)
    clock.forward(hours=-2)
    audit.look(SAM, "query.view", **PANEL)
    assert len(_events(store)) == 2


def test_the_memory_is_bounded_and_drops_the_oldest(
    audit: Audit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_MOST_KEYS", 3)
    for number in (1, 2, 3, 4, 4, 3, 2, 1):
        audit.look(SAM, "patient.view", patient_id=f"p-{number}")
    seen = [event.patient_id for event in _events(store)]
    assert seen == ["p-1", "p-2", "p-3", "p-4", "p-1"]


def test_many_threads_leave_a_trace_of_every_look(audit: Audit, store: Store) -> None:
    def look(number: int) -> None:
        audit.look(SAM, "patient.view", patient_id=f"p-{number % 8}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(80)))
    assert {event.patient_id for event in _events(store)} == {f"p-{n}" for n in range(8)}
    before = len(_events(store))
    list(map(look, range(8)))
    assert len(_events(store)) == before
