"""The methods of the services of compliance, and what they do without a log."""

from collections.abc import Callable

from services.compliance.audit_filters import AuditFilters
from services.compliance.packets.packets import PacketForm
from services.compliance.reports.period_reports import ReportForm
from services.compliance.retention.retention import HOLD_REASONS, LIFT_REASONS, HoldRequest
from services.compliance.reviews.deciding import Decision
from services.compliance.reviews.listing import ReviewFilters
from services.compliance.rights.incidents import INCIDENT_REASONS, IncidentFilters
from services.compliance.rights.patient_rights import EXPORT_REASONS
from services.staff.audit import PROGRAM
from services.staff.permissions import Role
from services.staff.reasons import Grounds
from tests.clock import FakeClock
from tests.staff_members import make_actor
from tests.store.everything import Everything
from tests.store.needs import Needs, R, W
from tests.world import PATIENT

REVIEWER = make_actor("Carla", Role.COMPLIANCE)
DECISION = Decision("not_justified", ["unconfirmed"], 0, "a note")
HOLD, HELD, LIFTED = HoldRequest(PATIENT), Grounds(HOLD_REASONS[0]), Grounds(LIFT_REASONS[0])
ASKED, BREACH = Grounds(EXPORT_REASONS[0]), Grounds(INCIDENT_REASONS[0])
DAY = FakeClock().now.date()

OF_COMPLIANCE: dict[str, tuple[Needs, Callable[[Everything], object]]] = {
    "IasAudit.figures": (W, lambda w: w.ias_audit.figures(REVIEWER, DAY, DAY)),
    "IasAudit.trend": (W, lambda w: w.ias_audit.trend(REVIEWER, DAY, DAY)),
    "IasAudit.first_day": (R, lambda w: w.ias_audit.first_day(REVIEWER)),
    "IasAudit.findings": (W, lambda w: w.ias_audit.findings(REVIEWER, AuditFilters())),
    "IasAudit.staff": (R, lambda w: w.ias_audit.staff(REVIEWER)),
    "IasAudit.evidence": (W, lambda w: w.ias_audit.evidence(REVIEWER, w.query_id)),
    "IasAudit.look": (W, lambda w: w.ias_audit.look(REVIEWER, 1)),
    "EvidencePackets.make": (W, lambda w: w.packets.make(REVIEWER, w.query_id, PacketForm.PDF)),
    "EvidencePackets.make_for_operator": (
        W, lambda w: w.packets.make_for_operator(PROGRAM, w.query_id, PacketForm.ZIP)
    ),
    "Purge.step": (W, lambda w: w.purge.step()),
    "Purge.run": (W, lambda w: list(w.purge.run())),
    "Purge.preview": (R, lambda w: w.purge.preview()),
    "Retention.read": (W, lambda w: w.retention.read(REVIEWER)),
    "Retention.set_hold": (W, lambda w: w.retention.set_hold(REVIEWER, HOLD, HELD)),
    "Retention.lift_hold": (W, lambda w: w.retention.lift_hold(REVIEWER, w.hold_id, LIFTED)),
    "PatientRights.export": (W, lambda w: w.patient_rights.export(REVIEWER, PATIENT, ASKED)),
    "PatientRights.preview_erasure": (
        W, lambda w: w.patient_rights.preview_erasure(REVIEWER, PATIENT)
    ),
    "PatientRights.erase": (W, lambda w: w.patient_rights.erase(REVIEWER, PATIENT, ASKED)),
    "Incidents.prepare": (
        R, lambda w: w.incidents.prepare(REVIEWER, IncidentFilters(people=(PATIENT,)), BREACH)
    ),
    "PeriodReports.make": (
        W, lambda w: w.period_reports.make(REVIEWER, DAY, DAY, ReportForm.PDF)
    ),
    "PeriodReports.make_for_operator": (
        W, lambda w: w.period_reports.make_for_operator(PROGRAM, DAY, DAY, ReportForm.XLSX)
    ),
    "Reviews.search": (W, lambda w: w.reviews.search(REVIEWER, ReviewFilters())),
    "Reviews.figures": (R, lambda w: w.reviews.figures(REVIEWER)),
    "Reviews.members": (R, lambda w: w.reviews.members(REVIEWER)),
    "Reviews.open": (W, lambda w: w.reviews.open(REVIEWER, w.review_id)),
    "Reviews.of_subject": (W, lambda w: w.reviews.of_subject(REVIEWER, w.query_id)),
    "Reviews.next_after": (R, lambda w: w.reviews.next_after(REVIEWER, None, ReviewFilters())),
    "Reviews.assign": (W, lambda w: w.reviews.assign(REVIEWER, w.review_id, None)),
    "Reviews.decide": (W, lambda w: w.reviews.decide(REVIEWER, w.review_id, DECISION)),
    "ReviewQueue.step": (W, lambda w: w.review_queue.step()),
    "SampleDrawing.step": (W, lambda w: w.sampling.step()),
}  # fmt: skip
