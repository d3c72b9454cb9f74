"""Makes what keeps, purges, holds, hands out and erases: the parts share their rules."""

from dataclasses import dataclass

from sqlmodel import Session

from services.clock import Clock
from services.compliance.retention.holds import is_segment_held
from services.compliance.retention.purge import Keeps, Purge
from services.compliance.retention.retention import Retention
from services.compliance.rights.incidents import Incidents
from services.compliance.rights.patient_rights import PatientRights
from services.settings import Settings
from services.staff.audit import Audit
from services.staff.proof.segments import IsHeld
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.store.tables import AuditSegment


@dataclass(frozen=True)
class Keeping:
    """What purges, the holds that stop it, the rights of patients, and incident packets."""

    purge: Purge
    retention: Retention
    patient_rights: PatientRights
    incidents: Incidents


def make_keeping(
    store: Store, audit: Audit, clock: Clock, keeps: Keeps, keys: SigningKeys
) -> Keeping:
    """All of it over one log."""
    return Keeping(
        Purge(store, audit, clock, keeps),
        Retention(store, audit, clock, keeps),
        PatientRights(store, audit, clock, keeps, keys),
        Incidents(store, audit, keys),
    )


def keeps_of(settings: Settings) -> Keeps:
    """How long the settings have everything kept."""
    return Keeps(settings.retention_log, settings.retention_webhook_bodies)


def segments_held(clock: Clock, keeps: Keeps) -> IsHeld:
    """What keeps a segment of the access log that is old enough."""

    def is_held(session: Session, segment: AuditSegment) -> bool:
        return is_segment_held(session, segment, clock() - keeps.log)

    return is_held
