"""A packet as a PDF to print. The signed document is attached to it, so that it can be verified."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.compliance.evidence.fact_words import fact_name, fact_words
from services.compliance.packets.packet_texts import DOCUMENT, FETCH_KEY, NOT_PROVED, VERIFY
from services.compliance.packets.signed_file import SignedFile
from services.compliance.packets.titles import PURPOSE_NAMES
from services.compliance.rules.rule_sets import rule_of
from services.exports.pdf.document import make_pdf

_TEMPLATE = Path(__file__).parent / "packet.typ"
_JUDGEMENTS = {
    "justified": "Justified",
    "not_justified": "Not justified",
    "follow_up": "Needs follow-up",
    "gone": "The findings had gone before anybody decided",
}
_STATUSES = {
    "open": "Open",
    "second": "Waits for a second reviewer",
    "follow_up": "Followed up",
    "closed": "Closed",
}


def packet_pdf(document: Mapping[str, Any], signed: SignedFile) -> bytes:
    """The PDF of a packet's document, with its signed file attached."""
    query, made_at = document["query"], document["made_at"]
    purpose = PURPOSE_NAMES.get(query["purpose"], query["purpose"])
    contents = {
        "title": "Evidence packet",
        "subtitle": f"What the log of Access Desk shows of one {purpose} query",
        "is_sandbox": document["program"]["is_sandbox"],
        "foot": f"Query {query['query_id']} · made {_moment(made_at)}",
        "summary": _summary(document, purpose),
        "missing": [link["title"] for link in document["chain"] if link["state"] == "missing"],
        "links": [_link(number, link) for number, link in enumerate(document["chain"], start=1)],
        "rules": _rules(document["rules"]),
        "findings": [_finding(found) for found in document["findings"]],
        "gone": [_gone(kept) for kept in document["findings_kept"] if kept["gone_at"]],
        "review": _review(document["review"]) if document["review"] else None,
        "consent": _consent(document["consent_text"]) if document["consent_text"] else None,
        "entries": [_entry(entry) for entry in document["entries"]],
        "left_out": document["entries_left_out"],
        "stretches": [_stretch(stretch) for stretch in document["proof"]["stretches"]],
        "proof": _proof(document["proof"]),
        "signed_head": document["proof"]["signed_head"],
        "program": _program(document["program"]),
        "files": _files(signed),
        "document": DOCUMENT,
        "verify": VERIFY,
        "fetch_key": FETCH_KEY,
        "not_proved": NOT_PROVED,
    }
    return make_pdf(_TEMPLATE, contents, made_at, signed.files())


def _summary(document: Mapping[str, Any], purpose: str) -> list[tuple[str, str]]:
    query, complete = document["query"], document["completeness"]
    return [
        ("Query", query["query_id"]),
        ("Request at Metriport", query["request_id"] or "none"),
        ("Person", f"patient id {query['patient_id']}"),
        ("Purpose of use", purpose),
        ("Submitted", _moment(query["submitted_at"])),
        ("Started by", _starter(query)),
        ("Status", query["status"].replace("_", " ")),
        ("Chain", f"{complete['present']} of {complete['applicable']} applicable links present"),
        ("Findings", _findings_in_short(document["findings"])),
        ("Review", _review_in_short(document["review"])),
        ("Access log", _proof_in_short(document["proof"]["stretches"])),
        ("Packet made", f"{_moment(document['made_at'])} by {_maker(document['made_by'])}"),
    ]


def _starter(query: Mapping[str, Any]) -> str:
    if query["origin"] == "external":
        return "another program than Access Desk"
    return f"{query['actor']} ({query['actor_id']})" if query["actor_id"] else "not known"


def _maker(made_by: Mapping[str, str]) -> str:
    return f"{made_by['name']} ({made_by['role']})" if made_by["role"] else made_by["name"]


def _findings_in_short(findings: Sequence[Mapping[str, Any]]) -> str:
    if not findings:
        return "none"
    kinds = [found["severity"] for found in findings]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("serious", "warning", "notice")]
    return ", ".join(count for count in counts if not count.startswith("0 "))


def _review_in_short(review: Mapping[str, Any] | None) -> str:
    if review is None:
        return "not in the review queue"
    status = _STATUSES.get(review["status"], review["status"])
    outcome = review["outcome"]
    return f"{status}: {_JUDGEMENTS.get(outcome, outcome).lower()}" if outcome else status


def _proof_in_short(stretches: Sequence[Mapping[str, Any]]) -> str:
    if any(stretch["fits"] is False for stretch in stretches):
        return "DOES NOT FIT: see the proof"
    if any(stretch["fits"] is None for stretch in stretches):
        return "fits as far as it was recomputed"
    return "the entries fit" if stretches else "no entries"


