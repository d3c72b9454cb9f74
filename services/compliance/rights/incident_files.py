"""An incident packet as files: a workbook, and signed JSON. Both begin with one row a person."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from services.compliance.packets.signed_file import sign_file
from services.compliance.rights.archive import zipped
from services.exports.cells import Cell
from services.exports.formats import XLSX, Format
from services.exports.xlsx_file import Sheet, write_xlsx
from services.staff.proof.signing import SigningKeys

FORM = "Access Desk incident packet, form 1"

COLUMNS = (
    "seq",
    "at_utc",
    "patient_id",
    "actor_id",
    "actor",
    "role",
    "action",
    "what",
    "outcome",
    "object_kind",
    "object_id",
    "reason",
    "ticket",
    "address",
)
"""The columns of the events: one row for each event and person."""

NOTES = (
    "Patients are named by their ids only: their names stand in no log.",
    "It has what was asked about a person by name or id, and every search that showed them. Lists "
    "of queries, webhooks and calls show ids only, and count where they were filtered by a person.",
    "It proves what was written, not who sat at the browser.",
)
"""What the packet says about itself."""

_PEOPLE = ("patient_id", "events", "refused", "first_utc", "last_utc", "seen_or_done_by", "what")


@dataclass
class _Person:
    """What was seen of one person."""

    events: int = 0
    refused: int = 0
    first: datetime | None = None
    last: datetime | None = None
    by: set[str] = field(default_factory=set)
    what: Counter[str] = field(default_factory=Counter)


def incident_formats(keys: SigningKeys) -> Sequence[Format]:
    """The two forms of a packet."""

    def write_signed(
        file: BinaryIO,
        about: Mapping[str, str],
        columns: Sequence[str],
        rows: Iterable[Sequence[Cell]],
    ) -> None:
        _write_signed(keys, file, about, columns, list(rows))

    signed = Format("JSON, signed", "zip", "application/zip", write_signed)
    return (Format(XLSX.name, XLSX.ending, XLSX.mime, _write_workbook), signed)


def _write_workbook(
    file: BinaryIO,
    about: Mapping[str, str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> None:
    listed = list(rows)
    people = summarize(columns, listed)
    told = _about(about, people)
    sheet = Sheet("People", _PEOPLE, [_row(person, seen) for person, seen in people.items()])
    write_xlsx(file, told, columns, listed, before=[sheet])


def _write_signed(
    keys: SigningKeys,
    file: BinaryIO,
    about: Mapping[str, str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
) -> None:
    people = summarize(columns, rows)
    document = {
        "form": FORM,
        "about": _about(about, people),
        "people": [
            dict(zip(_PEOPLE, _row(person, seen), strict=True)) for person, seen in people.items()
        ],
        "events": [dict(zip(columns, row, strict=True)) for row in rows],
    }
    signed = sign_file("incident.json", document, keys)
    file.write(zipped(signed))


def summarize(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> dict[str, Any]:
    """What was seen of each person, by id: in the order of the ids."""
    people: dict[str, _Person] = {}
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        _count(people.setdefault(str(cells["patient_id"]), _Person()), cells)
    return dict(sorted(people.items()))


def _count(person: _Person, cells: Mapping[str, Any]) -> None:
    at = cells["at_utc"]
    person.events += 1
    person.first = at if person.first is None else min(person.first, at)
    person.last = at if person.last is None else max(person.last, at)
    if cells["outcome"] in ("denied", "ended"):
        # They saw nothing.
        person.refused += 1
        return
    person.by.add(f"{cells['actor']} ({cells['role'] or 'program'})")
    person.what[str(cells["what"])] += 1


def _row(person: str, seen: _Person) -> list[Cell]:
    what = "; ".join(f"{told} ({number})" for told, number in seen.what.most_common())
    by = "; ".join(sorted(seen.by))
    return [person, seen.events, seen.refused, seen.first, seen.last, by, what]


def _about(about: Mapping[str, str], people: Mapping[str, _Person]) -> dict[str, str]:
    firsts = [seen.first for seen in people.values() if seen.first]
    lasts = [seen.last for seen in people.values() if seen.last]
    span = {"First event (UTC)": min(firsts), "Last event (UTC)": max(lasts)} if firsts else {}
    notes = {f"Note {number}": note for number, note in enumerate(NOTES, start=1)}
    told = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in span.items()}
    return {**about, "People": str(len(people)), **told, **notes}
