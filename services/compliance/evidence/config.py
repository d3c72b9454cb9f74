"""What the operator has set that evidence is judged by."""

from dataclasses import dataclass
from datetime import timedelta

from services.identity.consent.consent_state import ConsentRule


@dataclass(frozen=True)
class EvidenceConfig:
    """The settings `CONSENT`, `AAL2_MAX_AGE` and `AAL2_MAX_IDLE`, as `bootstrap` passes them on.

    A limit that is wider than that of the rules in force does not count (`rules.windows`).
    """

    consent: ConsentRule | str = ConsentRule.WARN
    aal2_max_age: timedelta = timedelta(hours=12)
    aal2_max_idle: timedelta = timedelta(minutes=30)

    @property
    def needs_consent(self) -> bool:
        """Whether consents are held here; otherwise the company holds them elsewhere."""
        return self.consent != ConsentRule.OFF


DEFAULT_CONFIG = EvidenceConfig()
