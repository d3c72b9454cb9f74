"""The parts of the program that prove what was allowed, and keep or purge what is known."""

from dataclasses import dataclass

from services.clock import Clock
from services.compliance.assessing.assessor import Assessor
from services.compliance.evidence.config import EvidenceConfig
from services.compliance.ias_audit import IasAudit
from services.compliance.keeping import keeps_of, make_keeping, segments_held
from services.compliance.packets.packets import EvidencePackets
from services.compliance.packets.program import this_program
from services.compliance.reports.period_reports import PeriodReports
from services.compliance.retention.retention import Retention
from services.compliance.reviews.queue import ReviewQueue
from services.compliance.reviews.reviews import Reviews
from services.compliance.reviews.sample import SampleDrawing
from services.compliance.rights.incidents import Incidents
from services.compliance.rights.patient_rights import PatientRights
from services.outcomes.small_cells import SmallCells
from services.settings import Settings
from services.staff.audit import Audit
from services.staff.proof.anchors import Anchors
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.vault import Vault
from services.workers.compliance_work import ComplianceWork


@dataclass(frozen=True)
class Compliance:
    """What compliance reviewers use, and the work that goes on behind it."""

    evidence_config: EvidenceConfig
    ias_audit: IasAudit
    reviews: Reviews
    retention: Retention
    patient_rights: PatientRights
    incidents: Incidents
    packets: EvidencePackets
    period_reports: PeriodReports
    segments: Segments
    work: ComplianceWork


def make_compliance(
    settings: Settings,
    store: Store,
    audit: Audit,
    clock: Clock,
    vault: Vault,
    anchors: Anchors,
    signing_keys: SigningKeys,
) -> Compliance:
    """Make these parts; in the sandbox the last week before the first start is sampled too.

    Raises `BadSettings` where the rule sets overlap or leave a gap.
    """
    config = EvidenceConfig(settings.consent, settings.aal2_max_age, settings.aal2_max_idle)
    keeps, program = keeps_of(settings), this_program(settings)
    keeping = make_keeping(store, audit, clock, keeps, signing_keys)
    sampling = SampleDrawing(
        store, audit, clock, settings.review_sample, look_back=settings.sandboxed
    )
    steps = {
        "assessor": Assessor(store, clock, config).step,
        "review queue": ReviewQueue(store, clock).step,
        "review sample": sampling.step,
        "retention": keeping.purge.step,
    }
    held = segments_held(clock, keeps)
    return Compliance(
        evidence_config=config,
        ias_audit=IasAudit(store, audit, clock, config, SmallCells(settings.small_cell)),
        reviews=Reviews(store, audit, vault, clock),
        retention=keeping.retention,
        patient_rights=keeping.patient_rights,
        incidents=keeping.incidents,
        packets=EvidencePackets(store, audit, anchors, signing_keys, vault, config, program, clock),
        period_reports=PeriodReports(store, audit, signing_keys, program, clock),
        segments=Segments(store, clock, audit, signing_keys, keeps.log, held),
        work=ComplianceWork(steps),
    )
