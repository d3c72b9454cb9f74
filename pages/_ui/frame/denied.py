"""What stands at the address of a page that the viewer's role does not have."""

import streamlit as st

from pages._ui.frame.places import PageEntry, allowed_pages
from services.desk import desk
from services.errors import NotPermitted
from services.staff.permissions import Actor, Role, is_granted


def show_denied(who: Actor, page: PageEntry) -> None:
    """Say who has `page`, and whom to ask. The attempt stands in the access log."""
    st.title(page.title)
    try:
        desk().audit.require(who, page.permission)
    except NotPermitted:
        st.info(
            f"**Your role, {who.role.value}, does not have this page.** {_describe_roles(page)} "
            "Ask an administrator of Access Desk if you need it for your work.",
            icon=":material/lock:",
        )
        # Streamlit leaves the sidebar's list of pages out where a role has one page only.
        first = allowed_pages(who)[0]
        st.page_link(first.file, label=f"Go to {first.title}", icon=":material/arrow_forward:")


def _describe_roles(page: PageEntry) -> str:
    *some, last = [role.value for role in Role if is_granted(role, page.permission)]
    if not some:
        return f"It is for the role {last} only."
    return f"It is for the roles {', '.join(some)} and {last}."
