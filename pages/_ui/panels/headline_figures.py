"""The figures above the charts of Outcomes, each compared with the same part of the time before."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from pages._ui.frame.viewer import zone
from services.outcomes.periods import Period
from services.outcomes.tables import ENOUGH, Headline

_ENDED = "Of the queries that ran to their end."


@dataclass(frozen=True)
class Change:
    """How a figure differs from that of the time before: as words, and by its sign."""

    words: str
    sign: int


def headline_figures(now: Headline, before: Headline, period: Period) -> None:
    """Draw the figures of a period; `before` are those of the same part of the time before."""
    time_before = words_of_time_before(period)
    ended, all_of_them = (now.ended, before.ended), (now.queries, before.queries)
    completed = change_of_rate(now.completed_rate, before.completed_rate, ended)
    failed = change_of_rate(now.failed_rate, before.failed_rate, ended)
    ias = change_of_rate(now.ias_share, before.ias_share, all_of_them)
    asked = change_of_count(*all_of_them)
    columns = st.columns(4)
    with columns[0]:
        _figure("Queries", f"{now.queries:,}", asked, time_before)
    with columns[1]:
        value, help_ = _percent(now.completed_rate), f"Every source answered. {_ENDED}"
        _figure("Completed", value, completed, time_before, good=1, help_=help_)
    with columns[2]:
        value, help_ = _percent(now.failed_rate), f"No source answered. {_ENDED}"
        _figure("Failed", value, failed, time_before, good=-1, help_=help_)
    with columns[3]:
        help_ = "Queries for individual access, of all queries."
        _figure("IAS share", _percent(now.ias_share), ias, time_before, help_=help_)
    since, before_since, before_until = (
        _minute(moment) for moment in (period.since, period.before_since, period.before_until)
    )
    st.caption(f"From {since} until now, compared with {before_since} to {before_until}.")


def words_of_time_before(period: Period) -> str:
    """What a period is compared with."""
    days = "yesterday" if period.days == 1 else f"the {period.days} days before"
    return f"{days}, to the same hour"


def change_of_count(now: int, before: int) -> Change | None:
    """How many more or fewer queries there are; None where too few are to be compared."""
    if min(now, before) < ENOUGH:
        return None
    if now == before:
        return Change("As many", 0)
    return Change(f"{abs(now - before):,} {'more' if now > before else 'fewer'}", now - before)


def change_of_rate(
    now: float | None, before: float | None, queries: tuple[int, int]
) -> Change | None:
    """The change of a rate in percentage points; None where it is of too few `queries`."""
    if now is None or before is None or min(queries) < ENOUGH:
        return None
    tenths = round((now - before) * 1000)
    if tenths == 0:
        return Change("The same", 0)
    return Change(f"{abs(tenths) / 10:.1f} points {'higher' if tenths > 0 else 'lower'}", tenths)


def _figure(
    label: str,
    value: str,
    change: Change | None,
    time_before: str,
    good: int = 0,
    help_: str | None = None,
) -> None:
    """Draw one figure; `good` is the sign of a change for the better, 0 where neither is."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, value, help=help_)
        # Not by the metric itself: it cuts the words off where the window is narrow.
        st.markdown(f":small[{_sentence(change, time_before, good)}]")


def _sentence(change: Change | None, time_before: str, good: int) -> str:
    if change is None:
        return f":gray-badge[Too few to compare] with {time_before}"
    if change.sign == 0:
        return f":gray-badge[{change.words}] as {time_before}"
    arrow = "arrow_upward" if change.sign > 0 else "arrow_downward"
    badge = f":{_colour(change, good)}-badge[:material/{arrow}: {change.words}]"
    return f"{badge} than {time_before}"


def _colour(change: Change, good: int) -> str:
    if good == 0:
        return "gray"
    return "green" if change.sign * good > 0 else "red"


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.1%}"


def _minute(moment: datetime) -> str:
    local = moment.astimezone(zone())
    return f"{local:%b} {local.day}, {local:%H:%M %Z}"
