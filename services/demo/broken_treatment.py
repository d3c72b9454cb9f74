"""How treatment queries of the sandbox's past are broken: one way each."""

from datetime import timedelta

from services.demo.example import STEP, Break, Example
from services.ids import new_id
from services.records.looks import RECORD_REASONS, LookAct
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.store.tables import IdentitySession, RecordLook

_ADMIN = SANDBOX_STAFF[Role.ADMIN]


def _treatment_without_grounds(one: Example) -> None:
    one.query.facility_id = one.query.reason = None


def _treatment_during_access(one: Example) -> None:
    at = one.query.submitted_at - timedelta(minutes=18)
    row_id = new_id(at)
    one.session.add(
        IdentitySession(
            id=row_id,
            session_id=f"ids_{row_id}",
            patient_id=one.query.patient_id,
            status="pending",
            created_by_id=one.query.started_by_id or "",
            created_by=one.query.started_by or "",
            created_at=at,
            expires_at=at + timedelta(hours=1),
            opened_at=at + STEP,
        )
    )


def _treatment_after_failed_ias(one: Example) -> None:
    refused_at = one.query.submitted_at - timedelta(minutes=11)
    one.odd.refused.append((one.query.patient_id, refused_at))


def _look_without_cause(one: Example) -> None:
    at = one.query.submitted_at + timedelta(days=1, hours=9)
    look = RecordLook(
        id=new_id(at),
        patient_id=one.query.patient_id,
        act=LookAct.LIST.value,
        actor_id=_ADMIN.id,
        actor=_ADMIN.name,
        reason=RECORD_REASONS[1],
        at=at,
    )
    one.session.add(look)
    one.odd.record_looks.append(look)


BREAKS: tuple[Break, ...] = (
    _treatment_without_grounds,
    _treatment_during_access,
    _treatment_after_failed_ias,
    _look_without_cause,
)
