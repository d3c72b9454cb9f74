"""Reads and writes rows of consents inside the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from services.identity.consent.consent_state import (
    ConsentFacts,
    ConsentWay,
    RevokedWay,
    consent_at,
    last_withdrawal,
)
from services.identity.consent.texts import ConsentTerms, ConsentWords
from services.identity.tokens import token_hash
from services.ids import new_id
from services.staff.permissions import Actor
from services.store import lock_person
from services.store.tables import Consent, ConsentText

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def consents_of(session: Session, patient_ids: Collection[str]) -> dict[str, list[Consent]]:
    """Each person's consents, in one statement; without any, an empty list."""
    people: dict[str, list[Consent]] = {patient_id: [] for patient_id in patient_ids}
    wanted = select(Consent).where(col(Consent.patient_id).in_(list(people)))
    for row in session.exec(wanted).all():
        people[row.patient_id].append(row)
    return people


def consent_facts(
    session: Session, patient_ids: Collection[str], now: datetime
) -> dict[str, ConsentFacts]:
    """The state of each person's consent at `now`; one statement for all of them."""
    people = consents_of(session, patient_ids)
    return {patient_id: consent_at(rows, now) for patient_id, rows in people.items()}


def consent_of_token(session: Session, token: str) -> Consent | None:
    """The consent whose person was given the lasting link with this token."""
    wanted = select(Consent).where(col(Consent.revoke_hash) == token_hash(token))
    return session.exec(wanted).first()


def add_consent(
    session: Session,
    terms: ConsentTerms,
    patient_id: str,
    way: ConsentWay,
    now: datetime,
    **columns: Any,
) -> Consent:
    """The row of an agreement to the present text, made at `now` (UTC)."""
    lock_person(session, patient_id)
    rows = consents_of(session, [patient_id])[patient_id]
    # The clock may have gone back since the person withdrew: they have agreed after that.
    given_at = max(now, last_withdrawal(rows) or now)
    keep_text(session, terms.words, now)
    row = Consent(
        id=new_id(now),
        patient_id=patient_id,
        version=terms.words.version,
        text_hash=terms.words.hash,
        way=way,
        given_at=given_at,
        ends_at=given_at + terms.lasts,
        recorded_at=now,
        **columns,
    )
    session.add(row)
    return row


def keep_text(session: Session, words: ConsentWords, now: datetime) -> None:
    """Keep a text that a consent is about to name; one that is kept already stays as it is."""
    # Two people may agree to a new text at the same moment: no transaction may fail by that.
    connection = session.connection()
    insert = _INSERTS[connection.dialect.name]
    row = {
        "text_hash": words.hash,
        "version": words.version,
        "text": words.text,
        "first_used_at": now,
    }
    connection.execute(insert(ConsentText).values(row).on_conflict_do_nothing())


def withdraw_all(
    session: Session, patient_id: str, way: RevokedWay, now: datetime, actor: Actor | None = None
) -> list[Consent]:
    """Withdraw what the person has agreed to, as a whole; answers the rows, none for nothing.

    Rows count as withdrawn that have not ended by `now`, also where they begin later: a clock may
    have gone back.
    """
    lock_person(session, patient_id)
    wanted = select(Consent).where(col(Consent.patient_id) == patient_id)
    wanted = wanted.where(col(Consent.revoked_at).is_(None)).order_by(col(Consent.id))
    standing = [
        row
        for row in session.exec(wanted.with_for_update()).all()
        if row.ends_at is None or row.ends_at > now
    ]
    for row in standing:
        row.revoked_at, row.revoked_way = now, way
        row.revoked_by_id, row.revoked_by = (actor.id, actor.name) if actor else (None, None)
        session.add(row)
    return standing
