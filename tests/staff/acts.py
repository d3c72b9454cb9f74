"""Every public act of every service that somebody of the staff does, found by looking for it."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import MethodType
from typing import Any, get_args

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

import services
from services.desk import Desk
from services.staff.permissions import Actor
from services.store.tables import AuditEvent
from tests.store.everything import Everything
from tests.store.methods import METHODS

_NO_ACTS = {"Audit", "StaffSessions", "Desk"}
"""They note and allow the acts of the others."""

_NOTHING_IS_DONE = {"Changes.seal", "Changes.is_sealed", "Sockets.is_full"}
"""They compute something of an actor; what is done with it asks on its own."""


def acts() -> set[str]:
    """The names of all methods that are given an actor, as `Class.method`."""
    found = {f"{service.__name__}.{name}" for service, name in _methods()}
    return found - _NOTHING_IS_DONE


def _methods() -> Iterator[tuple[type, str]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.endswith("__main__") or ".migrations" in module.name:
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            is_ours = inspect.isclass(thing) and thing.__module__ == module.name
            if is_ours and thing.__name__ not in _NO_ACTS:
                yield from ((thing, name) for name in vars(thing) if _is_act(thing, name))


def _is_act(service: type, name: str) -> bool:
    method = vars(service)[name]
    if name.startswith("_") or not inspect.isfunction(method):
        return False
    given = [parameter.annotation for parameter in inspect.signature(method).parameters.values()]
    return any(kind is Actor or Actor in get_args(kind) for kind in given)


class ActingAs:
    """A world in which `who` acts, whoever is named where a service is called."""

    def __init__(self, world: object, who: Actor) -> None:
        self._world = world
        self._who = who

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._world, name)
        if inspect.ismethod(value) and isinstance(value.__self__, Everything):
            # A step of the world itself calls services in turn.
            return MethodType(value.__func__, self)
        if inspect.ismethod(value):
            return lambda *given, **named: value(*map(self._changed, given), **named)
        return ActingAs(value, self._who) if _is_service(value) else value

    def _changed(self, value: object) -> object:
        return self._who if isinstance(value, Actor) else value


def _is_service(value: object) -> bool:
    return any(f"{type(value).__name__}.{name}" in METHODS for name in dir(type(value)))


def act_as(world: Everything, name: str, who: Actor) -> None:
    """Do the act `name`, as the table of all methods does it, in the place of its actor."""
    _, call = METHODS[name]
    call(ActingAs(world, who))  # type: ignore[arg-type]


def rows_beside_the_log_of_acts(world: Everything) -> dict[str, list[Any]]:
    """Every row of every table but the access log."""
    tables = SQLModel.metadata.sorted_tables
    tables = [table for table in tables if not table.name.startswith("audit_")]
    with world.store.engine.connect() as connection:
        return {table.name: list(connection.execute(sa.select(table))) for table in tables}


def noted(world: Everything | Desk, after: int) -> list[tuple[str, str, str | None]]:
    """Who did what, and its outcome, in the events behind the one numbered `after`."""
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.seq) > after).order_by(col(AuditEvent.seq))
        return [(row.actor_id, row.outcome, row.session_id) for row in session.exec(wanted).all()]


def last_event(world: Everything | Desk) -> int:
    """The number of the last event of the access log."""
    with world.store.read() as session:
        return session.exec(select(sa.func.max(col(AuditEvent.seq)))).one() or 0
