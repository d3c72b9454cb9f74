"""The facts of one thing as one dense list: names on the left, values on the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.list.cells import Hover
from pages._ui.words.outside import cell_text
from pages._ui.words.times import exact
from services.ids import is_uuid
from services.pasted_ids import is_prefixed

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "access_desk_facts",
    html="\n<dl></dl>\n",
    css="\n".join((_HERE / name).read_text("utf-8") for name in ("table.css", "facts.css")),
    js="\n".join((_HERE / name).read_text("utf-8") for name in ("cells.js", "fact.js", "facts.js")),
)


@dataclass(frozen=True)
class Id:
    """An id, shortened in the middle; the whole one is shown on hover and copied by a button."""

    value: str | None


Fact = str | datetime | Id | Hover | None
"""Text, a moment, an id, or a text with more on hover; None where nothing is known."""


def facts_grid(facts: Sequence[tuple[str, Fact]], *, key: str | None = None) -> None:
    """Draw the facts by their names. `key` tells two lists of one page apart."""
    _mount(key=key, data={"facts": for_browser(facts, zone())})


def as_fact(value: str | datetime) -> Fact:
    """A value as a fact: an id of ours or of Metriport's as an id."""
    if isinstance(value, str) and (is_uuid(value) or is_prefixed(value)):
        return Id(value)
    return value


def for_browser(facts: Sequence[tuple[str, Fact]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """The facts as JSON; times in words of `zone`."""
    return [{"name": cell_text(name), **_describe(fact, zone)} for name, fact in facts]


def _describe(fact: Fact, zone: ZoneInfo) -> dict[str, str]:
    match fact:
        case Id(value) if value:
            return {"kind": "id", "value": cell_text(value)}
        case Hover(text, whole):
            return {"kind": "text", "value": cell_text(text), "whole": cell_text(whole)}
        case datetime():
            return {"kind": "text", "value": exact(fact, zone)}
        case str():
            return {"kind": "text", "value": cell_text(fact)}
    return {"kind": "text", "value": ""}
