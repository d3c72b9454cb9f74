"""Reads everything that a packet says of one query, from one snapshot of the log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from services.compliance.evidence.config import EvidenceConfig
from services.compliance.evidence.evidence import Evidence, LinkCode
from services.compliance.evidence.gathering import read_evidence
from services.compliance.reviews.votes import decisions_of
from services.errors import NotInLog
from services.staff.proof.signing import SigningKeys
from services.staff.proof.stretches import Stretch, prove
from services.store.audit_chain import HASHED, read_head
from services.store.tables import (
    AuditEvent,
    ConsentText,
    Finding,
    ReviewDecision,
    ReviewItem,
    ReviewSample,
)

MOST_ENTRIES = 500
"""The most entries of the access log in one packet; the oldest come first, and the rest is
counted."""

_NOT_BY_KEY = frozenset({"audit_event", "query_source", "network_query", "start_check"})
"""Tables whose keys no event names, or which are the query's own."""


@dataclass(frozen=True)
class Reviewed:
    """The query's place in the review queue, with all that was decided of it."""

    item: ReviewItem
    decisions: Sequence[ReviewDecision]
    sample: ReviewSample | None


@dataclass(frozen=True)
class PacketFacts:
    """What the log holds of a query as of `evidence.made_at` (UTC).

    `found` are the findings as they were kept, also those that are gone. `entries` are events of
    the access log, as they are hashed; `left_out` of them are not in here. `stretches` prove them.
    `head` is the last event's number and hash.
    """

    evidence: Evidence
    found: Sequence[Finding]
    reviewed: Reviewed | None
    consent_text: ConsentText | None
    entries: Sequence[Mapping[str, Any]]
    left_out: int
    stretches: Sequence[Stretch]
    head: tuple[int, str]


def read_facts(
    session: Session, keys: SigningKeys, config: EvidenceConfig, query_id: str, now: datetime
) -> PacketFacts:
    """Everything about the query; raises `NotInLog` for an id that no query has."""
    evidence = read_evidence(session, [query_id], now, config).get(query_id)
    if evidence is None:
        raise NotInLog("The log holds no query with this id, so there is no evidence of one.")
    reviewed = _read_review(session, query_id)
    entries, left_out = _read_entries(session, evidence, reviewed)
    head = read_head(session)
    return PacketFacts(
        evidence=evidence,
        found=_read_findings(session, query_id),
        reviewed=reviewed,
        consent_text=_read_consent_text(session, evidence),
        entries=entries,
        left_out=left_out,
        stretches=prove(session, keys, [entry["seq"] for entry in entries]),
        head=(head.seq, head.hash),
    )


def _read_findings(session: Session, query_id: str) -> Sequence[Finding]:
    kept = select(Finding).where(col(Finding.subject) == query_id)
    return session.exec(kept.order_by(col(Finding.found_at), col(Finding.rule))).all()


def _read_review(session: Session, query_id: str) -> Reviewed | None:
    item = session.exec(select(ReviewItem).where(col(ReviewItem.subject) == query_id)).first()
    if item is None:
        return None
    sample = session.get(ReviewSample, item.sampled_week) if item.sampled_week else None
    return Reviewed(item, decisions_of(session, item.id), sample)


def _read_consent_text(session: Session, evidence: Evidence) -> ConsentText | None:
    """The text that the consent of the chain agrees to."""
    links = (link for link in evidence.links if link.code is LinkCode.CONSENT)
    facts = dict(fact for link in links for fact in link.facts)
    text_hash = facts.get("text")
    return session.get(ConsentText, text_hash) if isinstance(text_hash, str) else None


def _read_entries(
    session: Session, evidence: Evidence, reviewed: Reviewed | None
) -> tuple[Sequence[Mapping[str, Any]], int]:
    """The oldest events about the query and what its links rest on, and how many were left out."""
    rows = [row for link in evidence.links for row in link.rows]
    seqs = [int(row.key) for row in rows if row.table == "audit_event"]
    named = [row.key for row in rows if row.table not in _NOT_BY_KEY]
    ids = {evidence.query_id, *named, *([reviewed.item.id] if reviewed else [])}
    about = _about(ids, seqs)
    number = session.exec(select(func.count()).select_from(AuditEvent).where(about)).one()
    oldest = select(AuditEvent).where(about).order_by(col(AuditEvent.seq)).limit(MOST_ENTRIES)
    return [_entry(row) for row in session.exec(oldest).all()], max(0, number - MOST_ENTRIES)


def _about(ids: Collection[str], seqs: Collection[int]) -> Any:
    named: Any = col(AuditEvent.object_id).in_(sorted(ids))
    return named | col(AuditEvent.seq).in_(sorted(seqs)) if seqs else named


def _entry(row: AuditEvent) -> dict[str, Any]:
    """The columns that the hash covers, and both hashes: enough to compute it again."""
    return {name: getattr(row, name) for name in (*HASHED, "previous_hash", "hash")}
