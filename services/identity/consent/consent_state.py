"""Which consent of a person counts at a moment. Pure: rows in, facts out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.store.tables import Consent


class ConsentState(StrEnum):
    """Whether a person has agreed that their records are asked for."""

    NONE = "none"
    GIVEN = "given"
    ENDED = "ended"
    REVOKED = "revoked"


class ConsentRule(StrEnum):
    """What an IAS query without a consent gets: it is refused, warned about, or nothing."""

    REQUIRED = "required"
    WARN = "warn"
    OFF = "off"


class ConsentWay(StrEnum):
    """How a consent was captured: on a link's page, by an import, or by telephone."""

    LINK = "link"
    IMPORT = "import"
    TELEPHONE = "telephone"


class RevokedWay(StrEnum):
    """How a consent was withdrawn: by the person's own link, through staff, or by an import."""

    LINK = "link"
    STAFF = "staff"
    IMPORT = "import"


@dataclass(frozen=True)
class ConsentFacts:
    """A person's consent at a moment.

    `row` is the consent that counts then or, where none does, the one that counted last. `over_at`
    is when that one stopped to count (UTC): by itself, or because it was withdrawn.
    """

    state: ConsentState
    row: Consent | None = None
    over_at: datetime | None = None

    @property
    def is_given(self) -> bool:
        """Whether an IAS query may rest on it."""
        return self.state is ConsentState.GIVEN


NO_CONSENT = ConsentFacts(ConsentState.NONE)


def consent_at(rows: Iterable[Consent], moment: datetime) -> ConsentFacts:
    """The state of one person's consent at `moment` (UTC), from all of their rows in any order.

    A row counts from `given_at` on, whenever it was recorded, until before `ends_at`. A person
    withdraws their agreement as a whole: every consent that was given before a withdrawal stops
    then, also one that was imported later.
    """
    everything = list(rows)
    given = [row for row in everything if row.given_at <= moment]
    if not given:
        return NO_CONSENT
    withdrawals = [row for row in everything if row.revoked_at and row.revoked_at <= moment]
    counting = [row for row in given if not _is_over(row, withdrawals, moment)]
    if counting:
        return ConsentFacts(ConsentState.GIVEN, max(counting, key=_order))
    last = max(given, key=lambda row: (_over_at(row, withdrawals), *_order(row)))
    over_at = _over_at(last, withdrawals)
    withdrawn = _withdrawn_at(last, withdrawals)
    # What has ended by itself before anybody withdrew it has ended.
    is_revoked = withdrawn is not None and (last.ends_at is None or withdrawn < last.ends_at)
    return ConsentFacts(ConsentState.REVOKED if is_revoked else ConsentState.ENDED, last, over_at)


def why_refused(facts: ConsentFacts, rule: ConsentRule | str) -> str:
    """Why an IAS query is refused for want of a consent; empty where it is not."""
    if rule != ConsentRule.REQUIRED or facts.is_given:
        return ""
    return {
        ConsentState.NONE: "The person has not agreed yet: no consent is recorded.",
        ConsentState.ENDED: "The person’s consent has ended.",
        ConsentState.REVOKED: "The person has withdrawn their consent.",
    }[facts.state]


def last_withdrawal(rows: Iterable[Consent]) -> datetime | None:
    """When the person withdrew last (UTC); None for never."""
    return max((row.revoked_at for row in rows if row.revoked_at), default=None)


def _is_over(row: Consent, withdrawals: Sequence[Consent], moment: datetime) -> bool:
    has_ended = row.ends_at is not None and row.ends_at <= moment
    return has_ended or _withdrawn_at(row, withdrawals) is not None


def _withdrawn_at(row: Consent, withdrawals: Sequence[Consent]) -> datetime | None:
    """The first withdrawal that ends the row.

    Its own counts even before its beginning, as a clock that went back makes it. One of another row
    counts if it came later: whoever withdraws and agrees at the same moment has agreed anew.
    """
    moments = [
        other.revoked_at
        for other in withdrawals
        if other.revoked_at and (other is row or other.revoked_at > row.given_at)
    ]
    return min(moments, default=None)


def _over_at(row: Consent, withdrawals: Sequence[Consent]) -> datetime:
    """When a row that is over stopped to count."""
    ends = [at for at in (row.ends_at, _withdrawn_at(row, withdrawals)) if at is not None]
    # A row withdrawn before its beginning never counted: it stopped as it began.
    return max(min(ends), row.given_at)


def _order(row: Consent) -> tuple[datetime, datetime, str]:
    """The newest agreement is the last; ids only break ties, so that the order never matters."""
    return row.given_at, row.recorded_at, row.id
