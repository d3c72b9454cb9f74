"""What the Adoption page is asked for: calendar weeks or months in UTC, and of whom. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.outcomes.rollups.reading import Part
from services.outcomes.small_cells import start_of, whole_periods

EVERYBODY = Part()
"""All facilities, and everybody who is not of a test."""


@dataclass(frozen=True)
class Span:
    """Some weeks or months that follow each other: where each begins, and where the last ends."""

    starts: tuple[datetime, ...]
    end: datetime

    @property
    def since(self) -> datetime:
        """Where the first one begins."""
        return self.starts[0]


@dataclass(frozen=True)
class AdoptionView:
    """A period of `number` calendar weeks or months (`width`), and as many before it.

    Where the last one of `now` still runs, it ends with the present day, and `before` ends as long
    after the beginning of its own last one, so that both are the same part of a time. `consent` is
    whether the consent is a step of the funnel.
    """

    width: str
    number: int
    now: Span
    before: Span
    part: Part = field(default_factory=Part)
    consent: bool = True

    @property
    def runs(self) -> bool:
        """Whether the last week or month is not over."""
        last = self.now.starts[-1]
        return _following(self.width, last) != self.now.end


def view_of(
    width: str,
    number: int,
    now: datetime,
    part: Part = EVERYBODY,
    *,
    consent: bool = True,
    whole: bool = False,
) -> AdoptionView:
    """The view of the last `number` weeks or months at `now` (aware).

    The one that runs is among them, except with `whole`. Raises `InvalidInput` for another width,
    or a number that is not 1 to 60.
    """
    # Checked for both periods at once.
    starts, end = whole_periods(width, now, 2 * number)
    if not whole:
        end = datetime.combine(
            (now.astimezone(UTC) + timedelta(days=1)).date(), datetime.min.time(), UTC
        )
        running = start_of(width, now.astimezone(UTC).date())
        starts = [*starts[1:], datetime(running.year, running.month, running.day, tzinfo=UTC)]
    earlier, later = tuple(starts[:number]), tuple(starts[number:])
    elapsed = end - later[-1]
    before = Span(earlier, min(earlier[-1] + elapsed, later[0]))
    return AdoptionView(width, number, Span(later, end), before, part, consent)


def _following(width: str, start: datetime) -> datetime:
    """Where the week or month after the one that begins at `start` begins."""
    day = start_of(width, (start + timedelta(days=7 if width == "week" else 31)).date())
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
