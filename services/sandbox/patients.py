"""The patients and facilities of the sandbox, kept as the JSON that the API answers."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.sandbox.filters import Filters, searchable
from services.sandbox.pagination import Page, Window, page
from services.sandbox.people import Person
from services.sandbox.store import Store

Document = dict[str, Any]
Edit = Callable[[Document], Document]

_INSERT = """INSERT INTO patient (id, external_id, dob, trouble, searched, document)
             VALUES (?, ?, ?, ?, ?, ?)"""
_UPDATE = """UPDATE patient SET external_id = ?, dob = ?, searched = ?, document = ?,
             version = version + 1 WHERE id = ?"""


class Patients:
    """Owner of the tables `patient`, `patient_facility` and `facility`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self, people: Iterable[Person], facilities: Iterable[Document]) -> None:
        """Add the shipped facilities and people to an empty sandbox."""
        with self._store.writing() as db:
            rows = [(facility["id"], json.dumps(facility)) for facility in facilities]
            db.executemany("INSERT INTO facility VALUES (?, ?)", rows)
            names = _facility_names(db)
            for person in people:
                _insert(db, person.patient, person.trouble, names)

    # Facilities

    def facilities(self) -> list[Document]:
        """All facilities."""
        rows = self._store.rows("SELECT document FROM facility ORDER BY id")
        return [json.loads(row["document"]) for row in rows]

    def facility(self, facility_id: str) -> Document | None:
        """One facility, or None."""
        row = self._store.row("SELECT document FROM facility WHERE id = ?", (facility_id,))
        return json.loads(row["document"]) if row else None

    # Patients

    def get(self, patient_id: str) -> Document | None:
        """One patient with its `eTag`, or None."""
        return _wire(self._store.row("SELECT * FROM patient WHERE id = ?", (patient_id,)))

    def by_external_id(self, external_id: str) -> Document | None:
        """The oldest patient with this `externalId`, or None; several may have it."""
        sql = "SELECT * FROM patient WHERE external_id = ? ORDER BY id LIMIT 1"
        return _wire(self._store.row(sql, (external_id,)))

    def trouble(self, patient_id: str) -> str | None:
        """The trouble of a patient, see `people.Person`."""
        row = self._store.row("SELECT trouble FROM patient WHERE id = ?", (patient_id,))
        return row["trouble"] if row else None

    def born_on(self, dob: str) -> list[Document]:
        """The patients born on a day (`YYYY-MM-DD`), oldest entry first."""
        rows = self._store.rows("SELECT * FROM patient WHERE dob = ? ORDER BY id", (dob,))
        return [found for row in rows if (found := _wire(row))]

    def add(self, patient: Document, trouble: str | None) -> None:
        """Add a new patient."""
        with self._store.writing() as db:
            _insert(db, patient, trouble, _facility_names(db))

    def change(self, patient_id: str, edit: Edit, e_tag: str | None = None) -> bool:
        """Replace a patient by the result of `edit`; returns False if `e_tag` is stale.

        Without an `e_tag` the change always goes through, as upstream documents.
        """
        # Reading and writing share one transaction: of two changes with one eTag only one wins.
        with self._store.writing() as db:
            row = db.execute("SELECT * FROM patient WHERE id = ?", (patient_id,)).fetchone()
            if e_tag is not None and e_tag != str(row["version"]):
                return False
            changed = edit(json.loads(row["document"]))
            db.execute(_UPDATE, (*_columns(changed, _facility_names(db)), patient_id))
            _add_to_facilities(db, changed)
            return True

    def page(self, filters: Filters, facility_id: str | None, window: Window) -> Page:
        """The ids on a page, newest first."""
        with self._store.reading() as db:
            listing = _Listing(db, filters, facility_id)
            return page(listing.walk, window)

    def count(self, filters: Filters, facility_id: str | None) -> int:
        """How many patients match, on all pages together."""
        with self._store.reading() as db:
            return sum(1 for _ in _Listing(db, filters, facility_id).walk(None, False))


class _Listing:
    """The ids of the patients that match, in either direction."""

    def __init__(self, db: sqlite3.Connection, filters: Filters, facility_id: str | None) -> None:
        self._db = db
        self._filters = filters
        self._facility_id = facility_id

    def walk(self, start: str | None, oldest_first: bool) -> Iterator[str]:
        join, conditions, parameters = "", ["TRUE"], []
        if self._facility_id:
            join = "JOIN patient_facility AS at ON at.patient_id = patient.id"
            conditions, parameters = ["at.facility_id = ?"], [self._facility_id]
        if start:
            conditions.append("patient.id >= ?" if oldest_first else "patient.id <= ?")
            parameters.append(start)
        sql = f"""SELECT patient.id, searched FROM patient {join}
                  WHERE {" AND ".join(conditions)}
                  ORDER BY patient.id {"ASC" if oldest_first else "DESC"}"""
        # Rows are read one by one and filtered here: SQL does not know the language of filters,
        # and whoever asks stops when the page is full.
        for patient_id, searched in self._db.execute(sql, parameters):
            if self._filters.matches(searched):
                yield patient_id


def _wire(row: sqlite3.Row | None) -> Document | None:
    return json.loads(row["document"]) | {"eTag": str(row["version"])} if row else None


def _insert(
    db: sqlite3.Connection, patient: Document, trouble: str | None, names: dict[str, str]
) -> None:
    external_id, dob, searched, document = _columns(patient, names)
    db.execute(_INSERT, (patient["id"], external_id, dob, trouble, searched, document))
    _add_to_facilities(db, patient)


def _add_to_facilities(db: sqlite3.Connection, patient: Document) -> None:
    pairs = [(facility_id, patient["id"]) for facility_id in patient["facilityIds"]]
    db.executemany("INSERT OR IGNORE INTO patient_facility VALUES (?, ?)", pairs)


def _columns(patient: Document, names: dict[str, str]) -> tuple[str | None, str, str, str]:
    searched = searchable(_searched_fields(patient, names))
    document = json.dumps(patient, ensure_ascii=False)
    return patient.get("externalId"), patient["dob"], searched, document


def _searched_fields(patient: Document, names: dict[str, str]) -> Iterator[str]:
    yield f"{patient['firstName']} {patient['lastName']}"
    yield from (patient["dob"], patient["id"], patient.get("externalId") or "")
    for ids in patient.get("additionalIds", {}).values():
        yield from ids
    for facility_id in patient["facilityIds"]:
        yield from (facility_id, names.get(facility_id, ""))


def _facility_names(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT id, document FROM facility")
    return {row["id"]: json.loads(row["document"])["name"] for row in rows}
