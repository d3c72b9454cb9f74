"""The list of findings with its filters, its export, and the way to a pasted query."""

import streamlit as st

from pages._ui.compliance.audit_filters import audit_filters
from pages._ui.compliance.audit_period import AuditPeriod
from pages._ui.compliance.findings_table import evidence_address, findings_table
from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.go import go_to
from pages._ui.frame.viewer import remembered
from pages._ui.list.paging import cursor, paging_buttons
from services.compliance.audit_filters import AuditFilters, Scope
from services.compliance.export import ias_audit_export
from services.desk import desk
from services.lookup.finder import PlaceKind
from services.staff.permissions import Actor

_EMPTY = {
    Scope.FINDINGS: "No rule has found anything that matches. Choose a longer period, take a "
    "filter away, or show all that was judged.",
    Scope.INCOMPLETE: "No evidence lacks a link in this period, with these filters.",
    Scope.ALL: "Nothing that matches was judged. Choose a longer period, or take a filter away.",
}


def findings_list(who: Actor, period: AuditPeriod) -> None:
    """Draw the filters and one page of the list."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Queries and looks, worst first")
        st.space("stretch")
        export = export_button()
    staff = remembered("audit_staff", 60, lambda: desk().ias_audit.staff(who))
    filters = audit_filters(period, staff)
    if export:
        export_dialog(who, "queries and looks", lambda: ias_audit_export(filters))
    with errors_shown():
        _open_query(who, filters)
        page = desk().ias_audit.findings(who, filters, cursor())
        findings_table(page.rows, empty=_EMPTY[filters.scope])
        paging_buttons(page.next, by_time=False)


def _open_query(who: Actor, filters: AuditFilters) -> None:
    """Open the evidence of the query whose id, or whose request's, stands in the field About."""
    pasted = filters.checked().patient_id
    if not pasted:
        return
    place = remembered(f"audit {pasted}", 60, lambda: desk().finder.find(who, pasted))
    if place is not None and place.kind is PlaceKind.QUERY:
        # The field must not open it once more on the way back.
        st.query_params.pop("about", None)
        st.session_state.pop("about", None)
        go_to(evidence_address(place.id))
