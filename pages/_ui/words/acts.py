"""The names of what the staff can do: each act has one, on every button and in every dialog."""

from collections.abc import Mapping

from services.diagnosis.verdict import Action

SEND_VERIFICATION = "Send verification link"
SEND_CHALLENGE = "Send challenge"
START_IAS = "Start IAS query"
START_TREATMENT = "Start treatment query"
FETCH_RECORDS = "Fetch records"
CORRECT = "Correct details"
RECORD_CONSENT = "Record consent"
REVOKE_CONSENT = "Withdraw consent"
CONSENT_LINK = "Make withdrawal link"

ACTS: Mapping[Action, str] = {
    Action.SEND_VERIFICATION: SEND_VERIFICATION,
    Action.SEND_CHALLENGE: SEND_CHALLENGE,
    Action.START_IAS: START_IAS,
    Action.START_TREATMENT: START_TREATMENT,
    Action.RECORD_CONSENT: RECORD_CONSENT,
    Action.FETCH_RECORDS: FETCH_RECORDS,
    Action.OPEN_QUERY: "Open the query",
    Action.OPEN_WEBHOOKS: "Open the webhooks",
    Action.SEARCH: "Search",
}
"""The name of each action of a verdict."""

ONLY_ADMINISTRATORS_REPLAY = "Only an administrator can replay; ask one, and give the message id."
ONLY_ADMINISTRATORS_READ = (
    "Only an administrator can read what a message says; ask one, and give the message id."
)
"""What stands where others would see a button."""
