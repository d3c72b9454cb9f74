"""A status is always an icon, a word and a colour together."""

from dataclasses import dataclass

from services.access_state import Aal2State


@dataclass(frozen=True)
class Look:
    """How a status looks; `colour` is one of Streamlit's theme colours."""

    label: str
    icon: str
    colour: str


_LOOKS = {
    "submitting": Look("Submitting", "send", "blue"),
    "processing": Look("Processing", "progress_activity", "blue"),
    "completed": Look("Completed", "check_circle", "green"),
    "partial": Look("Partial", "incomplete_circle", "orange"),
    "failed": Look("Failed", "error", "red"),
    "rejected": Look("Rejected", "block", "red"),
    "unconfirmed": Look("Unconfirmed", "help", "violet"),
    "not_started": Look("Not started", "do_not_disturb_on", "gray"),
    "received": Look("Waiting", "schedule", "blue"),
    "processed": Look("Processed", "check_circle", "green"),
    "ignored": Look("Left alone", "remove_circle", "gray"),
    "none": Look("None yet", "radio_button_unchecked", "gray"),
    "aal2_none": Look("None from here", "visibility_off", "gray"),
    "link_ready": Look("Link ready", "link", "blue"),
    "opened": Look("Opened", "open_in_browser", "blue"),
    "returned": Look("Returned", "hourglass_top", "violet"),
    "link_expired": Look("Link expired", "link_off", "orange"),
    "verified": Look("Verified", "verified_user", "green"),
    "inactive": Look("Inactive", "gpp_bad", "red"),
    "declined": Look("Declined", "thumb_down", "orange"),
    "active": Look("Active", "lock_open", "green"),
    "used": Look("Used", "task_alt", "gray"),
    "expired": Look("Expired", "timer_off", "orange"),
    "complete": Look("Complete", "check_circle", "green"),
    "ready": Look("Ready", "check_circle", "green"),
    "not_ready": Look("Not ready", "lock", "gray"),
    "incomplete": Look("Incomplete", "warning", "orange"),
    "running": Look("Running", "progress_activity", "blue"),
    "stopped": Look("Stopped", "stop_circle", "orange"),
    "finished": Look("Finished", "check_circle", "green"),
    "waiting": Look("Waiting", "schedule", "gray"),
    "replaced": Look("Replaced", "swap_horiz", "gray"),
}

CHART_COLOURS = {
    "light": {
        "green": "#2a9d6c",
        "orange": "#d98a1f",
        "red": "#c8453b",
        "blue": "#4a8fd8",
        "violet": "#8a6fcf",
        "gray": "#93a3ab",
    },
    "dark": {
        "green": "#45b883",
        "orange": "#e09a3e",
        "red": "#e0665c",
        "blue": "#6aa5e8",
        "violet": "#a48be0",
        "gray": "#71828b",
    },
}
"""What the theme's colours are where a chart paints areas with them."""


def look(status: str) -> Look:
    """How `status` looks; a word of upstream that is new here as it came."""
    # What was satisfied in the company's own app cannot be seen here, so "none" would be a claim.
    known = "aal2_none" if status is Aal2State.NONE else status
    return _LOOKS.get(known, Look(status, "radio_button_unchecked", "gray"))


def badge(status: str) -> str:
    """The status as a Markdown badge."""
    shown = look(status)
    return f":{shown.colour}-badge[:material/{shown.icon}: {escaped(shown.label)}]"


def escaped(text: str) -> str:
    """`text` from outside, with nothing left that Markdown would act on."""
    return "".join(f"\\{one}" if one in r"\`*_{}[]()<>#+-.!|:$~" else one for one in text)
