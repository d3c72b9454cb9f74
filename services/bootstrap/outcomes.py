"""The parts of the program that count how queries end and how far people get."""

from dataclasses import dataclass

from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.reading import Rollups
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
