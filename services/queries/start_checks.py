"""What is checked before an IAS query may spend its AAL2 session, and kept with the query's intent.

The record is read from upstream outside of every transaction. What it is compared with, and the
consent, are read in the transaction of the intent, so that what the log says of the start is what
was true as the session was spent.
"""

from datetime import datetime

from sqlmodel import Session

from services.clock import Clock
from services.errors import ConsentMissing, Drifted, NotReady, UpstreamError
from services.identity.access_facts import facts_of
from services.identity.access_state import Limits, why_not_ready
from services.identity.completeness import missing_for_access
from services.identity.consent.consent_state import ConsentFacts, ConsentRule, why_refused
from services.identity.consent.rows import consent_facts
from services.identity.drift.fields import field_names
from services.identity.drift.guard import DriftGuard
from services.identity.drift.proofed import Comparison
from services.metriport.client import MetriportClient
from services.metriport.schemas import Patient
from services.queries.requests import IasRequest
from services.store import Store
from services.store.tables import NetworkQuery, StartCheck

_UNSPENT = "Nothing was started, and the AAL2 session can still be used."


class StartChecks:
    """Owns the table `start_check`. `rule` says what an IAS query without a consent gets."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        drift: DriftGuard,
        limits: Limits,
        rule: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._drift = drift
        self._limits = limits
        self._rule = rule
        self._clock = clock

    def read_record(self, patient_id: str) -> Patient:
        """The person's record as upstream has it now.

        Raises `NotReady` without asking upstream where the query cannot be started anyway, and an
        `UpstreamError` where the record cannot be read; both leave the AAL2 session as it is.
        """
        with self._store.read() as session:
            facts = facts_of(session, [patient_id])[patient_id]
            if reason := why_not_ready(facts, self._limits, self._clock()):
                raise NotReady(reason)
            self._require_consent(session, patient_id, self._clock())
        try:
            return self._client.get_patient(patient_id)
        except UpstreamError as error:
            error.kept = _UNSPENT
            raise

    def keep(
        self,
        session: Session,
        query: NetworkQuery,
        request: IasRequest,
        record: Patient,
        now: datetime,
    ) -> StartCheck:
        """Keep what is known of the person as the query's intent is written, in its transaction.

        Raises `Drifted` where the record has drifted from the query's identity and the request
        gives no reason, or one for other fields, and `ConsentMissing` where a consent is required.
        """
        comparison = self._drift.compare_with(session, query.proofed_identity_id or "", record)
        if _is_unexplained(comparison, request):
            raise _drifted(comparison)
        consent = self._require_consent(session, query.patient_id, now)
        check = StartCheck(
            query_id=query.id,
            at=now,
            demographics=comparison.verdict.value,
            drifted=list(comparison.drifted_fields),
            missing=missing_for_access(record),
            drift_reason=request.drift_reason if comparison.is_drifted else None,
            consent=self._consent_word(consent),
            consent_id=consent.row.id if consent.row else None,
        )
        session.add(check)
        return check

    def _require_consent(self, session: Session, patient_id: str, now: datetime) -> ConsentFacts:
        consent = consent_facts(session, [patient_id], now)[patient_id]
        if reason := why_refused(consent, self._rule):
            raise ConsentMissing(reason)
        return consent

    def _consent_word(self, consent: ConsentFacts) -> str:
        if self._rule == ConsentRule.OFF and not consent.is_given:
            return ConsentRule.OFF.value
        return consent.state.value


def _is_unexplained(comparison: Comparison, request: IasRequest) -> bool:
    """Whether a field has drifted that was not shown to whoever gave the reason."""
    seen = request.drift_seen if request.drift_reason else ()
    return not set(comparison.drifted_fields).issubset(seen)


def _drifted(comparison: Comparison) -> Drifted:
    fields = comparison.drifted_fields
    names = field_names(fields)
    return Drifted(
        f"The person’s record has changed since their identity was verified: {names}.", fields
    )
