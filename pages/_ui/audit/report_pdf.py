"""A person's access report as a PDF to print: A4 or Letter paper both hold it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pages._ui.words.audit.sentences import event_sentence
from pages._ui.words.names import role_name
from services.exports.pdf.document import make_pdf
from services.exports.pdf.printable import lacks_signs_of
from services.staff.access_log.report import AccessReport
from services.staff.access_log.rows import AuditEvent

_TEMPLATE = Path(__file__).parent / "report.typ"
_LONGEST_NAME, _LONGEST_WORDS = 120, 200

_EXPLANATION = (
    "This report lists every time somebody of the company looked at this person’s record in "
    "Access Desk or did something about it, as the access log has it. Searches are listed when "
    "they showed this person among others. Lists of queries, and files made of them, show ids and "
    "no names; they are listed when they were about this person alone. What the program did by "
    "itself is not listed."
)


def report_pdf(report: AccessReport, zone: ZoneInfo, *, is_sandbox: bool) -> bytes:
    """The report as a PDF. Times are in `zone`, which the report names."""
    contents = {
        "title": "Access report",
        "subtitle": "Who of the company looked at this person’s record",
        "is_sandbox": is_sandbox,
        "foot": f"Patient id {report.patient_id} · made {_moment(report.made_at, zone)}",
        "facts": _facts(report, zone),
        "lacks_signs": lacks_signs_of(_name(report)),
        "explanation": _EXPLANATION,
        "events": [_cells(event, report.patient_id, zone) for event in report.events],
    }
    return make_pdf(_TEMPLATE, contents, report.made_at)


def _facts(report: AccessReport, zone: ZoneInfo) -> Sequence[tuple[str, str]]:
    return (
        ("Person", _name(report)),
        ("Born", report.born or "unknown"),
        ("Patient id", report.patient_id),
        ("Period", _period(report, zone)),
        ("Events", f"{len(report.events):,} by {_people(report.events)}"),
        ("Made", f"{_moment(report.made_at, zone)} by {report.made_by}"),
        ("Times", f"in the time zone {zone.key}"),
    )


def _name(report: AccessReport) -> str:
    return report.name[:_LONGEST_NAME] or "(no name)"


def _cells(event: AuditEvent, patient_id: str, zone: ZoneInfo) -> Sequence[Sequence[str]]:
    """The lines of each cell. A role has a line of its own: a name may run from right to left."""
    return (
        [_moment(event.at, zone)],
        _lines(event.actor[:_LONGEST_NAME], role_name(event.role) if event.role else None),
        _lines(report_sentence(event, patient_id)),
        _lines(event.reason, event.ticket),
    )


def _lines(*lines: str | None) -> Sequence[str]:
    return [line[:_LONGEST_WORDS] for line in lines if line] or ["–"]


def report_sentence(event: AuditEvent, patient_id: str) -> str:
    """What was done, for the person whom it is about: nothing of others who were shown too."""
    if event.patient_id != patient_id:
        return "Saw the person in a list of search results"
    return event_sentence(event)


def _people(events: Sequence[AuditEvent]) -> str:
    number = len({event.actor_id for event in events})
    return f"{number:,} {'member' if number == 1 else 'members'} of the staff"


def _period(report: AccessReport, zone: ZoneInfo) -> str:
    until = _moment(report.until, zone)
    if report.since is None:
        return f"everything in the access log until {until}"
    return f"{_moment(report.since, zone)} to {until}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%b %-d, %Y, %H:%M:%S %Z")
