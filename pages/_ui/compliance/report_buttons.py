"""The buttons of a period's report."""

import streamlit as st

from pages._ui.compliance.audit_period import AuditPeriod
from pages._ui.dialogs.file_button import file_button
from services.compliance.reports.period_reports import ReportForm, report_name
from services.desk import desk
from services.staff.permissions import Actor

_LABELS = {ReportForm.PDF: "Report (PDF)", ReportForm.XLSX: "Report (XLSX)"}
_ICONS = {ReportForm.PDF: ":material/picture_as_pdf:", ReportForm.XLSX: ":material/table:"}
_HELP = {
    ReportForm.PDF: "Usage, completeness, findings, reviews, access and the state of the access "
    "log, with charts.",
    ReportForm.XLSX: "The same as tables, a sheet for each, and the definitions.",
}


def report_buttons(who: Actor, period: AuditPeriod) -> None:
    """Draw both forms of the report. That somebody made it is noted before it is read."""
    with st.container(horizontal=True):
        for form in _LABELS:
            _button(who, period, form)


def _button(who: Actor, period: AuditPeriod, form: ReportForm) -> None:
    since, until = period.since, period.until
    file_button(
        _LABELS[form],
        lambda: desk().period_reports.make(who, since, until, form),
        name=report_name(since, until, form),
        mime=form.mime,
        key=f"report_{form.value}",
        icon=_ICONS[form],
        help=_HELP[form],
    )
