"""A status is always an icon, a word and a colour together."""

from dataclasses import dataclass

from services.identity.access_state import Aal2State


@dataclass(frozen=True)
class StateLook:
    """How a status looks; `colour` is one of Streamlit's theme colours."""

    label: str
    icon: str
    colour: str


_LOOKS = {
    "submitting": StateLook("Submitting", "send", "blue"),
    "processing": StateLook("Processing", "progress_activity", "blue"),
    "completed": StateLook("Completed", "check_circle", "green"),
    "partial": StateLook("Partial", "incomplete_circle", "orange"),
    "failed": StateLook("Failed", "error", "red"),
    "rejected": StateLook("Rejected", "block", "red"),
    "unconfirmed": StateLook("Unconfirmed", "help", "violet"),
    "not_started": StateLook("Not started", "do_not_disturb_on", "gray"),
    "received": StateLook("Waiting", "schedule", "blue"),
    "processed": StateLook("Processed", "check_circle", "green"),
    "ignored": StateLook("Left alone", "remove_circle", "gray"),
    "none": StateLook("None yet", "radio_button_unchecked", "gray"),
    "aal2_none": StateLook("None from here", "visibility_off", "gray"),
    "link_ready": StateLook("Link ready", "link", "blue"),
    "opened": StateLook("Opened", "open_in_browser", "blue"),
    "returned": StateLook("Returned", "hourglass_top", "violet"),
    "link_expired": StateLook("Link expired", "link_off", "orange"),
    "verified": StateLook("Verified", "verified_user", "green"),
    "inactive": StateLook("Inactive", "gpp_bad", "red"),
    "declined": StateLook("Declined", "thumb_down", "orange"),
    "active": StateLook("Active", "lock_open", "green"),
    "used": StateLook("Used", "task_alt", "gray"),
    "expired": StateLook("Expired", "timer_off", "orange"),
    "complete": StateLook("Complete", "check_circle", "green"),
    "ready": StateLook("Ready", "check_circle", "green"),
    "not_ready": StateLook("Not ready", "lock", "gray"),
    "incomplete": StateLook("Incomplete", "warning", "orange"),
    "running": StateLook("Running", "progress_activity", "blue"),
    "stopped": StateLook("Stopped", "stop_circle", "orange"),
    "finished": StateLook("Finished", "check_circle", "green"),
    "waiting": StateLook("Waiting", "schedule", "gray"),
    "replaced": StateLook("Replaced", "swap_horiz", "gray"),
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


def look(status: str) -> StateLook:
    """How `status` looks; a word of upstream that is new here as it came."""
    # What was satisfied in the company's own app cannot be seen here, so "none" would be a claim.
    known = "aal2_none" if status is Aal2State.NONE else status
    return _LOOKS.get(known, StateLook(status, "radio_button_unchecked", "gray"))


def badge(status: str) -> str:
    """The status as a Markdown badge."""
    shown = look(status)
    return f":{shown.colour}-badge[:material/{shown.icon}: {escaped(shown.label)}]"


def escaped(text: str) -> str:
    """`text` from outside, with nothing left that Markdown would act on."""
    return "".join(f"\\{one}" if one in r"\`*_{}[]()<>#+-.!|:$~" else one for one in text)
