"""A person's consent in words: its state, how it was given or withdrawn, what a start says of it.

`CONSENT_STATES` has a row for each state.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pages._ui.words.outside import markdown_text
from pages._ui.words.states import CONSENT_STATES, StateWords, words_of
from pages._ui.words.times import ago, exact, list_times
from services.identity.consent.consent_state import (
    ConsentFacts,
    ConsentRule,
    ConsentState,
    ConsentWay,
    RevokedWay,
)

_WAYS: Mapping[str, str] = {
    ConsentWay.LINK: "on the page of a link",
    ConsentWay.IMPORT: "in the company’s own app",
    ConsentWay.TELEPHONE: "by telephone",
}
_REVOKED_WAYS: Mapping[str, str] = {
    RevokedWay.LINK: "by their own link",
    RevokedWay.STAFF: "through staff",
    RevokedWay.IMPORT: "in the company’s own app",
}


def consent_state(facts: ConsentFacts) -> StateWords:
    """How the state is shown."""
    return words_of(CONSENT_STATES, facts.state)


def way_of_consent(way: str) -> str:
    """How a consent was captured, as it stands behind "Agreed"."""
    return _WAYS.get(way, way)


def way_of_withdrawal(way: str | None) -> str:
    """How a consent was withdrawn, as it stands behind "Withdrawn"."""
    return _REVOKED_WAYS.get(way or "", way or "")


def consent_words(facts: ConsentFacts, now: datetime, zone: ZoneInfo) -> str:
    """A sentence on the state of a consent."""
    row = facts.row
    if row is None:
        return "The page of the next link asks for it, or record it by telephone."
    if facts.is_given:
        until = f", until {row.ends_at.astimezone(zone):%b %-d, %Y}" if row.ends_at else ""
        return f"Agreed {ago(row.given_at, now)} {way_of_consent(row.way)}{until}."
    when = ago(facts.over_at or now, now)
    if facts.state is ConsentState.REVOKED:
        return f"Withdrawn {when} {way_of_withdrawal(row.revoked_way)}".rstrip() + "."
    return f"Ended {when}. The page of the next link asks for it again."


def consent_times(facts: ConsentFacts, zone: ZoneInfo) -> str:
    """When what happened, and the version, one a line, as Markdown."""
    row = facts.row
    if row is None:
        return ""
    times = {"Agreed": row.given_at, "Ends": row.ends_at, "Withdrawn": row.revoked_at}
    return f"{list_times(times, zone)}  \nVersion {markdown_text(row.version)}"


def start_warning(facts: ConsentFacts, rule: ConsentRule, zone: ZoneInfo) -> str:
    """What a dialog that starts an IAS query says of a consent that does not count; empty if it
    does, or if consent is held elsewhere.

    Where one is required the start itself is refused.
    """
    if rule is ConsentRule.OFF or facts.is_given:
        return ""
    since = f" on {exact(facts.over_at, zone)}" if facts.over_at else ""
    what = {
        ConsentState.NONE: "No consent of the person is recorded.",
        ConsentState.ENDED: f"The person’s consent ended{since}.",
        ConsentState.REVOKED: f"The person withdrew their consent{since}.",
    }[facts.state]
    if rule is ConsentRule.REQUIRED:
        return f"{what} Without one the query is refused."
    return f"{what} The query can be started, and becomes a finding for compliance."
