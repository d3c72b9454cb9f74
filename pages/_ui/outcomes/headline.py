"""The figures above the charts of Outcomes, each compared with the same part of the time before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.outcomes.view_choice import Choice
from pages._ui.words.names import purpose_name
from pages._ui.words.outcomes import OUTCOMES, purposes_in_order
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import words_of
from services.outcomes.frames import NO_RECORDS
from services.outcomes.outcomes import StatusFacts
from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.outcomes.tables import ENOUGH, Headline, headline, headlines
from services.queries.status import NOT_STARTED, UNCONFIRMED

_ENDED = "Of the queries that ran to their end."
_NO_SUCCESS = (NO_RECORDS, HIDDEN_FAILURE, UNCONFIRMED, NOT_STARTED)
"""Outcomes that are no success and no plain failure: each stands for itself."""


@dataclass(frozen=True)
class Change:
    """How a figure differs from that of the time before: as words, and by its sign."""

    words: str
    sign: int


def headline_figures(facts: StatusFacts, choice: Choice) -> None:
    """Draw the figures of a period, with those of the same part of the time before."""
    now, before = headline(facts.status), headline(facts.before)
    rounded = bool(choice.fixed)
    apart = headlines(facts.status)
    time_before = words_of_time_before(choice)
    ended, all_of_them = (now.ended, before.ended), (now.queries, before.queries)
    with st.grid(4, min_column_width=200, gap="small"):
        _figure(
            "Queries",
            f"{now.queries:,}",
            change_of_count(*all_of_them),
            time_before,
            apart={name: f"{one.queries:,}" for name, one in apart.items()},
        )
        _figure(
            "Completed",
            _percent(now.completed_rate),
            change_of_rate(now.completed_rate, before.completed_rate, ended),
            time_before,
            good=1,
            help_=f"Every source answered, and records were not counted to none. {_ENDED}",
            apart={name: _percent(one.completed_rate) for name, one in apart.items()},
        )
        _figure(
            "Failed",
            _percent(now.failed_rate, rounded),
            change_of_rate(now.failed_rate, before.failed_rate, ended),
            time_before,
            good=-1,
            help_=f"No source answered. {_ENDED}",
            apart={name: _percent(one.failed_rate, rounded) for name, one in apart.items()},
        )
        _figure(
            "IAS share",
            _percent(now.ias_share),
            change_of_rate(now.ias_share, before.ias_share, all_of_them),
            time_before,
            help_="Queries for individual access, of all queries.",
        )
        for outcome in _NO_SUCCESS:
            _outcome_figure(outcome, now, before, apart, rounded)
    st.caption(_compared(choice))


def _outcome_figure(
    outcome: str, now: Headline, before: Headline, apart: Mapping[str, Headline], rounded: bool
) -> None:
    words = words_of(OUTCOMES, outcome)
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(
            f":{words.colour}[:material/{words.icon}:] {words.label} "
            f"**{_number(now, outcome, rounded)}**",
            help=words.meaning,
        )
        parts = [
            f"{_plain(name)} {_number(apart[name], outcome, rounded)}" for name in _order(apart)
        ]
        st.markdown(
            f":small[{' · '.join([*parts, f'before {_number(before, outcome, rounded)}'])}]"
        )


def _plain(purpose: str) -> str:
    """The name of a purpose; one that is unknown here is a text from outside."""
    return markdown_text(purpose_name(purpose))


def _number(figures: Headline, outcome: str, rounded: bool) -> str:
    """How many queries had an outcome; where small numbers are hidden, 0 is none that is known."""
    number = figures.number(outcome)
    return "—" if rounded and number == 0 else f"{number:,}"


def words_of_time_before(choice: Choice) -> str:
    """What a period is compared with."""
    period = choice.period
    if choice.fixed:
        return f"the {choice.name} before"
    days = "the day before" if period.days == 1 else f"the {period.days} days before"
    if not period.runs:
        return days
    return f"{'yesterday' if period.days == 1 else days}, to the same hour"


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
    apart: Mapping[str, str] | None = None,
) -> None:
    """Draw one figure; `good` is the sign of a change for the better, 0 where neither is."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, value, help=help_)
        if apart and len(apart) > 1:
            parts = [f"{_plain(name)} {apart[name]}" for name in _order(apart)]
            st.markdown(f":small[{' · '.join(parts)}]")
        # Not by the metric itself: it cuts the words off where the window is narrow.
        st.markdown(f":small[{_sentence(change, time_before, good)}]")


def _order(apart: Mapping[str, object]) -> list[str]:
    return purposes_in_order(apart)


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


def _percent(rate: float | None, rounded: bool = False) -> str:
    """A rate; where small numbers are hidden, 0 is none that is known."""
    return "—" if rate is None or (rounded and rate == 0) else f"{rate:.1%}"


def _compared(choice: Choice) -> str:
    period, area = choice.period, choice.zone
    until = "now" if period.runs else _minute(period.until, area)
    before = f"{_minute(period.before_since, area)} to {_minute(period.before_until, area)}"
    rounded = " Small groups are left out, and numbers are rounded." if choice.fixed else ""
    return f"From {_minute(period.since, area)} until {until}, compared with {before}.{rounded}"


def _minute(moment: datetime, area: ZoneInfo) -> str:
    local = moment.astimezone(area)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M %Z}"
