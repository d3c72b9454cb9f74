"""Judges the looks of the access log, one after the other. Pure: what was read in, findings out."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.compliance.assessing.judgement import Judgement, of_look
from services.compliance.assessing.look_reading import Looks, last_found, people_seen
from services.compliance.rules.looks import MANY_PEOPLE
from services.compliance.rules.rule import LookCase
from services.compliance.rules.rule_sets import RULE_SETS, RuleSet, rules_on
from services.store.tables import AuditEvent


def judge_looks(looks: Looks, sets: Sequence[RuleSet] = RULE_SETS) -> list[Judgement]:
    """What was found of these looks; those of which nothing was are left out."""
    found_at = [(row.actor_id, row.at) for row in looks.found]
    return list(_judge(looks, found_at, sets))


def _judge(
    looks: Looks, found_at: list[tuple[str | None, datetime]], sets: Sequence[RuleSet]
) -> Iterator[Judgement]:
    for event in looks.events:
        rules = rules_on(event.at.date(), sets)
        case = _case(looks, event, found_at, rules)
        found = tuple(
            rule.found(text) for rule in rules.look_rules if (text := rule.judge(case)) is not None
        )
        if found:
            yield of_look(event, found, rules.version)
        if any(one.rule == MANY_PEOPLE for one in found):
            found_at.append((event.actor_id, event.at))


def _case(
    looks: Looks,
    event: AuditEvent,
    found_at: Sequence[tuple[str | None, datetime]],
    rules: RuleSet,
) -> LookCase:
    queries = (query for query in looks.queries if query.patient_id == event.patient_id)
    return LookCase(
        event,
        rules.windows,
        ticket=event.ticket or looks.tickets.get(event.object_id or "", ""),
        near=tuple(sorted(queries, key=lambda query: (query.submitted_at, query.id))),
        people=people_seen(looks.views, event, rules.windows.many_within),
        last_found_at=last_found(found_at, event),
    )
