"""Goals: what a measure should be at least, or at most, and whether it was."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from services.clock import Clock
from services.errors import InvalidInput
from services.ids import new_id
from services.outcomes.goals.measures import ABOUT, LARGEST, Measure, Measures, Unit, Value
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Duplicate, Store
from services.store.tables import Goal

_MOST_EARLIER = 50


@dataclass(frozen=True)
class Standing:
    """A goal and what its measure was in the last week or month that is over.

    A value that is missing breaches nothing: too few are behind it, or there were none.
    """

    goal: Goal
    measure: Measure
    value: Value

    @property
    def is_breached(self) -> bool:
        """Whether the value is on the wrong side of the target; on it, the goal is reached."""
        found = self.value.value
        if found is None:
            return False
        return found < self.goal.target if self.goal.at_least else found > self.goal.target


class Goals:
    """Owns the table `goal`. A breach is computed whenever it is asked for, and never stored."""

    def __init__(self, store: Store, audit: Audit, measures: Measures, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._measures = measures
        self._clock = clock

    def in_force(self, actor: Actor) -> Sequence[Goal]:
        """The goals of now, one for a measure at most. Raises `NotPermitted`."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        with self._store.read() as session:
            return _in_force(session)

    def standings(self, actor: Actor) -> Sequence[Standing]:
        """The goals of now, and how each was met. Raises `NotPermitted`."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        self._audit.look(actor, "outcomes.view", details={"part": "goals"})
        return self.all_standings()

    def all_standings(self) -> Sequence[Standing]:
        """The same for the program itself, which shows them as metrics."""
        with self._store.read() as session:
            goals = _in_force(session)
        now = self._clock()
        return [
            Standing(goal, measure, self._measures.value(measure, now))
            for goal in goals
            # A later version of the program may have had more measures.
            for measure in Measure
            if measure == goal.measure
        ]

    def earlier(self, actor: Actor) -> Sequence[Goal]:
        """The goals that were changed or ended, newest end first, some dozens at most.

        Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        ended = col(Goal.ended_at)
        wanted = select(Goal).where(ended.is_not(None)).order_by(ended.desc(), col(Goal.id).desc())
        with self._store.read() as session:
            return session.exec(wanted.limit(_MOST_EARLIER)).all()

    def set(self, actor: Actor, measure: Measure, at_least: bool, target: float) -> Goal:
        """From now on `measure` should be at least (or at most) `target`, in the measure's unit.

        An earlier goal of the measure ends. Raises `NotPermitted`, and `InvalidInput` for a target
        that can never be met or missed, or where somebody else sets one at the same moment.
        """
        self._audit.require(actor, Permission.GOALS_SET)
        _check(measure, target)
        now = self._clock()
        goal = Goal(
            id=new_id(now),
            measure=measure.value,
            at_least=at_least,
            target=target,
            created_at=now,
            created_by_id=actor.id,
            created_by=actor.name,
        )
        try:
            with self._store.write() as session:
                self._end(session, actor, measure)
                session.add(goal)
                details = {"measure": measure.value, "at_least": at_least, "target": target}
                of = ("goal", goal.id)
                self._audit.append(session, actor, "goals.set", of=of, details=details)
        except Duplicate:
            raise InvalidInput(
                "Somebody else set this goal at the same moment. Look at it, then try again."
            ) from None
        return goal

    def end(self, actor: Actor, measure: Measure) -> bool:
        """End the goal of `measure`; whether there was one. Raises `NotPermitted`."""
        self._audit.require(actor, Permission.GOALS_SET)
        with self._store.write() as session:
            ended = self._end(session, actor, measure)
            if ended is not None:
                of, details = ("goal", ended.id), {"measure": measure.value}
                self._audit.append(session, actor, "goals.end", of=of, details=details)
        return ended is not None

    def _end(self, session: Session, actor: Actor, measure: Measure) -> Goal | None:
        wanted = select(Goal).where(Goal.measure == measure.value, col(Goal.ended_at).is_(None))
        goal = session.exec(wanted.with_for_update()).first()
        if goal is not None:
            goal.ended_at = self._clock()
            goal.ended_by_id, goal.ended_by = actor.id, actor.name
            session.add(goal)
            # Before the next one is added: the index allows one in force.
            session.flush()
        return goal


def _in_force(session: Session) -> Sequence[Goal]:
    return session.exec(
        select(Goal).where(col(Goal.ended_at).is_(None)).order_by(col(Goal.measure))
    ).all()


def _check(measure: Measure, target: float) -> None:
    unit = ABOUT[measure].unit
    largest = LARGEST[unit]
    if not math.isfinite(target) or not 0 < target <= largest:
        words = "more than 0 %, and 100 % at most" if unit is Unit.SHARE else f"0 to {largest:,.0f}"
        raise InvalidInput("This target makes no goal.", {"target": f"Enter {words}."})
    if unit is Unit.PEOPLE and target != int(target):
        raise InvalidInput("This target makes no goal.", {"target": "Enter a whole number."})
