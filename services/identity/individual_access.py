"""Answers how far people are on the way to their own records, from the facts in the log."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from services.clock import Clock
from services.identity.access_facts import facts_of, link_of
from services.identity.access_state import (
    Aal2State,
    AccessFacts,
    IdentityState,
    Limits,
    aal2_state,
    identity_state,
    why_not_ready,
)
from services.identity.consent.consent_state import (
    NO_CONSENT,
    ConsentFacts,
    ConsentRule,
    why_refused,
)
from services.identity.consent.rows import consent_facts
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import PatientLink


@dataclass(frozen=True)
class Standing:
    """One person's facts and states now; `why_not` is empty when an IAS query can be started."""

    facts: AccessFacts
    identity: IdentityState
    aal2: Aal2State
    why_not: str
    consent: ConsentFacts = field(default=NO_CONSENT, kw_only=True)


@dataclass(frozen=True)
class PersonAccess(Standing):
    """One person's standing, and the links that they were sent last."""

    verification_link: PatientLink | None
    challenge_link: PatientLink | None


class IndividualAccess:
    """Reads the tables of individual access and computes states from them."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        limits: Limits,
        clock: Clock,
        consent_rule: ConsentRule = ConsentRule.OFF,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self.limits = limits
        self.consent_rule = consent_rule

    def standings(self, actor: Actor, patient_ids: Collection[str]) -> dict[str, Standing]:
        """Each person's standing, by patient id; a fixed number of statements for all of them.

        Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        now = self._clock()
        with self._store.read() as session:
            found = facts_of(session, patient_ids)
            consents = consent_facts(session, patient_ids, now)
        return {
            patient_id: Standing(
                facts,
                *self._states(facts, consents[patient_id], now),
                consent=consents[patient_id],
            )
            for patient_id, facts in found.items()
        }

    def of_person(self, actor: Actor, patient_id: str) -> PersonAccess:
        """One person's standing and newest links; raises `NotPermitted`.

        It leaves no trace: the page that shows it has noted the look at the person already.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        now = self._clock()
        with self._store.read() as session:
            facts = facts_of(session, [patient_id])[patient_id]
            consent = consent_facts(session, [patient_id], now)[patient_id]
            sent, challenge = facts.verification, facts.challenge
            return PersonAccess(
                facts,
                *self._states(facts, consent, now),
                consent=consent,
                verification_link=link_of(session, sent.target) if sent else None,
                challenge_link=link_of(session, challenge.target) if challenge else None,
            )

    def _states(
        self, facts: AccessFacts, consent: ConsentFacts, now: datetime
    ) -> tuple[IdentityState, Aal2State, str]:
        # What the person has to do first is said first.
        why_not = why_not_ready(facts, self.limits, now)
        return (
            identity_state(facts, now),
            aal2_state(facts, self.limits, now),
            why_not or why_refused(consent, self.consent_rule),
        )
