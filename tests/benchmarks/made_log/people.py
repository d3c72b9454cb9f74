"""The rows of people on the way to their own records: links, identities, consents, AAL2 sessions.

A person sets out a while before their first query. How far they get is always the same for a
person: only those who get to the end ask for their own records.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tests.benchmarks.made_log.columns import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Mask,
    Numbers,
    Random,
    chosen,
    hashes,
    ids_of,
    moments,
    new_ids,
    pick,
    share_of,
    where,
)
from tests.benchmarks.made_log.plan import QUERIES_PER_PERSON, STAFF, Batch, Plan

TEXT_HASH = "c" * 64
TEXT_ROW = (
    TEXT_HASH,
    "2024-1",
    "I agree that my records are fetched.",
    "2020-01-01 00:00:00.000000",
)
TEXT_NAMES = ("text_hash", "version", "text", "first_used_at")
_LINK_NAMES = (
    "token_hash", "kind", "target", "patient_id", "created_by_id", "created_by", "created_at",
    "expires_at", "opened_at", "continued_at", "sent_at", "sent_by_way",
)  # fmt: skip
_SESSION_NAMES = (
    "id", "session_id", "patient_id", "status", "created_by_id", "created_by", "created_at",
    "expires_at", "opened_at", "returned_at", "returns", "verified_at",
)  # fmt: skip
_IDENTITY_NAMES = (
    "proofed_identity_id", "patient_id", "status", "verified_at", "from_session", "captures",
)  # fmt: skip
_CONSENT_NAMES = (
    "id", "patient_id", "version", "text_hash", "way", "given_at", "ends_at", "recorded_at",
    "link_target",
)  # fmt: skip
_CHALLENGE_NAMES = (
    "id", "challenge_id", "patient_id", "proofed_identity_id", "method", "status", "created_by_id",
    "created_by", "created_at", "expires_at", "opened_at", "returned_at", "returned_status",
    "returns",
)  # fmt: skip
_AAL2_NAMES = (
    "id", "challenge_id", "patient_id", "proofed_identity_id", "fingerprint", "verified_at",
    "used_by", "used_at", "ended_at", "end_reason",
)  # fmt: skip
_CHECK_NAMES = ("query_id", "at", "demographics", "drifted", "missing", "consent")

TableRows = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]
"""The name of a table, of its columns, and rows."""

Tables = Iterator[TableRows]

_IDENTITY_SALT = 30
_GET_TO = [12, 10, 4, 6, 4, 3, 61]
_MADE, _OPENED, _AGREED, _VERIFIED, _CHALLENGED, _SATISFIED, _STARTED = range(7)
_LOST = ["unopened", "declined", "expired"]


def gets_to(person: Numbers) -> Numbers:
    """The last step of each person, -1 for the two in three who never set out."""
    edges = np.cumsum(_GET_TO) / sum(_GET_TO)
    step = np.searchsorted(edges, share_of(person, 21), side="right")
    return np.where(share_of(person, 20) < 0.35, step, -1)


def asks_for_own_records(batch: Batch, person: Numbers) -> Mask:
    """Whether a query is the person's own: mostly, for those who got there."""
    is_first = _is_first(batch, len(person))
    return (gets_to(person) == _STARTED) & (is_first | (batch.random.random(len(person)) < 0.7))


def identities_of(person: Numbers, is_ias: Mask) -> list[str | None]:
    """The identity that each query names."""
    return where(is_ias, ids_of(person, _IDENTITY_SALT))


def way_rows(plan: Plan, batch: Batch, person: Numbers, patients: list[str]) -> Tables:
    """The links, verifications, identities and consents of the people who are new in a batch."""
    places = np.flatnonzero(_is_first(batch, len(person)) & (gets_to(person) >= 0))
    random, number, step = batch.random, len(places), gets_to(person[places])
    patient, staff = pick(patients, places), chosen(random, [3, 2, 1], number)
    before = random.integers(HOUR, 10 * DAY, number)
    made = np.maximum(batch.submitted[places] - before, plan.since_micros)
    opened = made + random.integers(MINUTE, 40 * MINUTE, number)
    verified = opened + random.integers(2 * MINUTE, 9 * MINUTE, number)
    ids = new_ids(random, made)
    is_verified = step >= _VERIFIED
    yield "identity_session", _SESSION_NAMES, list(
        zip(
            ids, ids, patient, pick(["pending", "completed"], is_verified.astype(np.int64)),
            *_by(staff), moments(made), moments(made + HOUR),
            where(step >= _OPENED, moments(opened)),
            where(is_verified, moments(verified)), is_verified.astype(int).tolist(),
            where(is_verified, moments(verified)), strict=True,
        )
    )  # fmt: skip
    yield _links(random, "identity", ids, patient, staff, made, HOUR, opened, step >= _OPENED)
    # One in four had been sent a link before that nobody opened.
    again = random.random(number) < 0.25
    earlier, old = np.flatnonzero(again), made[again] - random.integers(DAY, 5 * DAY, again.sum())
    old_ids, nobody = new_ids(random, old), np.zeros(len(old), bool)
    yield _links(
        random, "identity", old_ids, pick(patient, earlier), staff[earlier], old, HOUR, old, nobody
    )
    yield "consent", _CONSENT_NAMES, _only(step >= _AGREED, _consents(random, ids, patient, opened))
    identities = ids_of(person[places], _IDENTITY_SALT)
    proofed = zip(
        identities, patient, ["active"] * number, moments(verified), ids, [1] * number, strict=True
    )
    yield "proofed_identity", _IDENTITY_NAMES, _only(is_verified, proofed)
    stopped = np.flatnonzero(np.isin(step, [_CHALLENGED, _SATISFIED]))
    fate = np.where(step[stopped] == _SATISFIED, 2, random.integers(0, 2, len(stopped)))
    yield from _lost_challenges(
        random, pick(patient, stopped), pick(identities, stopped), verified[stopped] + HOUR, fate
    )


