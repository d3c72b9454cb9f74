"""The sections about people: reviews, access by role, looks at records, the access log. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.compliance.packets.titles import severity_name
from services.compliance.reports.access import MOST_LOOKS, Access, ChainState, Looks
from services.compliance.reports.judged import MOST_OPEN, Reviewing
from services.compliance.reports.report import Column, Kind, Section, Table
from services.exports.cells import Cell
from services.store.tables import RecordLook, ReviewItem

_NAMES = {
    "justified": "justified",
    "not_justified": "not justified",
    "follow_up": "needs follow-up",
    "gone": "findings gone before anybody decided",
    "open": "waits for a reviewer",
    "second": "waits for a second reviewer",
}
_ACTS = {"list": "Looked at the list", "download": "Downloaded"}
_FIGURES = [Column("Figure", width=3), Column("Number", Kind.NUMBER)]


def reviews_section(reviewing: Reviewing, now: datetime) -> Section:
    """What reviewers decided in the period, and what is open now."""
    counted: list[list[Cell]] = [["Items opened in the period", reviewing.opened]]
    counted += [
        [f"Decisions in the period: {_name(name)}", number]
        for name, number in sorted(reviewing.period.decisions.items())
    ]
    counted += [
        [f"Items closed in the period: {_name(name)}", number]
        for name, number in sorted(reviewing.period.outcomes.items())
    ]
    counted += [["Open now", reviewing.now.open]]
    counted += [
        [f"Open now: {_name(status.value)}", number]
        for status, number in sorted(reviewing.now.by_status.items())
    ]
    counted += [
        [f"Open now: worst finding {severity_name(severity).lower()}", number]
        for severity, number in sorted(reviewing.now.by_severity.items(), reverse=True)
    ]
    return Section(
        "Reviews",
        "Decisions and closed items are those of the period; open items are those of now.",
        tables=[
            Table("Reviews in numbers", "Reviews", _FIGURES, counted),
            _open_items(reviewing, now),
        ],
    )


def _open_items(reviewing: Reviewing, now: datetime) -> Table:
    left_out = max(0, reviewing.now.open - len(reviewing.oldest))
    return Table(
        f"Open items, the oldest first (at most {MOST_OPEN})",
        "Open items",
        [
            Column("Open since", Kind.TIME, 1.1),
            Column("Days", Kind.NUMBER, 0.5),
            Column("Query or event", width=1.6),
            Column("Worst", width=0.7),
            Column("State", width=1.3),
            Column("Assigned to", width=1.1),
            Column("Due on", width=0.8),
        ],
        [_open_item(item, now) for item in reviewing.oldest],
        f"{left_out:,} newer ones are left out." if left_out else "",
        "Nothing is open.",
    )


def _open_item(item: ReviewItem, now: datetime) -> list[Cell]:
    return [
        item.opened_at,
        max(0, (now - item.opened_at).days),
        item.subject,
        severity_name(item.severity),
        _name(item.status),
        item.assigned or "nobody",
        item.due_on.isoformat() if item.due_on else "",
    ]


def access_section(access: Access) -> Section:
    """Which roles used which permissions, and what was refused."""
    keys = sorted(set(access.used) | set(access.refused))
    roles: list[list[Cell]] = [
        [_role(role), number] for role, number in sorted(access.members.items())
    ]
    return Section(
        "Access by role",
        "Events of the access log in the period.",
        tables=[
            Table(
                "Who was active",
                "Active by role",
                [Column("Role", width=3), Column("Active", Kind.NUMBER)],
                roles,
            ),
            Table(
                "Use of permissions",
                "Access by role",
                [
                    Column("Role"),
                    Column("Permission", width=2),
                    Column("Done", Kind.NUMBER),
                    Column("Refused", Kind.NUMBER),
                ],
                [
                    [_role(role), permission, access.used[role, permission],
                     access.refused[role, permission]]
                    for role, permission in keys
                ],
            ),
        ],
    )  # fmt: skip


def looks_section(looks: Looks) -> Section:
    """Who looked at fetched records, and whether a reviewer has seen it."""
    counted: list[list[Cell]] = [
        [_ACTS.get(act, act), number] for act, number in sorted(looks.by_act.items())
    ]
    counted += [["Not seen by a reviewer yet", looks.unseen]]
    return Section(
        "Break-glass looks at records",
        "Fetched records can be looked at by administrators only, with a reason.",
        tables=[
            Table("Looks in numbers", "Break-glass", _FIGURES, counted),
            Table(
                f"The newest looks (at most {MOST_LOOKS})",
                "Break-glass looks",
                [
                    Column("When", Kind.TIME, 1.1),
                    Column("Who", width=1.1),
                    Column("What", width=1),
                    Column("Patient id", width=1.6),
                    Column("Reason", width=1.3),
                    Column("Ticket", width=0.8),
                    Column("Seen by", width=1),
                ],
                [_look(look) for look in looks.newest],
                empty="Nobody looked at records.",
            ),
        ],
    )


def _look(look: RecordLook) -> list[Cell]:
    return [
        look.at,
        look.actor,
        _ACTS.get(look.act, look.act) + (": no records came" if look.failed else ""),
        look.patient_id,
        look.reason,
        look.ticket or "",
        look.seen_by or "nobody yet",
    ]


def chain_section(chain: ChainState) -> Section:
    """What proves that the access log is whole."""
    rows: list[list[Cell]] = [
        ["Last event", f"{chain.head_seq:,}"],
        ["Its hash", chain.head_hash],
        *_anchor(chain),
        ["Sealed stretches", f"{chain.seals:,}"],
        ["Sealed up to", _moment(chain.sealed_until)],
        ["Stretches that retention has deleted", f"{chain.purged:,}"],
        *_verified(chain),
    ]
    return Section(
        "State of the access log",
        "As this report was made. The chain was not recomputed for it.",
        tables=[Table("Proof", "Access log", [Column("What"), Column("State", width=2.4)], rows)],
    )


def _anchor(chain: ChainState) -> Sequence[list[Cell]]:
    if chain.anchor is None:
        return [["Last anchor", "there is none"]]
    anchor = chain.anchor
    valid = "valid" if chain.anchor_is_valid else "NOT VALID"
    return [
        ["Last anchor", f"event {anchor.seq:,}, signed {_moment(anchor.at)}"],
        ["Its signature", f"{valid} (key {anchor.key_id})"],
    ]


def _verified(chain: ChainState) -> Sequence[list[Cell]]:
    if chain.verified is None:
        return [["Last verification", "never, as far as the access log tells"]]
    event = chain.verified
    found = "everything fitted" if event.outcome == "done" else "SOMETHING DID NOT FIT"
    return [["Last verification", f"{_moment(event.at)} by {event.actor}: {found}"]]


def _name(name: str) -> str:
    return _NAMES.get(name, name)


def _role(role: str) -> str:
    return role or "(none)"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"