def _link(number: int, link: Mapping[str, Any]) -> dict[str, Any]:
    rows = ", ".join(f"{row['table']} {row['key']}" for row in link["rows"])
    return {
        "number": str(number),
        "title": link["title"],
        "state": link["state"],
        "why": link["why"],
        "facts": [_fact(link["link"], **fact) for fact in link["facts"]],
        "rows": rows,
    }


def _fact(link: str, name: str, value: object) -> tuple[str, str]:
    words = fact_words(link, name, value) if isinstance(value, str) else _value(value)
    return fact_name(link, name), words


def _rules(rules: Mapping[str, Any]) -> str:
    since, until = rules.get("in_force_from"), rules.get("in_force_until")
    begin = f"from {since}" if since else "from the beginning"
    end = f"to {until}" if until else "on"
    return f"Rule set {rules['version']}, in force {begin} {end}, as on the day of the query."


def _finding(found: Mapping[str, Any]) -> dict[str, Any]:
    names = ("severity", "title", "text", "source", "rule")
    return {name: found[name] for name in names}


def _gone(kept: Mapping[str, Any]) -> str:
    found, gone = _moment(kept["found_at"]), _moment(kept["gone_at"])
    return f"{_title(kept['rule'])} ({kept['severity']}): found {found}, not true since {gone}."


def _title(code: str) -> str:
    """What a rule finds; a rule that is not known any more is called by its code."""
    rule = rule_of(code)
    return rule.title if rule else code


def _review(review: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": _review_in_short(review),
        "opened": _moment(review["opened_at"]),
        "sample": _sample(review["sample"]) if review["sample"] else "",
        "decisions": [_decision(row) for row in review["decisions"]],
    }


def _sample(sample: Mapping[str, Any]) -> str:
    return (
        f"Drawn at random in the week {sample['week']}: {sample['drawn']} of "
        f"{sample['population']} queries, with the hash of event {sample['head_seq']} as the seed."
    )


def _decision(row: Mapping[str, Any]) -> dict[str, Any]:
    owner = f", followed up by {row['owner']} until {row['due_on']}" if row["owner"] else ""
    note = row["note"] if row["note_is_readable"] else None
    return {
        "what": _JUDGEMENTS.get(row["decision"], row["decision"]) + owner,
        "who": f"{row['reviewer']} ({row['role']}), {row['reviewer_id']}",
        "at": _moment(row["at"]),
        "judged": "; ".join(map(_title, row["findings"])) or "the sample",
        "rules": row["rules_version"],
        "note": (note or "").splitlines(),
        "lost": not row["note_is_readable"],
    }


def _consent(text: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": text["version"],
        "hash": text["text_hash"],
        "text": [line for line in text["text"].splitlines() if line.strip()],
    }


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(entry["at"])
    why = " · ".join(part for part in (entry["reason"], entry["ticket"]) if part)
    return {
        "seq": f"{entry['seq']}",
        "at": _moment(at),
        "who": entry["actor"],
        "role": entry["role"],
        "what": f"{entry['action']}: {entry['outcome']}",
        "why": why,
        "hash": entry["hash"],
    }


def _stretch(stretch: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "before": _bound(stretch["before"]),
        "behind": _bound(stretch["behind"]),
        "verdict": stretch["verdict"],
        "fits": stretch["fits"],
    }


def _bound(bound: Mapping[str, Any]) -> str:
    if "at" in bound:
        signed = f"signed {_moment(bound['at'])} by {bound['writer']}, key {bound['key_id']}"
    elif "key_id" in bound:
        signed = f"key {bound['key_id']}"
    else:
        signed = "not signed by itself"
    return f"{_capital(bound['what'])}: event {bound['seq']}, hash {bound['hash']} ({signed})"


def _proof(proof: Mapping[str, Any]) -> list[tuple[str, str]]:
    head = proof["head"]
    keys = [
        (f"Key {key['key_id']}", f"{key['public_key']} ({'signs' if key['signs'] else 'verifies'})")
        for key in proof["keys"]
    ]
    return [("Head of the log", f"event {head['seq']}, hash {head['hash']}"), *keys]


def _program(program: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("Access Desk", f"version {program['version']}"), *program["settings"].items()]


def _files(signed: SignedFile) -> list[tuple[str, str]]:
    return [(name, hashlib.sha256(content).hexdigest()) for name, content in signed.files().items()]


def _value(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return _moment(value)
    return str(value)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
