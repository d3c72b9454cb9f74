"""The one list of all pages: a table whose rows open what they name.

Streamlit's own table names rows by position, opens none by keyboard, and offers a file that no
access log knows of.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages._ui.frame.go import NAVIGATE
from pages._ui.frame.viewer import actor, zone
from pages._ui.list.cells import Column, Order, Row, for_browser
from services.desk import desk

_HERE = Path(__file__).parent
_SCRIPTS = ("cells.js", "columns.js", "walk.js", "table.js")
LIST_SCRIPT = NAVIGATE + "".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS)
"""The scripts of the list as the one module that Streamlit takes, what is called in front."""

_mount = st.components.v2.component(
    "access_desk_list",
    html="\n<div class='list'></div>\n",
    css=(_HERE / "table.css").read_text("utf-8"),
    js=LIST_SCRIPT,
)


def show_list(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    key: str,
    caption: str,
    empty: str,
    most: int | None = None,
    open_row: Callable[[str], None] | None = None,
    turn: Callable[[Order], None] | None = None,
    select: bool = False,
) -> list[str]:
    """Draw `rows`, and answer the keys of those that are selected (none without `select`).

    `key` names the list in the session, `caption` for screen readers. Without rows, `empty` says
    what to do. More than `most` rows scroll within the list. A click on a row opens its place; of
    a row without one, `open_row` is called with its key. `turn` is called with the order that the
    viewer wants, where a column has one.
    """
    answer = _mount(
        key=key,
        data={
            **for_browser(columns, rows, zone()),
            "name": key,
            "caption": caption,
            "empty": empty,
            "most": most or 0,
            "select": select,
            "opens": open_row is not None,
            "viewer": actor().tag,
            "now": int(desk().clock().timestamp() * 1000),
        },
        default={"selected": []},
        on_opened_change=lambda: _open(st.session_state[key]["opened"], open_row),
        on_turned_change=lambda: _turn(st.session_state[key]["turned"], turn),
        on_selected_change=lambda: None,
    )
    shown = {row.key for row in rows}
    return [name for name in answer.selected if name in shown] if select else []


def _open(key: object, open_row: Callable[[str], None] | None) -> None:
    if open_row is not None and isinstance(key, str):
        open_row(key)


def _turn(order: object, turn: Callable[[Order], None] | None) -> None:
    if turn is not None and order in tuple(Order):
        turn(Order(str(order)))
