"""Consents as staff and people act on them: recorded by telephone, withdrawn, their links."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from services.addresses import WITHDRAW_PATH
from services.clock import Clock
from services.errors import InvalidInput, NotReady
from services.identity.consent.consent_state import (
    ConsentFacts,
    ConsentState,
    ConsentWay,
    RevokedWay,
    consent_at,
)
from services.identity.consent.rows import (
    add_consent,
    consent_of_token,
    consents_of,
    withdraw_all,
)
from services.identity.consent.texts import ConsentTerms
from services.identity.tokens import fresh_token, token_hash
from services.ids import checked_id
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import OTHER_REASON, Grounds, check_ticket
from services.store import Store, lock_person
from services.store.tables import Consent

REVOKE_REASONS = (
    "The person asked for it",
    "Recorded for the wrong person",
    "Recorded by mistake",
    OTHER_REASON,
)
"""Why staff withdraws a person's consent."""

_NOTHING_STANDS = "No consent of this person counts now."


class WithdrawalState(StrEnum):
    """What a lasting link can do: withdraw, or why there is nothing to withdraw."""

    READY = "ready"
    WITHDRAWN = "withdrawn"
    ALREADY = "already"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class WithdrawalLink:
    """A lasting link to hand to the person. It is shown once: the log keeps only a hash."""

    patient_id: str
    consent_id: str
    url: str = field(repr=False)


class Consents:
    """Owns the tables `consent` and `consent_text`; `terms` says what is asked of people."""

    def __init__(
        self, store: Store, audit: Audit, terms: ConsentTerms, public_url: str, clock: Clock
    ) -> None:
        self._store = store
        self._audit = audit
        self._public_url = public_url
        self._clock = clock
        self.terms = terms

    def record(
        self, actor: Actor, patient_id: str, read_hash: str, agreed: bool, ticket: str = ""
    ) -> None:
        """Keep that the person agreed on the telephone, after the text was read to them.

        `read_hash` is the hash of the text that was shown to be read. Raises `NotPermitted`,
        `InvalidInput` where it was not confirmed, and `NotReady` where the text has changed
        meanwhile or consent is held elsewhere.
        """
        self._audit.require(actor, Permission.CONSENT_RECORD, patient_id)
        checked_id(patient_id)
        self._check_record(read_hash, agreed, ticket)
        with self._store.write() as session:
            row = add_consent(
                session,
                self.terms,
                patient_id,
                ConsentWay.TELEPHONE,
                self._clock(),
                recorded_by_id=actor.id,
                recorded_by=actor.name,
            )
            self._note(session, actor, "consent.record", row, Grounds("", ticket))

    def revoke(self, actor: Actor, patient_id: str, grounds: Grounds) -> None:
        """Withdraw what the person has agreed to; the reason is one of `REVOKE_REASONS`.

        Raises `NotPermitted`, `InvalidInput`, and `NotReady` where no consent counts.
        """
        self._audit.require(actor, Permission.CONSENT_RECORD, patient_id)
        if found := grounds.complaints(REVOKE_REASONS):
            raise InvalidInput("The withdrawal cannot be noted like this.", found)
        now = self._clock()
        with self._store.write() as session:
            rows = withdraw_all(session, patient_id, RevokedWay.STAFF, now, actor)
            if not rows:
                raise NotReady(_NOTHING_STANDS, kept="Nothing was changed.")
            for row in rows:
                self._note(session, actor, "consent.revoke", row, grounds)

    def new_link(self, actor: Actor, patient_id: str) -> WithdrawalLink:
        """A new lasting link by which the person withdraws; the one before stops working.

        Raises `NotPermitted`, and `NotReady` where no consent counts.
        """
        self._audit.require(actor, Permission.CONSENT_RECORD, patient_id)
        with self._store.write() as session:
            lock_person(session, patient_id)
            facts = self._read(session, patient_id)
            if facts.row is None or not facts.is_given:
                raise NotReady(_NOTHING_STANDS, kept="Nothing was changed.")
            row, token = facts.row, fresh_token()
            row.revoke_hash = token_hash(token)
            session.add(row)
            self._note(session, actor, "consent.link", row)
            return WithdrawalLink(patient_id, row.id, self._public_url + WITHDRAW_PATH + token)

    def look(self, token: str) -> WithdrawalState:
        """What a lasting link can do, without doing it. It writes nothing: mail scanners look."""
        with self._store.read() as session:
            row = consent_of_token(session, token)
            if row is None:
                return WithdrawalState.UNKNOWN
            return self._withdrawal_of(session, row, self._clock())

    def revoke_by_link(self, token: str) -> WithdrawalState:
        """Withdraw what the person has agreed to; answers what could not be done, and why."""
        now = self._clock()
        with self._store.write() as session:
            row = consent_of_token(session, token)
            if row is None:
                return WithdrawalState.UNKNOWN
            # Somebody else may withdraw at the same moment.
            lock_person(session, row.patient_id)
            state = self._withdrawal_of(session, row, now)
            if state is not WithdrawalState.READY:
                return state
            for withdrawn in withdraw_all(session, row.patient_id, RevokedWay.LINK, now):
                self._note(session, None, "consent.revoke", withdrawn)
        return WithdrawalState.WITHDRAWN

    def _check_record(self, read_hash: str, agreed: bool, ticket: str) -> None:
        if not self.terms.is_asked:
            raise NotReady("Consent is held elsewhere (CONSENT=off).", kept="Nothing was changed.")
        wrong = {"agreed": "" if agreed else "Confirm it, or do not record a consent."}
        wrong["ticket"] = check_ticket(ticket)
        if found := {name: what for name, what in wrong.items() if what}:
            raise InvalidInput("The consent cannot be recorded like this.", found)
        if read_hash != self.terms.words.hash:
            raise NotReady(
                "The text has changed while you read it out.",
                kept="Nothing was recorded.",
                next_step="Close this, and read the new text to the person.",
            )

    def _read(self, session: Session, patient_id: str) -> ConsentFacts:
        return consent_at(consents_of(session, [patient_id])[patient_id], self._clock())

    def _withdrawal_of(self, session: Session, row: Consent, now: datetime) -> WithdrawalState:
        """What the link of `row` can do: it stands for all that its person has agreed to."""
        facts = consent_at(consents_of(session, [row.patient_id])[row.patient_id], now)
        if facts.is_given:
            return WithdrawalState.READY
        if facts.state is ConsentState.ENDED and row.revoked_at is None:
            return WithdrawalState.ENDED
        # Also where the clock went back to before the agreement.
        is_to_come = facts.state is ConsentState.NONE and row.revoked_at is None
        return WithdrawalState.READY if is_to_come else WithdrawalState.ALREADY

    def _note(
        self,
        session: Session,
        actor: Actor | None,
        action: str,
        row: Consent,
        grounds: Grounds | None = None,
    ) -> None:
        way = row.revoked_way if action == "consent.revoke" else row.way
        self._audit.append(
            session,
            actor,
            action,
            patient_id=row.patient_id,
            of=("consent", row.id),
            grounds=grounds,
            details={"version": row.version, "way": way},
        )
