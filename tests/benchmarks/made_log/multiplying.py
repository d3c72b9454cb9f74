"""Makes a larger log of a smaller one: each row several times, at the same moment, with other ids.

The database does it by itself, in a tenth of the time that rows of Python take; and both logs have
the same days and groups, so that what a chart costs can be compared.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import SQLModel

import services.store.tables  # noqa: F401

_TIMES_OVER = (
    "network_query", "query_source", "identity_session", "proofed_identity", "aal2_challenge",
    "aal2_session", "patient_link", "consent", "start_check", "record_request", "webhook_event",
    "upstream_call", "log_change",
)  # fmt: skip
_ONCE = ("consent_text", "audit_event", "audit_subject")
_TRAFFIC = ("webhook_event", "upstream_call")
_IDS = {
    "id", "request_id", "patient_id", "query_id", "proofed_identity_id", "aal2_session_id",
    "session_id", "challenge_id", "used_by", "target", "from_session", "link_target",
    "upstream_request_id", "message_id",
}  # fmt: skip
_HASHES = {"token_hash", "fingerprint"}

# In place of the version of a UUID, so that the copies of an id stand beside it in an index.
_DIGITS = "01235689abcdef"
MOST_TIMES = len(_DIGITS)


def copying(base: str, times: int, traffic: float) -> Iterator[tuple[str, str]]:
    """The tables, and for each the statement that fills it.

    `base` stands before the name of the table that is read, as in `base.`. `traffic` is the share
    of messages and calls that are copied.
    """
    values = ", ".join(f"('{digit}')" for digit in _digits(times))
    digits = f"(SELECT column1 AS digit FROM (VALUES {values}) AS listed)"
    for table in _TIMES_OVER + _ONCE:
        names = _names(table)
        chosen = ", ".join(_expression(table, name) for name in names)
        # The outer loop is over the rows: on SQLite a cross join keeps the order of its tables.
        source = f"{base}{table} AS made CROSS JOIN {digits} AS copy"
        if table in _ONCE:
            source, chosen = f"{base}{table} AS made", ", ".join(f'made."{name}"' for name in names)
        some = f" WHERE {_one_in(traffic)}" if table in _TRAFFIC and traffic < 1 else ""
        listed = ", ".join(f'"{name}"' for name in names)
        yield table, f"INSERT INTO {table} ({listed}) SELECT {chosen} FROM {source}{some}"


def _digits(times: int) -> list[str]:
    return ["", *_DIGITS[: times - 1]]


def _names(table: str) -> list[str]:
    columns = SQLModel.metadata.tables[table].columns
    numbered = {
        column.name
        for column in columns
        if column.primary_key and isinstance(column.type, sa.Integer) and table in _TIMES_OVER
    }
    return [column.name for column in columns if column.name not in numbered | {"seq"}] + (
        ["seq"] if table in _ONCE and "seq" in columns else []
    )


def _expression(table: str, name: str) -> str:
    column = f'made."{name}"'
    if name in _HASHES:
        changed = f"substr({column}, 1, 63) || substr('ghijklmnopqrst', {_place()}, 1)"
    elif name in _IDS:
        changed = f"substr({column}, 1, 14) || digit || substr({column}, 16)"
    elif table == "log_change" and name == "topic":
        # `query …` and `patient …`, but not the topics of lists and of the staff.
        at = f"CASE WHEN {column} LIKE 'query %' THEN 20 ELSE 22 END"
        changed = f"substr({column}, 1, {at}) || digit || substr({column}, {at} + 2)"
        varies = f"{column} LIKE 'query %' OR {column} LIKE 'patient %'"
        return f"CASE WHEN digit <> '' AND ({varies}) THEN {changed} ELSE {column} END"
    else:
        return column
    return f"CASE WHEN digit = '' THEN {column} ELSE {changed} END"


def _place() -> str:
    """The place of the digit among all, from 1; the same function has two names."""
    cases = " ".join(f"WHEN '{digit}' THEN {place}" for place, digit in enumerate(_DIGITS, 1))
    return f"CASE digit {cases} END"


def _one_in(traffic: float) -> str:
    """A share of the rows by their id, which ends in chance."""
    kept = "0123456789abcdef"[: max(1, round(16 * traffic))]
    return f"substr(made.id, 36, 1) <= '{kept[-1]}'" if traffic > 0 else "1 = 0"
