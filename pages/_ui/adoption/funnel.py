"""The funnel: its picture, its numbers, the times between steps, and who stopped at a step."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.adoption.funnel_figure import (
    funnel_figure,
    median_words,
    slowest_words,
    times_figure,
)
from pages._ui.charts.draw import draw, draw_clickable, empty_picture
from pages._ui.charts.head import chart_head
from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.viewer import is_dark
from pages._ui.list.cells import Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.adoption import METHODS, STEPS, share
from services.outcomes.adoption.adoption import FunnelFacts
from services.outcomes.adoption.figures import StepFigure
from services.outcomes.adoption.steps import Step

_COLUMNS = [
    Column("Step"),
    Column("People", Kind.NUMBER),
    Column("Of the step before", Kind.SHARE),
    Column("Went no further", Kind.NUMBER, help="They reached this step, and not the next one."),
    Column("Median time", help="From the step before; of those who took both in this order."),
    Column("90 % within"),
    Column("People before", Kind.NUMBER, help="In the same part of the period before."),
]
_STOPPED = "stopped"


def show_funnel(facts: FunnelFacts, *, opens: bool) -> None:
    """Draw the picture and its numbers; with `opens` a step leads to those who stopped there."""
    chart_head("Funnel", "funnel")
    if not facts.steps[0].people:
        empty_picture(
            "No link was made in this period",
            "Choose a longer period above, or send a verification link from a person’s page.",
        )
        return
    if opens:
        st.caption("A click on a step opens the people who went no further.")
    figure = funnel_figure(facts.steps, dark=is_dark())
    alt = described(facts.steps)
    if opens:
        pressed = draw_clickable(figure, "adoption_funnel", alt)
        if pressed and pressed[0]:
            go_to(address_of_step(Step(pressed[0])))
    else:
        draw(figure, "adoption_funnel", alt)
    rows = [_row(step, opens=opens) for step in facts.steps]
    show_list(_COLUMNS, rows, key="adoption_steps", caption="Steps", empty="No step.")


def show_times(steps: Sequence[StepFigure]) -> None:
    """Draw how long people took from one step to the next, for a step that is chosen."""
    known = {step.step: step for step in steps if step.bins is not None}
    controls = chart_head("Time between steps", "step_times")
    if not known:
        empty_picture("No times in this period", "They are shown once people took two steps.")
        return
    with controls:
        chosen: Step | None = st.selectbox(
            "From the step before to",
            list(known),
            format_func=lambda step: STEPS[step],
            key="time_to",
            bind="query-params",
        )
    step = known[chosen] if chosen in known else next(iter(known.values()))
    words = f"To “{STEPS[step.step]}”: median {median_words(step)}, 90 % within "
    st.markdown(f"{words}{slowest_words(step)}.")
    draw(times_figure(step, dark=is_dark()), "adoption_times", f"{words}{slowest_words(step)}.")


def show_methods(facts: FunnelFacts) -> None:
    """Draw how far people came by the method of the challenge that they satisfied."""
    chart_head("By AAL2 method", "aal2_by_method")
    steps = [figure.step for figure in facts.steps]
    first = steps.index(Step.SATISFIED)
    rows = [
        Row(method, [METHODS[method], *numbers[first:], _last_share(numbers, first)])
        for method, numbers in ((name, facts.methods.get(name, [])) for name in METHODS)
        if numbers
    ]
    columns = [
        Column("Method"),
        *(Column(STEPS[step], Kind.NUMBER) for step in steps[first:]),
        Column("Received, of satisfied", Kind.SHARE),
    ]
    empty = "Nobody satisfied a challenge."
    show_list(columns, rows, key="adoption_methods", caption="By AAL2 method", empty=empty)


def stopped_step(steps: Sequence[StepFigure]) -> Step | None:
    """The step of the address whose people are to be listed, None for none."""
    asked = st.query_params.get(_STOPPED)
    if asked is None:
        return None
    found = next((figure.step for figure in steps if figure.step.value == asked), None)
    if found is None:
        st.warning(
            "The address asks for the people of a step which there is not.",
            icon=":material/link_off:",
        )
    return found


def address_of_step(step: Step) -> str:
    """The address of this page with the people who went no further than the step."""
    kept = {name: st.query_params.get_all(name) for name in st.query_params}
    kept.pop("after", None)
    return page_address("adoption.py", {**kept, _STOPPED: step.value})


def close_people() -> None:
    """Take the people off the page."""
    for name in (_STOPPED, "after"):
        st.query_params.pop(name, None)


def described(steps: Sequence[StepFigure]) -> str:
    """The funnel as sentences, for a screen reader."""
    parts = [
        f"{STEPS[step.step]}: {'not shown' if step.people is None else f'{step.people:,}'}"
        + ("" if step.of_previous is None else f", {share(step.of_previous)} of the step before")
        for step in steps
    ]
    return f"Funnel. {'; '.join(parts)}."


def _row(step: StepFigure, *, opens: bool) -> Row:
    # Whoever is at the end has not stopped. Of rounded numbers, no difference is no proof of 0.
    at_end = step.step is Step.RECEIVED
    stopped = None if at_end or not (opens or step.stopped) else step.stopped
    cells = [
        STEPS[step.step],
        step.people,
        step.of_previous,
        stopped,
        median_words(step),
        slowest_words(step),
        step.before,
    ]
    leads = opens and bool(stopped)
    return Row(step.step.value, cells, address=address_of_step(step.step) if leads else "")


def _last_share(numbers: Sequence[int | None], first: int) -> float | None:
    satisfied, received = numbers[first], numbers[-1]
    return received / satisfied if satisfied and received is not None else None
