"""What the rollups count, and by which values. Pure.

Each cube has a name and the names of its values; a key is the JSON list of the values in that
order. `origin` is whether the dashboard started the query (`dashboard`) or another program with our
key (`external`); `test` is 1 for a person of a test, else 0.
"""

from dataclasses import dataclass

_MINE = ("origin", "test")


@dataclass(frozen=True)
class Cube:
    """A cube counts things by some values; the day is that of what `of` names, in UTC."""

    name: str
    values: tuple[str, ...]
    of: str


STATUS = Cube("status", ("purpose", "outcome", *_MINE), "submission")
"""Queries. `outcome` is the status, or `HIDDEN_FAILURE`."""

FACILITY = Cube("facility", ("facility", "purpose", "outcome", *_MINE), "submission")
"""Queries by facility, null where none is known; in the slice of everything only."""

SOURCE = Cube("source", ("type", "result", "purpose", *_MINE), "submission")
"""Queries, once for each type of source that they asked: `result` is the status that the type's
latest attempts share, or `MIXED`."""

ERROR = Cube("error", ("where", "error", "status", "purpose", *_MINE), "submission")
"""Queries, once for each different error: `where` is a type of source or `OF_QUERY`, `error` the
normalised text, `status` the HTTP status or null."""

TIME = Cube("time", ("type", "purpose", *_MINE), "submission")
"""Durations in seconds of completed attempts with both times."""

RECORDS = Cube("records", ("purpose", "records", *_MINE), "submission")
"""Completed queries by what their records were counted to: `some`, `none` or `not_counted`."""

FUNNEL = Cube("funnel", ("step", "method", "test"), "link made")
"""People by the number of steps in a row that they reached; `method` is `resistant`, `other` or
null for the challenge that they satisfied."""

FUNNEL_WITHOUT_CONSENT = Cube("funnel_no_consent", FUNNEL.values, FUNNEL.of)

STEP_TIME = Cube("step_time", ("from", "to", "test"), "link made")
"""Durations in seconds between two steps that follow each other, per person."""

ACTIVE_WEEK = Cube("active_week", ("kind", *_MINE), "first day of the week")
"""People with an IAS query in that calendar week in UTC: `kind` is `new` in the week of the first
one of all, else `returning`."""

ACTIVE_MONTH = Cube("active_month", ("kind", *_MINE), "first day of the month")

RETENTION = Cube("retention", ("months", *_MINE), "first day of the month of the first IAS query")
"""People who were active so many months after the month of their first IAS query; 0 is all."""

PER_PERSON = Cube("per_person", ("queries", *_MINE), "first day of the month")
"""People by the number of IAS queries in that month, at most 10."""

AAL2 = Cube("aal2", ("fate", "method", "test"), "satisfaction")
"""AAL2 sessions by what became of them."""

LINKS = Cube("links", ("kind", "fate", "test"), "expiry")
"""Links by whether they were `opened`, `withdrawn`, `replaced` or `unopened`: by the day of their
expiry, so that one that expired unopened is one of a day that is over."""

BEHIND = Cube("behind", ("width", "of", "fate", "test"), "first day of the week or month")
"""People behind what is counted: those with at least one AAL2 session (`of` is `aal2`), or one link
of a kind (`identity:link`, `aal2:link`), with that fate in a calendar `week` or `month`."""

RECEIVED = Cube("received", ("test",), "first receipt")
"""People by the day on which they received records for the first time."""

HIDDEN_FAILURE = "hidden_failure"
"""Upstream says `partial`, and every source that it names completed."""
