"""The words of verdicts: one row for each rule of the diagnosis."""

from dataclasses import replace

from pages._ui.words.states import SEVERITY_STATES, StateWords
from services.diagnosis.verdict import Verdict

VERDICT_TITLES = {
    "key_refused": "API key refused",
    "unreachable": "Metriport down",
    "no_such_patient": "No such person",
    "clock_wrong": "Clock is wrong",
    "ias_unconfirmed": "IAS unconfirmed",
    "query_unconfirmed": "Unconfirmed",
    "query_slow": "Running, slow",
    "query_processing": "Running",
    "identity_unopened": "Link unopened",
    "identity_opened": "Verifying now",
    "identity_returned": "Confirming",
    "deliveries_failing": "Webhooks fail",
    "identity_overdue": "Not confirmed",
    "demographics_drifted": "Record changed",
    "consent_missing": "Consent missing",
    "consent_ended": "Consent ended",
    "consent_revoked": "Consent withdrawn",
    "aal2_unopened": "Challenge unopened",
    "aal2_opened": "Answering now",
    "aal2_active": "Ready for IAS",
    "identity_inactive": "Verify again",
    "aal2_declined": "Challenge failed",
    "identity_link_expired": "Link expired",
    "aal2_link_expired": "Challenge expired",
    "query_rate_limited": "Rate limited",
    "ias_refused": "IAS refused",
    "query_rejected": "Refused",
    "query_key_refused": "Key was refused",
    "query_forgotten": "Lost upstream",
    "query_not_started": "Not started",
    "opted_out": "Opted out",
    "source_rate_limited": "Source limited",
    "source_not_enabled": "Source missing",
    "source_not_started": "Source not asked",
    "hidden_failure": "Hidden failure",
    "query_partial": "Partly failed",
    "ias_failed": "IAS failed",
    "query_failed": "Failed",
    "no_records": "No records",
    "records_fetching": "Fetching records",
    "records_failed": "Fetch failed",
    "records_uncounted": "Records to fetch",
    "treatment_done": "Treatment done",
    "all_well": "All well",
    "unknown_status": "Unknown status",
    "aal2_expired": "Session over",
    "aal2_none": "Challenge missing",
    "identity_none": "Not verified",
    "aal2_used": "Session used",
}
"""The code of each verdict, and the verdict in one or two words."""


def verdict_words(verdict: Verdict) -> StateWords:
    """The title, the icon and the colour of a verdict."""
    title = VERDICT_TITLES.get(verdict.code, verdict.code)
    return replace(SEVERITY_STATES[verdict.severity], label=title)
