"""Annotations: what happened outside and explains a chart, on its axis of time.

Their text stands on a page that everybody sees, so it must hold nothing about a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlmodel import col, or_, select

from services.clock import Clock
from services.errors import InvalidInput, NotInLog
from services.ids import new_id
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import Annotation

MOST_CHARACTERS = 80
LONGEST = timedelta(days=366)
"""How long what is annotated may last."""

_BACK, _AHEAD = timedelta(days=10 * 366), timedelta(days=366)
_MOST_SHOWN = 200


class AnnotationKind(StrEnum):
    """What kind of thing it is."""

    RELEASE = "release"
    OUTAGE = "outage"
    CAMPAIGN = "campaign"
    OTHER = "other"


_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?"

_REFUSED = (
    (re.compile(r"[\w.+-]+@[\w-]+"), "an e-mail address"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}", re.IGNORECASE), "an id"),
    (re.compile(r"\b(?=[\w-]*[a-z])(?=(?:[\w-]*\d){4})[\w-]{12,}", re.IGNORECASE), "an id"),
    (
        re.compile(r"\b(\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4})\b"),
        "a date, as of a birth: the time of this note is entered above",
    ),
    (
        re.compile(
            rf"\b(\d{{1,2}}(st|nd|rd|th)?\.? ?(of )?{_MONTH},?|{_MONTH} \d{{1,2}}(st|nd|rd|th)?,?) "
            r"?(19|20)\d\d\b",
            re.IGNORECASE,
        ),
        "a date, as of a birth: the time of this note is entered above",
    ),
    # Seven digits, whatever stands between them, are a telephone number or some other number of
    # somebody's. A version such as 2.14.3 has fewer.
    (re.compile(r"\d(?:[ ().+/-]{0,3}\d){6}"), "a telephone number, or another number of somebody"),
    (re.compile(r"[<>]|https?://|\]\("), "markup or a link"),
)


@dataclass(frozen=True)
class NewAnnotation:
    """What is to be noted: `at` and `until` are aware; without `until` it was a moment."""

    kind: AnnotationKind
    at: datetime | None
    until: datetime | None
    text: str

    def complaints(self, now: datetime) -> dict[str, str]:
        """What is wrong, by field; nothing of it repeats what was entered."""
        found = {}
        if wrong := self._wrong_time(now):
            found[wrong[0]] = wrong[1]
        if wrong_text := _wrong_text(self.text):
            found["text"] = wrong_text
        return found

    def _wrong_time(self, now: datetime) -> tuple[str, str] | None:
        if self.at is None:
            return "at", "Say when it happened, or began."
        if not now - _BACK <= self.at <= now + _AHEAD:
            return "at", "Choose a time of the last ten years, or of the year to come."
        if self.until is not None and self.until <= self.at:
            return "until", "The end is not after the beginning."
        if self.until is not None and self.until - self.at > LONGEST:
            return "until", "It may last a year at most. Leave the end empty, or write two."
        return None


class Annotations:
    """Owns the table `annotation`. What is taken off stays in the table, and is shown no more."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def between(self, actor: Actor, since: datetime, until: datetime) -> Sequence[Annotation]:
        """What happened, or lasted, from `since` to before `until` (aware), earliest first.

        Of more than some hundreds the newest. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        at, end = col(Annotation.at), col(Annotation.until)
        # The index finds by the beginning; whatever still lasts began a year before at most.
        began = (at >= since.astimezone(UTC) - LONGEST, at < until)
        lasts = or_(at >= since, end > since)
        wanted = select(Annotation).where(*began, lasts, col(Annotation.removed_at).is_(None))
        with self._store.read() as session:
            newest = session.exec(wanted.order_by(at.desc(), col(Annotation.id)).limit(_MOST_SHOWN))
            return list(reversed(newest.all()))

    def add(self, actor: Actor, new: NewAnnotation) -> Annotation:
        """Note it. Raises `NotPermitted`, and `InvalidInput` with what is wrong, by field."""
        self._audit.require(actor, Permission.ANNOTATE)
        now = self._clock()
        complaints = new.complaints(now)
        if complaints or new.at is None:
            raise InvalidInput("Some fields need another look.", complaints)
        annotation = Annotation(
            id=new_id(now),
            kind=new.kind.value,
            at=new.at.astimezone(UTC),
            until=new.until and new.until.astimezone(UTC),
            text=new.text.strip(),
            created_at=now,
            created_by_id=actor.id,
            created_by=actor.name,
        )
        with self._store.write() as session:
            session.add(annotation)
            of, details = ("annotation", annotation.id), {"kind": new.kind.value}
            self._audit.append(session, actor, "outcomes.annotate", of=of, details=details)
        return annotation

    def remove(self, actor: Actor, annotation_id: str) -> None:
        """Take it off; one that is off already stays so. Raises `NotPermitted`, `NotInLog`."""
        self._audit.require(actor, Permission.ANNOTATE)
        with self._store.write() as session:
            annotation = session.get(Annotation, annotation_id, with_for_update=True)
            if annotation is None:
                raise NotInLog("The log has no annotation with this id.")
            if annotation.removed_at is not None:
                return
            annotation.removed_at = self._clock()
            annotation.removed_by_id, annotation.removed_by = actor.id, actor.name
            session.add(annotation)
            of = ("annotation", annotation.id)
            self._audit.append(session, actor, "outcomes.unannotate", of=of)


def _wrong_text(text: str) -> str | None:
    bare = text.strip()
    if not bare:
        return "Say in some words what happened."
    if len(bare) > MOST_CHARACTERS:
        return f"Use {MOST_CHARACTERS} characters at most; these are {len(bare):,}."
    if not bare.isprintable():
        return "Write it in one line, without special characters that nobody sees."
    for pattern, what in _REFUSED:
        if pattern.search(bare):
            return f"This looks like {what}. Everybody sees this text, so leave it out."
    return None
