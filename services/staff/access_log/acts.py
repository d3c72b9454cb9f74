"""What each action of the access log is: the permission behind it, and its kind for other systems.

The action's words for people stand in `pages/_ui/words/audit/act_words.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from services.staff.permissions import Permission


class ActKind(Enum):
    """What is done, as far as other systems tell acts apart."""

    READ = auto()
    SEARCH = auto()
    CREATE = auto()
    UPDATE = auto()
    EXECUTE = auto()
    EXPORT = auto()
    SIGN_IN = auto()
    SIGN_OUT = auto()
    USE_OF_LOG = auto()


@dataclass(frozen=True)
class Act:
    """An action: its kind, and the permission that it takes; None where it takes none."""

    kind: ActKind
    permission: Permission | None


def _act(kind: ActKind, permission: Permission | None = None) -> Act:
    return Act(kind, permission)


ACTS: Mapping[str, Act] = {
    "patient.view": _act(ActKind.READ, Permission.PATIENTS_VIEW),
    "patient.search": _act(ActKind.SEARCH, Permission.PATIENTS_VIEW),
    "patient.match": _act(ActKind.SEARCH, Permission.PATIENTS_CREATE),
    "find": _act(ActKind.SEARCH, Permission.PATIENTS_VIEW),
    "patients.create": _act(ActKind.CREATE, Permission.PATIENTS_CREATE),
    "patients.correct": _act(ActKind.UPDATE, Permission.PATIENTS_CORRECT),
    "links.send": _act(ActKind.EXECUTE, Permission.LINKS_SEND),
    "consent.record": _act(ActKind.CREATE, Permission.CONSENT_RECORD),
    "consent.revoke": _act(ActKind.UPDATE, Permission.CONSENT_RECORD),
    "consent.link": _act(ActKind.CREATE, Permission.CONSENT_RECORD),
    # By the person themself, and by the company's app.
    "consent.give": _act(ActKind.CREATE),
    "consent.import": _act(ActKind.CREATE),
    "queries.start": _act(ActKind.EXECUTE, Permission.QUERIES_START),
    "query.view": _act(ActKind.READ, Permission.QUERIES_VIEW),
    "query.search": _act(ActKind.SEARCH, Permission.QUERIES_VIEW),
    "queries.export": _act(ActKind.EXPORT, Permission.QUERIES_VIEW),
    "records.count": _act(ActKind.EXECUTE, Permission.RECORDS_COUNT),
    "records.view": _act(ActKind.READ, Permission.RECORDS_DOWNLOAD),
    "records.download": _act(ActKind.EXPORT, Permission.RECORDS_DOWNLOAD),
    "record_looks.view": _act(ActKind.USE_OF_LOG, Permission.IAS_AUDIT),
    "record_looks.seen": _act(ActKind.UPDATE, Permission.IAS_REVIEW),
    "retention.view": _act(ActKind.READ, Permission.RETENTION_HOLD),
    "retention.hold": _act(ActKind.EXECUTE, Permission.RETENTION_HOLD),
    "retention.lift": _act(ActKind.EXECUTE, Permission.RETENTION_HOLD),
    "retention.purge": _act(ActKind.EXECUTE),
    "patients.export": _act(ActKind.EXPORT, Permission.PATIENT_RIGHTS),
    "patients.erase": _act(ActKind.EXECUTE, Permission.PATIENT_RIGHTS),
    "patients.erase_preview": _act(ActKind.READ, Permission.PATIENT_RIGHTS),
    "incident.export": _act(ActKind.EXPORT, Permission.ACCESS_LOG),
    "goals.set": _act(ActKind.CREATE, Permission.GOALS_SET),
    "goals.end": _act(ActKind.UPDATE, Permission.GOALS_SET),
    "outcomes.annotate": _act(ActKind.CREATE, Permission.ANNOTATE),
    "outcomes.unannotate": _act(ActKind.UPDATE, Permission.ANNOTATE),
    "outcomes.view": _act(ActKind.READ, Permission.OUTCOMES_VIEW),
    "adoption.view": _act(ActKind.READ, Permission.OUTCOMES_VIEW),
    "adoption.people": _act(ActKind.SEARCH, Permission.ADOPTION_PEOPLE),
    "patients.test": _act(ActKind.UPDATE, Permission.TEST_PEOPLE),
    "outcomes.export": _act(ActKind.EXPORT, Permission.OUTCOMES_VIEW),
    "adoption.export": _act(ActKind.EXPORT, Permission.OUTCOMES_VIEW),
    # By whoever has the program's settings.
    "log.export": _act(ActKind.EXPORT),
    "webhook.view": _act(ActKind.READ, Permission.WEBHOOKS_VIEW),
    "webhooks.search": _act(ActKind.SEARCH, Permission.WEBHOOKS_VIEW),
    "webhooks.export": _act(ActKind.EXPORT, Permission.WEBHOOKS_VIEW),
    "webhooks.body": _act(ActKind.READ, Permission.WEBHOOKS_BODY),
    "webhooks.replay": _act(ActKind.EXECUTE, Permission.WEBHOOKS_REPLAY),
    "webhooks.retry": _act(ActKind.EXECUTE, Permission.WEBHOOKS_REPLAY),
    "call.view": _act(ActKind.READ, Permission.WEBHOOKS_VIEW),
    "calls.search": _act(ActKind.SEARCH, Permission.WEBHOOKS_VIEW),
    "calls.export": _act(ActKind.EXPORT, Permission.WEBHOOKS_VIEW),
    "bulk.check": _act(ActKind.SEARCH, Permission.QUERIES_START),
    "bulk.start": _act(ActKind.EXECUTE, Permission.QUERIES_START),
    "bulk.stop": _act(ActKind.EXECUTE, Permission.QUERIES_START),
    "bulk.resume": _act(ActKind.EXECUTE, Permission.QUERIES_START),
    "bulk.view": _act(ActKind.READ, Permission.QUERIES_VIEW),
    "bulk.export": _act(ActKind.EXPORT, Permission.QUERIES_VIEW),
    "system.check": _act(ActKind.READ, Permission.SYSTEM),
    "sandbox.control": _act(ActKind.EXECUTE, Permission.SYSTEM),
    # Noted only where it was tried after the end of the session.
    "page.act": _act(ActKind.READ),
    "sessions.view": _act(ActKind.READ, Permission.STAFF_SESSIONS),
    "sign_in": _act(ActKind.SIGN_IN),
    "session.end": _act(ActKind.SIGN_OUT),
    "file.open": _act(ActKind.READ),
    "audit.verify": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "audit.purge": _act(ActKind.USE_OF_LOG),
    "access_log.search": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "access_log.view": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "access_log.export": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "access_report.make": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "access_review.view": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
    "ias_audit.view": _act(ActKind.READ, Permission.IAS_FIGURES),
    "ias_audit.export": _act(ActKind.EXPORT, Permission.IAS_AUDIT),
    "evidence.view": _act(ActKind.READ, Permission.IAS_AUDIT),
    "evidence.export": _act(ActKind.EXPORT, Permission.IAS_AUDIT),
    "report.export": _act(ActKind.EXPORT, Permission.IAS_AUDIT),
    "reviews.search": _act(ActKind.SEARCH, Permission.IAS_REVIEW),
    "reviews.export": _act(ActKind.EXPORT, Permission.IAS_REVIEW),
    "review.view": _act(ActKind.READ, Permission.IAS_REVIEW),
    "review.assign": _act(ActKind.UPDATE, Permission.IAS_REVIEW),
    "review.decide": _act(ActKind.UPDATE, Permission.IAS_REVIEW),
    # By the program itself, each week.
    "review.sample": _act(ActKind.EXECUTE),
    "access_review.export": _act(ActKind.USE_OF_LOG, Permission.ACCESS_LOG),
}
"""Every action. A permission's own name is an action too: that of an attempt that was refused."""


def act_of(action: str) -> Act:
    """The act of that name. An unknown one counts as an execution."""
    if found := ACTS.get(action):
        return found
    named = next((permission for permission in Permission if permission.value == action), None)
    return Act(ActKind.EXECUTE, named)
