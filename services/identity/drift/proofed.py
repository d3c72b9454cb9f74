"""What an identity was proofed against: kept as keyed hashes, and compared with a record of today.

Every function that takes a session works inside the caller's transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, delete, select

from services.identity.drift.fields import FIELDS
from services.identity.drift.hashes import DemographicKeys
from services.metriport.schemas import Patient
from services.store.tables import ProofedDemographics, ProofedIdentity


class DriftVerdict(StrEnum):
    """Whether a record is the one that the identity was proofed against.

    `not_captured`: there are no hashes, because the record could not be read after the proofing, or
    not yet, or because the identity is from before they were kept. `not_comparable`: no field is
    known to differ, but not all could be compared, because they were made with a key that this
    program has no more, or because upstream sent something that cannot be read.
    """

    SAME = "same"
    DRIFTED = "drifted"
    NOT_CAPTURED = "not_captured"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparison:
    """A record compared with an identity; `drifted_fields` names those of `FIELDS` that differ."""

    verdict: DriftVerdict
    drifted_fields: tuple[str, ...] = ()

    @property
    def is_drifted(self) -> bool:
        """Whether a field differs."""
        return self.verdict is DriftVerdict.DRIFTED


NOT_CAPTURED = Comparison(DriftVerdict.NOT_CAPTURED)


def compare(
    keys: DemographicKeys, patient: Patient, rows: Sequence[ProofedDemographics]
) -> Comparison:
    """The record of `patient` compared with the rows of one identity."""
    if not rows:
        return NOT_CAPTURED
    hashes = {version: keys.hash_fields(patient, version) for version in _versions(rows)}
    comparable = [row for row in rows if row.field in hashes[row.key_version]]
    different = {row.field for row in comparable if hashes[row.key_version][row.field] != row.hash}
    if different:
        drifted = tuple(field for field in FIELDS if field in different)
        return Comparison(DriftVerdict.DRIFTED, drifted)
    is_whole = {row.field for row in comparable}.issuperset(FIELDS)
    return Comparison(DriftVerdict.SAME if is_whole else DriftVerdict.NOT_COMPARABLE)


def read_proofed(
    session: Session, identity_ids: Collection[str]
) -> dict[str, list[ProofedDemographics]]:
    """The rows of each identity, by its id; an identity without any has an empty list."""
    found: dict[str, list[ProofedDemographics]] = {key: [] for key in identity_ids}
    wanted = select(ProofedDemographics)
    wanted = wanted.where(col(ProofedDemographics.proofed_identity_id).in_(found))
    for row in session.exec(wanted).all():
        found[row.proofed_identity_id].append(row)
    return found


def ask_for_capture(session: Session, identity: ProofedIdentity, now: datetime) -> None:
    """Have the record of a person who was just verified captured anew, at once.

    What an earlier proofing left is forgotten: until the worker has read the record, nothing is
    known to compare with.
    """
    _forget(session, identity.proofed_identity_id)
    identity.capture_at, identity.captures = now, 0
    session.add(identity)


def keep_hashes(
    session: Session, keys: DemographicKeys, identity_id: str, patient: Patient, now: datetime
) -> None:
    """Keep the hashes of a record that was just read, in place of those that were there."""
    _forget(session, identity_id)
    version = keys.newest
    session.add_all(
        ProofedDemographics(
            proofed_identity_id=identity_id,
            field=field,
            hash=value,
            key_version=version,
            captured_at=now,
        )
        for field, value in keys.hash_fields(patient, version).items()
    )


def _versions(rows: Sequence[ProofedDemographics]) -> set[str]:
    return {row.key_version for row in rows}


def _forget(session: Session, identity_id: str) -> None:
    own = col(ProofedDemographics.proofed_identity_id) == identity_id
    session.exec(delete(ProofedDemographics).where(own))
