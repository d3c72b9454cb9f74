"""Times and durations, as people read them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60))
"""Units above the second, with their seconds."""


def exact(at: datetime | None, zone: ZoneInfo) -> str:
    """The moment to the second in `zone`, which it names; empty for none."""
    if at is None:
        return ""
    try:
        return at.astimezone(zone).strftime("%b %-d, %Y, %H:%M:%S %Z")
    except OverflowError:
        # In the first and the last day of the calendar some zones have no such moment.
        return at.isoformat()


def list_times(times: Mapping[str, datetime | None], zone: ZoneInfo) -> str:
    """The exact moments that are known, each behind its name, one a line, as Markdown."""
    return "  \n".join(f"{name} {exact(at, zone)}" for name, at in times.items() if at)


def to_the_second(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same, short: without the zone, and without the year where it is that of `now`."""
    try:
        local, this_year = at.astimezone(zone), now.astimezone(zone).year
    except OverflowError:
        return at.isoformat()
    return local.strftime("%b %-d, %H:%M:%S" if local.year == this_year else "%b %-d, %Y, %H:%M:%S")


def ago(at: datetime, now: datetime) -> str:
    """How long before `now` it was, roughly; both are aware."""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    return "just now" if seconds < 5 else f"{duration(seconds)} ago"


def duration(seconds: float | timedelta) -> str:
    """A length of time in its largest unit, below ten of it with the next smaller one."""
    left = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    for position, (unit, size) in enumerate(_UNITS):
        if left >= size:
            whole, rest = divmod(left, size)
            smaller, part = _smaller(position, rest)
            fine = f" {part} {smaller}" if whole < 10 and part else ""
            return f"{whole} {unit}{'s' if unit == 'day' and whole > 1 else ''}{fine}"
    return f"{left} s"


def _smaller(position: int, rest: int) -> tuple[str, int]:
    """The next smaller unit, and how many of it are in `rest` seconds."""
    unit, size = _UNITS[position + 1] if position + 1 < len(_UNITS) else ("s", 1)
    return unit, rest // size
