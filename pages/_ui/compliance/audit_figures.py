"""The figures at the top of the IAS audit: counts and shares, which name no person."""

import streamlit as st

from pages._ui.words.compliance.states import count_badges
from pages._ui.words.times import ago
from services.compliance.audit_figures import Figures
from services.desk import desk

_COMPLETE_HELP = "Queries whose every link that applies is there, of all IAS queries."
_LINKS_HELP = "Present links of all links that apply, over all IAS queries."


def figure_tiles(figures: Figures, period: str) -> None:
    """Draw a tile for each of `figures`, and below them `period`: their days, in words."""
    with st.grid(4, min_column_width=200, gap="small"):
        _tile("IAS queries", f"{figures.queries:,}", _complete_words(figures), _COMPLETE_HELP)
        _tile("Completeness", percent(figures.completeness), _link_words(figures), _LINKS_HELP)
        _tile(
            "With findings",
            f"{figures.with_findings:,}",
            count_badges(figures.by_severity),
            "Queries and looks that a rule found something about, by their worst finding.",
        )
        _tile(
            "Open reviews now",
            f"{figures.open_reviews:,}",
            _age_words(figures),
            "What waits for a reviewer, whatever the period.",
        )
    st.caption(f"{period}. A query counts on the day of UTC on which it was submitted.")


def percent(share: float | None) -> str:
    """`share` (0 to 1) in percent with one decimal, and a dash for None.

    Only a whole share is "100 %": what is nearly whole stays below, however near it is.
    """
    if share is None:
        return "—"
    # 99.96 % would read as 100.0 %, which nobody may say of incomplete evidence.
    return "100 %" if share == 1 else f"{min(share, 0.999) * 100:.1f} %"


def _tile(label: str, value: str, words: str, help_: str) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, value, help=help_)
        st.markdown(f":small[{words}]")


def _complete_words(figures: Figures) -> str:
    if not figures.queries:
        return "None in this period"
    lacking = figures.queries - figures.complete
    if lacking <= 0:
        return ":green-badge[:material/check_circle: All complete]"
    return f":red-badge[:material/link_off: {lacking:,}] with a missing link"


def _link_words(figures: Figures) -> str:
    if not figures.applicable:
        return "No link applies"
    return f"{figures.present:,} of {figures.applicable:,} links"


def _age_words(figures: Figures) -> str:
    if figures.oldest_open is None:
        return ":green-badge[:material/check_circle: Nothing waits]"
    return f"The oldest came {ago(figures.oldest_open, desk().clock())}"
