"""Times, durations, ids and upstream's words, as people read them. Pure functions."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SOURCES = {"hie": "HIE", "pharmacy": "Pharmacy", "lab": "Laboratory"}
PURPOSES = {"treatment": "Treatment", "ias": "IAS"}
ORIGINS = {"dashboard": "Access Desk", "external": "Elsewhere"}

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60))


def source_name(kind: str) -> str:
    """A source type's name; an unknown one as it came."""
    return SOURCES.get(kind, kind)


def purpose_name(purpose: str) -> str:
    """A purpose of use's name; an unknown one as it came."""
    return PURPOSES.get(purpose, purpose)


def origin_name(origin: str) -> str:
    """Where a query was started."""
    return ORIGINS.get(origin, origin)


def requested_names(requested: str) -> str:
    """The sources asked for, as in "HIE, Pharmacy (realtime)"."""
    parts = [part.partition(":") for part in requested.split()]
    return ", ".join(source_name(kind) + (f" ({how})" if how else "") for kind, _, how in parts)


def exact(at: datetime | None, zone: ZoneInfo) -> str:
    """The moment in the viewer's zone, which it names; empty for none."""
    return at.astimezone(zone).strftime("%b %-d, %Y, %H:%M:%S %Z") if at else ""


def ago(at: datetime, now: datetime) -> str:
    """How long ago, roughly."""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    return "just now" if seconds < 5 else f"{duration(seconds)} ago"


def duration(seconds: float | timedelta) -> str:
    """A length of time in its largest unit and, below ten of it, the next one."""
    left = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    for position, (unit, size) in enumerate(_UNITS):
        if left >= size:
            whole, rest = divmod(left, size)
            below, part = _below(position, rest)
            fine = f" {part} {below}" if whole < 10 and part else ""
            return f"{whole} {unit}{'s' if unit == 'day' and whole > 1 else ''}{fine}"
    return f"{left} s"


def short(identifier: str | None) -> str:
    """The end of an id, which tells two apart: UUIDv7 begin with the time."""
    if not identifier:
        return "—"
    return identifier if len(identifier) <= 12 else f"…{identifier[-8:]}"


def _below(position: int, rest: int) -> tuple[str, int]:
    unit, size = _UNITS[position + 1] if position + 1 < len(_UNITS) else ("s", 1)
    return unit, rest // size
