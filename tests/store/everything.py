"""Every service over one log that holds a row of each kind, so that any method has work to do."""

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from services.addresses import Addresses
from services.bootstrap.outcomes import make_counting, make_planning
from services.calls.rate_budgets import RateBudgets
from services.compliance.assessing.assessor import Assessor
from services.compliance.evidence.config import DEFAULT_CONFIG
from services.compliance.ias_audit import IasAudit
from services.compliance.keeping import make_keeping
from services.compliance.packets.packets import EvidencePackets
from services.compliance.packets.program import this_program
from services.compliance.reports.period_reports import PeriodReports
from services.compliance.retention.purge import Keeps
from services.compliance.retention.retention import HOLD_REASONS, HoldRequest
from services.compliance.reviews.queue import ReviewQueue
from services.compliance.reviews.reviews import Reviews
from services.compliance.reviews.sample import SampleDrawing
from services.identity.patient_links import Visit
from services.metriport.sandbox_control import SandboxControl
from services.metriport.signature import sign
from services.operations.heartbeats import Heartbeats
from services.operations.prometheus.metrics import Metrics
from services.operations.readiness import Readiness
from services.operations.sandbox_switches import SandboxSwitches
from services.operations.system import System
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.marking import TestPeople
from services.outcomes.adoption.step_people import StepPeople
from services.outcomes.adoption.views import AdoptionView, view_of
from services.outcomes.annotations import AnnotationKind, NewAnnotation
from services.outcomes.chart_files.chart_files import ChartFiles
from services.outcomes.goals.measures import Measure
from services.outcomes.log_export.export import LogExport
from services.outcomes.log_export.reading import Months
from services.records.looks import RECORD_REASONS
from services.settings import Settings
from services.staff.access_log.log import AccessLog
from services.staff.access_log.report import AccessReports
from services.staff.access_log.review import AccessReview
from services.staff.audit import PROGRAM
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.proof.anchors import Anchors
from services.staff.proof.segments import Segments
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verification
from services.staff.reasons import Grounds
from services.staff.sign_in.refused_sign_ins import RefusedSignIns
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.staff.sign_in.sign_ins import Browser, SignIns
from services.store.tables import (
    Assessment,
    RecordLook,
    ReviewItem,
    StaffSession,
    UpstreamCall,
    WebhookEvent,
)
from services.vault import Vault
from services.webhooks.rejections import Rejection, Rejections
from tests.identity.stage import AAL2_ID, ADMIN, OTHER, Stage
from tests.records.messages import BUNDLE, records_message
from tests.world import PATIENT, REQUEST, SUPPORT

PERSON = {"id": PATIENT, "firstName": "A", "lastName": "B", "dob": "1990-01-31"}
MARKED = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb4"
RUN = "0191b87f-6d9f-7b6e-bf3b-1c88b34cabb3"
PING = json.dumps({"meta": {"messageId": "m-ping", "type": "ping"}, "ping": "x"}).encode()
UPSTREAM = "https://up.test"


