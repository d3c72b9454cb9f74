"""What a search for patients looked through, the dates that it asks about, and what else to try."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.words.outside import markdown_text
from pages._ui.words.searches import (
    searched_words,
    suggestion_words,
    understood_words,
    unsearchable_words,
    which_date_words,
)
from services.patients.search.patient_search import SearchReport
from services.patients.search.suggestions import Suggestion


def search_report(
    report: SearchReport, search_for: Callable[[str], None], *, filtered: bool
) -> None:
    """Say what was searched and what was not, and ask what an ambiguous date means."""
    for kind in report.terms.unsearchable:
        st.info(unsearchable_words(kind), icon=":material/search_off:")
    if report.dates:
        st.warning(markdown_text(which_date_words(report)), icon=":material/calendar_month:")
        _buttons(report.dates, "date", search_for)
    said = " ".join(
        filter(None, (searched_words(report, filtered=filtered), understood_words(report)))
    )
    if said:
        st.markdown(markdown_text(said))
    if report.similar_error is not None:
        st.warning("People with similar names could not be read.", icon=":material/warning:")
        show_error(report.similar_error)


def also_try(
    report: SearchReport,
    search_for: Callable[[str], None],
    drop_filters: Callable[[], None] | None,
) -> None:
    """Offer other searches; with `drop_filters`, also this one without its filters."""
    if not report.also_try and drop_filters is None:
        return
    st.markdown("Also try")
    if drop_filters is not None:
        st.button("Without the filters", on_click=drop_filters)
    _buttons(report.also_try, "try", search_for)


def _buttons(
    suggestions: Sequence[Suggestion], name: str, search_for: Callable[[str], None]
) -> None:
    with st.container(horizontal=True):
        for number, suggestion in enumerate(suggestions):
            st.button(
                markdown_text(suggestion_words(suggestion)),
                key=f"{name}_{number}",
                on_click=search_for,
                args=(suggestion.text,),
            )
