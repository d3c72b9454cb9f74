"""The access review as a list: one row for each member of the staff in each role."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.frame.go import page_address
from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.audit.act_words import act_words
from pages._ui.words.names import role_name
from pages._ui.words.states import StateWords
from services.staff.access_log.review import INACTIVE_AFTER, StaffAccess

_IN_USE = StateWords("In use", "check_circle", "green")
_IDLE = StateWords("Not used", "hourglass_empty", "orange", "Signed in, and did nothing with it.")
_INACTIVE = StateWords(
    f"{INACTIVE_AFTER.days} days away",
    "person_off",
    "red",
    f"No sign-in in this role for {INACTIVE_AFTER.days} days. It may not be needed any more.",
)
_MOST_NAMED = 2

_COLUMNS = (
    Column("Who"),
    Column("Role"),
    Column("Use", Kind.STATE),
    Column("Since", Kind.MOMENT, help="The first sign-in in this role."),
    Column("Last sign-in", Kind.MOMENT),
    Column("Sessions", Kind.NUMBER, help="Sign-ins in the period."),
    Column("Open", Kind.NUMBER, help="Sessions that have not ended.", hidden=True),
    Column("Used most", help="What they used most in the period; all of it on hover."),
    Column("Unused", Kind.NUMBER, help="Permissions of the role that were not used in the period."),
    Column("Refused", Kind.NUMBER, help="Attempts that the role does not allow."),
)


def review_summary(rows: Sequence[StaffAccess]) -> None:
    """Draw a sentence that says how many rows there are, and how many need a look."""
    people = len({row.staff_id for row in rows})
    inactive = sum(row.is_inactive for row in rows)
    told = (
        f"**{people:,} {'person' if people == 1 else 'people'}.** Each row is one of their roles."
    )
    if inactive:
        have = "row has" if inactive == 1 else "rows have"
        st.warning(
            f"{told} {inactive:,} {have} no sign-in in the last {INACTIVE_AFTER.days} days.",
            icon=":material/person_off:",
        )
    else:
        st.markdown(told)


def review_table(rows: Sequence[StaffAccess]) -> None:
    """Draw the list; a click on a row opens what they did in the access log."""
    show_list(
        _COLUMNS,
        [review_row(row) for row in rows],
        key="review",
        caption="Roles of the staff",
        empty="Nobody has signed in yet.",
    )


def review_row(row: StaffAccess) -> Row:
    """The row of one member in one role."""
    unused = row.unused
    return Row(
        f"{row.staff_id} {row.role}",
        [
            Hover(row.name, f"{row.email} {row.staff_id}".strip()),
            role_name(row.role),
            _INACTIVE if row.is_inactive else _IN_USE if row.used else _IDLE,
            row.first_at,
            row.last_at,
            row.sessions,
            row.open_now,
            _uses(row),
            len(unused),
            row.refused,
        ],
        address=page_address("access_log.py", {"who": row.staff_id}),
    )


def _uses(row: StaffAccess) -> Hover | None:
    told = [f"{use_name(name)} {number:,}" for name, number in row.used.items()]
    if not told:
        return None
    return Hover(" · ".join(told[:_MOST_NAMED]), "; ".join(told))


def use_name(permission: str) -> str:
    """What a permission is used for, as a heading."""
    if permission == "other":
        return "Sign in and out"
    may = act_words(permission).may
    return may[:1].upper() + may[1:]
