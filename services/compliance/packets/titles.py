"""The titles of the links of a chain, on pages and in documents, and names for documents."""

from services.compliance.evidence.evidence import LinkCode, LinkState, Severity

LINK_TITLES = {
    LinkCode.PERSON: "The person’s record",
    LinkCode.CONSENT: "Consent",
    LinkCode.PROOFING: "Identity proofing (IAL2)",
    LinkCode.DEMOGRAPHICS: "The same person",
    LinkCode.CHALLENGE: "Multifactor challenge",
    LinkCode.AAL2: "Authentication (AAL2)",
    LinkCode.STARTER: "Who started it",
    LinkCode.REQUEST: "Request and answer",
    LinkCode.SOURCES: "Outcome of each source",
    LinkCode.RECORDS: "Records and who looked",
}
STATE_NAMES = {
    LinkState.PRESENT: "present",
    LinkState.MISSING: "missing",
    LinkState.NOT_APPLICABLE: "not applicable",
}
SEVERITY_NAMES = {
    Severity.SERIOUS: "Serious",
    Severity.WARNING: "Warning",
    Severity.NOTICE: "Notice",
}
PURPOSE_NAMES = {"treatment": "Treatment", "ias": "IAS"}
"""Other purposes are called as upstream calls them."""


def severity_name(value: int) -> str:
    """The name of a severity; 0 is that of a subject without a finding."""
    return SEVERITY_NAMES[Severity(value)] if value else "None"
