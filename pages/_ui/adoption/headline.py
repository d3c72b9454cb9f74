"""The figures above the charts of Adoption, beside those of the period before."""

from dataclasses import dataclass

import streamlit as st

from pages._ui.adoption.view_choice import period_name
from pages._ui.words.adoption import share
from services.outcomes.adoption.figures import StepFigure, Yield
from services.outcomes.adoption.views import AdoptionView


@dataclass(frozen=True)
class Headline:
    """What the figures are made of, now and in the period before."""

    received: tuple[int, int]
    active: tuple[float, float]
    steps: list[StepFigure]
    yields: tuple[Yield, Yield]


def headline_figures(facts: Headline, view: AdoptionView) -> None:
    """Draw the figures."""
    first, last = facts.steps[0], facts.steps[-1]
    was = last.before / first.before if first.before and last.before is not None else None
    per, per_before = (one.per_retrieval for one in facts.yields)
    with st.grid(4, min_column_width=200, gap="small"):
        _figure(
            "Received records",
            f"{facts.received[0]:,}",
            _number(facts.received[1]),
            "People whose records were found for the first time: adoption.",
        )
        _figure(
            f"Active people per {view.width}",
            f"{facts.active[0]:,.0f}",
            _number(facts.active[1]),
            f"The mean of the period’s {view.width}s: different people with an IAS query.",
        )
        _figure(
            "Link made → records",
            share(last.of_first),
            share(was),
            "Of the people whose first link was made in the period.",
        )
        _figure(
            "AAL2 sessions per retrieval",
            "–" if per is None else f"{per:.2f}",
            "–" if per_before is None else f"{per_before:.2f}",
            "Satisfied sessions for each query with a completed source: 1 is the best.",
        )
    part = " up to the same day" if view.runs else ""
    st.caption(
        f"Before: the {period_name(view)} before{part}. Weeks and months are of UTC; weeks begin "
        "on Monday."
    )


def _number(number: float) -> str:
    """A number of the time before; a dash for none, which may also be one that is not shown."""
    return f"{number:,.0f}" if number else "–"


def _figure(label: str, value: str, before: str, help_: str) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, value, help=help_)
        st.markdown(f":small[:gray-badge[Before: {before}]]")
