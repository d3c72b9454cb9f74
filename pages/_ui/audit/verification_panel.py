"""Whether the access log is whole: the last verification, and a button for the next one."""

import streamlit as st

from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import StateWords, badge_of
from pages._ui.words.times import ago
from services.desk import desk
from services.staff.access_log.rows import AuditEvent
from services.staff.permissions import Actor
from services.staff.proof.verification import Progress, Verdict

_VERIFY = "audit.verify"
_WHOLE = StateWords("Whole", "verified", "green")
_DAMAGED = StateWords("Damaged", "gpp_bad", "red")
_NEVER = StateWords("Not verified yet", "help", "gray")


@part
def verification_panel() -> None:
    """Draw the panel; its button runs the panel again without the rest of the page."""
    who = actor()
    with st.container(border=True):
        left, right = st.columns([5, 1], vertical_alignment="center")
        shown = left.empty()
        pressed = right.button(
            "Verify now", icon=":material/fact_check:", key="verify_log", width="stretch"
        )
        verdict = _verify(who) if pressed else None
        if verdict is None:
            shown.markdown(_words_of_last(desk().access_log.last_of(who, _VERIFY)))
            return
        words = _WHOLE if verdict.is_whole else _DAMAGED
        shown.markdown(f"{badge_of(words)} {markdown_text(verdict.sentence)}")
        if not verdict.is_whole:
            st.error(
                "**Somebody has changed the access log behind the program’s back, or the disk has "
                "damaged it.** Keep a copy of the database as it is now, do not purge anything, "
                "and tell whoever is responsible for security.",
                icon=":material/gpp_bad:",
            )


def _verify(who: Actor) -> Verdict | None:
    """Walk the log from its beginning, and show how far it is."""
    bar = st.progress(0.0, "Verifying …")
    verdict = None
    for step in desk().verification.run(who):
        match step:
            case Progress(done, total):
                share = min(done / total, 1.0) if total else 1.0
                bar.progress(share, f"{done:,} of {total:,} events fit")
            case Verdict():
                verdict = step
    bar.empty()
    return verdict


def _words_of_last(event: AuditEvent | None) -> str:
    if event is None:
        return (
            f"{badge_of(_NEVER)} Each event carries the hash of the one before it. A verification "
            "finds whatever was changed, removed or added behind the program’s back."
        )
    details = event.details or {}
    words = _WHOLE if event.outcome == "done" else _DAMAGED
    fits = f"up to event {int(details.get('head_seq', 0)):,}"
    told = "fitted" if event.outcome == "done" else f"fitted only {fits}: verify again for details"
    when = f"{ago(event.at, desk().clock())}, by {event.actor}"
    whole = f"Everything {fits} {told}" if event.outcome == "done" else f"The log {told}"
    return f"{badge_of(words)} {markdown_text(f'{whole}. Verified {when}.')}"
