"""What a packet says, as a document: every fact with the row that it rests on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.compliance.evidence.evidence import Evidence, Found, Link, Severity
from services.compliance.packets.program import Program
from services.compliance.packets.reading import PacketFacts, Reviewed
from services.compliance.packets.titles import LINK_TITLES, STATE_NAMES
from services.compliance.rules.rule import Rule
from services.compliance.rules.rule_sets import rule_of, rules_of
from services.staff.proof.anchors import SignedHead
from services.staff.proof.signing import PublishedKey
from services.staff.proof.stretches import Bound, Stretch
from services.store.tables import ConsentText, Finding, ReviewDecision

FORM = "Access Desk evidence packet, form 1"


@dataclass(frozen=True)
class Making:
    """By whom and with what a packet is made.

    `notes` are the reviewers' notes by the id of the decision, None where a key is not known any
    more. `head` was signed as the packet was made: it can be kept, and compared with the log later.
    """

    made_by: Mapping[str, str]
    program: Program
    keys: Sequence[PublishedKey]
    notes: Mapping[str, str | None]
    head: SignedHead


def packet_document(facts: PacketFacts, making: Making) -> dict[str, Any]:
    """The document: only what JSON can hold, and times (UTC)."""
    evidence = facts.evidence
    return {
        "form": FORM,
        "made_at": evidence.made_at,
        "made_by": dict(making.made_by),
        "program": {
            "name": "Access Desk",
            "version": making.program.version,
            "is_sandbox": making.program.is_sandbox,
            "settings": dict(making.program.settings),
        },
        "query": _query(evidence),
        "chain": [_link(link) for link in evidence.links],
        "completeness": {
            "present": evidence.present,
            "applicable": evidence.applicable,
            "missing": evidence.missing,
        },
        "rules": _rules(evidence.rules_version),
        "findings": [_found(found, evidence.rules_version) for found in evidence.findings],
        "findings_kept": [_kept(finding) for finding in facts.found],
        "review": _review(facts.reviewed, making.notes) if facts.reviewed else None,
        "consent_text": _consent_text(facts.consent_text) if facts.consent_text else None,
        "entries": [_entry(entry) for entry in facts.entries],
        "entries_left_out": facts.left_out,
        "proof": _proof(facts, making),
    }


def _query(evidence: Evidence) -> dict[str, Any]:
    names = (
        "query_id",
        "request_id",
        "patient_id",
        "purpose",
        "origin",
        "status",
        "submitted_at",
        "actor_id",
        "actor",
    )
    return {name: getattr(evidence, name) for name in names}


def _link(link: Link) -> dict[str, Any]:
    return {
        "link": link.code.value,
        "title": LINK_TITLES[link.code],
        "state": STATE_NAMES[link.state],
        "why": link.why,
        "facts": [{"name": name, "value": value} for name, value in link.facts],
        "rows": [{"table": row.table, "key": row.key} for row in link.rows],
    }


def _rules(version: str) -> dict[str, Any]:
    """The whole set by which the query was judged."""
    rules = rules_of(version)
    if rules is None:
        return {"version": version}
    return {
        "version": rules.version,
        "in_force_from": rules.since,
        "in_force_until": rules.until,
        "why": rules.why,
        "limits": {name: str(value) for name, value in vars(rules.windows).items()},
        "rules": [_rule(rule) for rule in rules.query_rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "severity": rule.severity.name.lower(),
        "title": rule.title,
        "text": rule.text,
        "limits": rule.limits,
        "source": rule.source,
    }


def _found(found: Found, version: str) -> dict[str, Any]:
    rule = rule_of(found.rule)
    return {
        "rule": found.rule,
        "rules_version": version,
        "title": rule.title if rule else found.rule,
        "severity": found.severity.name.lower(),
        "text": found.text,
        "source": found.source,
    }


def _kept(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "rules_version": finding.rules_version,
        "severity": Severity(finding.severity).name.lower(),
        "found_at": finding.found_at,
        "gone_at": finding.gone_at,
    }


def _review(reviewed: Reviewed, notes: Mapping[str, str | None]) -> dict[str, Any]:
    item, sample = reviewed.item, reviewed.sample
    return {
        "item_id": item.id,
        "opened_at": item.opened_at,
        "status": item.status,
        "outcome": item.outcome,
        "closed_at": item.closed_at,
        "assigned": item.assigned,
        "assigned_id": item.assigned_id,
        "due_on": item.due_on,
        "sample": sample.model_dump() if sample else None,
        "decisions": [_decision(row, notes) for row in reviewed.decisions],
    }


def _decision(row: ReviewDecision, notes: Mapping[str, str | None]) -> dict[str, Any]:
    return row.model_dump(exclude={"note", "item_id"}) | {
        "note": notes.get(row.id),
        "note_is_readable": notes.get(row.id) is not None,
    }


def _consent_text(text: ConsentText) -> dict[str, Any]:
    return text.model_dump()


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are hashed, apart from their order."""
    at: datetime = entry["at"]
    return {**entry, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}


def _proof(facts: PacketFacts, making: Making) -> dict[str, Any]:
    seq, last_hash = facts.head
    return {
        "stretches": [_stretch(stretch) for stretch in facts.stretches],
        "head": {"seq": seq, "hash": last_hash},
        "signed_head": making.head.line(),
        "keys": [vars(key) for key in making.keys],
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "before": _bound(stretch.before),
        "behind": _bound(stretch.behind),
        "events": stretch.events,
        "fits": stretch.fits,
        "verdict": stretch.verdict,
    }


def _bound(bound: Bound) -> dict[str, Any]:
    said: dict[str, Any] = {"what": bound.what, "seq": bound.seq, "hash": bound.hash}
    if bound.anchor is not None:
        said |= {
            "at": bound.anchor.at,
            "writer": bound.anchor.writer,
            "signed_text": bound.anchor.text(),
        }
    signature = bound.anchor.signature if bound.anchor else bound.seal
    if signature is not None:
        said |= {"key_id": signature.key_id, "signature": signature.value}
        said |= {"signature_is_valid": bound.is_valid}
    return said
