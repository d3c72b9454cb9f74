"""The choice of what Outcomes shows, in the address: a period, a part of the log, a bar's width."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import remembered, zone
from pages._ui.list.filters import one_of
from pages._ui.outcomes.days_choice import chosen_days
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.outcomes.periods import (
    LONGEST_DAYS,
    Period,
    days_between,
    legible_buckets,
    nearest_legible,
    period_of,
    usual_bucket,
)
from services.outcomes.rollups.reading import Part
from services.outcomes.small_cells import whole_periods
from services.staff.permissions import Actor, Permission, Role

PERIODS = {
    "1": "Today",
    "7": "7 days",
    "30": "30 days",
    "90": "90 days",
    "365": "12 months",
    "all": "All",
    "days": "Days …",
}
WHOLE_PERIODS = {
    "week 13": "13 weeks",
    "week 52": "52 weeks",
    "month 12": "12 months",
    "month 36": "36 months",
}
"""What product chooses of: whole calendar weeks or months that are over."""

_USUAL, _USUAL_WHOLE = "30", "week 13"
_BUCKET_NAMES = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month"}
_PERIOD, _BUCKET, _PRESSED = "period", "bucket", "period_pressed"
_LEAVE_OUT = "leave_out"
_LEFT_OUT = {"external": "Started elsewhere", "tests": "People of tests"}
_LONGEST_VALUE = 40


@dataclass(frozen=True)
class Choice:
    """A period, its name, the width of its bars where it is fixed, and the zone of its days."""

    period: Period
    name: str
    zone: ZoneInfo
    fixed: str = ""

    @property
    def usual(self) -> str:
        """The width of a bar where none was chosen."""
        return self.fixed or usual_bucket(self.period.days)


def chosen_period(who: Actor) -> tuple[Choice, list[str]]:
    """Draw the control of the period; answers it, and what to say about the address.

    The sentences say which value of the address is unknown, or could not be read as a chart, and
    what is shown in its place. They are Markdown.
    """
    names, usual = PERIODS, _USUAL
    if who.role is Role.PRODUCT:
        names, usual = WHOLE_PERIODS, _USUAL_WHOLE
    # Before the controls, which put what they understand into the address. A press of them leaves
    # the width of the period before in it, of which nothing is to be said.
    pressed = st.session_state.pop(_PRESSED, False)
    asked, width = (None if pressed else st.query_params.get(key) for key in (_PERIOD, _BUCKET))
    chosen: str | None = st.segmented_control(
        "Period",
        list(names),
        default=usual,
        required=True,
        format_func=lambda key: names[key],
        key=_PERIOD,
        bind="query-params",
        on_change=_follow_period,
    )
    # An address with nothing behind the name chooses nothing.
    key = chosen or usual
    notes = []
    if asked is not None and asked not in names.values():
        notes.append(_note("period", asked, names[key]))
    choice, more = _whole(key) if who.role is Role.PRODUCT else _running(who, key)
    return choice, [*notes, *more, *_choose_bucket(choice, width)]


def _whole(key: str) -> tuple[Choice, list[str]]:
    """Whole weeks or months in UTC that are over, and as many before them."""
    width, number = key.split()
    now = desk().clock()
    starts, end = whole_periods(width, now, 2 * int(number))
    first = starts[int(number)]
    period = Period((end - first).days, first, now, end, starts[0], first)
    return Choice(period, WHOLE_PERIODS[key], ZoneInfo("UTC"), width), []


def _running(who: Actor, key: str) -> tuple[Choice, list[str]]:
    now, area = desk().clock(), zone()
    today = now.astimezone(area).date()
    if key == "days":
        span, notes = chosen_days(today, LONGEST_DAYS)
        if span is not None:
            return Choice(days_between(*span, now, area), "This period", area), notes
        return Choice(period_of(int(_USUAL), now, area), PERIODS[_USUAL], area), notes
    if key == "all":
        first = _first_day(who, area) or today
        longest = today - timedelta(days=LONGEST_DAYS - 1)
        period = days_between(max(min(first, today), longest), today, now, area)
        return Choice(period, PERIODS[key], area), []
    return Choice(period_of(int(key), now, area), PERIODS[key], area), []


def _first_day(who: Actor, area: ZoneInfo) -> date | None:
    """The day of `area` in which the first day of the log in UTC begins."""
    day = remembered("outcomes first day", 300, lambda: desk().outcomes.first_day(who))
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(area).date()


def chosen_part(who: Actor) -> Part:
    """Draw the controls of what is left out; product uses one at a time."""
    facility = None
    if who.may(Permission.QUERIES_VIEW):
        facility = one_of(st.container(width=230), "Facility", facility_names(who), "facility")
    left_out = _chosen_to_leave_out()
    part = Part(facility, "external" in left_out, "tests" in left_out)
    if who.role is Role.PRODUCT and part.leave_out_external and not part.leave_out_tests:
        st.warning(
            "Your role can use one filter at a time, so people of tests are left out.",
            icon=":material/filter_alt_off:",
        )
        return Part(None, leave_out_external=False)
    return part


def _chosen_to_leave_out() -> list[str]:
    for value in st.query_params.get_all(_LEAVE_OUT):
        if value and value not in _LEFT_OUT.values():
            text = markdown_text(value[:_LONGEST_VALUE])
            st.warning(
                f"Leave out: “{text}” in the address is none of its values, so it does not filter.",
                icon=":material/filter_alt_off:",
            )
    return st.pills(
        "Leave out",
        list(_LEFT_OUT),
        selection_mode="multi",
        default=["tests"],
        format_func=lambda key: _LEFT_OUT[key],
        key=_LEAVE_OUT,
        bind="query-params",
    )


def facility_names(who: Actor) -> Mapping[str, str]:
    """The names of the account's facilities by their ids; empty where they cannot be read."""
    if not who.may(Permission.QUERIES_VIEW):
        return {}
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {facility.id: facility.name for facility in listed}
    return {}


