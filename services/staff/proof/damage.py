"""What does not fit in the access log, and what was done to it, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from services.store.audit_chain import Event, hash_event, read_stretch

_FURTHEST = 50_000
"""How many numbers before and behind an event are tried to find where it was written."""

_MOST_INSERTED = 1000


class Damage(StrEnum):
    """What was done to the log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    HEAD_MOVED = "head moved"
    REWRITTEN = "rewritten"
    """The chain fits together, but is not the one that was signed."""
    FORGED = "forged"
    """An anchor or a seal was not signed by a key of this installation."""
    PURGED = "purged without a trace"


@dataclass(frozen=True)
class Misfit:
    """The first event that does not fit, what was done, and both in a sentence."""

    seq: int
    damage: Damage
    sentence: str


class DoesNotFit(Exception):
    """Ends a verification at the first event that does not fit."""

    def __init__(self, seq: int, damage: Damage, sentence: str) -> None:
        super().__init__(sentence)
        self.misfit = Misfit(seq, damage, sentence)


def name_gap(expected: int, found: int) -> DoesNotFit:
    """Events are missing in front of the event `found`, or it has an impossible number."""
    if found < expected:
        return DoesNotFit(
            found, Damage.INSERTED, f"Event {found} was inserted: no event has this number."
        )
    missing = _range(expected, found - 1)
    return DoesNotFit(expected, Damage.REMOVED, f"{missing} removed from the log.")


def name_damage(session: Session, event: Event, previous_hash: str) -> DoesNotFit:
    """What was done to the event that does not follow the one with `previous_hash`."""
    seq = event["seq"]
    if hash_event(event, event["previous_hash"]) == event["hash"]:
        return _name_break(seq)
    followers = _read(session, seq, seq + _MOST_INSERTED)
    own_seq = _place_of(event)
    kept = next((row for row in followers if _is_at(row, seq, previous_hash)), None)
    if own_seq is None and kept is None:
        return DoesNotFit(seq, Damage.CHANGED, f"Event {seq} was changed after it was written.")
    if own_seq is None or (kept is not None and kept["seq"] != own_seq):
        assert kept is not None
        return _name_inserted(seq, kept["seq"] - 1)
    return _name_moved(seq, own_seq, next(iter(followers), None))


def name_stray(seq: int, first: int, last: int) -> DoesNotFit:
    """An event stands in a purged stretch, and does not lead to the hash that was sealed."""
    text = (
        f"Event {seq} was inserted: events {first} to {last} were purged, and it does not belong "
        "to what is left of them."
    )
    return DoesNotFit(seq, Damage.INSERTED, text)


def name_rewritten(seq: int, who: str, first: int) -> DoesNotFit:
    """`who` says another hash of the event; up to the one before `first` all was as signed."""
    text = (
        f"{who} says another hash of event {seq}: one of the events {first} to {seq} was changed, "
        "removed or inserted, and the chain made anew."
    )
    return DoesNotFit(seq, Damage.REWRITTEN, text)


def name_cut(seq: int, why: str) -> DoesNotFit:
    """The last events are missing, from `seq` on."""
    text = f"The end of the log was cut off: event {seq} is missing, and {_lower(why)}."
    return DoesNotFit(seq, Damage.CUT_OFF, text)


def _name_break(seq: int) -> DoesNotFit:
    """The event is as it was written, and the one before it has another hash than it had then."""
    if seq == 1:
        return DoesNotFit(1, Damage.CHANGED, "Event 1 was changed, and its hash made anew.")
    return DoesNotFit(
        seq - 1,
        Damage.CHANGED,
        f"Event {seq - 1} was changed, and its hash made anew: event {seq} follows another one.",
    )


def _name_inserted(first: int, last: int) -> DoesNotFit:
    text = f"{_range(first, last)} inserted, and those behind numbered anew."
    return DoesNotFit(first, Damage.INSERTED, text)


def _name_moved(seq: int, own_seq: int, follower: Event | None) -> DoesNotFit:
    distance = own_seq - seq
    closed_up = follower is None or _place_is(follower, follower["seq"] + distance)
    if distance > 0 and closed_up:
        text = f"{_range(seq, own_seq - 1)} removed, and those behind numbered anew."
        return DoesNotFit(seq, Damage.REMOVED, text)
    text = f"The events were reordered: in place {seq} stands the one written as event {own_seq}."
    return DoesNotFit(seq, Damage.REORDERED, text)


def _place_of(event: Event) -> int | None:
    """The number under which the event was written, if it is another one nearby."""
    seq: int = event["seq"]
    return next((place for place in _around(seq) if _place_is(event, place)), None)


def _around(seq: int) -> Iterator[int]:
    for distance in range(1, _FURTHEST):
        yield seq + distance
        if seq > distance:
            yield seq - distance


def _place_is(event: Event, seq: int) -> bool:
    return _is_at(event, seq, event["previous_hash"])


def _is_at(event: Event, seq: int, previous_hash: str) -> bool:
    """Whether the event was written as number `seq` behind `previous_hash`."""
    values: Mapping[str, Any] = {**event, "seq": seq}
    return bool(hash_event(values, previous_hash) == event["hash"])


def _read(session: Session, after: int, last: int) -> list[Event]:
    return [row for rows in read_stretch(session, after, last) for row in rows]


def _range(first: int, last: int) -> str:
    return f"Event {first} was" if first == last else f"Events {first} to {last} were"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
