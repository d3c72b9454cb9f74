"""Ninety days of past network queries, synthetic but lifelike.

Staff work on weekdays in the United States, their number of queries grows, and individual access is
adopted over time. Three incidents happen: a bad week of the laboratory source, an outage of the
pharmacy source, and an afternoon of rate limits.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from services.sandbox.answers import wire_time
from services.sandbox.history.calendar import Calendar, Occasion, occasions
from services.sandbox.people import Person

_ADULT = timedelta(days=18 * 365.25)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IAS_SHARE = 0.37
# In seconds.
_LONGEST_USUAL, _LONGEST_SLOW = 1500, 2300


class _Habit(NamedTuple):
    """How a source type behaves.

    `asked` is the share of queries that ask it and `failing` the share of those that fail. Its
    durations are log-normal, with a median in seconds.
    """

    asked: float
    median: float
    spread: float
    failing: float


_HABITS = {
    "hie": _Habit(0.97, 120, 0.85, 0.025),
    "pharmacy": _Habit(0.74, 12, 0.5, 0.02),
    "lab": _Habit(0.46, 40, 0.6, 0.035),
}
_FAILS = {"lab_fails": ["lab"], "hie_fails": ["hie"], "all_fail": list(_HABITS)}
_LAB_WEEK_FAILING = 0.3
_OUTAGE_FAILING = 0.94
_RATE_LIMITED = {"hie": 0.3, "pharmacy": 0.4}


@dataclass(frozen=True)
class PastQuery:
    """A network query of the past, or a start that was refused.

    `answer` is what a status call answers. If the start was refused, `request_id` and `answer` are
    None and `error` is the API's error envelope. `metadata` is empty if another system of the
    company started the query. Times are aware UTC; `proofed_at` is when the identity was proofed.
    """

    request_id: str | None
    patient_id: str
    facility_id: str
    purpose: str
    proofed_identity_id: str | None
    proofed_at: datetime | None
    metadata: dict[str, str]
    submitted_at: datetime
    answer: dict[str, Any] | None
    error: dict[str, Any] | None


def past_queries(people: list[Person], until: datetime) -> list[PastQuery]:
    """About 3,500 finished queries of the ninety days before `until` (aware UTC), oldest first.

    The same `until` always gives the same queries.
    """
    past = _Past(until)
    # All occasions are drawn before the first query: both draw from the same generator.
    moments = list(occasions(people, past.calendar, past.rng))
    return [past.query(occasion) for occasion in moments]


class _Proofing(NamedTuple):
    """A proofed identity, and when it was proofed (aware UTC)."""

    identity_id: str
    at: datetime


class _Past:
    """A past while it is computed: its random numbers, and the identities proofed so far."""

    def __init__(self, until: datetime) -> None:
        self.rng = Random(until.isoformat())
        self.calendar = Calendar(until)
        self.proofed: dict[str, _Proofing] = {}

    def query(self, occasion: Occasion) -> PastQuery:
        """The query of an occasion."""
        at, person, external = occasion
        individual = self._is_individual(person, at)
        proofing = self._proofing(person, at) if individual else None
        identity = proofing.identity_id if proofing else None
        error = self._refusal(person, at, identity)
        answer = None if error else self._answer(person, at)
        return PastQuery(
            request_id=answer["requestId"] if answer else None,
            patient_id=person.patient["id"],
            facility_id=self.rng.choice(person.patient["facilityIds"]),
            purpose="ias" if individual else "treatment",
            proofed_identity_id=identity,
            proofed_at=proofing.at if proofing else None,
            metadata={} if external else {"accessDeskQueryId": self._uuid(at)},
            submitted_at=at,
            answer=answer,
            error=error,
        )

    def _is_individual(self, person: Person, at: datetime) -> bool:
        """Whether the query is for individual access: adults only, in use more and more."""
        born = datetime.fromisoformat(person.patient["dob"]).replace(tzinfo=UTC)
        if at - born < _ADULT:
            return False
        if person.trouble == "identity_inactive" and at >= self.calendar.identity_inactive:
            return True
        # A smooth step from 0 to 1: slow at first, then fast, then slow again.
        share = self.calendar.share(at)
        return self.rng.random() < _IAS_SHARE * share * share * (3 - 2 * share)

    def _proofing(self, person: Person, at: datetime) -> _Proofing:
        """The person's identity, proofed shortly before their first query for individual access."""
        patient_id = person.patient["id"]
        if patient_id not in self.proofed:
            proofed_at = at - timedelta(minutes=self.rng.randrange(4, 600))
            self.proofed[patient_id] = _Proofing(f"pid_{self._uuid(proofed_at)}", proofed_at)
        return self.proofed[patient_id]

    def _refusal(self, person: Person, at: datetime, identity: str | None) -> dict[str, Any] | None:
        if person.trouble:
            inactive = person.trouble == "identity_inactive" and identity
            if inactive and at >= self.calendar.identity_inactive:
                return _envelope(412, f"Proofed identity {identity} is not in active status")
            return None
        return self._individual_refusal() if identity else self._treatment_refusal()

    def _individual_refusal(self) -> dict[str, Any] | None:
        draw = self.rng.random()
        if draw < 0.025:
            return _envelope(403, "The AAL2 session has expired")
        return _envelope(403, "The AAL2 session was already used") if draw < 0.038 else None

    def _treatment_refusal(self) -> dict[str, Any] | None:
        draw = self.rng.random()
        if draw < 0.012:
            return _envelope(404, "Could not find patient at this facility")
        return _envelope(400, "At least one source must be enabled") if draw < 0.016 else None

    def _answer(self, person: Person, at: datetime) -> dict[str, Any]:
        """The finished query, as its status call answers."""
        started = at + timedelta(milliseconds=self.rng.randrange(180, 950))
        sources, errors = [], []
        for kind in self._asked(person):
            if reason := self._not_started(person, kind, at):
                errors.append(_source_error(kind, *reason, started))
            else:
                sources.append(self._source(person, kind, started))
        answer = {
            "requestId": self._uuid(started),
            "startedAt": wire_time(started),
            "status": _status([source["status"] for source in sources]),
            "sources": sources,
        }
        return {**answer, "errors": errors} if errors else answer

    def _asked(self, person: Person) -> list[str]:
        if person.trouble:
            return list(_HABITS)
        asked = [kind for kind, habit in _HABITS.items() if self.rng.random() < habit.asked]
        return asked or ["hie"]

    def _not_started(self, person: Person, kind: str, at: datetime) -> tuple[int, str] | None:
        """The HTTP status and the message of a source that could not be started, or None."""
        if person.trouble == "pharmacy_not_enabled" and kind == "pharmacy":
            return 400, "Access to pharmacy data source is not enabled for this account"
        if person.trouble == "opted_out" and kind == "hie" and at >= self.calendar.opted_out:
            return 400, "The patient has opted out of HIE exchange"
        limited = person.trouble is None and at in self.calendar.rush
        if limited and self.rng.random() < _RATE_LIMITED.get(kind, 0):
            return 429, f"Too many {kind} queries, please try again later"
        return None

    def _source(self, person: Person, kind: str, started: datetime) -> dict[str, Any]:
        begun = started + timedelta(milliseconds=self.rng.randrange(5, 400))
        failed = self._fails(person, kind, begun)
        return {
            "type": kind,
            "status": "failed" if failed else "completed",
            "startedAt": wire_time(begun),
            "completedAt": wire_time(begun + self._duration(person, kind)),
        }

    def _fails(self, person: Person, kind: str, at: datetime) -> bool:
        if person.trouble:
            return kind in _FAILS.get(person.trouble, [])
        failing = _HABITS[kind].failing
        if kind == "lab" and at in self.calendar.lab_week:
            failing = _LAB_WEEK_FAILING
        if kind == "pharmacy" and at in self.calendar.pharmacy_outage:
            failing = _OUTAGE_FAILING
        return self.rng.random() < failing

    def _duration(self, person: Person, kind: str) -> timedelta:
        """How long a source took: log-normal, as response times are, with a longest."""
        seconds = _HABITS[kind].median * self.rng.lognormvariate(0, _HABITS[kind].spread)
        longest = _LONGEST_USUAL
        if person.trouble == "slow":
            seconds = longest + seconds if kind == "hie" else seconds * 5
            longest = _LONGEST_SLOW
        return timedelta(seconds=min(max(seconds, 1.5), longest))

    def _uuid(self, at: datetime) -> str:
        """A UUIDv7 of that time that is the same in every run."""
        # `new_id` draws from the system, so the random bits (RFC 9562, 5.7) are drawn here.
        noise = (self.rng.getrandbits(12) << 64) | self.rng.getrandbits(62)
        millis = (at - _EPOCH) // timedelta(milliseconds=1)
        return str(UUID(int=(millis << 80) | (0x7 << 76) | (0b10 << 62) | noise))


def _status(statuses: list[str]) -> str:
    """The status of a query, from the statuses of the sources that were started."""
    if not statuses:
        return "failed"
    return statuses[0] if len(set(statuses)) == 1 else "partial"


def _source_error(kind: str, status: int, message: str, at: datetime) -> dict[str, Any]:
    return {
        "source": kind,
        "httpStatus": status,
        "message": message,
        "timestamp": wire_time(at),
    }


_TITLES = {
    400: ("BAD_REQUEST", "BadRequestError"),
    403: ("FORBIDDEN", "ForbiddenError"),
    404: ("NOT_FOUND", "NotFoundError"),
    412: ("PRECONDITION_FAILED", "PreconditionFailedError"),
}


def _envelope(status: int, detail: str) -> dict[str, Any]:
    name, title = _TITLES[status]
    return {"status": status, "name": name, "title": title, "detail": detail}
