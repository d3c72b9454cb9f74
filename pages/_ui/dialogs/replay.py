"""The dialog that has a selection of webhooks interpreted again."""

import streamlit as st

from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from services.desk import desk
from services.errors import AccessDeskError
from services.staff.permissions import Actor
from services.webhooks.filters import WebhookFilters
from services.webhooks.replay import MOST_REPLAYS


@dialog("Replay messages", icon=":material/replay:")
def replay_dialog(who: Actor, filters: WebhookFilters) -> None:
    """Count the messages, ask, and put them in line."""
    try:
        number = desk().replays.count(who, filters)
        many = f"More than {MOST_REPLAYS:,}" if number > MOST_REPLAYS else f"{number:,}"
        st.markdown(
            f"**{many} messages** of this selection are interpreted again. What they say is "
            "in the log already, so nothing changes where all went well. It is noted under your "
            "name."
        )
        if st.button("Replay them", type="primary", disabled=not number):
            done = desk().replays.replay_all(who, filters)
            desk().interpreter.nudge()
            st.toast(f"{done:,} messages are in line again.", icon=":material/replay:")
            st.rerun()
    except AccessDeskError as error:
        show_error(error)
