"""Evidence of queries: their rows, read at once, and what links and rules make of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from services.compliance.evidence.case import Case, may_be_ours
from services.compliance.evidence.config import DEFAULT_CONFIG, EvidenceConfig
from services.compliance.evidence.evidence import Evidence
from services.compliance.evidence.links import links_of
from services.compliance.evidence.row_reading import read_pool
from services.compliance.evidence.rows import Grouped, QueryRows, rows_of
from services.compliance.rules.rule import Judged
from services.compliance.rules.rule_sets import RULE_SETS, RuleSet, rules_on

MOST_AT_ONCE = 100
"""Queries that are read by one round of statements."""


def read_evidence(
    session: Session,
    query_ids: Sequence[str],
    now: datetime,
    config: EvidenceConfig = DEFAULT_CONFIG,
) -> dict[str, Evidence]:
    """The evidence of queries by id, in the order of the ids; unknown ids are left out.

    A fixed number of statements for each hundred queries. `config` is what the operator has set
    (`Desk.evidence_config`); without it the defaults count, under which consents are needed.
    """
    found = read_rows(session, query_ids)
    return {query_id: make_evidence(rows, now, config) for query_id, rows in found.items()}


def read_rows(session: Session, query_ids: Sequence[str]) -> dict[str, QueryRows]:
    """The rows behind queries by id, in the order of the ids; unknown ids are left out."""
    found: dict[str, QueryRows] = {}
    unique = list(dict.fromkeys(query_ids))
    for first in range(0, len(unique), MOST_AT_ONCE):
        batch = unique[first : first + MOST_AT_ONCE]
        pool = read_pool(session, batch)
        grouped = Grouped(pool)
        queries = {query.id: query for query in pool.queries}
        known = [queries[query_id] for query_id in batch if query_id in queries]
        found |= {query.id: rows_of(grouped, query) for query in known}
    return found


def make_evidence(
    rows: QueryRows,
    now: datetime,
    config: EvidenceConfig = DEFAULT_CONFIG,
    sets: Sequence[RuleSet] = RULE_SETS,
) -> Evidence:
    """The evidence that rests on these rows, as of `now` (UTC). Pure."""
    query = rows.query
    case = case_of(rows, now, config, sets)
    rules = rules_on(query.submitted_at.date(), sets)
    links = links_of(case)
    judged = Judged(case, {link.code: link for link in links})
    applying = [] if may_be_ours(case) else rules.query_rules
    findings = [rule.found(text) for rule in applying if (text := rule.judge(judged)) is not None]
    return Evidence(
        query_id=query.id,
        request_id=query.request_id,
        patient_id=query.patient_id,
        purpose=query.purpose,
        origin=query.origin,
        status=query.status,
        submitted_at=query.submitted_at,
        actor_id=query.started_by_id,
        actor=query.started_by,
        links=links,
        # The worst first; of equal ones in the order of the rules.
        findings=tuple(sorted(findings, key=lambda found: -found.severity)),
        rules_version=rules.version,
        made_at=now,
    )


def case_of(
    rows: QueryRows,
    now: datetime,
    config: EvidenceConfig = DEFAULT_CONFIG,
    sets: Sequence[RuleSet] = RULE_SETS,
) -> Case:
    """The rows with the limits that are in force on the day of their query."""
    rules = rules_on(rows.query.submitted_at.date(), sets)
    return Case(rows, config, rules.windows, now)
