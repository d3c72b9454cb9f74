"""The titles of rules, and what the tool cannot prove."""

from services.compliance.rules.rule_sets import RULE_SETS, rule_of

RULE_TITLES = {rule.code: rule.title for rule_set in RULE_SETS for rule in rule_set.rules}
"""Every rule that this program knows, of all versions."""


def rule_title(code: str) -> str:
    """What a rule finds; a rule that is not known here is called by its code."""
    rule = rule_of(code)
    return rule.title if rule else code


NOT_PROVED = (
    (
        "Who was at the browser",
        "A session shows that a proofed person satisfied a challenge. Whether somebody else held "
        "their device or knew their code, no log can tell.",
    ),
    (
        "What the person understood",
        "A consent shows which text was shown, when it was ticked and how. It does not show that "
        "it was read.",
    ),
    (
        "What was said on the telephone",
        "A consent by telephone rests on the word of the member of the staff who recorded it.",
    ),
    (
        "What happens in the company’s own app",
        "Identities, challenges and consents that come from there are taken as its messages and "
        "imports say.",
    ),
    (
        "What the networks did with a request",
        "The log has what Metriport reported of each source. What a network or a hospital did is "
        "known only as far as Metriport says.",
    ),
    (
        "Queries that nobody reported",
        "A query that another program started is known here from its first webhook on. Without "
        "any, it is not known at all.",
    ),
    (
        "Whether a reason is true",
        "Who started a query chose a reason and named a ticket. Whether they are true is for the "
        "reviewer to judge.",
    ),
    (
        "That nobody changed the rows",
        "Only the access log is a chain that shows a change. Whoever owns the database could "
        "change other rows; who started a query is therefore compared with the access log.",
    ),
    (
        "That the times are right",
        "Times are those of this program’s machines and of Metriport’s. The chain of the access "
        "log shows the order of events, not that a clock was right.",
    ),
)
"""What the evidence does not prove: in a few words, and in a sentence or two."""