def chosen_bucket(choice: Choice) -> str:
    """Draw the control of the width of a bar, where there is a choice; answers the width.

    It stands after `chosen_period`, or alone in a part of the page.
    """
    legible = _legible(choice)
    if len(legible) == 1:
        return legible[0]
    chosen: str | None = st.segmented_control(
        "A bar per",
        legible,
        # Without it the control shows nothing chosen where another page has led here.
        default=choice.usual,
        required=True,
        format_func=lambda width: _BUCKET_NAMES[width],
        key=_BUCKET,
        bind="query-params",
    )
    return chosen if chosen in legible else choice.usual


def _legible(choice: Choice) -> list[str]:
    return [choice.fixed] if choice.fixed else legible_buckets(choice.period.days)


def _choose_bucket(choice: Choice, width: str | None) -> list[str]:
    """Have the control show the width of the address; where it cannot, the nearest, and say so."""
    wanted = next((key for key, name in _BUCKET_NAMES.items() if name == width), None)
    legible = _legible(choice)
    bucket: str = st.session_state.get(_BUCKET, "") if len(legible) > 1 else legible[0]
    if bucket not in legible and wanted not in legible:
        nearest = nearest_legible(wanted, choice.period.days) if wanted else choice.usual
        bucket = choice.fixed or nearest
        if wanted or st.session_state.get(_BUCKET) is not None:
            st.session_state[_BUCKET] = bucket
    if width is not None and wanted is None:
        return [_note("width of a bar", width, _BUCKET_NAMES[bucket])]
    if wanted and wanted not in legible:
        return [
            f"{choice.name} cannot be read with a bar per {wanted}: "
            f"there is one per {bucket} instead."
        ]
    return []


def _follow_period() -> None:
    """Have the width of a bar follow the period; where there is no choice, it is forgotten."""
    key = st.session_state[_PERIOD]
    st.session_state[_PRESSED] = True
    days = int(key) if key and key.isdigit() else 0
    if days and len(legible_buckets(days)) > 1:
        st.session_state[_BUCKET] = usual_bucket(days)
    else:
        st.session_state.pop(_BUCKET, None)
        st.query_params.pop(_BUCKET, None)


def _note(what: str, value: str, shown: str) -> str:
    text = markdown_text(value[:_LONGEST_VALUE])
    return f"The address asks for a {what} “{text}”, which there is not. Shown: {shown}."
