"""Who receives records, who comes, who comes back, and how often."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages._ui.adoption.activity_figures import (
    KINDS,
    active_figure,
    per_person_figure,
    received_figure,
    retention_figure,
    share_figure,
)
from pages._ui.adoption.outside import Outside
from pages._ui.charts.draw import draw, empty_picture
from pages._ui.charts.head import chart_head
from pages._ui.frame.viewer import is_dark
from pages._ui.words.adoption import share
from services.outcomes.adoption.adoption import ActivityFacts
from services.outcomes.adoption.cells import NEW, RETURNING
from services.outcomes.adoption.figures import Cohort
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.goals.measures import Measure


def show_received(table: pd.DataFrame, view: AdoptionView, outside: Outside) -> None:
    """Draw how many people received records for the first time."""
    chart_head("Records received", "records_received")
    number, total = int(table["n"].sum()), int(table["total"].iloc[-1])
    if not total:
        empty_picture("Nobody has received records yet", "They count once records were fetched.")
        return
    words = f"{number:,} people for the first time in this period, {total:,} in all"
    st.markdown(f"Bars: people per {view.width}. Line: all so far. {words}.")
    goal = outside.goal(Measure.RECEIVED_PER_MONTH, view)
    figure = received_figure(table, view.width, outside.marks, goal, dark=is_dark())
    draw(figure, "adoption_received", f"{words}.")
    outside.tell(goal)


def show_active(facts: ActivityFacts, view: AdoptionView, outside: Outside) -> None:
    """Draw the people with an IAS query in each week or month."""
    chart_head(f"Active people per {view.width}", "active_people")
    table = facts.active
    if not table[list(KINDS)].sum().sum():
        empty_picture("Nobody was active in this period", "Choose a longer period above.")
        return
    st.markdown(":blue[■] Returning :green[▨] New" + _note_on_last(view))
    alt = "; ".join(
        f"{line['start']:%b %d}: {line[NEW]:.0f} new, {line[RETURNING]:.0f} returning"
        for line in table.to_dict("records")
    )
    goal = outside.goal(Measure.ACTIVE_PER_MONTH, view)
    figure = active_figure(table, view.width, outside.marks, goal, dark=is_dark())
    draw(figure, "adoption_active", f"Active people. {alt}.")
    outside.tell(goal)


def show_ias_share(facts: ActivityFacts, view: AdoptionView) -> None:
    """Draw the share of IAS queries of all queries."""
    chart_head("IAS share of all queries", "ias_share")
    known = [value for value in facts.shares if value is not None]
    if not known:
        empty_picture("No query in this period", "Choose a longer period above.")
        return
    starts = list(facts.active["start"])
    st.markdown(f"Latest: {share(known[-1])}.")
    figure = share_figure(starts, facts.shares, view.width, dark=is_dark())
    draw(figure, "adoption_share", f"Share of IAS, latest {share(known[-1])}.")


def show_retention(cohorts: Sequence[Cohort]) -> None:
    """Draw the share of each month's new people who came back."""
    chart_head("Retention", "retention")
    if not any(len(cohort.shares) > 1 for cohort in cohorts):
        empty_picture(
            "No month to compare yet", "It takes a whole month after the one of a first IAS query."
        )
        return
    st.markdown("A row is the month of the first IAS query, with its people.")
    alt = "; ".join(
        f"{cohort.month:%B %Y}, {cohort.people:,} people: "
        + ", ".join(share(value) for value in cohort.shares[1:])
        for cohort in cohorts
    )
    draw(retention_figure(cohorts, dark=is_dark()), "adoption_retention", f"Retention. {alt}.")


def show_per_person(numbers: dict[int, int]) -> None:
    """Draw how many IAS queries people have in a month."""
    chart_head("Queries per person", "queries_per_person")
    if not numbers:
        empty_picture("No whole month with an IAS query", "Choose a longer period above.")
        return
    alt = "; ".join(f"{queries}: {people:,} people" for queries, people in sorted(numbers.items()))
    st.markdown("Of the whole months of the period, each by itself.")
    figure = per_person_figure(numbers, dark=is_dark())
    draw(figure, "adoption_per_person", f"IAS queries in a month. {alt}.")


def _note_on_last(view: AdoptionView) -> str:
    return f" · The last {view.width} is not over." if view.runs else ""
