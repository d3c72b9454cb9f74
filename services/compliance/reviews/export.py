"""The decisions of reviewers as a file, one row for each.

Notes are left out: they are free text, encrypted in the log, and may say anything of a person.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from services.exports.cells import Cell
from services.staff.exports import Export, SelectedRows
from services.staff.permissions import Permission
from services.store.tables import ReviewDecision, ReviewItem

_OF_DECISION = (
    "id",
    "at",
    "item_id",
    "number",
    "opening",
    "decision",
    "reviewer_id",
    "reviewer",
    "role",
    "rules_version",
    "owner_id",
    "owner",
    "due_on",
)
_OF_ITEM = (
    "subject",
    "kind",
    "purpose",
    "patient_id",
    "actor_id",
    "actor",
    "sampled_week",
    "status",
    "outcome",
)


def decisions_export() -> Export:
    """Every decision, the newest first, with the item that it is about; without the notes."""
    return Export(
        table="reviews",
        permission=Permission.IAS_REVIEW,
        columns=(*map(_header, _OF_DECISION), "findings", *_OF_ITEM),
        rows=SelectedRows(
            lambda _: _select(),
            (col(ReviewDecision.at).desc(), col(ReviewDecision.id).desc()),
            _cells,
        ),
    )


def _select() -> Any:
    of_item = col(ReviewItem.id) == col(ReviewDecision.item_id)
    return select(ReviewDecision, ReviewItem).join(ReviewItem, of_item)


def _header(name: str) -> str:
    return {"at": "at_utc", "due_on": "due_on_utc"}.get(name, name)


def _cells(
    _session: Session, rows: Sequence[tuple[ReviewDecision, ReviewItem]]
) -> Iterator[list[Cell]]:
    for decision, item in rows:
        own = [_plain(getattr(decision, name)) for name in _OF_DECISION]
        yield [*own, ", ".join(decision.findings), *(getattr(item, name) for name in _OF_ITEM)]


def _plain(value: str | int | date | datetime | None) -> Cell:
    # A time is a date as well.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value
