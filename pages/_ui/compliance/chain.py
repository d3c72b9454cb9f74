"""The chain of evidence of one query, top to bottom, with every missing link visible from afar."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.compliance.link_facts import link_facts
from pages._ui.frame.viewer import zone
from pages._ui.list.facts_grid import for_browser
from pages._ui.words.compliance.links import LINK_WORDS, table_name
from pages._ui.words.compliance.states import LINK_STATES
from pages._ui.words.outside import cell_text
from pages._ui.words.states import words_of
from services.compliance.evidence.evidence import Evidence, Link, LinkState, RowRef

_HERE = Path(__file__).parent
_LIST = _HERE.parent / "list"
_CSS = (_LIST / "table.css", _LIST / "facts.css", _HERE / "chain.css")
_SCRIPTS = (_LIST / "cells.js", _LIST / "fact.js", _HERE / "chain.js")

_mount = st.components.v2.component(
    "access_desk_chain",
    html="\n<div class='evidence'></div>\n",
    css="\n".join(path.read_text("utf-8") for path in _CSS),
    js="\n".join(path.read_text("utf-8") for path in _SCRIPTS),
)


def chain(evidence: Evidence) -> None:
    """Draw the links in their order, with an overview of all of them above."""
    _mount(key="chain", data={"links": [link_for_browser(link, zone()) for link in evidence.links]})


def link_for_browser(link: Link, area: ZoneInfo) -> dict[str, Any]:
    """One link as JSON: its words, its facts, and the rows that it rests on. Pure."""
    words, state = LINK_WORDS[link.code], words_of(LINK_STATES, link.state)
    return {
        "code": link.code.value,
        "state": link.state.value,
        "title": words.title,
        "short": words.short,
        "label": state.label,
        "icon": state.icon,
        "colour": state.colour,
        "shows": "" if link.state is LinkState.NOT_APPLICABLE else words.shows,
        "why": cell_text(link.why),
        "facts": for_browser(link_facts(link), area),
        "rows": [_row(row) for row in link.rows],
    }


def _row(row: RowRef) -> dict[str, str]:
    name = table_name(row.table)
    return {"table": cell_text(name), "key": cell_text(row.key), "whole": cell_text(row.table)}
