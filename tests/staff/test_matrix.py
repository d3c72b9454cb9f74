"""Who may do what: every role at every page and every act of a service, as it is written here."""

import pytest

from pages._ui.frame.places import PAGES
from services.desk import Desk
from services.errors import AccessDeskError, NotPermitted, SignInEnded
from services.staff.permissions import Role
from services.store import Store
from tests.clock import FakeClock
from tests.pages.conftest import Browser, browser, texts
from tests.staff.acts import act_as, acts, last_event, noted, rows_beside_the_log_of_acts
from tests.staff_members import STAFF
from tests.store.everything import Everything

__all__ = ["browser"]

_LETTERS = dict(zip("SCPA", Role, strict=True))

MAY_OPEN = {
    "patients": "SC-A", "patient": "SC-A",
    "records": "---A",
    "queries": "SC-A", "query": "SC-A",
    "bulk": "S--A",
    "outcomes": "SCPA",
    "adoption": "SCPA",
    "webhooks": "SC-A", "webhook": "SC-A",
    "calls": "SC-A", "call": "SC-A",
    "ias_audit": "-CPA", "evidence": "-C-A", "rules": "-C-A",
    "reviews": "-C-A",
    "retention": "-C-A",
    "access_log": "-C-A", "access_review": "-C-A",
    "staff_sessions": "---A",
    "system": "---A",
}  # fmt: skip
"""Support, compliance, product and administrator, by their letters, for each page."""

MAY_DO = {
    # patients: search, view
    "Patients.search": "SC-A", "Patients.turn": "SC-A", "Patients.read_anew": "SC-A",
    "Patients.open": "SC-A", "Patients.note_shown": "SC-A",
    "PatientSearch.search": "SC-A", "PatientSearch.turn": "SC-A",
    "IndividualAccess.standings": "SC-A", "IndividualAccess.of_person": "SC-A",
    "Cases.diagnose": "SC-A", "Cases.round_of": "SC-A", "DriftGuard.compare": "SC-A",
    "Timeline.of_patient": "SC-A",
    "Finder.find": "SC-A", "Finder.candidates": "SC-A",
    "Changes.version": "SC-A",
    # create, correct patient, send links, start queries
    "Patients.match": "S--A", "Patients.create": "S--A",
    "Corrections.correct": "S--A", "Corrections.set_hie_opt_out": "S--A",
    "Corrections.set_treatment_relationship": "S--A",
    "LinkSender.send_verification": "S--A", "LinkSender.send_challenge": "S--A",
    "LinkSender.mark_sent": "S--A", "LinkSender.withdraw": "S--A",
    "Consents.record": "S--A", "Consents.revoke": "S--A", "Consents.new_link": "S--A",
    "QueryStarts.start": "S--A",
    "Bulk.unknown": "S--A", "Bulk.begin": "S--A", "Bulk.stop": "S--A", "Bulk.resume": "S--A",
    # records: counts
    "Records.fetch": "SC-A", "Records.of_patient": "SC-A",
    # records: download (with a reason), and who reviews that
    "RecordContents.offered": "---A", "RecordContents.look": "---A",
    "RecordContents.download": "---A",
    "RecordLooks.unseen": "-C-A", "RecordLooks.mark_seen": "-C-A",
    # query log with patient ids
    "Queries.search": "SC-A", "Queries.open": "SC-A", "Queries.open_of": "SC-A",
    "Queries.ended_among": "SC-A",
    "Exports.count": "SC-A", "Exports.make": "SC-A",
    "Bulk.runs": "SC-A", "Bulk.results": "SC-A",
    "Timeline.of_query": "SC-A",
    "Patients.facilities": "SC-A",
    # outcomes, adoption (numbers)
    "Outcomes.status": "SCPA", "Outcomes.sources": "SCPA", "Outcomes.first_day": "SCPA",
    "ChartFiles.make": "SCPA",
    "Adoption.funnel": "SCPA", "Adoption.activity": "SCPA", "Adoption.received": "SCPA",
    "Adoption.fates": "SCPA", "Adoption.facilities": "SCPA", "Adoption.facility_ids": "SCPA",
    "StepPeople.stopped_at": "SC-A",
    "TestPeople.mark_of": "SC-A", "TestPeople.mark": "S--A", "TestPeople.unmark": "S--A",
    # IAS evidence, findings: figures only for product
    "IasAudit.figures": "-CPA", "IasAudit.trend": "-CPA", "IasAudit.first_day": "-CPA",
    "IasAudit.findings": "-C-A", "IasAudit.staff": "-C-A",
    "IasAudit.evidence": "-C-A", "IasAudit.look": "-C-A",
    "EvidencePackets.make": "-C-A", "PeriodReports.make": "-C-A",
    "Reviews.figures": "-CPA",
    "Reviews.search": "-C-A", "Reviews.members": "-C-A",
    "Reviews.open": "-C-A", "Reviews.of_subject": "-C-A", "Reviews.next_after": "-C-A",
    "Reviews.assign": "-C-A", "Reviews.decide": "-C-A",
    # goals, annotations
    "Goals.in_force": "SCPA", "Goals.standings": "SCPA", "Goals.earlier": "SCPA",
    "Goals.set": "--PA", "Goals.end": "--PA",
    "Annotations.between": "SCPA", "Annotations.add": "S-PA", "Annotations.remove": "S-PA",
    # access log, verification, exports
    "AccessLog.search": "-C-A", "AccessLog.open": "-C-A", "AccessLog.choices": "-C-A",
    "AccessLog.last_of": "-C-A", "AccessLog.who_saw": "-C-A",
    "AccessReports.make": "-C-A", "AccessReview.read": "-C-A",
    "Verification.run": "-C-A",
    # retention, holds, rights of patients, incident packets
    "Retention.read": "-C-A", "Retention.set_hold": "-C-A", "Retention.lift_hold": "-C-A",
    "PatientRights.export": "-C-A", "PatientRights.preview_erasure": "-C-A",
    "PatientRights.erase": "-C-A", "Incidents.prepare": "-C-A",
    # webhooks: view / replay
    "Inbox.search": "SC-A", "Inbox.open": "SC-A", "Inbox.types": "SC-A",
    "Inbox.body": "---A",
    "Replays.count": "---A", "Replays.replay": "---A", "Replays.replay_all": "---A",
    "Deliveries.status": "SC-A", "Deliveries.missing": "SC-A", "Deliveries.retry": "---A",
    "CallLog.search": "SC-A", "CallLog.open": "SC-A", "CallLog.statistics": "SC-A",
    "CallLog.paths": "SC-A",
    "RateBudgets.show": "SC-A",
    # system
    "System.examine": "---A",
    "SandboxSwitches.state": "---A", "SandboxSwitches.switch_on": "---A",
    "SandboxSwitches.set_speed": "---A", "SandboxSwitches.clear": "---A",
    "SignIns.open_sessions": "---A", "SignIns.revoke": "---A", "SignIns.revoke_person": "---A",
}  # fmt: skip
"""The same for each act of a service, by the rows of the matrix of roles."""


