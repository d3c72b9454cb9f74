"""What the rollups need to count people: `services.outcomes.adoption` knows how."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlmodel import Session

from services.outcomes.rollups.contributions import Contributions
from services.store.tables import PersonSteps


class PersonCounting(Protocol):
    """Counts people; the folding calls it for those of whom something has changed.

    What a person is counted by stands in their row of `person_steps`, in `counted`, as JSON can
    hold it. The folding writes and deletes these rows.
    """

    def read(self, session: Session, patient_ids: Sequence[str]) -> dict[str, PersonSteps]:
        """What the log says of these people now, as new rows, by patient id.

        Only reads. A person of whom nothing is there to count is left out: they keep the counts
        that they have, and lose their row. `read` may look at the row that there is already, so as
        not to forget what was deleted from the log meanwhile.
        """

    def count(self, counted: Mapping[str, Any]) -> Contributions:
        """What a person with this in `PersonSteps.counted` adds to the rollups. Pure.

        Every cube of people is counted by whole days in UTC: use `contributions.count_on`.
        """

    def list_people(self, session: Session, after: str, most: int) -> list[str]:
        """The ids of people that there may be something to count of, in their order.

        They come after the id `after` (empty: the first ones), at most `most`.
        """
