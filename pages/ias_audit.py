"""The IAS audit: was every query for individual access allowed, and can it be proved?"""

import streamlit as st

from pages._ui.charts.draw import empty_picture
from pages._ui.compliance.audit_charts import AuditCharts
from pages._ui.compliance.audit_figures import figure_tiles
from pages._ui.compliance.audit_period import AuditPeriod, audit_period
from pages._ui.compliance.findings_list import findings_list
from pages._ui.compliance.unseen_looks import unseen_looks
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor
from services.compliance.audit_figures import Figures
from services.desk import desk
from services.staff.permissions import Permission


def _charts(period: AuditPeriod, figures: Figures) -> None:
    trend = desk().ias_audit.trend(who, period.since, period.until)
    charts = AuditCharts(trend, figures, lists)
    with st.grid(2, min_column_width=400, gap="medium"):
        with st.container():
            part(charts.completeness)()
        with st.container():
            part(charts.severities)()
    part(charts.rules)()


def _links() -> None:
    with st.container(horizontal=True):
        st.page_link("rules.py", label="Rules", icon=":material/gavel:")


who = actor()
lists = who.may(Permission.IAS_AUDIT)
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("IAS audit")
    if lists:
        _links()
st.markdown(
    "Was every query for individual access allowed, and can it be proved? Days are those of UTC."
)
if lists:
    unseen_looks(who)
period = audit_period(who)
with errors_shown():
    figures = desk().ias_audit.figures(who, period.since, period.until)
    figure_tiles(figures)
    st.caption(f"Of {period.words}.")
    if figures.is_empty:
        empty_picture(
            "Nothing was judged in this period",
            "Choose a longer one above. New queries are judged within a minute.",
        )
    else:
        _charts(period, figures)
if lists:
    findings_list(who, period)