def _roles(letters: str) -> set[Role]:
    return {_LETTERS[letter] for letter in letters if letter != "-"}


def test_every_page_and_every_act_is_in_the_tables() -> None:
    assert {page.path for page in PAGES} == set(MAY_OPEN)
    assert acts() == set(MAY_DO)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> Everything:
    """Everything has work to do, on each database in turn."""
    made = Everything(store, clock)
    made.fill()
    return made


@pytest.mark.parametrize("role", Role)
def test_a_role_does_its_acts_and_no_other(world: Everything, role: Role) -> None:
    refused = {name for name in MAY_DO if not _is_allowed(world, name, role)}
    assert refused == {name for name, letters in MAY_DO.items() if role not in _roles(letters)}


def _is_allowed(world: Everything, name: str, role: Role) -> bool:
    """Whether the role may; where not, nothing is done, and the attempt is noted."""
    who = STAFF[role]
    before, asked = rows_beside_the_log_of_acts(world), len(world.requests)
    event = last_event(world)
    try:
        act_as(world, name, who)
    except NotPermitted:
        assert rows_beside_the_log_of_acts(world) == before, name
        assert len(world.requests) == asked, name
        assert noted(world, event) == [(who.id, "denied", who.session)], name
        return False
    except SignInEnded:
        raise
    except AccessDeskError:
        # What an act before it has used up; the question is only who may.
        pass
    return True


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("page", MAY_OPEN)
def test_a_role_opens_its_pages_and_no_other(
    browser: Browser,
    running_desk: Desk,
    page: str,
    role: Role,
) -> None:
    event = last_event(running_desk)
    at = browser.open(role, f"{page}.py")
    assert not at.exception
    refused = f"Your role, {role.value}, does not have this page." in texts(at)
    assert refused is (role not in _roles(MAY_OPEN[page]))
    if refused:
        assert len(at.title) == 1 and not at.button and not at.text_input
        attempts = [(who, outcome) for who, outcome, _ in noted(running_desk, event)]
        assert (STAFF[role].id, "denied") in attempts
