"""The pages, who may open each, and on which of them the things that an id names are shown."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from pages._ui.frame.go import go_to, page_address
from services.lookup.finder import Place, PlaceKind
from services.staff.permissions import Actor, Permission


@dataclass(frozen=True)
class PageEntry:
    """A page: its file in `pages/`, whom it is for, and whether the sidebar lists it."""

    file: str
    title: str
    icon: str
    permission: Permission
    listed: bool = True

    @property
    def path(self) -> str:
        """Its path in the address, without the slash."""
        return self.file.removesuffix(".py")


PAGES = (
    PageEntry("patients.py", "Patients", "group", Permission.PATIENTS_VIEW),
    PageEntry("patient.py", "Patient", "person", Permission.PATIENTS_VIEW, listed=False),
    PageEntry("records.py", "Records", "lock_open", Permission.RECORDS_DOWNLOAD, listed=False),
    PageEntry("queries.py", "Queries", "travel_explore", Permission.QUERIES_VIEW),
    PageEntry("query.py", "Query", "travel_explore", Permission.QUERIES_VIEW, listed=False),
    PageEntry("bulk.py", "Bulk queries", "playlist_play", Permission.QUERIES_START),
    PageEntry("outcomes.py", "Outcomes", "monitoring", Permission.OUTCOMES_VIEW),
    PageEntry("adoption.py", "Adoption", "conversion_path", Permission.OUTCOMES_VIEW),
    PageEntry("webhooks.py", "Webhooks", "webhook", Permission.WEBHOOKS_VIEW),
    PageEntry("webhook.py", "Webhook", "webhook", Permission.WEBHOOKS_VIEW, listed=False),
    PageEntry("calls.py", "Upstream calls", "swap_vert", Permission.WEBHOOKS_VIEW),
    PageEntry("call.py", "Call", "swap_vert", Permission.WEBHOOKS_VIEW, listed=False),
    PageEntry("ias_audit.py", "IAS audit", "fact_check", Permission.IAS_FIGURES),
    PageEntry("evidence.py", "Evidence", "fact_check", Permission.IAS_AUDIT, listed=False),
    PageEntry("rules.py", "Rules", "gavel", Permission.IAS_AUDIT, listed=False),
    PageEntry("reviews.py", "Reviews", "rate_review", Permission.IAS_REVIEW),
    PageEntry("access_log.py", "Access log", "policy", Permission.ACCESS_LOG),
    PageEntry("access_review.py", "Access review", "badge", Permission.ACCESS_LOG),
    PageEntry("retention.py", "Retention", "auto_delete", Permission.RETENTION_HOLD),
    PageEntry("staff_sessions.py", "Who is signed in", "group_remove", Permission.STAFF_SESSIONS),
    PageEntry("system.py", "System", "settings", Permission.SYSTEM),
)
"""Every page, in the order of the sidebar."""

_OF_KIND = {
    PlaceKind.PATIENT: ("patient.py", "patient"),
    PlaceKind.QUERY: ("query.py", "query"),
    PlaceKind.WEBHOOK: ("webhook.py", "message"),
    PlaceKind.CALL: ("call.py", "call"),
    PlaceKind.BULK: ("bulk.py", "run"),
}
"""The page of each kind of thing, and the name of the id in its address."""

_OPENS = {PlaceKind.PATIENT: ("person", "person"), PlaceKind.QUERY: ("query", "travel_explore")}
"""What a link to a thing calls it, and its icon."""


def allowed_pages(who: Actor) -> list[PageEntry]:
    """The pages that the viewer may open, in the order of the sidebar."""
    return [page for page in PAGES if who.may(page.permission)]


def first_page(who: Actor) -> str:
    """The file of the page on which the viewer begins."""
    return allowed_pages(who)[0].file


def may_open(who: Actor, place: Place) -> bool:
    """Whether the viewer may open the page that shows it."""
    file, _ = _OF_KIND[place.kind]
    return any(page.file == file for page in allowed_pages(who))


def address_of(place: Place) -> str:
    """The address of the page that shows it, for a link."""
    file, parameter = _OF_KIND[place.kind]
    return page_address(file, {parameter: place.id})


def open_link(kind: PlaceKind, thing_id: str | None) -> None:
    """Draw the link that opens this person or query; nothing without an id."""
    file, parameter = _OF_KIND[kind]
    name, icon = _OPENS[kind]
    if thing_id:
        label, mark = f"Open the {name}", f":material/{icon}:"
        st.page_link(file, label=label, icon=mark, query_params={parameter: thing_id})


def open_place(place: Place) -> NoReturn:
    """Go to the page that shows it; the rest of this page is not drawn."""
    go_to(address_of(place))
