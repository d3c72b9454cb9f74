"""Counts people anew: from what the log holds about them to their rows of `person_steps`."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from services.outcomes.adoption.cells import CUBES, cells_of, counted_of
from services.outcomes.adoption.person_facts import PersonFacts, person_facts
from services.outcomes.adoption.person_rows import read_people
from services.outcomes.adoption.purged import with_purged
from services.outcomes.adoption.steps import STEPS, STEPS_WITHOUT_CONSENT, count_in_a_row
from services.outcomes.rollups.contributions import Contributions, count_at, count_on
from services.outcomes.rollups.cubes import RECORDS
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    IdentitySession,
    NetworkQuery,
    PersonSteps,
    ProofedIdentity,
    RecordRequest,
)

_ABOUT_PEOPLE = (
    Aal2Challenge,
    Aal2Session,
    Consent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    RecordRequest,
)

_MOST_IDS = 300


class PeopleCounting:
    """How the folding of the rollups counts people (`rollups.people.PersonCounting`)."""

    def read(self, session: Session, patient_ids: Sequence[str]) -> dict[str, PersonSteps]:
        """What the log says of these people now, as new rows, by their ids.

        It reads all rows of these people, by indexes. Somebody of whom nothing is left is left out.
        What was counted of a time of which the log holds nothing any more stays.
        """
        before = _rows_before(session, patient_ids)
        people = read_people(session.connection(), patient_ids)
        return {
            patient_id: _row(
                patient_id, with_purged(person_facts(rows), rows, before.get(patient_id))
            )
            for patient_id, rows in people.items()
            if not rows.is_empty
        }

    def count(self, counted: Mapping[str, Any]) -> Contributions:
        """What a person with this in `PersonSteps.counted` adds to the rollups. Pure."""
        found: Contributions = {}
        facility = counted.get("facility")
        for cell in cells_of(counted):
            cube = CUBES[cell.cube]
            if cube is RECORDS:
                # Asked for in days of any zone, as the queries are that it tells about.
                count_at(found, cube, facility, cell.at, cell.key)
            else:
                count_on(found, cube, facility, cell.at.date(), cell.key, cell.seconds)
        return found

    def list_people(self, session: Session, after: str, most: int) -> list[str]:
        """The ids, ascending, of at most `most` people after `after` of whom there is anything."""
        found: set[str] = set()
        for table in _ABOUT_PEOPLE:
            patient_id = col(table.patient_id)
            wanted = select(patient_id).where(patient_id > after).distinct()
            found.update(session.exec(wanted.order_by(patient_id).limit(most)))
        return list(islice(sorted(found), most))


def _rows_before(session: Session, patient_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The rows as they are, by the ids: as values, so that no row of the caller's is touched."""
    row = PersonSteps.__table__.c  # type: ignore[attr-defined]
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(patient_ids), _MOST_IDS):
        some = patient_ids[start : start + _MOST_IDS]
        rows = session.connection().execute(sa.select(row).where(row.patient_id.in_(some)))
        found |= {values.patient_id: values._asdict() for values in rows}
    return found


def _row(patient_id: str, facts: PersonFacts) -> PersonSteps:
    moments = facts.moments
    return PersonSteps(
        patient_id=patient_id,
        step=count_in_a_row(moments),
        step_without_consent=count_in_a_row(moments, STEPS_WITHOUT_CONSENT),
        **{f"{step.value}_at": moments.get(step) for step in STEPS},
        counted=counted_of(facts),
    )
