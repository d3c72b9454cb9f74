"""Who went no further than one step of the funnel: a list for those who can help them on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from services.outcomes.adoption.steps import STEPS, Step, steps_of
from services.outcomes.adoption.views import AdoptionView
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.lists.paging import Page, read_page
from services.store.tables import PersonOfTest, PersonSteps


@dataclass(frozen=True)
class StoppedPerson:
    """Somebody who stopped at a step: when their link was made, and their newest step (UTC)."""

    patient_id: str
    made_at: datetime | None
    last_at: datetime | None


class StepPeople:
    """Reads the table `person_steps`."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def stopped_at(
        self, actor: Actor, view: AdoptionView, step: Step, cursor: str | None = None
    ) -> Page[StoppedPerson]:
        """A page of the people whose last step in a row it is, whose link was made last first.

        They are those of the period, the facility and the tests of `view`. Notes who is shown.
        Raises `NotPermitted`, `InvalidInput` for a cursor of no page, and `ValueError` for a step
        that the view does not have.
        """
        self._audit.require(actor, Permission.ADOPTION_PEOPLE)
        wanted = self._wanted(view, step)
        with self._store.read() as session:
            page = read_page(
                session, wanted, col(PersonSteps.made_at), col(PersonSteps.patient_id), cursor
            )
        details = {
            "step": step.value,
            "since": view.now.since.isoformat(),
            "until": view.now.end.isoformat(),
            "facility": view.part.facility_id,
            "shown": [row.patient_id for row in page.rows],
        }
        self._audit.look(actor, "adoption.people", details=details)
        return Page([_stopped(row) for row in page.rows], page.next)

    def _wanted(self, view: AdoptionView, step: Step) -> Any:
        steps = steps_of(consent=view.consent)
        number = PersonSteps.step if view.consent else PersonSteps.step_without_consent
        made_at = col(PersonSteps.made_at)
        wanted = select(PersonSteps).where(
            col(number) == steps.index(step) + 1,
            made_at >= view.now.since,
            made_at < view.now.end,
        )
        if view.part.facility_id is not None:
            facility = col(PersonSteps.counted)["facility"].as_string()
            wanted = wanted.where(facility == view.part.facility_id)
        if view.part.leave_out_tests:
            of_test = sa.exists().where(col(PersonOfTest.patient_id) == col(PersonSteps.patient_id))
            wanted = wanted.where(~of_test)
        return wanted


def _stopped(row: PersonSteps) -> StoppedPerson:
    moments = (getattr(row, f"{step.value}_at") for step in STEPS)
    # In whatever order they took their steps.
    last_at = max((at for at in moments if at is not None), default=None)
    return StoppedPerson(row.patient_id, row.made_at, last_at)
