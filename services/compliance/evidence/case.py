"""What the links and the rules of one query are made of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.evidence.rows import QueryRows
from services.compliance.rules.windows import Windows
from services.identity.consent.consent_state import ConsentFacts, ConsentRule, consent_at
from services.metriport.timing import LOST_AFTER


@dataclass(frozen=True)
class Case:
    """The rows of one query, the settings, the limits in force on its day, and the time now (UTC).

    A setting that is stricter than the limit of the rules counts, a wider one does not.
    """

    rows: QueryRows
    config: EvidenceConfig
    windows: Windows
    now: datetime

    @property
    def submitted_at(self) -> datetime:
        """When the query was submitted, as the log has it."""
        return self.rows.query.submitted_at

    @property
    def age(self) -> timedelta:
        """How long ago the query was submitted; nothing where a clock went back."""
        return max(self.now - self.submitted_at, timedelta(0))

    @property
    def max_age(self) -> timedelta:
        """How old the AAL2 session may be at the start."""
        return min(self.config.aal2_max_age, self.windows.aal2_max_age)

    @property
    def max_idle(self) -> timedelta:
        """How long the AAL2 session may have waited at the start."""
        return min(self.config.aal2_max_idle, self.windows.aal2_max_idle)

    @property
    def needs_consent(self) -> bool:
        """Whether consents were held here at the start, as was noted then.

        Of a query without such a note the setting of now counts.
        """
        check = self.rows.check
        return self.config.needs_consent if check is None else check.consent != ConsentRule.OFF

    @property
    def consent(self) -> ConsentFacts:
        """The person's consent at the start."""
        return consent_at(self.rows.consents, self.submitted_at)


def may_be_ours(case: Case) -> bool:
    """Whether a query from elsewhere may still turn out to be one that was started here.

    A message about a query may come before the answer to its start, which then takes it over.
    """
    return case.rows.is_external and case.age < LOST_AFTER
