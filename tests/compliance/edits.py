"""Ways to change a chain: rows set, deleted and added."""

from datetime import timedelta
from typing import Any

from services.compliance.evidence.config import EvidenceConfig
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession, NetworkQuery
from tests.compliance.chain_rows import AT, PERSON, event
from tests.compliance.chains import Chain, Edit, ias


def minutes(number: float) -> Any:
    return AT + timedelta(minutes=number)


def setting(rows: str, **columns: Any) -> Edit:
    def edit(chain: Chain) -> None:
        for row in getattr(chain.pool, rows):
            for name, value in columns.items():
                setattr(row, name, value)

    return edit


def without(rows: str) -> Edit:
    return lambda chain: getattr(chain.pool, rows).clear()


def query(**columns: Any) -> Edit:
    return setting("queries", **columns)


def both(*edits: Edit) -> Edit:
    def edit(chain: Chain) -> None:
        for one in edits:
            one(chain)

    return edit


def with_others(*others: NetworkQuery) -> Edit:
    return lambda chain: chain.pool.others.extend(others)


def sharing(**columns: Any) -> Edit:
    second = ias(id="q-2", **({"request_id": "r-2"} | columns)).query
    return lambda chain: chain.pool.sharing.append(second)


def looked_at(**time: float) -> Edit:
    """The evidence is looked at so long after the start."""

    def edit(chain: Chain) -> None:
        chain.now = AT + timedelta(**time)

    return edit


def config(**settings: Any) -> Edit:
    def edit(chain: Chain) -> None:
        chain.config = EvidenceConfig(**settings)

    return edit


def verification(**columns: Any) -> Edit:
    values: dict[str, Any] = {"id": "i-9", "patient_id": PERSON, "status": "pending"}
    values |= {"created_by": "Sam", "created_at": minutes(-600)}
    return lambda chain: chain.pool.verifications.append(IdentitySession(**(values | columns)))


def challenge(**columns: Any) -> Edit:
    values: dict[str, Any] = {"id": "a-9", "patient_id": PERSON, "proofed_identity_id": "pid-1"}
    values |= {"status": "pending", "created_by": "Sam", "created_at": minutes(-600)}
    return lambda chain: chain.pool.challenges.append(Aal2Challenge(**(values | columns)))


def satisfied(number: float) -> Edit:
    values: dict[str, Any] = {"id": "s-9", "challenge_id": "a-9", "patient_id": PERSON}
    values |= {"proofed_identity_id": "pid-1", "fingerprint": "f-9"}
    row = Aal2Session(verified_at=minutes(number), **values)
    return lambda chain: chain.pool.aal2_sessions.append(row)


def refused_start(number: float, purpose: str = "ias") -> Edit:
    refused = event(
        7,
        "queries.start",
        "q-9",
        at=minutes(number),
        outcome="not ready",
        details={"purpose": purpose},
    )
    return lambda chain: chain.pool.attempts.append(refused)
