"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Answers `now`; `forward` moves it."""

    def __init__(self, now: datetime = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        """Move on, as in `forward(minutes=2)`."""
        self.now += timedelta(**duration)
