"""The dialog that makes a person's own access report as a PDF."""

from datetime import date, datetime, timedelta

import streamlit as st

from pages._ui.audit.report_pdf import report_pdf
from pages._ui.dialogs.file_button import file_button
from pages._ui.dialogs.grounds import GroundsFields
from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.viewer import zone
from services.desk import desk
from services.exports.pdf.document import MIME
from services.outcomes.buckets import day_start
from services.staff.access_log.report import REPORT_REASONS
from services.staff.permissions import Actor
from services.staff.reasons import Grounds


def report_button(who: Actor, patient_id: str) -> None:
    """Draw the button that opens the dialog."""
    if st.button("Access report", icon=":material/picture_as_pdf:", key="access_report"):
        _report_dialog(who, patient_id)


@dialog("Access report for the person", icon=":material/picture_as_pdf:")
def _report_dialog(who: Actor, patient_id: str) -> None:
    st.markdown(
        "A PDF to print: who of the company looked at this person’s record, when, and why. It has "
        "nobody else’s data. The name is read from Metriport as the file is made. That you made "
        "it is noted in the access log."
    )
    fields = GroundsFields("access_report")
    grounds = fields.ask(REPORT_REASONS)
    since, until = _period()
    complaints = grounds.complaints(REPORT_REASONS)
    # An empty field is no mistake yet.
    fields.show_complaints({} if not grounds.reason else complaints)
    file_button(
        "Download the report",
        lambda: _make(who, patient_id, grounds, (since, until)),
        name=f"access-report-{desk().clock():%Y-%m-%dT%H%MZ}.pdf",
        mime=MIME,
        key="download_access_report",
        type="primary",
        disabled=bool(complaints) or bool(since and until and since >= until),
    )


def _period() -> tuple[datetime | None, datetime | None]:
    """The first moment (UTC) of the chosen days, and the first after them."""
    left, right = st.columns(2)
    start = left.date_input("From (optional)", value=None, format="YYYY-MM-DD", key="report_from")
    end = right.date_input("To (optional)", value=None, format="YYYY-MM-DD", key="report_to")
    if start and end and start > end:
        st.warning("From is after To. Change one of them.", icon=":material/event_busy:")
    return _midnight(start), _midnight(end, days_on=1)


def _midnight(day: date | None, days_on: int = 0) -> datetime | None:
    return None if day is None else day_start(day + timedelta(days=days_on), zone())


def _make(
    who: Actor,
    patient_id: str,
    grounds: Grounds,
    period: tuple[datetime | None, datetime | None],
) -> bytes:
    """Make the report of who saw the person; answers the bytes of its PDF.

    Raises what the service raises. Such a text may name the person, so the button shows none of it.
    """
    report = desk().access_reports.make(who, patient_id, grounds, *period)
    return report_pdf(report, zone(), is_sandbox=desk().sandbox is not None)
