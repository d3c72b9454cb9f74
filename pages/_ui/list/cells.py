"""The columns and rows of a list as plain values, and what the browser is sent of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pages._ui.frame.places import address_of
from pages._ui.words.outside import cell_text
from pages._ui.words.states import StateWords
from pages._ui.words.times import exact
from services.lookup.finder import Place


class Kind(StrEnum):
    """How the cells of a column are drawn."""

    TEXT = "text"
    MOMENT = "moment"
    STATE = "state"
    ID = "id"
    NUMBER = "number"
    SHARE = "share"


class Order(StrEnum):
    """Which end of a list comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class Column:
    """A column: its heading, how its cells are drawn, and what the heading explains on hover.

    `hidden` ones are shown once the viewer chooses them. `unit` stands behind each number.
    `order` is set for the one column by which the list is sorted and can be turned round.
    """

    name: str
    kind: Kind = Kind.TEXT
    help: str = ""
    hidden: bool = False
    unit: str = ""
    order: Order | None = None


@dataclass(frozen=True)
class Hover:
    """A short text, and the whole of it on hover and for screen readers."""

    text: str
    whole: str


Cell = str | int | float | datetime | StateWords | Hover | None
"""Text, an id or a number by the kind of its column; a time is aware; None is an empty cell."""


@dataclass(frozen=True)
class Row:
    """A row, named by its key, with a cell for each column; the first one names it for readers.

    `place` is what the row opens, or `address` the page that it leads to. A row without either is
    opened by whoever draws the list.
    """

    key: str
    cells: Sequence[Cell]
    place: Place | None = None
    address: str = ""


def for_browser(columns: Sequence[Column], rows: Sequence[Row], zone: ZoneInfo) -> dict[str, Any]:
    """The columns and rows as JSON; times as milliseconds since 1970 and in words of `zone`."""
    return {
        "columns": [_column(column) for column in columns],
        "rows": [_row(columns, row, zone) for row in rows],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind.value,
        "help": column.help,
        "hidden": column.hidden,
        "unit": column.unit,
        "order": column.order.value if column.order else "",
    }


def _row(columns: Sequence[Column], row: Row, zone: ZoneInfo) -> dict[str, Any]:
    if len(row.cells) != len(columns):
        raise ValueError("A row needs one cell for each column.")
    cells = [_cell(cell, zone) for cell in row.cells]
    address = address_of(row.place) if row.place else row.address
    return {"key": row.key, "address": address, "cells": cells}


def _cell(cell: Cell, zone: ZoneInfo) -> Any:
    match cell:
        case None | int() | float():
            return cell
        case datetime():
            return {"at": int(cell.timestamp() * 1000), "exact": exact(cell, zone)}
        case StateWords():
            return {
                "label": cell_text(cell.label),
                "icon": cell.icon,
                "colour": cell.colour,
                "whole": cell_text(cell.meaning),
            }
        case Hover():
            return {"text": cell_text(cell.text), "whole": cell_text(cell.whole)}
    return cell_text(cell)
