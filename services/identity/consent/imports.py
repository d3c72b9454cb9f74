"""Consents that the company's own app has captured, handed in over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, col, select

from services.clock import Clock
from services.errors import InvalidInput
from services.identity.consent.consent_state import ConsentWay, RevokedWay
from services.identity.consent.import_form import GivenElsewhere, read_consents
from services.identity.consent.rows import keep_text
from services.identity.consent.texts import ConsentTerms, ConsentWords
from services.identity.duplicates import IMPORT_ID, expect_duplicate
from services.ids import new_id
from services.staff.audit import Audit
from services.store import Duplicate, Store
from services.store.tables import Consent


class ImportOutcome(StrEnum):
    """What became of one consent of a request."""

    KEPT = "kept"
    REVOKED = "revoked"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Imported:
    """One consent of a request, by the id that the company's app gave it."""

    import_id: str
    outcome: ImportOutcome


class Contradiction(InvalidInput):
    """A consent with this id was handed in before, and said something else."""


class ConsentImports:
    """Adds rows to the table `consent`. Without a token nothing can be handed in."""

    def __init__(
        self, store: Store, audit: Audit, terms: ConsentTerms, token: SecretStr, clock: Clock
    ) -> None:
        self._store = store
        self._audit = audit
        self._terms = terms
        self._token = token.get_secret_value()
        self._clock = clock

    @property
    def is_open(self) -> bool:
        """Whether consents can be handed in at all."""
        return bool(self._token) and self._terms.is_asked

    def is_sender(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries the token; takes the same time for any."""
        scheme, _, token = authorization.partition(" ")
        known, given = self._token.encode(), token.strip().encode("utf-8", "replace")
        return compare_digest(known, given) and scheme.lower() == "bearer" and self.is_open

    def take(self, body: Any) -> list[Imported]:
        """Keep every consent of a request, or none.

        The same request may come again: what is kept already is `UNCHANGED`, and one that was not
        withdrawn before and is now is `REVOKED`. Raises `InvalidInput` for fields that cannot be
        used, and `Contradiction` where an id is known with other facts.
        """
        consents = read_consents(body, self._clock())
        try:
            return self._keep(consents)
        except Duplicate as duplicate:
            expect_duplicate(duplicate, IMPORT_ID)
            # The same request came twice at once, and the other one is committed: now it is seen.
            return self._keep(consents)

    def _keep(self, consents: Sequence[GivenElsewhere]) -> list[Imported]:
        now = self._clock()
        with self._store.write() as session:
            known = _known(session, [consent.import_id for consent in consents])
            if wrong := _contradictions(consents, known):
                raise Contradiction("Some ids are known with other facts, nothing was kept.", wrong)
            return [
                Imported(consent.import_id, self._keep_one(session, consent, known, now))
                for consent in consents
            ]

    def _keep_one(
        self, session: Session, consent: GivenElsewhere, known: dict[str, Consent], now: datetime
    ) -> ImportOutcome:
        row = known.get(consent.import_id)
        if row is None:
            row = _make_row(consent, self._terms, now)
            if consent.text is not None:
                keep_text(session, ConsentWords(consent.version, consent.text), now)
            outcome = ImportOutcome.KEPT
        elif consent.revoked_at and row.revoked_at is None:
            row.revoked_at, row.revoked_way = consent.revoked_at, RevokedWay.IMPORT
            outcome = ImportOutcome.REVOKED
        else:
            return ImportOutcome.UNCHANGED
        session.add(row)
        self._audit.append(
            session,
            None,
            "consent.import",
            outcome="done" if row.revoked_at is None else "revoked",
            patient_id=row.patient_id,
            of=("consent", row.id),
            details={"version": row.version},
        )
        return outcome


def _known(session: Session, import_ids: Sequence[str]) -> dict[str, Consent]:
    wanted = select(Consent).where(col(Consent.import_id).in_(import_ids))
    # Every request locks in the same order, so that no two wait for one another.
    rows = session.exec(wanted.order_by(col(Consent.id)).with_for_update()).all()
    return {row.import_id or "": row for row in rows}


def _make_row(consent: GivenElsewhere, terms: ConsentTerms, now: datetime) -> Consent:
    return Consent(
        id=new_id(now),
        patient_id=consent.patient_id,
        version=consent.version,
        text_hash=consent.text_hash,
        way=ConsentWay.IMPORT,
        given_at=consent.given_at,
        ends_at=consent.ends_at or consent.given_at + terms.lasts,
        recorded_at=now,
        import_id=consent.import_id,
        revoked_at=consent.revoked_at,
        revoked_way=RevokedWay.IMPORT if consent.revoked_at else None,
    )


def _contradictions(
    consents: Sequence[GivenElsewhere], known: dict[str, Consent]
) -> dict[str, str]:
    """By field, what a known consent says otherwise."""
    wrong = {}
    for index, consent in enumerate(consents):
        row = known.get(consent.import_id)
        if row is None:
            continue
        pairs = {
            "patientId": (row.patient_id, consent.patient_id),
            "version": (row.version, consent.version),
            "textHash": (row.text_hash, consent.text_hash),
            "givenAt": (row.given_at, consent.given_at),
            # Without an end of its own, the one that was computed once stays.
            "endsAt": (row.ends_at, consent.ends_at or row.ends_at),
        }
        for name, (kept, told) in pairs.items():
            if kept != told:
                wrong[f"[{index}].{name}"] = "is another one than was kept under this id"
    return wrong
