"""What the words and numbers of a report mean."""

DEFINITIONS = (
    ("Period", "Whole days of UTC, the first and the last one included. A month is a calendar "
     "month of UTC; the first and the last one are cut to the period."),
    ("Query", "A network query that the log holds, by the time of its submission. What retention "
     "has deleted is not counted."),
    ("IAS", "Individual access: the person asks for their own records."),
    ("Treatment", "Somebody who treats the person asks. Never counted together with IAS."),
    ("Outcome", "The status of the query as this report was made: completed, partial (some sources "
     "failed), failed, rejected (Metriport said no), not_started, unconfirmed (no answer), or "
     "processing."),
    ("Started elsewhere", "Another program than Access Desk started the query; the log learned of "
     "it from a webhook."),
    ("Judged", "Queries and looks that the rules have judged. New ones are judged within minutes."),
    ("Link", "One part of the chain of evidence of a query, as its consent or the AAL2 session. "
     "Present where the log holds it, missing where it does not, not applicable where a rule "
     "says that the query does not need it."),
    ("Completeness", "Present links over applicable links of the judged IAS queries, from 0 to 1."),
    ("Complete", "Judged IAS queries of which no applicable link is missing."),
    ("Finding", "That a rule found something about a query or a look, by the rules in force on "
     "its day. Findings that were true no more as the report was made are not counted."),
    ("Severity", "Serious and warning wait for a reviewer; a notice alone does not. A query or a "
     "look counts once, by its worst finding."),
    ("Review item", "A query or a look that waits for a reviewer, for its findings or because it "
     "was drawn in the random sample of its week."),
    ("Decision", "What one reviewer decided. “Not justified” closes an item only when a second "
     "reviewer says the same."),
    ("Open", "Not closed as the report was made, whatever the period."),
    ("Access by role", "Events of the access log in the period, by the role in which they were "
     "done and the permission that they need. “other” needs none, as a sign-in. An empty role is "
     "the program itself, or somebody without one."),
    ("Refused", "Attempts that the program did not allow: the role may not, or the sign-in had "
     "ended."),
    ("Break-glass look", "Somebody looked at fetched records, with a reason. It waits until a "
     "reviewer has seen it."),
    ("Anchor", "The number and the hash of the last event of the access log, signed about once an "
     "hour."),
    ("Seal", "A signature over a closed stretch of the access log, made before retention deletes "
     "it."),
    ("Verified", "The newest time somebody had the whole chain of the access log recomputed. A "
     "report recomputes nothing: `python -m services verify-audit` does."),
)  # fmt: skip
"""Terms and their meanings."""
