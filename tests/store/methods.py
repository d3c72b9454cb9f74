"""Every public method of every service that stands on the log, and what it does without one."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from services.calls.call_log import CallFilters
from services.errors import UpstreamNotFound
from services.exports.formats import CSV
from services.identity.consent.consents import REVOKE_REASONS
from services.identity.patient_links import SentWay
from services.lookup.changes import Subject
from services.metriport.schemas import Patient
from services.metriport.signature import sign
from services.metriport.transport import CallRecord, Request
from services.patients.form import PatientForm
from services.patients.search.patient_search import SearchRequest
from services.queries.export import queries_export
from services.queries.filters import QueryFilters
from services.records.looks import RECORD_REASONS
from services.staff.access_log.filters import AccessFilters
from services.staff.access_log.report import REPORT_REASONS
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Permission, Role
from services.staff.reasons import Grounds
from services.staff.sign_in.sessions import COOKIE
from services.staff.sign_in.sign_ins import Browser
from services.webhooks.filters import WebhookFilters
from services.webhooks.inbox import REASONS
from services.webhooks.rejections import Rejection
from tests.clock import FakeClock
from tests.identity.stage import ADMIN, OTHER
from tests.store.everything import PERSON, PING, RUN, UPSTREAM, Everything
from tests.store.methods_of_charts import OF_CHARTS
from tests.store.methods_of_compliance import OF_COMPLIANCE, REVIEWER
from tests.store.needs import N, Needs, R, W
from tests.world import PATIENT, REQUEST, SUPPORT

FORM = PatientForm(
    "A", "B", "1990-01-31", "F", "1 Elm Ct", "", "Eugene", "OR", "97403", facility_id="f"
)
SASHA = SANDBOX_STAFF[Role.SUPPORT]
GROUNDS = Grounds("Mistake at entry")
IMPORTED = {
    "id": "c-1",
    "patientId": PATIENT,
    "version": "1",
    "text": "Yes.",
    "givenAt": "2026-09-01T12:00:00Z",
}
LOOK_GROUNDS = Grounds(RECORD_REASONS[0])
HOUR = timedelta(hours=1)
CALL = CallRecord(Request("GET", "/medical/v1/patient"), FakeClock().now, 1, 200, None, None)
NEWS = PING.replace(b"m-ping", b"m-news")
PAGE = f"{UPSTREAM}/medical/v1/patient?fromItem=x"


ANY_QUERY, ANY_MESSAGE, ANY_CALL = QueryFilters(), WebhookFilters(), CallFilters()

METHODS: dict[str, tuple[Needs, Callable[[Everything], object]]] = {
    "Audit.note": (W, lambda w: w.audit.note(SUPPORT, "x")),
    "Audit.look": (W, lambda w: w.audit.look(SUPPORT, "x")),
    # A role that may is not asked about in the log; one that may not is written down.
    "Audit.require": (W, lambda w: w.audit.require(REVIEWER, Permission.SYSTEM)),
    "StaffSessions.actor": (R, lambda w: w.sessions.actor({COOKIE: w.staff_cookie})),
    "StaffSessions.find": (R, lambda w: w.sessions.find(w.staff_cookie)),
    "StaffSessions.may_act": (R, lambda w: w.sessions.may_act(SUPPORT)),
    "StaffSessions.ended_among": (R, lambda w: w.sessions.ended_among([w.staff_session])),
    "StaffSessions.id_of": (R, lambda w: w.sessions.id_of(w.staff_cookie)),
    "StaffSessions.ending": (R, lambda w: w.sessions.ending(w.staff_cookie)),
    # What these ask about was read by their caller.
    "StaffSessions.left": (N, lambda w: w.sessions.left(w.rows_of_staff[0])),
    "StaffSessions.is_alive": (N, lambda w: w.sessions.is_alive(w.rows_of_staff[0])),
    "SignIns.begin": (W, lambda w: w.sign_ins.begin(SASHA, [Role.SUPPORT], Browser())),
    "SignIns.choices": (R, lambda w: w.sign_ins.choices(w.choice_cookie)),
    "SignIns.choose": (W, lambda w: w.sign_ins.choose(w.choice_cookie, Role.ADMIN)),
    "SignIns.refuse": (W, lambda w: w.sign_ins.refuse(SASHA, "no role", Browser())),
    "RefusedSignIns.note": (W, lambda w: w.refused_sign_ins.note("expired", Browser())),
    "SignIns.touch": (W, lambda w: w.sign_ins.touch(w.staff_cookie)),
    "SignIns.sign_out": (W, lambda w: w.sign_ins.sign_out(w.staff_cookie)),
    "SignIns.end_at_provider": (
        W,
        lambda w: w.sign_ins.end_at_provider("sandbox", subject="support", sid=None),
    ),
    "SignIns.open_sessions": (W, lambda w: w.sign_ins.open_sessions(ADMIN)),
    "SignIns.revoke": (W, lambda w: w.sign_ins.revoke(ADMIN, w.staff_session)),
    "SignIns.revoke_person": (W, lambda w: w.sign_ins.revoke_person(ADMIN, SASHA.id)),
    "Audit.note_after_end": (W, lambda w: w.audit.note_after_end(w.staff_session)),
    "SignIns.sweep": (W, lambda w: w.sign_ins.sweep()),
    "Anchors.step": (W, lambda w: w.anchors.step()),
    "Anchors.anchor": (W, lambda w: w.anchors.anchor()),
    "Anchors.read": (R, lambda w: w.anchors.read()),
    "Segments.seal": (W, lambda w: w.segments.seal()),
    "Segments.purge": (W, lambda w: w.segments.purge()),
    # It reads first, and notes its verdict.
    "Verification.run": (W, lambda w: list(w.verification.run(REVIEWER))),
    "AccessLog.search": (W, lambda w: w.access_log.search(REVIEWER, AccessFilters())),
    "AccessLog.open": (W, lambda w: w.access_log.open(REVIEWER, 1)),
    "AccessLog.choices": (R, lambda w: w.access_log.choices(REVIEWER)),
    "AccessLog.last_of": (R, lambda w: w.access_log.last_of(REVIEWER, "audit.verify")),
    "AccessLog.who_saw": (W, lambda w: w.access_log.who_saw(REVIEWER, PATIENT)),
    "AccessReports.make": (
        W, lambda w: w.access_reports.make(REVIEWER, PATIENT, Grounds(REPORT_REASONS[0]))
    ),
    "AccessReview.read": (W, lambda w: w.access_review.read(REVIEWER, 90)),
    # The call has happened, and its outcome must reach the caller.
    "CallRecorder.record": (N, lambda w: w.calls.record(CALL)),
    "CallLog.search": (W, lambda w: w.call_log.search(SUPPORT, ANY_CALL)),
    "CallLog.open": (W, lambda w: w.call_log.open(SUPPORT, w.call_id)),
    "CallLog.statistics": (R, lambda w: w.call_log.statistics(SUPPORT, HOUR)),
    "CallLog.paths": (R, lambda w: w.call_log.paths(SUPPORT)),
    "RateBudgets.now": (R, lambda w: w.rate_budgets.now()),
    "RateBudgets.show": (R, lambda w: w.rate_budgets.show(SUPPORT)),
    "IndividualAccess.standings": (R, lambda w: w.identity.standings(SUPPORT, [PATIENT])),
    "IndividualAccess.of_person": (R, lambda w: w.identity.of_person(SUPPORT, PATIENT)),
    "LinkSender.return_url": (N, lambda w: w.link_sender.return_url("identity")),
    "LinkSender.send_verification": (
        W, lambda w: w.link_sender.send_verification(SUPPORT, PATIENT)
    ),
    "LinkSender.send_challenge": (W, lambda w: w.link_sender.send_challenge(SUPPORT, PATIENT)),
    "LinkSender.mark_sent": (
        W, lambda w: w.link_sender.mark_sent(SUPPORT, w.link, SentWay.COPIED)
    ),
    "LinkSender.withdraw": (W, lambda w: w.link_sender.withdraw(SUPPORT, w.link)),
    "PatientLinks.withdrawal_url": (
        R, lambda w: w.links.withdrawal_url("identity", w.identity_cookie)
    ),
    "Consents.record": (W, lambda w: w.consents.record(SUPPORT, PATIENT, w.consent_hash, True)),
    "Consents.revoke": (
        W, lambda w: w.consents.revoke(SUPPORT, PATIENT, Grounds(REVOKE_REASONS[0]))
    ),
    "Consents.new_link": (W, lambda w: w.consents.new_link(SUPPORT, PATIENT)),
    "Consents.look": (R, lambda w: w.consents.look(w.withdrawal_token)),
    "Consents.revoke_by_link": (W, lambda w: w.consents.revoke_by_link(w.withdrawal_token)),
    "ConsentImports.is_sender": (N, lambda w: w.consent_imports.is_sender("Bearer x")),
    "ConsentImports.take": (W, lambda w: w.consent_imports.take(IMPORTED)),
    "PatientLinks.look": (W, lambda w: w.links.look(w.token)),
    "PatientLinks.follow": (W, lambda w: w.links.follow(w.token)),
    "PatientLinks.back_from_identity": (
        W, lambda w: w.links.back_from_identity(w.identity_cookie, None)
    ),
    "PatientLinks.back_from_challenge": (
        W, lambda w: w.links.back_from_challenge(w.challenge_cookie, "verified", "aal2_2")
    ),
    "Patients.search": (W, lambda w: w.patients.search(SUPPORT, "smith")),
    "Patients.turn": (W, lambda w: w.patients.turn(SUPPORT, PAGE)),
    "Patients.note_shown": (W, lambda w: w.patients.note_shown(SUPPORT, [PATIENT])),
    "Patients.read_anew": (W, lambda w: w.patients.read_anew(SUPPORT, [PATIENT])),
    "Patients.open": (W, lambda w: w.patients.open(SUPPORT, PATIENT)),
    "Patients.facilities": (N, lambda w: w.patients.facilities(SUPPORT)),
    "Patients.match": (W, lambda w: w.patients.match(SUPPORT, FORM)),
    "Patients.create": (W, lambda w: w.patients.create(SUPPORT, FORM)),
    "Corrections.correct": (
        W, lambda w: w.corrections.correct(SUPPORT, Patient.model_validate(PERSON), FORM, GROUNDS)
    ),
    "Corrections.set_hie_opt_out": (
        W, lambda w: w.corrections.set_hie_opt_out(SUPPORT, PATIENT, True, GROUNDS)
    ),
    "Corrections.set_treatment_relationship": (
        W, lambda w: w.corrections.set_treatment_relationship(SUPPORT, PATIENT, True, GROUNDS)
    ),
    "PatientSearch.search": (W, lambda w: w.patient_search.search(SUPPORT, SearchRequest("a"))),
    "PatientSearch.turn": (W, lambda w: w.patient_search.turn(SUPPORT, SearchRequest(), PAGE)),
    "Exports.count": (R, lambda w: w.exports.count(SUPPORT, queries_export(ANY_QUERY))),
    "Exports.make": (W, lambda w: w.exports.make(SUPPORT, queries_export(ANY_QUERY), CSV)),
    "Queries.search": (W, lambda w: w.queries.search(SUPPORT, ANY_QUERY)),
    "Queries.open_of": (R, lambda w: w.queries.open_of(SUPPORT)),
    "Queries.ended_among": (R, lambda w: w.queries.ended_among(SUPPORT, [w.query_id])),
    "Queries.open": (W, lambda w: w.queries.open(SUPPORT, w.query_id)),
    "StartChecks.read_record": (R, lambda w: w.checks.read_record(PATIENT)),
    "QueryStarts.new_id": (N, lambda w: w.query_starts.new_id()),
    "QueryStarts.start": (W, lambda w: w.ask()),
    "Records.fetch": (W, lambda w: w.records.fetch(SUPPORT, PATIENT)),
    "Records.of_patient": (R, lambda w: w.records.of_patient(SUPPORT, PATIENT)),
    "RecordContents.offered": (R, lambda w: w.record_contents.offered(ADMIN, OTHER)),
    "RecordContents.look": (W, lambda w: w.record_contents.look(ADMIN, OTHER, LOOK_GROUNDS)),
    "RecordContents.download": (
        W, lambda w: w.record_contents.download(ADMIN, OTHER, LOOK_GROUNDS)
    ),
    "RecordLooks.unseen": (W, lambda w: w.record_looks.unseen(REVIEWER)),
    "RecordLooks.mark_seen": (W, lambda w: w.record_looks.mark_seen(REVIEWER, [w.look_id])),
    "WebhookReceiver.take": (
        W, lambda w: asyncio.run(w.webhooks.take(NEWS, sign("hook", NEWS)))
    ),
    "WebhookReceiver.take_rejection": (
        N, lambda w: asyncio.run(w.webhooks.take_rejection(Rejection.TOO_LARGE, None))
    ),
    "WebhookReceiver.let_pass": (N, lambda w: w.webhooks.let_pass()),
    "WebhookReceiver.stop": (N, lambda w: w.webhooks.stop()),
    "WebhookReceiver.receive": (W, lambda w: w.webhooks.receive(NEWS, sign("hook", NEWS))),
    # Whoever sends rubbish is refused whatever the log does; it is counted until there is a log.
    "WebhookReceiver.reject": (N, lambda w: w.webhooks.reject(Rejection.TOO_LARGE, None)),
    "Rejections.note": (N, lambda w: w.rejections.note(Rejection.NOT_JSON, "valid", None)),
    "Rejections.count": (N, lambda w: w.rejections.count(Rejection.NOT_JSON, "valid", None)),
    "Rejections.write_first": (
        N, lambda w: w.rejections.write_first(w.rejections.count(Rejection.TOO_SLOW, "invalid", ""))
    ),
    "Rejections.write_counts": (W, lambda w: w.rejections.write_counts()),
    "WebhookInterpreter.interpret_waiting": (W, lambda w: w.interpreter.interpret_waiting()),
    "Inbox.search": (W, lambda w: w.inbox.search(SUPPORT, ANY_MESSAGE, None)),
    "Inbox.types": (R, lambda w: w.inbox.types(SUPPORT)),
    "Inbox.open": (W, lambda w: w.inbox.open(SUPPORT, w.event_id)),
    "Inbox.body": (W, lambda w: w.inbox.body(ADMIN, w.event_id, REASONS[0])),
    "Replays.count": (R, lambda w: w.replays.count(ADMIN, ANY_MESSAGE)),
    "Replays.replay": (W, lambda w: w.replays.replay(ADMIN, w.event_id)),
    "Replays.replay_all": (W, lambda w: w.replays.replay_all(ADMIN, ANY_MESSAGE)),
    "Deliveries.missing": (R, lambda w: w.deliveries.missing(SUPPORT)),
    # Known already, or not known yet: asked for by a worker beside the pages.
    "Deliveries.status": (N, lambda w: w.deliveries.status(SUPPORT)),
    "Deliveries.retry": (W, lambda w: w.deliveries.retry(ADMIN)),
    "DriftGuard.compare": (
        R,
        lambda w: w.drift.compare(SUPPORT, Patient.model_validate(PERSON)),
    ),
    "Cases.diagnose": (R, lambda w: w.cases.diagnose(SUPPORT, [Patient.model_validate(PERSON)])),
    "Cases.of_error": (N, lambda w: w.cases.of_error(UpstreamNotFound("x"))),
    "Cases.round_of": (R, lambda w: w.cases.round_of(SUPPORT, PATIENT)),
    "Cases.usual_pace": (R, lambda w: w.cases.usual_pace()),
    "Cases.troubles": (R, lambda w: w.cases.troubles()),
    "Changes.version": (R, lambda w: w.changes.version(SUPPORT, Subject.PATIENT, PATIENT)),
    # Computed: it needs nothing of the log.
    "Changes.seal": (N, lambda w: w.changes.seal(SUPPORT, Subject.PATIENT, PATIENT)),
    "Changes.is_sealed": (N, lambda w: w.changes.is_sealed("x", SUPPORT, Subject.PATIENT)),
    "Finder.find": (W, lambda w: w.finder.find(SUPPORT, w.query_id)),
    "Finder.candidates": (W, lambda w: w.finder.candidates(SUPPORT, "…48b7db73")),
    "Timeline.of_patient": (R, lambda w: w.timeline.of_patient(SUPPORT, PATIENT)),
    "Timeline.of_query": (R, lambda w: w.timeline.of_query(SUPPORT, w.query_id)),
    "Bulk.new_id": (N, lambda w: w.bulk.new_id()),
    "Bulk.unknown": (W, lambda w: list(w.bulk.unknown(SUPPORT, [PATIENT]))),
    "Bulk.begin": (W, lambda w: w.bulk.begin(SUPPORT, "another", [PATIENT], REQUEST)),
    "Bulk.stop": (W, lambda w: w.bulk.stop(SUPPORT, RUN)),
    "Bulk.resume": (W, lambda w: w.bulk.resume(SUPPORT, RUN)),
    "Bulk.runs": (R, lambda w: w.bulk.runs(SUPPORT)),
    "Bulk.results": (W, lambda w: w.bulk.results(SUPPORT, RUN)),
    "BulkStarts.step": (W, lambda w: w.bulk_starts.step()),
    "Reconciler.step": (W, lambda w: w.reconciler.step()),
    "DriftCapture.step": (W, lambda w: w.capture.step()),
    "Assessor.step": (W, lambda w: w.assessor.step()),
    "Sweeper.step": (W, lambda w: w.sweeper.step()),
    "Heartbeats.begin": (W, lambda w: w.heartbeats.begin()),
    "Heartbeats.noting": (W, lambda w: w.heartbeats.noting("reconciler", lambda: 1)()),
    "Readiness.is_ready": (W, lambda w: w.readiness.is_ready()),
    "System.examine": (W, lambda w: w.system.examine(ADMIN)),
    "SandboxSwitches.state": (N, lambda w: w.switches.state(ADMIN)),
    "SandboxSwitches.switch_on": (W, lambda w: w.switches.switch_on(ADMIN, "fail")),
    "SandboxSwitches.set_speed": (W, lambda w: w.switches.set_speed(ADMIN, 2)),
    "SandboxSwitches.clear": (W, lambda w: w.switches.clear(ADMIN)),
    **OF_COMPLIANCE,
    **OF_CHARTS,
}  # fmt: skip
