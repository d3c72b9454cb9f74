"""Looks at fetched records (break-glass) that no reviewer has seen yet."""

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.frame.part import part
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from services.desk import desk
from services.records.looks import UnseenLooks
from services.records.rows import RecordLook
from services.staff.permissions import Actor, Permission

_ACTS = {"list": "Listed", "download": "Downloaded"}
_MOST = 6

COLUMNS = (
    Column("What"),
    Column("When", Kind.MOMENT),
    Column("Patient", Kind.ID),
    Column("Who"),
    Column("Reason"),
    Column("Ticket"),
)


@part
def unseen_looks(who: Actor) -> None:
    """Draw them until somebody has seen them; nothing where there are none."""
    with errors_shown():
        unseen = desk().record_looks.unseen(who)
        if unseen.total:
            with st.container(border=True):
                _panel(who, unseen)


def _panel(who: Actor, unseen: UnseenLooks) -> None:
    looks = "look" if unseen.total == 1 else "looks"
    st.markdown(
        f":red-badge[:material/visibility_lock: {unseen.total:,} {looks} at records] "
        "**that no reviewer has seen.** They stand here until somebody has."
    )
    chosen = show_list(
        COLUMNS,
        [_row(who, look) for look in unseen.rows],
        key="unseen_looks",
        caption="Looks at records that no reviewer has seen",
        empty="None.",
        most=_MOST,
        select=who.may(Permission.IAS_REVIEW),
    )
    if chosen and st.button(f"Mark {len(chosen):,} as seen", icon=":material/done_all:"):
        desk().record_looks.mark_seen(who, chosen)
        # The list as it is now.
        st.rerun(scope="fragment")


def _row(who: Actor, look: RecordLook) -> Row:
    act = _ACTS.get(look.act, look.act) + (" (nothing came)" if look.failed else "")
    # Somebody else has to mark these.
    name = f"{look.actor} (you)" if look.actor_id == who.id else look.actor
    cells: list[Cell] = [act, look.at, look.patient_id, name, look.reason, look.ticket]
    return Row(look.id, cells)
