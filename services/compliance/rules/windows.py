"""The limits of the rules: what counts as near, many, late, shortly after."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Windows:
    """The limits of one rule set, with their defaults. A limit counts from its value on."""

    aal2_max_age: timedelta = timedelta(hours=12)
    """How old an AAL2 session may be. `AAL2_MAX_AGE` can only make it shorter."""

    aal2_max_idle: timedelta = timedelta(minutes=30)
    """How long it may wait for its query. `AAL2_MAX_IDLE` can only make it shorter."""

    answered_within: timedelta = timedelta(hours=24)
    """How long a start may stay without an answer."""

    ended_within: timedelta = timedelta(hours=24)
    """How long a source may take until its outcome counts as missing."""

    counted_within: timedelta = timedelta(hours=24)
    """How long a request for records may stay without an outcome."""

    helped_within: timedelta = timedelta(hours=1)
    """A step of individual access this long before means that it is going on."""

    shortly_after: timedelta = timedelta(hours=1)
    """A treatment query this long after a failed IAS query takes its place."""

    near_look: timedelta = timedelta(hours=24)
    """A query that was started or has ended this long before a look is near it."""

    many_people: int = 30
    """So many different people may one member of the staff look at within `many_within`."""

    many_within: timedelta = timedelta(hours=1)

    same_moment: timedelta = timedelta(minutes=1)
    """Times of two machines that differ by less do not contradict each other."""
