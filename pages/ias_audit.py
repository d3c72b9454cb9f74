"""The IAS audit: was every query for individual access allowed, and can it be proved?"""

import streamlit as st

from pages._ui.charts.draw import empty_picture
from pages._ui.compliance.audit_charts import AuditCharts
from pages._ui.compliance.audit_figures import figure_tiles
from pages._ui.compliance.audit_period import AuditPeriod, audit_period
from pages._ui.compliance.findings_list import findings_list
from pages._ui.compliance.report_buttons import report_buttons
from pages._ui.compliance.unseen_looks import unseen_looks
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor
from pages._ui.goals.small_cells_note import small_cells_note
from services.desk import desk
from services.staff.permissions import Permission


def _show(period: AuditPeriod) -> None:
    """The figures and their course, then the list for those who may see it, then the rules."""
    figures = desk().ias_audit.figures(who, period.since, period.until)
    figure_tiles(figures, period.words, reviews=lists)
    if not lists:
        small_cells_note()
    if lists:
        report_buttons(who, period)
    if figures.is_empty:
        empty_picture(
            "Nothing was judged in this period",
            "Choose a longer one above. New queries are judged within a minute.",
        )
        return
    trend = desk().ias_audit.trend(who, period.since, period.until)
    charts = AuditCharts(trend, figures, lists)
    with st.grid(2, min_column_width=400, gap="medium"):
        with st.container():
            part(charts.completeness)()
        with st.container():
            part(charts.severities)()
    if lists:
        findings_list(who, period)
    part(charts.rules)()


who = actor()
lists = who.may(Permission.IAS_AUDIT)
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("IAS audit")
    if lists:
        st.space("stretch")
        st.page_link("reviews.py", label="Reviews", icon=":material/rate_review:")
        st.page_link("rules.py", label="Rules", icon=":material/gavel:")
st.markdown("Was every query for individual access allowed, and can it be proved?")
if lists:
    unseen_looks(who)
with errors_shown():
    _show(audit_period(who))
