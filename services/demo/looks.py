"""The past of the access log: who of the sandbox's staff saw whom around the queries of the past.

Everything is invented, and written through the chain like any other event.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, insert

from services.demo.example import Act, OddEvents
from services.ids import new_id
from services.queries.requests import IAS
from services.records.looks import ACTIONS, LookAct
from services.staff.members import COLLEAGUES, SANDBOX_STAFF, StaffMember, sandbox_member
from services.staff.permissions import Role
from services.staff.sign_in.sessions import EndReason
from services.store.audit_chain import append_event
from services.store.tables import NetworkQuery, StaffSession

_QUERIES = 60
"""The most queries around which looks are made up; each gets about five."""

_DAYS = 14
_AWAY = timedelta(days=112)
_START = "queries.start"
_FORMER = sandbox_member("Jonas Whitaker", "Jonas Whitaker")
"""Has not signed in for a long time, which the access review shows."""

_ROLES = {member.id: role for role, member in SANDBOX_STAFF.items()}
_MEMBERS = {member.id: member for member in (*SANDBOX_STAFF.values(), *COLLEAGUES, _FORMER)}
_CARMEN, _PRIYA, _ALEX = (
    SANDBOX_STAFF[role] for role in (Role.COMPLIANCE, Role.PRODUCT, Role.ADMIN)
)

Row = dict[str, Any]


def fill_looks(
    session: Session,
    queries: Sequence[Row],
    started: Sequence[NetworkQuery],
    odd: OddEvents,
    acts: Sequence[Act],
    now: datetime,
) -> None:
    """Add the sign-ins and the events of the past; `queries` are rows, oldest first.

    `started` are all that the staff started: of each the start is noted, as `odd` says. `now` is
    the first start (aware UTC). Nothing lies after it. `acts` are further ones.
    """
    some = _spread(queries, now)
    looks = [look for row in some for look in _around(row, some)]
    looks += [*_starts(started, odd), *_odd_looks(odd), *acts]
    looks += [*_reviews(some, now), *_figures(now), *_checks(now), *_former(some, now)]
    past = sorted((look for look in looks if look.at < now - timedelta(minutes=2)), key=_time)
    sessions = _sessions(past, now)
    if sessions:
        session.exec(insert(StaffSession), params=[row for row, _ in sessions])
    events = [event for row, of_session in sessions for event in _events(row, of_session)]
    for event in sorted(events, key=lambda event: event["at"]):
        append_event(session, event)


def _spread(queries: Sequence[Row], now: datetime) -> Sequence[Row]:
    """Some of the staff's queries of the last days, evenly, the newest among them."""
    since = now - timedelta(days=_DAYS)
    recent = [row for row in queries if row["started_by"] and since < row["submitted_at"] < now]
    every = -(-len(recent) // _QUERIES) or 1
    return recent[::-1][::every][::-1]


def _time(look: Act) -> datetime:
    return look.at


def _around(query: Row, others: Sequence[Row]) -> Iterator[Act]:
    """What somebody does who starts a query: search, open, send a challenge, start, look again."""
    staff_id, at, person = query["started_by_id"], query["submitted_at"], query["patient_id"]

    def look(minutes: float, action: str, **event: Any) -> Act:
        return Act(staff_id, at + timedelta(minutes=minutes), action, event)

    yield look(-9, "patient.search", details={"shown": _shown(query, others)})
    yield look(-8, "patient.view", patient_id=person)
    if query["purpose"] == IAS:
        link = {"patient_id": person, "object_kind": "aal2 link"}
        yield look(-6, "links.send", outcome="asked", **link)
        yield look(-5.8, "links.send", outcome="sent", **link)
    yield look(3, "query.view", **_of(query))
    if _chance(query, 10) < 4:
        yield look(5, "records.count", patient_id=person, object_kind="records")


def _starts(started: Sequence[NetworkQuery], odd: OddEvents) -> Iterator[Act]:
    """The start of every query: it is part of its evidence."""
    for query in started:
        if query.id not in odd.unnoted:
            changes = dict(odd.starts.get(query.id, {}))
            starter = changes.pop("staff_id", query.started_by_id)
            event = _start_of(query.model_dump()) | changes
            yield Act(starter, query.submitted_at, _START, event)


def _odd_looks(odd: OddEvents) -> Iterator[Act]:
    for patient_id, at in odd.refused:
        details = {"purpose": IAS, "reason": "The person came back without satisfying it."}
        event = {"patient_id": patient_id, "outcome": "not ready", "details": details}
        yield Act(SANDBOX_STAFF[Role.SUPPORT].id, at, _START, event)
    for look in odd.record_looks:
        event = {"patient_id": look.patient_id, "object_kind": "record_look"}
        grounds = {"object_id": look.id, "reason": look.reason, "ticket": look.ticket}
        yield Act(look.actor_id, look.at, ACTIONS[LookAct(look.act)], event | grounds)
    for patient_id, at in odd.crowd:
        yield Act(COLLEAGUES[0].id, at, "patient.view", {"patient_id": patient_id})


def _start_of(query: Row) -> Row:
    """The event of a query's start, without who did it and when."""
    return {
        "outcome": "asked",
        "reason": query["reason"],
        "ticket": query["ticket"],
        "details": {"purpose": query["purpose"], "sources": query["requested"].split()},
    } | _of(query)


def _of(query: Row) -> Row:
    return {
        "patient_id": query["patient_id"],
        "object_kind": "query",
        "object_id": query["id"],
    }


def _shown(query: Row, others: Sequence[Row]) -> list[str]:
    """The person, and a few more whom the same search found."""
    start = _chance(query, len(others))
    found = [query, *others[start : start + _chance(query, 5)]]
    return list(dict.fromkeys(row["patient_id"] for row in found))


def _reviews(queries: Sequence[Row], now: datetime) -> Iterator[Act]:
    """What compliance does on every second day, and one act that is refused."""
    for day in range(1, _DAYS, 2):
        at = now - timedelta(days=day, hours=3)
        yield Act(_CARMEN.id, at, "query.search", {"details": {"purposes": "('ias',)"}})
        yield Act(_CARMEN.id, at + timedelta(minutes=7), "access_log.search")
        if queries:
            person = queries[day % len(queries)]["patient_id"]
            seen = {"patient_id": person, "details": {"patient_id": person}}
            yield Act(_CARMEN.id, at + timedelta(minutes=9), "access_log.search", seen)
            yield Act(
                _CARMEN.id, at + timedelta(minutes=11), "patient.view", {"patient_id": person}
            )
            if day == 3:
                refused = {"patient_id": person, "outcome": "denied"}
                yield Act(_CARMEN.id, at + timedelta(minutes=12), "queries.start", refused)


def _figures(now: datetime) -> Iterator[Act]:
    for day in range(1, _DAYS, 3):
        yield Act(_PRIYA.id, now - timedelta(days=day, hours=5), "outcomes.view")


def _checks(now: datetime) -> Iterator[Act]:
    for day in range(2, _DAYS, 4):
        at = now - timedelta(days=day, hours=7)
        yield Act(_ALEX.id, at, "system.check")
        yield Act(_ALEX.id, at + timedelta(minutes=4), "webhooks.search")


def _former(queries: Sequence[Row], now: datetime) -> Iterator[Act]:
    at = now - _AWAY
    yield Act(_FORMER.id, at, "query.search")
    for row in queries[:1]:
        seen = {"patient_id": row["patient_id"]}
        yield Act(_FORMER.id, at + timedelta(minutes=3), "patient.view", seen)


def _sessions(past: Sequence[Act], now: datetime) -> list[tuple[Row, list[Act]]]:
    """The staff session of each member on each day, with what was done in it."""
    days: dict[tuple[str, str], list[Act]] = {}
    for look in past:
        days.setdefault((look.staff_id, look.at.date().isoformat()), []).append(look)
    return [(_session(_MEMBERS[who], looks, now), looks) for (who, _), looks in days.items()]


def _session(member: StaffMember, looks: Sequence[Act], now: datetime) -> Row:
    began_at = looks[0].at - timedelta(minutes=2)
    ended_at = min(looks[-1].at + timedelta(minutes=11), now - timedelta(minutes=1))
    row_id, role = new_id(began_at), _ROLES.get(member.id, Role.SUPPORT).value
    return {
        "id": row_id,
        # Of no cookie: the session is over.
        "token_hash": hashlib.sha256(row_id.encode()).hexdigest(),
        "staff_id": member.id,
        "issuer": member.issuer,
        "subject": member.subject,
        "name": member.name,
        "email": member.email,
        "role": role,
        "granted": [role],
        "created_at": began_at,
        "last_seen_at": looks[-1].at,
        "ended_at": ended_at,
        "end_reason": EndReason.SIGN_OUT.value,
        # From the addresses that are for examples (RFC 5737).
        "address": f"192.0.2.{10 + zlib.crc32(member.id.encode()) % 40}",
        "browser": "Chrome on Windows",
    }


def _events(row: Row, looks: Sequence[Act]) -> Iterator[Row]:
    """The sign-in, everything that was done, and the sign-out."""
    of_session = {"object_kind": "session", "object_id": row["id"]}
    yield _event(row, row["created_at"], "sign_in", of_session)
    for look in looks:
        yield _event(row, look.at, look.action, look.event)
    details = {"why": row["end_reason"], "whose": row["staff_id"]}
    yield _event(row, row["ended_at"], "session.end", of_session | {"details": details})


def _event(row: Row, at: datetime, action: str, event: Row) -> Row:
    blank = dict.fromkeys(
        ("patient_id", "object_kind", "object_id", "reason", "ticket", "details"), None
    )
    who = {
        "at": at,
        "actor_id": row["staff_id"],
        "actor": row["name"],
        "role": row["role"],
        "session_id": row["id"],
        "address": row["address"],
        "action": action,
        "outcome": "done",
    }
    return blank | who | event


def _chance(query: Row, sides: int) -> int:
    """A number below `sides` that depends on the query only."""
    # Not `hash`: its results differ from process to process.
    return zlib.crc32(query["id"].encode()) % max(sides, 1)
