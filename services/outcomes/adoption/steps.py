"""The steps of a person on the way to their records, and how far somebody is. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise


class Step(StrEnum):
    """A step, named as in the columns of `person_steps`."""

    MADE = "made"
    OPENED = "opened"
    CONSENT = "consent"
    VERIFIED = "verified"
    CHALLENGED = "challenged"
    SATISFIED = "satisfied"
    STARTED = "started"
    COMPLETED = "completed"
    RECEIVED = "received"


STEPS: tuple[Step, ...] = tuple(Step)
"""In their order. A link's page asks for the consent before it leads on to the proofing."""

STEPS_WITHOUT_CONSENT: tuple[Step, ...] = tuple(step for step in STEPS if step is not Step.CONSENT)

Moments = Mapping[Step, datetime]
"""When each step was first reached (UTC), in any order; steps that were not reached are missing."""


def steps_of(*, consent: bool) -> tuple[Step, ...]:
    """The steps in their order, with or without that of the consent."""
    return STEPS if consent else STEPS_WITHOUT_CONSENT


def count_in_a_row(moments: Moments, steps: Sequence[Step] = STEPS) -> int:
    """How many of `steps` were reached without a gap, from the first one on, in whatever order."""
    for number, step in enumerate(steps):
        if step not in moments:
            return number
    return len(steps)


@dataclass(frozen=True)
class StepTime:
    """How long somebody took from one step to the one that follows it."""

    start: Step
    end: Step
    seconds: float


def step_times(moments: Moments) -> Iterator[StepTime]:
    """The times between steps that follow each other, with and without the step of the consent.

    A step that was reached before the one before it, as a consent that was imported, took no time.
    """
    for start, end in PAIRS:
        if start in moments and end in moments and moments[end] >= moments[start]:
            yield StepTime(start, end, (moments[end] - moments[start]).total_seconds())


PAIRS: tuple[tuple[Step, Step], ...] = tuple(
    dict.fromkeys(pair for steps in (STEPS, STEPS_WITHOUT_CONSENT) for pair in pairwise(steps))
)
"""The pairs of steps that follow each other where consent is a step, and where it is none."""
