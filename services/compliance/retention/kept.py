"""What is kept how long and why: each table of the log, and each column with an end of its own.

The same table stands in `docs/compliance.md`, and on the page Retention. A test compares them, and
finds a table of the log that has no row here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of rows at their end."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    KEPT = "kept"


@dataclass(frozen=True)
class Kept:
    """A table of the log, or a column of it with an end of its own (`table.column`).

    `what` says what it holds, in plain words. `how_long` names the setting, or a time; `since` is
    from when that counts. `why` is why it ends then, or does not.
    """

    name: str
    what: str
    how_long: str
    since: str
    fate: Fate
    why: str

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.name.partition(".")[0]


LOG, BODIES, FOREVER = "RETENTION_LOG", "RETENTION_WEBHOOK_BODIES", "as long as the log"
_PROOF = "proof that a use of health data was allowed (45 CFR 164.316(b)(2)(i))"
_WITH_QUERY = "goes with its query, in one transaction"
_CREDENTIAL = "a credential is kept no longer than it is good for anything"


KEPT: Sequence[Kept] = (
    Kept(
        "network_query", "network queries", LOG,
        "its start; a review of it must be as old", Fate.DELETED, _PROOF,
    ),
    Kept("query_source", "what each source of a query answered", LOG, "the query’s start",
          Fate.DELETED, _WITH_QUERY),
    Kept("start_check", "what was known of the person as a query started", LOG,
          "the query’s start", Fate.DELETED, _WITH_QUERY),
    Kept("assessment", "what the rules say of a query or a look", LOG,
          "the query’s start, or the look", Fate.DELETED, _WITH_QUERY),
    Kept("finding", "what a rule found", LOG, "the query’s start, or the look",
          Fate.DELETED, _WITH_QUERY),
    Kept("review_item", "what waited for a reviewer", LOG,
          "the query’s start and the end of the review, whichever is later",
          Fate.DELETED, "a decision is proof of its own; an open review keeps its query"),
    Kept("review_decision", "what reviewers decided, with their encrypted notes", LOG,
          "as its review", Fate.DELETED, "goes with its review"),
    Kept("review_sample", "how the weekly sample was drawn", LOG, "the draw", Fate.DELETED,
          "lets anybody repeat the draw while its queries are there"),
    Kept("assessment_day", "numbers of findings a day", FOREVER, "", Fate.KEPT,
          "numbers only: nobody can be told from them"),
    Kept("work_mark", "how far background work has read", FOREVER, "", Fate.KEPT,
          "one row for each kind of work, written over"),
    Kept("record_look", "looks at fetched records", LOG,
          "the look; one that no reviewer has seen stays", Fate.DELETED, _PROOF),
    Kept("legal_hold", "legal holds", LOG, "its lifting; one in force stays", Fate.DELETED,
          "shows why something was kept longer"),
    Kept("consent", "what a person agreed to, when and how", LOG,
          "its end or withdrawal; with a query after it, that query’s end", Fate.DELETED,
          "the authorization behind every query; kept while in force"),
    Kept("consent_text", "the texts that people agreed to", LOG,
          "its first use, and no consent names it", Fate.DELETED,
          "a consent without its text proves nothing"),
    Kept("proofed_identity", "that a person proved who they are", LOG,
          "the last of: proofing, end, challenge, query", Fate.DELETED, _PROOF),
    Kept("proofed_demographics", "keyed hashes of the record at the proofing", LOG,
          "as its identity", Fate.DELETED, "shows whether the record was changed since"),
    Kept("identity_session", "verifications that a person was asked for", LOG,
          "its beginning; with an identity from it, that one’s end", Fate.DELETED, _PROOF),
    Kept("aal2_challenge", "multifactor challenges", LOG,
          "its beginning; with a query that used it, that one’s end", Fate.DELETED, _PROOF),
    Kept("aal2_session", "that a challenge was satisfied, and for which query", LOG,
          "as its query, or its challenge", Fate.DELETED, _PROOF),
    Kept("aal2_session.secret", "the encrypted AAL2 session id", "AAL2_MAX_AGE",
          "the return; its use ends it", Fate.EMPTIED, _CREDENTIAL),
    Kept("patient_link", "links that people were sent, their tokens as hashes", LOG,
          "as its verification or challenge", Fate.DELETED, _PROOF),
    Kept("patient_link.url", "the encrypted address that a link leads to", "an hour",
          "its making, as Metriport says; its use ends it", Fate.EMPTIED, _CREDENTIAL),
    Kept("record_request", "requests for records, and how many came", LOG, "its start",
          Fate.DELETED, _PROOF),
    Kept("webhook_event", "messages from Metriport: type, times, signature, hash", LOG,
          "its receipt; one that evidence rests on goes with that", Fate.DELETED,
          "shows what was told by whom"),
    Kept("webhook_event.body", "the encrypted text of a message", BODIES,
          "its receipt; one that waits to be interpreted stays", Fate.EMPTIED,
          "it may hold clinical data, and is only needed to interpret it again"),
    Kept("upstream_call", "calls to Metriport, without their contents", LOG,
          "the call, or the start of its query", Fate.DELETED, "shows what was asked"),
    Kept("bulk_run", "lists of starts", LOG,
          "its beginning; with a query of it, that one’s end", Fate.DELETED, _PROOF),
    Kept("bulk_item", "the people of a list", LOG, "as its run", Fate.DELETED, _PROOF),
    Kept("staff_session", "sign-ins of the staff", LOG,
          "its end, and the access log has no event of it", Fate.DELETED, _PROOF),
    Kept("staff_session.id_token", "the encrypted token of the sign-in", "SESSION_MAX_AGE",
          "the sign-in; its end ends it", Fate.EMPTIED, _CREDENTIAL),
    Kept("audit_event", "the access log", LOG,
          "the last event of its segment, about a month", Fate.DELETED, _PROOF),
    Kept("audit_subject", "whom an event is about", LOG, "as its event", Fate.DELETED,
          "goes with its event"),
    Kept("audit_head", "the end of the access log’s chain", FOREVER, "", Fate.KEPT,
          "one row, without which the chain ends nowhere"),
    Kept("audit_anchor", "signed heads of the access log", FOREVER, "", Fate.KEPT,
          "numbers and hashes only; prove that nothing was cut off"),
    Kept("audit_segment", "seals of the access log’s months", FOREVER, "", Fate.KEPT,
          "numbers and hashes only; stand for the events that were purged"),
    Kept("log_change", "that something was changed, for open pages", "a day", "the change",
          Fate.DELETED, "open pages ask every few seconds"),
    Kept("rollup", "numbers of a day and facility, for charts", FOREVER, "", Fate.KEPT,
          "numbers only: nobody can be told from them; what is purged stays counted"),
    Kept("person_steps", "how far a person is on the way to their records",
          "as long as rows about them", "", Fate.DELETED,
          "made of these rows, for charts; goes with the last of them"),
    Kept("test_person", "who is made up for a test, and who of the staff said so", FOREVER, "",
          Fate.KEPT, "about nobody real; deleted where the mark is taken back"),
    Kept("annotation", "what happened outside, on the axis of charts", FOREVER, "", Fate.KEPT,
          "about no person; what is taken off stays, and is shown no more"),
    Kept("goal", "what a measure should be", FOREVER, "", Fate.KEPT,
          "about no person; shows what was aimed at when"),
    Kept("worker_turn", "when background work was last done", FOREVER, "", Fate.KEPT,
          "one row for each kind of work, written over"),
)  # fmt: skip


HEADINGS = ("Table", "What it holds", "How long", "Counted from", "Then", "Why")


def row_of(kept: Kept) -> tuple[str, ...]:
    """The cells of one row, below `HEADINGS`."""
    return kept.name, kept.what, kept.how_long, kept.since, kept.fate.value, kept.why


def markdown() -> str:
    """The whole table as it stands in `docs/compliance.md`."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS)]
    rows += [(f"`{kept.name}`", *row_of(kept)[1:]) for kept in KEPT]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in row)} |" for row in rows)
