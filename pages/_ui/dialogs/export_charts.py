"""The dialog that hands out the rows behind a chart, or a page of charts to print."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.dialogs.export import export_button
from pages._ui.dialogs.file_button import file_button
from pages._ui.dialogs.open_dialog import dialog
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.chart_files.chart_ask import ChartAsk, ChartForm, charts_of
from services.outcomes.definitions import definition
from services.outcomes.outcomes import OutcomeView
from services.staff.permissions import Actor, Role

_WORDS = {
    "bars": "A bar per",
    "facility_id": "Facility",
    "left_out": "Left out",
    "since": "From",
    "until": "Until before",
    "zone": "Days of",
}


def offer_charts(who: Actor, view: OutcomeView | AdoptionView) -> None:
    """Draw the button that opens the dialog for what the page shows."""
    if export_button():
        _export_charts(who, view)


@dialog("Export", icon=":material/download:")
def _export_charts(who: Actor, view: OutcomeView | AdoptionView) -> None:
    charts = charts_of(view)
    chart: str = st.selectbox(
        "Rows behind the chart",
        charts,
        format_func=lambda key: definition(key).title,
        key="export_chart",
    )
    with st.container(horizontal=True):
        for form in (ChartForm.CSV, ChartForm.XLSX):
            _download(who, ChartAsk(view, form, chart))
    st.markdown("The whole page, to print: every chart with its numbers and its definition.")
    _download(who, ChartAsk(view, ChartForm.PDF))
    st.markdown(_filter_list(ChartAsk(view, ChartForm.PDF).filters))
    st.markdown(_promise(who))


def _filter_list(filters: Mapping[str, str]) -> str:
    shown = {name: value for name, value in filters.items() if name != "chart"}
    lines = [
        f"- {_WORDS.get(name, name.capitalize())}: {markdown_text(value)}"
        for name, value in shown.items()
    ]
    return "\n".join(["As the page shows it:", "", *lines])


def _promise(who: Actor) -> str:
    rounded = ""
    if who.role is Role.PRODUCT:
        rounded = "Small groups are left out and numbers are rounded, as on the page. "
    return (
        f"The numbers are read anew; times are in UTC. {rounded}That you made the file, with these "
        "filters and so many rows, is noted in the access log before it is handed out."
    )


def _download(who: Actor, ask: ChartAsk) -> None:
    file_button(
        f"Download {ask.form.name}",
        lambda: desk().chart_files.make(who, ask),
        name=ask.name(desk().clock()),
        mime=ask.form.mime,
        key=f"download_{ask.page}_{ask.form.value}",
    )