class Everything(Stage):
    """A world in which something is open, due, waiting or running for each method."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answer = self._respond
        self.heartbeats = Heartbeats(self.store, self.clock)
        self.readiness = Readiness(self.store, [], lambda _: 2**40)
        limits = SessionLimits(timedelta(hours=12), timedelta(minutes=15))
        self.sessions = StaffSessions(self.store, self.clock, limits)
        self.sign_ins = SignIns(self.store, self.clock, self.audit, self.sessions, Vault(["k"]))
        self.refused_sign_ins = RefusedSignIns(self.store, self.audit, self.clock)
        self.rejections = Rejections(self.store, self.clock)
        keys = SigningKeys(["A" * 43])
        self.anchors = Anchors(self.store, self.clock, keys, "writer")
        self.segments = Segments(self.store, self.clock, self.audit, keys, timedelta(days=1))
        self.verification = Verification(self.store, self.audit, keys)
        self.access_log = AccessLog(self.store, self.audit)
        self.access_reports = AccessReports(self.store, self.client, self.audit, self.clock)
        self.access_review = AccessReview(self.store, self.audit, self.clock)
        self.ias_audit = IasAudit(self.store, self.audit, self.clock)
        keeps = Keeps(timedelta(days=1), timedelta(seconds=1))
        keeping = make_keeping(self.store, self.audit, self.clock, keeps, keys)
        self.purge, self.retention = keeping.purge, keeping.retention
        self.patient_rights, self.incidents = keeping.patient_rights, keeping.incidents
        self.reviews = Reviews(self.store, self.audit, Vault(["k"]), self.clock)
        self.program = this_program(Settings(_env_file=None))  # type: ignore[call-arg]
        self.period_reports = PeriodReports(self.store, self.audit, keys, self.program, self.clock)
        self.packets = EvidencePackets(
            self.store, self.audit, self.anchors, keys, Vault(["k"]), DEFAULT_CONFIG, self.program,
            self.clock,
        )  # fmt: skip
        self.assessor = Assessor(self.store, self.clock)
        self.review_queue = ReviewQueue(self.store, self.clock)
        self.sampling = SampleDrawing(self.store, self.audit, self.clock, 1.0)
        control = httpx.MockTransport(lambda _: httpx.Response(200, json={"faults": []}))
        http = httpx.Client(transport=control, base_url=UPSTREAM)
        self.switches = SandboxSwitches(SandboxControl(http), self.audit)
        self.system = System(self.audit, lambda: [], Addresses("https://us.test"), self.switches)

        self._plan()

    def _plan(self) -> None:
        counting = make_counting(self.store)
        self.rollups, self.folding = counting.rollups, counting.folding
        rollups = self.rollups
        planning = make_planning(self.store, self.audit, self.clock, rollups, 5, consent=True)
        self.goals, self.annotations = planning.goals, planning.annotations
        self.people_behind = planning.people_behind
        self.adoption = Adoption(
            self.audit, rollups, planning.small_cells, self.clock, consent=True
        )
        self.chart_files = ChartFiles(
            self.exports, self.outcomes, self.adoption, planning.small_cells, self.clock,
            is_sandbox=True,
        )  # fmt: skip
        self.step_people = StepPeople(self.store, self.audit)
        self.test_people = TestPeople(self.store, self.audit, self.clock)
        self.metrics = Metrics(
            self.store, self.clock, self.goals, rollups, planning.people_behind,
            planning.small_cells, RateBudgets(self.store, self.audit, self.clock),
        )  # fmt: skip

    def export_log(self) -> None:
        """Write the log into a folder that is gone at once."""
        with TemporaryDirectory() as folder:
            LogExport(self.store, self.audit, self.clock).make(PROGRAM, Path(folder), Months())

    def months(self, whole: bool = True) -> AdoptionView:
        """Two months, as every role may see them."""
        return view_of("month", 2, self.clock(), whole=whole)

    def new_annotation(self) -> NewAnnotation:
        """Something that happened just now."""
        return NewAnnotation(AnnotationKind.RELEASE, self.clock(), None, "A release")

    def fill(self) -> None:
        """Write a row of each kind, with the services themselves."""
        self._log_two_months()
        self.test_people.mark(SUPPORT, MARKED)
        self.query_id = self.start().id
        self.hear_verified("m-1")
        self.challenge_cookie = self._meet_challenge().cookie
        sent = self.link_sender.send_verification(SUPPORT, PATIENT)
        self.identity_cookie = self.follow(sent.url).cookie
        self.link = self.link_sender.send_verification(SUPPORT, PATIENT)
        self.token = self.link.url.rsplit("/", 1)[1]
        self.consent_hash = self.consents.terms.words.hash
        self.consents.record(SUPPORT, PATIENT, self.consent_hash, agreed=True)
        withdrawal = self.consents.new_link(SUPPORT, PATIENT)
        self.withdrawal_token = withdrawal.url.rsplit("/", 1)[1]
        self.records.fetch(SUPPORT, PATIENT)
        self.bulk.begin(SUPPORT, RUN, [PATIENT], REQUEST)
        for _ in range(2):
            self.rejections.note(Rejection.UNSIGNED, "invalid", None)
        self.event_id = next(row.id for row in self.rows(WebhookEvent) if row.body)
        member = SANDBOX_STAFF[Role.SUPPORT]
        # Two roles, so that one may be chosen, and one.
        roles = [Role.SUPPORT, Role.ADMIN]
        self.choice_cookie = self.sign_ins.begin(member, roles, Browser())
        self.staff_cookie = self.sign_ins.begin(member, [Role.SUPPORT], Browser())
        self.rows_of_staff = self.rows(StaffSession)
        self.staff_session = self.rows_of_staff[0].id
        self.call_id = self.rows(UpstreamCall)[0].id
        self._line_up_reviews()
        self.hold_id = self.retention.set_hold(
            ADMIN, HoldRequest(OTHER), Grounds(HOLD_REASONS[0])
        ).id
        self.goals.set(ADMIN, Measure.RECEIVED_PER_MONTH, True, 100)
        self.annotation_id = self.annotations.add(ADMIN, self.new_annotation()).id
        # The open query and the record request are due then, and the rejections' minute is over.
        self.clock.forward(minutes=2)
        self._fetch_and_look()
        # After the message about the records, with which every waiting message was interpreted.
        self.webhooks.receive(PING, sign("hook", PING))

    def things_asked(self) -> list[httpx.Request]:
        """The requests that started or changed something upstream."""
        # The match is a read, although it is sent as a POST.
        started = [request for request in self.requests if request.method != "GET"]
        return [request for request in started if not request.url.path.endswith("/match")]

    def _log_two_months(self) -> None:
        """Have one segment of the access log to purge, and one to seal."""
        self.clock.forward(days=-80)
        for _ in range(2):
            self.audit.note(SUPPORT, "x")
            self.clock.forward(days=40)
        self.audit.note(SUPPORT, "x")
        self.segments.seal()

    def _fetch_and_look(self) -> None:
        """Have records that can be looked at, and one look that waits for a reviewer."""
        fetched = self.records.fetch(SUPPORT, OTHER)
        self.hear_raw(records_message(OTHER, fetched.request_id, f"{UPSTREAM}/file"))
        self.record_contents.look(ADMIN, OTHER, Grounds(RECORD_REASONS[0]))
        self.look_id = self.rows(RecordLook)[0].id

    def _line_up_reviews(self) -> None:
        """Have one item in the review queue, and something that will be one."""
        self._find_something(self.query_id)
        ReviewQueue(self.store, self.clock).step()
        self.review_id = self.rows(ReviewItem)[0].id
        self._find_something("event 1")

    def _find_something(self, subject: str) -> None:
        with self.store.write() as session:
            session.add(
                Assessment(
                    subject=subject,
                    kind="query",
                    patient_id=PATIENT,
                    actor_id=SUPPORT.id,
                    actor=SUPPORT.name,
                    at=self.clock(),
                    rules_version="1",
                    severity=2,
                    missing=[],
                    findings=["unconfirmed"],
                    assessed_at=self.clock(),
                )
            )

    def _meet_challenge(self) -> Visit:
        visit = self.follow(self.link_sender.send_challenge(SUPPORT, PATIENT).url)
        self.links.back_from_challenge(visit.cookie, "verified", AAL2_ID)
        return visit

    def _respond(self, request: httpx.Request) -> httpx.Response:
        """People and facilities are answered here, and everything else as on the stage."""
        head, _, last = request.url.path.rpartition("/")
        if last in (PATIENT, "match"):
            return httpx.Response(200, json=PERSON)
        if head == "/medical/v1" and last == "patient":
            one_page = {"patients": [PERSON], "meta": {"itemsOnPage": 1}}
            return httpx.Response(200, json=PERSON if request.method == "POST" else one_page)
        if last == "file":
            return httpx.Response(200, json=BUNDLE)
        if last == "facility":
            return httpx.Response(200, json={"facilities": []})
        return self.upstream(request)
