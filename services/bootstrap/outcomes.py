"""The parts of the program that count how queries end and how far people get."""

from dataclasses import dataclass

from services.clock import Clock
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.annotations import Annotations
from services.outcomes.goals.goals import Goals
from services.outcomes.goals.measures import Measures
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.reading import Rollups
from services.outcomes.small_cells import SmallCells
from services.staff.audit import Audit
from services.store import Store


@dataclass(frozen=True)
class Counting:
    """What charts read, and the work that keeps it up to date."""

    rollups: Rollups
    folding: Folding


def make_counting(store: Store) -> Counting:
    """Make both, over the same log."""
    people = PeopleCounting()
    return Counting(Rollups(store, people), Folding(store, people))


@dataclass(frozen=True)
class Planning:
    """What people add to the charts, and what product may see of them."""

    goals: Goals
    annotations: Annotations
    people_behind: PeopleBehind
    small_cells: SmallCells


def make_planning(
    store: Store, audit: Audit, clock: Clock, rollups: Rollups, cell: int, *, consent: bool
) -> Planning:
    """Make them; `cell` is `SMALL_CELL`, and `consent` whether consent is a step of the funnel."""
    cells = SmallCells(cell)
    people = PeopleBehind(store, cell)
    measures = Measures(rollups, people, cells, consent)
    return Planning(
        Goals(store, audit, measures, clock), Annotations(store, audit, clock), people, cells
    )