def use_rows(
    batch: Batch, patients: list[str], query_ids: list[str], person: Numbers, is_ias: Mask
) -> tuple[list[str | None], Tables]:
    """The AAL2 session that each IAS query uses, and the rows of these and of the lost ones."""
    session_ids = new_ids(batch.random, batch.submitted)
    places = np.flatnonzero(is_ias)
    rows = _use_rows(
        batch.random, pick(patients, places), ids_of(person[places], _IDENTITY_SALT),
        pick(query_ids, places), pick(session_ids, places), batch.submitted[places],
    )  # fmt: skip
    return where(is_ias, session_ids), rows


def _use_rows(
    random: Random, patient: list[str], identities: list[str], queries: list[str],
    sessions: list[str], submitted: Numbers,
) -> Tables:  # fmt: skip
    number = len(queries)
    made = submitted - random.integers(4 * MINUTE, 12 * MINUTE, number)
    challenges = new_ids(random, made)
    yield from _challenges(
        random, challenges, patient, identities, made, np.ones(number, bool), ["verified"] * number
    )
    at = moments(submitted)
    yield "aal2_session", _AAL2_NAMES, list(
        zip(sessions, challenges, patient, identities, hashes(random, submitted),
            moments(made + 3 * MINUTE), queries, at, at, ["used"] * number, strict=True)
    )  # fmt: skip
    yield "start_check", _CHECK_NAMES, [
        (query, moment, "same", "[]", "[]", "given")
        for query, moment in zip(queries, at, strict=True)
    ]  # fmt: skip
    lost = np.flatnonzero(random.random(number) < 0.12)
    yield from _lost_challenges(
        random, pick(patient, lost), pick(identities, lost), made[lost] - 30 * MINUTE,
        random.integers(0, 3, len(lost)),
    )  # fmt: skip


def _lost_challenges(
    random: Random, patient: list[str], identities: list[str], made: Numbers, fate: Numbers
) -> Tables:
    """Challenges that led to no query; `fate` are places of `_LOST`."""
    ids, opened = new_ids(random, made), fate > 0
    status = pick([None, "failed", "verified"], fate)
    yield from _challenges(random, ids, patient, identities, made, opened, status)
    over = np.flatnonzero(fate == 2)
    satisfied = made[over] + 3 * MINUTE
    ended = moments(satisfied + 30 * MINUTE)
    yield "aal2_session", _AAL2_NAMES, list(
        zip(new_ids(random, satisfied), pick(ids, over), pick(patient, over),
            pick(identities, over), hashes(random, satisfied), moments(satisfied),
            [None] * len(over), [None] * len(over), ended, ["expired"] * len(over), strict=True)
    )  # fmt: skip


def _challenges(
    random: Random, ids: list[str], patient: list[str], identities: list[str], made: Numbers,
    opened: Mask, status: list[str | None],
) -> Tables:  # fmt: skip
    number, staff = len(ids), chosen(random, [3, 2, 1], len(ids))
    returned = where(opened, moments(made + 3 * MINUTE))
    yield "aal2_challenge", _CHALLENGE_NAMES, list(
        zip(
            ids, ids, patient, identities,
            pick(["totp", "webauthn"], chosen(random, [3, 1], number)),
            ["pending"] * number, *_by(staff), moments(made), moments(made + 15 * MINUTE),
            where(opened, moments(made + MINUTE)), returned, status, opened.astype(int).tolist(),
            strict=True,
        )
    )  # fmt: skip
    yield _links(random, "aal2", ids, patient, staff, made, 15 * MINUTE, made + MINUTE, opened)


def _links(
    random: Random, kind: str, targets: list[str], patient: list[str], staff: Numbers,
    made: Numbers, lasts: int, opened: Numbers, is_opened: Mask,
) -> tuple[str, tuple[str, ...], list[tuple[Any, ...]]]:  # fmt: skip
    number, at = len(targets), moments(made)
    rows = zip(
        hashes(random, made), [kind] * number, targets, patient, *_by(staff), at,
        moments(made + lasts), where(is_opened, moments(opened)),
        where(is_opened, moments(opened + 20 * SECOND)), at, ["copied"] * number, strict=True,
    )  # fmt: skip
    return "patient_link", _LINK_NAMES, list(rows)


def _consents(
    random: Random, targets: list[str], patient: list[str], opened: Numbers
) -> list[tuple[Any, ...]]:
    number, given = len(targets), opened + MINUTE
    at = moments(given)
    return list(
        zip(new_ids(random, given), patient, ["2024-1"] * number, [TEXT_HASH] * number,
            ["link"] * number, at, moments(given + 365 * DAY), at, targets, strict=True)
    )  # fmt: skip


def _only(kept: Mask, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row for row, is_kept in zip(rows, kept.tolist(), strict=True) if is_kept]


def _by(staff: Numbers) -> tuple[list[str], list[str]]:
    return pick([one.id for one in STAFF], staff), pick([one.name for one in STAFF], staff)


def _is_first(batch: Batch, number: int) -> Mask:
    """Whether a query is the first of its person."""
    return np.arange(batch.first, batch.first + number) % QUERIES_PER_PERSON == 0
