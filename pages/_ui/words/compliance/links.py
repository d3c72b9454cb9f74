"""The words of the links of the chain and of the rows that they rest on."""

from dataclasses import dataclass

from services.compliance.evidence.evidence import LinkCode
from services.compliance.packets.titles import LINK_TITLES


@dataclass(frozen=True)
class LinkWords:
    """A link: its title, one word or two for narrow places, and what it shows where it is there."""

    title: str
    short: str
    shows: str


LINK_WORDS = {
    LinkCode.PERSON: LinkWords(
        LINK_TITLES[LinkCode.PERSON],
        "Record",
        "When it was started, Metriport’s record had every field that a valid IAS query needs.",
    ),
    LinkCode.CONSENT: LinkWords(
        LINK_TITLES[LinkCode.CONSENT],
        "Consent",
        "The person had agreed, and the consent held when the query was started.",
    ),
    LinkCode.PROOFING: LinkWords(
        LINK_TITLES[LinkCode.PROOFING],
        "Proofing",
        "The person’s identity was proofed before the start, and a signed message said so.",
    ),
    LinkCode.DEMOGRAPHICS: LinkWords(
        LINK_TITLES[LinkCode.DEMOGRAPHICS],
        "Same person",
        "The record that was sent is the one that the identity was proofed against.",
    ),
    LinkCode.CHALLENGE: LinkWords(
        LINK_TITLES[LinkCode.CHALLENGE],
        "Challenge",
        "The person was sent a challenge for this identity, and satisfied it.",
    ),
    LinkCode.AAL2: LinkWords(
        LINK_TITLES[LinkCode.AAL2],
        "AAL2",
        "The session of the challenge was in time at the start, and served this query alone.",
    ),
    LinkCode.STARTER: LinkWords(
        LINK_TITLES[LinkCode.STARTER],
        "Who",
        "The access log names who started it, in which role and in which of their staff sessions.",
    ),
    LinkCode.REQUEST: LinkWords(
        LINK_TITLES[LinkCode.REQUEST],
        "Request",
        "The request stands in the log, and so does what Metriport answered.",
    ),
    LinkCode.SOURCES: LinkWords(
        LINK_TITLES[LinkCode.SOURCES],
        "Sources",
        "Every source that was asked has an outcome in the log.",
    ),
    LinkCode.RECORDS: LinkWords(
        LINK_TITLES[LinkCode.RECORDS],
        "Records",
        "What was counted, and who opened records afterwards, stands in the log.",
    ),
}
"""The words of each link."""

TABLES = {
    "aal2_challenge": "Challenge",
    "aal2_session": "AAL2 session",
    "audit_event": "Event of the access log",
    "audit_segment": "Sealed stretch of the access log",
    "bulk_run": "Bulk run",
    "consent": "Consent",
    "identity_session": "Identity session",
    "network_query": "Query",
    "proofed_identity": "Proofed identity",
    "query_source": "Source",
    "record_look": "Look at records",
    "record_request": "Request for records",
    "staff_session": "Staff session",
    "start_check": "Check at the start",
    "webhook_event": "Webhook",
}
"""What the rows of a table are called."""


def short_name(code: str) -> str:
    """A link in a word or two; one that is new here is called by its code."""
    return next((words.short for one, words in LINK_WORDS.items() if one.value == code), code)


def table_name(table: str) -> str:
    """What a row of the table is called; a table that is new here is called as it is."""
    return TABLES.get(table, table)
