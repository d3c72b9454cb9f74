"""Reads the different values of an indexed column without reading every row."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select


def distinct_values(session: Session, column: Any, *where: ColumnElement[bool]) -> list[str]:
    """The values of a text column that is first in an index, in order; nulls are left out.

    With `where`, which sets the index's columns before it to one value each, it may come later.

    `SELECT DISTINCT` reads the whole index on both databases. This takes one statement for each
    value, which the index answers at once; so use it for columns with few values.
    """
    values: list[str] = []
    least = select(func.min(column)).where(*where)
    value = session.exec(least).one()
    while value is not None:
        values.append(value)
        value = session.exec(least.where(col(column) > value)).one()
    return values
