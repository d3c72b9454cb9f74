"""What AAL2 sessions and links led to, and how facilities compare."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from pages._ui.charts.draw import draw, empty_picture
from pages._ui.charts.head import chart_head
from pages._ui.charts.style import chart_colour, make_figure, named_rows
from pages._ui.frame.viewer import is_dark
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.adoption import FATES, LINK_FATES, LINKS, METHODS, STEPS, share
from pages._ui.words.names import short
from pages._ui.words.states import States, words_of
from services.outcomes.adoption.adoption import FacilityFacts, YieldFacts
from services.outcomes.adoption.fates import Fate, LinkFate
from services.outcomes.adoption.figures import unopened_share, yield_of
from services.outcomes.adoption.steps import Step

_SHOWN_STEPS = (Step.MADE, Step.VERIFIED, Step.SATISFIED, Step.STARTED, Step.RECEIVED)


def show_yield(facts: YieldFacts) -> None:
    """Draw what became of the AAL2 sessions."""
    chart_head("AAL2 yield", "aal2_yield")
    if not facts.sessions:
        empty_picture("No challenge was satisfied in this period", "Choose a longer period above.")
        return
    now = yield_of(facts.sessions)
    per = now.per_retrieval
    words = (
        f"{per:.2f} sessions were satisfied for each retrieval"
        if per is not None
        else "No session led to a retrieval yet"
    )
    st.markdown(f"**{words}**: {now.retrieved:,} of {now.satisfied:,} sessions.")
    _bars(facts.sessions, FATES, list(Fate), "adoption_yield", words)
    rows = [
        Row(method, [METHODS[method], yields.satisfied, yields.retrieved, yields.per_retrieval])
        for method, yields in (
            (name, yield_of(facts.methods[name])) for name in METHODS if name in facts.methods
        )
    ]
    if rows:
        columns = [
            Column("Method"),
            Column("Satisfied", Kind.NUMBER),
            Column("Retrieved", Kind.NUMBER),
            Column("Sessions per retrieval", Kind.TEXT),
        ]
        texts = [Row(row.key, [*row.cells[:3], _decimal(row.cells[3])]) for row in rows]
        caption = "AAL2 sessions by method"
        show_list(columns, texts, key="adoption_yield_methods", caption=caption, empty="None.")


def show_links(facts: YieldFacts) -> None:
    """Draw what became of links whose day is over."""
    chart_head("Links that nobody opened", "links_unopened")
    if not facts.links:
        empty_picture("No link ended in this period", "Choose a longer period above.")
        return
    for kind, name in LINKS.items():
        found = facts.links.get(kind)
        if found:
            unopened = unopened_share(found)
            st.markdown(f"**{name}**: {share(unopened)} expired unopened.")
            _bars(found, LINK_FATES, list(LinkFate), f"adoption_links_{kind}", name)


def show_facilities(facilities: Sequence[FacilityFacts], names: Mapping[str, str],
                    steps: Sequence[Step]) -> None:  # fmt: skip
    """Draw how far the people of each facility came."""
    chart_head("By facility", "adoption_by_facility")
    shown = [step for step in _SHOWN_STEPS if step in steps]
    columns = [
        Column("Facility"),
        *(Column(STEPS[step], Kind.NUMBER) for step in shown),
        Column("Received, of links made", Kind.SHARE),
    ]
    rows = [
        Row(facts.facility_id, _facility_cells(facts, names, steps, shown))
        for facts in facilities
        if any(facts.steps)
    ]
    show_list(
        columns,
        rows,
        key="adoption_facilities",
        caption="By facility",
        empty="No query of the period names a facility whose people were sent a link.",
        most=10,
    )


def _facility_cells(
    facts: FacilityFacts, names: Mapping[str, str], steps: Sequence[Step], shown: Sequence[Step]
) -> list[Cell]:
    numbers = dict(zip(steps, facts.steps, strict=True))
    made, received = numbers[Step.MADE], numbers[Step.RECEIVED]
    return [
        names.get(facts.facility_id) or short(facts.facility_id),
        *(numbers[step] for step in shown),
        received / made if made and received is not None else None,
    ]


def _bars(
    numbers: Mapping[str, int], states: States, order: Sequence[str], key: str, title: str
) -> None:
    """Draw a bar for each fate that there is, with its number and share beside it."""
    found = [fate for fate in [*order, *(set(numbers) - set(order))] if numbers.get(fate)]
    names = [words_of(states, fate).label for fate in found]
    alt = "; ".join(f"{name}: {numbers[fate]:,}" for name, fate in zip(names, found, strict=True))
    draw(_figure(numbers, states, found, names), key, f"{title}. {alt}.")


def _figure(
    numbers: Mapping[str, int], states: States, found: Sequence[str], names: Sequence[str]
) -> go.Figure:
    upward, whole, dark = list(reversed(found)), sum(numbers.values()), is_dark()
    bars = {
        "type": "bar",
        "x": [numbers[fate] for fate in upward],
        "y": [str(row) for row in range(len(upward))],
        "orientation": "h",
        "marker": {
            "color": [chart_colour(words_of(states, fate).colour, dark=dark) for fate in upward]
        },
        "text": [f"{numbers[fate]:,}  ({numbers[fate] / whole:.0%})" for fate in upward],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    most = max([numbers[fate] for fate in found], default=1)
    axes = {
        "xaxis": {"visible": False, "range": [0, most * 1.3]},
        "yaxis": named_rows(list(reversed(names))),
    }
    return make_figure([bars], axes, 16 + 30 * max(len(found), 1), dark=dark, bargap=0.3)


def _decimal(value: Cell) -> str:
    return f"{value:.2f}" if isinstance(value, float) else "–"
