"""Which queries the newest changes of the log are about.

Changes are numbered as they are written, and on PostgreSQL one may become visible after one with a
higher number. So the mark stays a minute behind, and this process remembers what of that minute it
has judged; a restart judges it once more, which changes nothing. On SQLite the numbers begin anew
once every change was pruned, so the mark also says when its change was noted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from services.clock import Clock, utc_now
from services.compliance.assessing.marks import CHANGES, Mark, read_mark
from services.store.tables import LogChange, NetworkQuery

_STAYS_BEHIND = timedelta(minutes=1)
"""Far longer than a transaction of this program takes."""

_NOTED_EVERY = timedelta(hours=1)
"""So often it is written down that nothing was missed, also while nothing changes."""

_PRUNED_AFTER = timedelta(hours=23)
"""Changes are kept for a day: who has not read for longer may have missed some."""

_MOST_READ = 5000
_MOST_AT_ONCE = 25
_NEWEST_OF_PERSON = 20
"""So many of a person's queries are judged again when something about the person changes."""

_QUERY, _PATIENT = "query ", "patient "

Handled = tuple[int, datetime]


@dataclass(frozen=True)
class Changed:
    """Queries that may have changed, the changes that say so, and where the mark stands then.

    `is_moved` says that the mark is to be written, `has_gap` that changes may have been pruned
    before anybody read them.
    """

    query_ids: Sequence[str]
    numbers: Collection[Handled]
    mark: Mark
    is_moved: bool
    has_gap: bool


class ChangeReader:
    """Reads changes that this process has not handled yet.

    `clock` is the one by which `store.log_change` notes them: that of the machine.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._handled: set[Handled] = set()

    def read(self, session: Session) -> Changed | None:
        """The next changes, some dozens; None where there is nothing to do."""
        mark, now = read_mark(session, CHANGES), self._clock()
        rows = _rows_behind(session, mark)
        unread = [row for row in rows if _key(row) not in self._handled]
        # Before the first mark, every query is one of the past, which is judged from the newest on.
        is_first = mark.at is None
        about = [] if is_first else [row for row in unread if _is_about_queries(row)]
        taken = about[:_MOST_AT_ONCE]
        has_more = len(about) > len(taken) or len(rows) == _MOST_READ
        # What is about neither is handled too, up to the last one that is taken.
        last = _key(taken[-1]) if len(about) > len(taken) else None
        numbers = {_key(row) for row in unread if last is None or _key(row) <= last}
        place = self._place(mark, rows, numbers, now)
        is_late = is_first or now - (mark.at or now) >= _NOTED_EVERY
        is_moved = place != mark or (is_late and not has_more)
        if not numbers and not is_moved:
            return None
        return Changed(
            _queries_of(session, [row.topic for row in taken]),
            numbers,
            # Only who has read everything knows that nothing was missed until now.
            place if has_more else place.moved(at=now),
            is_moved,
            mark.at is not None and now - mark.at > _PRUNED_AFTER,
        )

    def handled(self, changed: Changed) -> None:
        """Remember what was judged and written."""
        self._handled |= set(changed.numbers)
        if len(self._handled) > 2 * _MOST_READ:
            # The oldest are behind the mark by now.
            self._handled = set(sorted(self._handled)[-_MOST_READ:])

    def _place(
        self,
        mark: Mark,
        rows: Sequence[LogChange],
        numbers: Collection[Handled],
        now: datetime,
    ) -> Mark:
        """The mark behind the last change that is old enough, and before the first unhandled."""
        # More changes in a minute than are read at once: the mark must not stand still.
        is_full = len(rows) == _MOST_READ
        place = mark
        for row in rows:
            is_handled = _key(row) in self._handled or _key(row) in numbers
            if not is_handled or not (is_full or row.at < now - _STAYS_BEHIND):
                break
            place = place.moved(seq=row.seq, key=row.at.isoformat())
        return place


def _is_about_queries(row: LogChange) -> bool:
    return row.topic.startswith((_QUERY, _PATIENT))


def _key(row: LogChange) -> Handled:
    return row.seq or 0, row.at


def _rows_behind(session: Session, mark: Mark) -> Sequence[LogChange]:
    """The changes behind the mark; all that are kept, where the mark's own is not there any more.

    It was pruned then, or the numbers have begun anew.
    """
    own = session.get(LogChange, mark.seq) if mark.seq else None
    place = mark.seq if own is not None and own.at.isoformat() == mark.key else 0
    wanted = select(LogChange).where(col(LogChange.seq) > place)
    return session.exec(wanted.order_by(col(LogChange.seq)).limit(_MOST_READ)).all()


def _queries_of(session: Session, topics: Sequence[str]) -> list[str]:
    """The queries that changed, and the newest ones of people who did."""
    named = [topic.removeprefix(_QUERY) for topic in topics if topic.startswith(_QUERY)]
    people = {topic.removeprefix(_PATIENT) for topic in topics if topic.startswith(_PATIENT)}
    if not people:
        return list(dict.fromkeys(named))
    at, query_id = col(NetworkQuery.submitted_at), col(NetworkQuery.id)
    place = func.row_number().over(
        partition_by=col(NetworkQuery.patient_id), order_by=(at.desc(), query_id.desc())
    )
    numbered = select(query_id, place.label("place"))
    numbered = numbered.where(col(NetworkQuery.patient_id).in_(sorted(people)))
    newest = numbered.subquery()
    wanted = select(newest.c.id).where(newest.c.place <= _NEWEST_OF_PERSON)
    return list(dict.fromkeys([*named, *session.exec(wanted).all()]))
