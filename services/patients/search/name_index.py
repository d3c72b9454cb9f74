"""The names that this process has read, in memory only, so that parts and slips of them are found.

Upstream compares whole words. Nothing here is ever written anywhere, and nothing of it is shown:
it answers ids, and who they are is read anew from upstream.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from threading import Lock

from services.clock import Clock
from services.metriport.schemas import Patient
from services.patients.search.folding import fold
from services.patients.search.name_matching import alike

KEPT_FOR = timedelta(hours=12)
"""A name that nobody has read again by then is forgotten."""

MOST_PEOPLE = 50_000
"""Then those read longest ago are dropped.

So many take about 35 MB, and a search among them a twentieth of a second, in which other searches
wait; a company with more people finds the newest of them by parts of their names.
"""

_MOST_WORDS = 6
"""Words of a search that are compared, and of each part of a name that are kept.

Whoever pastes a whole letter must not keep the others waiting, and no name is found by its seventh
word alone.
"""

_LONGEST_CALL = timedelta(minutes=5)
"""What was asked of upstream longer ago has been answered by now, or given up."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Entry:
    words: tuple[str, ...]
    dob: str
    read_at: datetime


class NameIndex:
    """Remembers names and dates of birth by patient id; safe to use from many threads.

    Holds nobody who has opted out.
    """

    def __init__(self, clock: Clock, most: int = MOST_PEOPLE) -> None:
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._people: OrderedDict[str, _Entry] = OrderedDict()
        self._forgotten: OrderedDict[str, datetime] = OrderedDict()
        self._by_word: dict[str, set[str]] = {}
        self._sorted_words: list[str] | None = None

    def __len__(self) -> int:
        """How many people it holds."""
        return len(self._people)

    def remember(self, patient: Patient, asked_at: datetime | None = None) -> None:
        """Keep the name and date of birth of a person as upstream has just told them.

        Whoever has opted out is forgotten instead. Call it with every fresh reading, as after a
        correction. `asked_at` is when upstream was asked, now if it is left out: an answer that was
        on its way while the person was corrected or forgotten tells what they were before.
        """
        now = self._clock()
        with self._lock:
            # A time that is yet to come is of a clock that was set back.
            if (asked_at or now) < self._known_at(patient.id) <= now:
                return
            words = _words_of(patient)
            if patient.hie_opt_out or not words:
                self._forget(patient.id, now)
                return
            self._drop(patient.id)
            self._people[patient.id] = _Entry(words, patient.dob, now)
            for word in words:
                if word not in self._by_word:
                    self._by_word[word] = set()
                    self._sorted_words = None
                self._by_word[word].add(patient.id)
            if len(self._people) > self._most:
                self._drop(next(iter(self._people)))

    def forget(self, patient_id: str) -> None:
        """Drop a person, whom upstream does not know any more or whose data has changed."""
        with self._lock:
            self._forget(patient_id, self._clock())

    def differs(self, patient: Patient) -> bool:
        """Whether the person has been read since under another name or date of birth."""
        with self._lock:
            entry = self._people.get(patient.id)
        return entry is not None and (entry.words, entry.dob) != (_words_of(patient), patient.dob)

    def expire(self) -> None:
        """Drop everybody whose name was read longer ago than `KEPT_FOR`."""
        now = self._clock()
        oldest = now - KEPT_FOR
        with self._lock:
            while self._forgotten and next(iter(self._forgotten.values())) <= now - _LONGEST_CALL:
                self._forgotten.popitem(last=False)
            while self._people:
                patient_id, entry = next(iter(self._people.items()))
                if entry.read_at > oldest:
                    return
                self._drop(patient_id)

    def find(
        self, names: Iterable[str], births: Sequence[str], most: int, *, slips: bool
    ) -> list[str]:
        """The ids of the people whom all the names fit, the best first, at most `most`.

        A name fits where it begins a word of theirs, or with `slips` differs from it by a slip.
        `births` are the dates of birth that come into question, whole or in part, in ISO form;
        none of them is no condition.
        """
        with self._lock:
            scores: dict[str, float] = {}
            for typed in _readings(names):
                for patient_id, score in self._score(typed, slips).items():
                    scores[patient_id] = max(score, scores.get(patient_id, 0))
            fitting = [
                (score, patient_id)
                for patient_id, score in scores.items()
                if _was_born(self._people[patient_id].dob, births)
            ]
        return [patient_id for _, patient_id in nlargest(most, fitting)]

    def ids_ending(self, ending: str) -> list[str]:
        """The ids of people that end in these characters."""
        with self._lock:
            return [patient_id for patient_id in self._people if patient_id.endswith(ending)]

    def _score(self, typed: Sequence[str], slips: bool) -> dict[str, float]:
        """How well each person fits, on average, who fits every word; by their id."""
        if self._sorted_words is None:
            self._sorted_words = sorted(self._by_word)
        total: dict[str, float] | None = None
        for word in typed:
            scores: dict[str, float] = {}
            for other, score in alike(word, self._sorted_words, slips=slips).items():
                for patient_id in self._by_word[other]:
                    scores[patient_id] = max(score, scores.get(patient_id, 0))
            total = scores if total is None else _add(total, scores)
        return {patient_id: score / len(typed) for patient_id, score in (total or {}).items()}

    def _known_at(self, patient_id: str) -> datetime:
        """When the person was read, or was forgotten."""
        entry = self._people.get(patient_id)
        return entry.read_at if entry else self._forgotten.get(patient_id, _NEVER)

    def _forget(self, patient_id: str, now: datetime) -> None:
        self._drop(patient_id)
        self._forgotten[patient_id] = now
        self._forgotten.move_to_end(patient_id)

    def _drop(self, patient_id: str) -> None:
        entry = self._people.pop(patient_id, None)
        for word in entry.words if entry else ():
            people = self._by_word[word]
            people.discard(patient_id)
            if not people:
                del self._by_word[word]
                self._sorted_words = None


def fits(patient: Patient, names: Iterable[str], births: Sequence[str], *, slips: bool) -> bool:
    """Whether a person as just read still fits a search that the index has answered with them."""
    words = sorted(_words_of(patient))
    return _was_born(patient.dob, births) and any(
        all(alike(word, words, slips=slips) for word in typed) for typed in _readings(names)
    )


def _readings(names: Iterable[str]) -> list[list[str]]:
    """The words of the typed names, and the names in one piece: who slips may slip over a gap."""
    folded = [fold(name) for name in names]
    apart = list(dict.fromkeys(word for words in folded for word in words))[:_MOST_WORDS]
    names_whole = ["".join(words) for words in folded if words][:_MOST_WORDS]
    distinct = {tuple(words): words for words in (apart, names_whole, ["".join(apart)]) if apart}
    return list(distinct.values())


def _words_of(patient: Patient) -> tuple[str, ...]:
    """The words of a name, and each of its parts in one piece: people leave gaps out."""
    parts = [fold(name)[:_MOST_WORDS] for name in (patient.first_name, patient.last_name)]
    words = [word for part in parts for word in part] + ["".join(part) for part in parts]
    return tuple(dict.fromkeys(filter(None, words)))


def _was_born(dob: str, births: Sequence[str]) -> bool:
    return not births or any(dob.startswith(born) for born in births)


def _add(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """The sums, of those who are in both."""
    return {key: one[key] + other[key] for key in one.keys() & other.keys()}
