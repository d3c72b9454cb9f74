"""The filters of the list of findings. The address holds ids and words, and no names."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.compliance.audit_period import AuditPeriod
from pages._ui.list.filters import about, one_of, several
from pages._ui.list.paging import forget_cursor
from pages._ui.words.compliance.rules import RULE_TITLES
from pages._ui.words.compliance.states import SEVERITIES, severity_state
from pages._ui.words.names import PURPOSES, staff_name
from services.compliance.audit_filters import LOOK, AuditFilters, Scope
from services.compliance.evidence.evidence import Severity

_SCOPES = {
    Scope.FINDINGS: "Findings",
    Scope.INCOMPLETE: "Missing links",
    Scope.ALL: "All",
}
_KINDS = {purpose: f"{name} queries" for purpose, name in PURPOSES.items()} | {LOOK: "Looks"}
_WHO, _FIELD = "who", "audit_who"
_LAST = "audit_who_address"


def audit_filters(period: AuditPeriod, staff: Mapping[str, str]) -> AuditFilters:
    """Draw the filters; answers what was chosen. `staff` are shown names by stable id."""
    upper, lower = st.columns([4, 4, 3]), st.columns([5, 4, 3])
    scope = _scope(lower[0])
    return AuditFilters(
        since=period.since,
        until=period.until,
        severities=tuple(_severities(upper[0])),
        rule=one_of(upper[1], "Rule", RULE_TITLES, "rule"),
        purpose=one_of(upper[2], "What", _KINDS, "what"),
        scope=scope,
        patient_id=about(lower[1], "Id of a patient, or of a query to open"),
        actor_id=_member(lower[2], staff),
    )


def _severities(where: DeltaGenerator) -> list[Severity]:
    names = {severity_state(one.value): one for one in reversed(Severity)}
    words = {state: SEVERITIES[state].label for state in names}
    return [names[state] for state in several(where, "Worst finding", words, "severity")]


def _scope(where: DeltaGenerator) -> Scope:
    chosen: Scope | None = where.segmented_control(
        "Show",
        list(Scope),
        default=Scope.FINDINGS,
        required=True,
        format_func=lambda scope: _SCOPES[scope],
        key="show",
        bind="query-params",
        on_change=forget_cursor,
    )
    return chosen or Scope.FINDINGS


def _member(where: DeltaGenerator, staff: Mapping[str, str]) -> str | None:
    """The stable id of a member of the staff. It stands in the address, the name does not."""
    asked = st.query_params.get(_WHO)
    if asked != st.session_state.get(_LAST) or _FIELD not in st.session_state:
        # Somebody followed a link to this page.
        st.session_state[_FIELD] = asked if asked in staff else None
        st.session_state[_LAST] = asked
    if asked and asked not in staff:
        st.warning(
            "Nothing of the member of the staff whom the address names was judged, so it does not "
            "filter.",
            icon=":material/filter_alt_off:",
        )
    chosen: str | None = where.selectbox(
        "Member of the staff",
        list(staff),
        index=None,
        format_func=lambda one: staff_name(one, staff),
        key=_FIELD,
        placeholder="Any",
        on_change=_keep_who,
    )
    return chosen


def _keep_who() -> None:
    forget_cursor()
    chosen = st.session_state[_FIELD]
    st.session_state[_LAST] = chosen
    if chosen:
        st.query_params[_WHO] = chosen
    else:
        st.query_params.pop(_WHO, None)
