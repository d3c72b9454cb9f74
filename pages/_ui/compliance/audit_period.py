"""The period of the IAS audit, in the address. Its days are those of UTC."""

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from pages._ui.list.paging import forget_cursor
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.staff.permissions import Actor

_SPANS = {"30": "30 days", "90": "90 days", "365": "12 months", "all": "All", "days": "Days …"}
_USUAL, _ALL, _DAYS = "90", "all", "days"
_SPAN, _FROM, _TO = "span", "from", "to"
_EARLIEST = date(2010, 1, 1)
_LONGEST_VALUE = 40


@dataclass(frozen=True)
class AuditPeriod:
    """Days of UTC, the first and the last one included."""

    since: date
    until: date

    @property
    def words(self) -> str:
        """The period as words, as in "Jun 17 to Sep 14, 2026 (UTC)"."""
        if self.since == self.until:
            return f"{_day(self.until)} (UTC)"
        same_year = self.since.year == self.until.year
        first = f"{self.since:%b} {self.since.day}" if same_year else _day(self.since)
        return f"{first} to {_day(self.until)} (UTC)"


def audit_period(who: Actor) -> AuditPeriod:
    """Draw the control in which the viewer chooses a period; answers the chosen period."""
    _follow_address()
    chosen: str | None = st.segmented_control(
        "Period",
        list(_SPANS),
        default=_USUAL,
        required=True,
        format_func=lambda span: _SPANS[span],
        key=_SPAN,
        bind="query-params",
        on_change=forget_cursor,
    )
    today = desk().clock().date()
    if chosen == _DAYS:
        return _chosen_days(today)
    if chosen == _ALL:
        return AuditPeriod(desk().ias_audit.first_day(who) or today, today)
    days = int(chosen or _USUAL)
    return AuditPeriod(today - timedelta(days=days - 1), today)


def address_of_days(since: date, until: date) -> dict[str, str]:
    """The parameters of an address that asks for the days `since` to `until`, both included."""
    return {_SPAN: _SPANS[_DAYS], _FROM: since.isoformat(), _TO: until.isoformat()}


def _follow_address() -> None:
    """Say which period of the address is unknown: Streamlit drops it silently."""
    asked = st.query_params.get(_SPAN)
    if asked is not None and asked not in _SPANS.values():
        text = markdown_text(asked[:_LONGEST_VALUE])
        st.warning(
            f"The address asks for the period “{text}”, which there is not. "
            f"Shown: {_SPANS[_USUAL]}.",
            icon=":material/link_off:",
        )


def _chosen_days(today: date) -> AuditPeriod:
    left, right, _ = st.columns([1, 1, 3])
    with left:
        since = _day_input("From", _FROM, today)
    with right:
        until = _day_input("To (inclusive)", _TO, today)
    usual = today - timedelta(days=int(_USUAL) - 1)
    if since and until and since > until:
        st.warning(
            "From is after To, so the last 90 days are shown. Change one of them.",
            icon=":material/event_busy:",
        )
        return AuditPeriod(usual, today)
    last = until or today
    return AuditPeriod(since or min(usual, last), last)


def _day_input(label: str, key: str, today: date) -> date | None:
    asked = st.query_params.get(key, "")
    try:
        date.fromisoformat(asked or "2020-01-01")
    except ValueError:
        st.warning(
            f"{label}: “{markdown_text(asked[:_LONGEST_VALUE])}” in the address is no date, so it "
            "does not bound the period.",
            icon=":material/filter_alt_off:",
        )
    chosen: date | None = st.date_input(
        label,
        value=None,
        min_value=_EARLIEST,
        max_value=today,
        key=key,
        format="YYYY-MM-DD",
        bind="query-params",
        on_change=forget_cursor,
    )
    return chosen


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
