"""Judges every query and look as the log changes, as time passes, and of the past.

Each part of a step reads one snapshot, judges without a lock, and writes in one short transaction
what differs from what is written already.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from services.clock import Clock
from services.compliance.assessing.changes import ChangeReader
from services.compliance.assessing.judgement import Judgement, of_query
from services.compliance.assessing.look_reading import (
    LOOKS_AT_ONCE,
    read_looks,
    skip_look,
)
from services.compliance.assessing.looks import judge_looks
from services.compliance.assessing.marks import PAST, TURN, Mark, read_mark, set_mark, take_turn
from services.compliance.assessing.past import due_queries, next_past, put_off
from services.compliance.assessing.writing import is_known_as, write_judgements
from services.compliance.evidence.config import DEFAULT_CONFIG, EvidenceConfig
from services.compliance.evidence.due import due_at
from services.compliance.evidence.evidence import Evidence
from services.compliance.evidence.gathering import case_of, make_evidence, read_rows
from services.compliance.evidence.rows import QueryRows
from services.compliance.rules.rule_sets import RULE_SETS, RuleSet, check_rule_sets, rules_on
from services.compliance.rules.starter import NOT_JUDGED
from services.errors import LogUnavailable
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

_OF_THE_LOG = (LogUnavailable, SQLAlchemyError)
"""Errors of the database itself: they say nothing of a row, so the whole step fails."""

_AFTER_A_FAULT = timedelta(hours=1)
"""What could not be judged is tried again after this time."""


@dataclass(frozen=True)
class _Work:
    """What was judged, which subjects are gone from the log, and which could not be read at all."""

    judged: Sequence[Judgement]
    gone: Sequence[str] = ()
    unreadable: Sequence[str] = ()


class Assessor:
    """Writes the tables `assessment`, `finding`, `assessment_day` and its marks in `work_mark`.

    Raises `BadSettings` where the rule sets overlap or leave a gap.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: EvidenceConfig = DEFAULT_CONFIG,
        sets: Sequence[RuleSet] = RULE_SETS,
    ) -> None:
        check_rule_sets(sets)
        self._store = store
        self._clock = clock
        self._config = config
        self._sets = sets
        self._changes = ChangeReader()

    def step(self) -> int:
        """Judge some of what is new, due, or of the past; answers how much, 0 once all is judged.

        Raises `LogUnavailable`.
        """
        parts = (self._follow, self._judge_due, self._judge_looks, self._judge_past)
        # One that fails stops no other.
        return sum(_guarded("the log", part) or 0 for part in parts)

    def _follow(self) -> int:
        """Judge the queries that the newest changes are about."""
        with self._store.read() as session:
            turn, changed = _turn(session), self._changes.read(session)
            if changed is None:
                return 0
            work = self._judge(session, changed.query_ids)
            is_news = not is_known_as(session, work.judged, work.gone)
        # After a gap nobody knows what the pruned changes were about.
        marks = [changed.mark, Mark(PAST)] if changed.has_gap else [changed.mark]
        if (is_news or changed.is_moved) and not self._write(turn, work, marks):
            return 0
        self._changes.handled(changed)
        return len(changed.numbers)

    def _judge_due(self) -> int:
        """Judge the queries of which the time may have changed the evidence."""
        with self._store.read() as session:
            turn, query_ids = _turn(session), due_queries(session, self._clock())
            work = self._judge(session, query_ids)
        return len(query_ids) if query_ids and self._write(turn, work, ()) else 0

    def _judge_past(self) -> int:
        """Judge the queries from before the assessor was there."""
        with self._store.read() as session:
            turn, past = _turn(session), next_past(session)
            if past is None:
                return 0
            query_ids, mark = past
            work = self._judge(session, query_ids)
        return len(query_ids) if self._write(turn, work, [mark]) else 0

    def _judge_looks(self) -> int:
        """Judge the looks that the access log has gained."""
        within = max(rules.windows.many_within for rules in self._sets)
        with self._store.read() as session:
            turn, judged = _turn(session), self._judge_some_looks(session, within)
        if judged is None:
            return 0
        judgements, mark, number = judged
        return number if self._write(turn, _Work(judgements), [mark]) else 0

    def _judge_some_looks(
        self, session: Session, within: timedelta
    ) -> tuple[Sequence[Judgement], Mark, int] | None:
        """What was found of the next looks, the mark behind them, and how many they were."""

        def judge(most: int) -> tuple[Sequence[Judgement], Mark, int] | None:
            looks = read_looks(session, within, most)
            if looks is None:
                return None
            return judge_looks(looks, self._sets), looks.mark, len(looks.events)

        try:
            return judge(LOOKS_AT_ONCE)
        except _OF_THE_LOG:
            raise
        except Exception:
            # One that cannot be read spoils the whole batch: they are judged one by one.
            behind = skip_look(session)
            return _guarded(f"event {behind.seq}", lambda: judge(1)) or ((), behind, 1)

    def _write(self, turn: int, work: _Work, marks: Sequence[Mark]) -> bool:
        """Write it all, unless another process has written since the snapshot."""
        now = self._clock()
        try:
            with self._store.write() as session:
                if not take_turn(session, turn):
                    return False
                write_judgements(session, work.judged, work.gone, now)
                put_off(session, work.unreadable, now + _AFTER_A_FAULT)
                for mark in marks:
                    set_mark(session, mark)
        except Duplicate as duplicate:
            # Another process took the very first turn at the same moment.
            if duplicate.constraint != "pk_work_mark":
                raise
            return False
        return True

    def _judge(self, session: Session, query_ids: Sequence[str]) -> _Work:
        """Judge queries on one snapshot."""
        found = self._read(session, query_ids)
        judged = [self._judge_one(session, query_id, rows) for query_id, rows in found.items()]
        kept = [judgement for judgement in judged if judgement is not None]
        known = {judgement.subject for judgement in kept}
        return _Work(
            kept,
            [query_id for query_id in query_ids if query_id not in found],
            [query_id for query_id in found if query_id not in known],
        )

    def _read(self, session: Session, query_ids: Sequence[str]) -> dict[str, QueryRows | None]:
        """The rows behind the queries; None for a query whose rows cannot be read."""
        try:
            return dict(read_rows(session, query_ids))
        except _OF_THE_LOG:
            raise
        except Exception:
            # One row that cannot be read spoils the whole batch: find out whose it is.
            return self._read_one_by_one(session, query_ids)

    def _read_one_by_one(
        self, session: Session, query_ids: Sequence[str]
    ) -> dict[str, QueryRows | None]:
        found: dict[str, QueryRows | None] = {}
        for query_id in query_ids:
            rows = _guarded(f"query {query_id}", partial(read_rows, session, [query_id]))
            found |= {query_id: None} if rows is None else dict(rows)
        return found

    def _judge_one(
        self, session: Session, query_id: str, rows: QueryRows | None
    ) -> Judgement | None:
        judged = _guarded(f"query {query_id}", lambda: self._evidence(rows)) if rows else None
        if judged is not None:
            return of_query(*judged)
        query = rows.query if rows else None
        query = query or _guarded(f"query {query_id}", partial(session.get, NetworkQuery, query_id))
        return self._not_judged(query) if query else None

    def _evidence(self, rows: QueryRows) -> tuple[Evidence, datetime | None]:
        now = self._clock()
        case = case_of(rows, now, self._config, self._sets)
        return make_evidence(rows, now, self._config, self._sets), due_at(case)

    def _not_judged(self, query: NetworkQuery) -> Judgement:
        """What is kept of a query that cannot be judged, so that somebody sees it."""
        rules = rules_on(query.submitted_at.date(), self._sets)
        rule = next((one for one in rules.rules if one.code == NOT_JUDGED), None)
        text = "Its rows cannot be read, or a rule failed."
        found = (rule.found(text),) if rule else ()
        return Judgement(
            subject=query.id,
            kind="query",
            purpose=query.purpose,
            patient_id=query.patient_id,
            actor_id=query.started_by_id,
            actor=query.started_by,
            at=query.submitted_at,
            rules_version=rules.version,
            found=found,
            due_at=self._clock() + _AFTER_A_FAULT,
        )


def _turn(session: Session) -> int:
    return read_mark(session, TURN).seq


def _guarded(what: str, work: Callable[[], Result]) -> Result | None:
    """What `work` answers; None where it fails, which is logged. Raises `LogUnavailable`."""
    try:
        return work()
    except _OF_THE_LOG:
        raise
    except Exception as error:
        # The error's text may repeat what upstream said of a person.
        _log.error("%s not judged: %s", what, type(error).__name__)
        return None
