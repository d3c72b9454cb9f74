"""Finds ids by their last characters, which is all that lists show of them."""

from typing import Any

from sqlalchemy import ColumnElement, Index, func, literal_column, text
from sqlmodel import Session, col, select

from services.pasted_ids import ENDING_LENGTH

_FROM = str(ENDING_LENGTH - 1)


def ending_index(table: str, column: str) -> Index:
    """The index by which `ids_ending` finds the ids of a column.

    The column itself comes second, so that a person with a million rows is one step in it.
    """
    return Index(f"ix_{table}_{column}_ending", text(ending_sql(column)), column)


def ending_sql(column: str) -> str:
    """The last characters of a column; both databases keep an index by this expression."""
    return f"substr({column}, length({column}) - {_FROM})"


def ids_ending(session: Session, column: Any, ending: str, most: int) -> list[str]:
    """The different ids of a column that end in `ending`, in order, at most `most`.

    One statement for each of them: the index answers it at once, however many rows there are.
    """
    found: list[str] = []
    while len(found) < most:
        wanted = select(column).where(
            _ending_of(column) == ending, col(column) > (found or [""])[-1]
        )
        next_one = session.exec(wanted.order_by(column).limit(1)).first()
        if next_one is None:
            break
        found.append(next_one)
    return found


def _ending_of(column: Any) -> ColumnElement[str]:
    # A number that is sent beside the statement would not be known to be the one in the index.
    return func.substr(column, func.length(column) - literal_column(_FROM))
