"""The consent that a person gives on the page of a link: asked for, taken with Continue, kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from services.addresses import WITHDRAW_PATH
from services.identity.access_facts import IDENTITY
from services.identity.consent.consent_state import ConsentWay, consent_at
from services.identity.consent.link_tokens import first_token, known_token
from services.identity.consent.rows import add_consent, consents_of
from services.identity.consent.texts import ConsentTerms
from services.identity.tokens import token_hash
from services.staff.audit import Audit
from services.store.tables import PatientLink


class Unagreed(StrEnum):
    """Why Continue does not go on: the tick is missing, or the text is another one by now."""

    UNTICKED = "unticked"
    TEXT_CHANGED = "text_changed"


class PageConsents:
    """Works inside the transactions of the links. `secret_keys` are the settings', newest first."""

    def __init__(
        self, audit: Audit, terms: ConsentTerms, secret_keys: Sequence[str], public_url: str
    ) -> None:
        self._audit = audit
        self._keys = secret_keys
        self._public_url = public_url
        self.terms = terms

    def asks(self, session: Session, kind: str, patient_id: str, now: datetime) -> bool:
        """Whether the page of a link of this kind asks the person to agree.

        A challenge asks where no consent counts. A verification asks also where the one that counts
        was given here to another text than the present one; the company's own is imported, and
        theirs to renew.
        """
        if not self.terms.is_asked:
            return False
        facts = consent_at(consents_of(session, [patient_id])[patient_id], now)
        if facts.row is None or not facts.is_given:
            return True
        is_ours = facts.row.way != ConsentWay.IMPORT
        return kind == IDENTITY and is_ours and facts.row.text_hash != self.terms.words.hash

    def take(
        self, session: Session, link: PatientLink, agreed: str | None, now: datetime
    ) -> Unagreed | None:
        """Keep that the person agreed as they continued; answers why not, where they have not.

        `agreed` is the hash of the text that they ticked, None without the tick.
        """
        if not self.asks(session, link.kind, link.patient_id, now):
            return None
        if agreed is None:
            return Unagreed.UNTICKED
        if agreed != self.terms.words.hash:
            return Unagreed.TEXT_CHANGED
        row = add_consent(
            session, self.terms, link.patient_id, ConsentWay.LINK, now, link_target=link.target
        )
        row.revoke_hash = token_hash(first_token(row.id, self._keys[0]))
        details = {"version": row.version, "way": row.way}
        self._audit.append(
            session,
            None,
            "consent.give",
            patient_id=row.patient_id,
            of=("consent", row.id),
            details=details,
        )
        return None

    def withdrawal_url(
        self, session: Session, patient_ids: Collection[str], targets: Sequence[str], now: datetime
    ) -> str | None:
        """The lasting link of the consent that was given on the way to one of `targets`.

        None where there is none that counts, where staff has replaced the link, and where the
        browser was on its way for several people: nothing tells who sits before it.
        """
        if len(set(patient_ids)) != 1:
            return None
        [patient_id] = set(patient_ids)
        row = consent_at(consents_of(session, [patient_id])[patient_id], now).row
        if row is None or row.revoked_at or row.link_target not in targets:
            return None
        token = known_token(row, self._keys)
        return self._public_url + WITHDRAW_PATH + token if token else None
