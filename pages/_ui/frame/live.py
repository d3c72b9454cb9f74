"""Pages, and parts of them, that are drawn again when what they show has changed.

The browser asks the program whether something has changed (watch.js), which costs a small query;
only then does the page run again. What the time alone changes is drawn again at a moment that the
page names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor, end_sign_in
from services.addresses import CHANGES_PATH
from services.desk import desk
from services.errors import AccessDeskError, LogUnavailable
from services.lookup.changes import Subject
from services.staff.permissions import Actor

__all__ = ["Subject", "Watch", "live", "watch", "when_older"]

Given = ParamSpec("Given")

_mount = st.components.v2.component(
    "access_desk_watch", js=(Path(__file__).parent / "watch.js").read_text("utf-8")
)

_SOONEST, _LATEST = timedelta(seconds=5), timedelta(minutes=15)
"""A page at rest is drawn again after the longer one, in case a change was missed."""


@dataclass(frozen=True)
class Watch:
    """What is drawn, and which version of it. `name` tells two parts about the same thing apart."""

    who: Actor
    subject: Subject
    key: str
    version: str
    name: str = ""

    def keep(self, until: datetime | None = None) -> None:
        """Have what this stands in, the page or a live part, drawn again once it has changed.

        `until` is the next moment (UTC) at which the time alone changes it. Once the viewer is not
        signed in any more, the page says so and shows nothing else.
        """
        now = desk().clock()
        left = min(until - now, _LATEST) if until else _LATEST
        _mount(
            key=f"watch_{self.subject.value}_{self.key}{self.name}",
            data={
                "path": CHANGES_PATH,
                "subject": self.subject.value,
                "key": self.key,
                "seal": desk().changes.seal(self.who, self.subject, self.key),
                "version": self.version,
                "due": max(left, _SOONEST).total_seconds(),
                # Told on every run, or the browser would not know that a run has been.
                "drawn_at": now.timestamp(),
            },
            on_signed_out_change=end_sign_in,
        )


def watch(who: Actor, subject: Subject, key: str = "", name: str = "") -> Watch:
    """The version of what is about to be read: what changes after this is seen as a change.

    `name` tells the parts of a page apart that show the same thing.

    Raises `NotPermitted`.
    """
    try:
        version = desk().changes.version(who, subject, key)
    except LogUnavailable:
        # Different from every other: drawn again as soon as the log answers.
        version = ""
    return Watch(who, subject, key, version, name)


def live(
    draw: Callable[Given, datetime | None], subject: Subject, key: str = "", name: str = ""
) -> Callable[Given, None]:
    """`draw` as a part that is drawn again by itself, without the rest of the page.

    `draw` answers the next moment (UTC) at which the time alone changes what it draws, or None.
    `name` tells the parts of a page apart that show the same thing.
    """

    @wraps(draw)
    def watching(*args: Given.args, **kwargs: Given.kwargs) -> None:
        watched = watch(actor(), subject, key, name)
        try:
            until = draw(*args, **kwargs)
        except AccessDeskError:
            # Tried again soon, and by itself.
            watched.keep(desk().clock() + _SOONEST)
            raise
        watched.keep(until)

    return part(watching)


def when_older(newest: datetime | None, now: datetime) -> datetime | None:
    """When "3 min ago" has grown so much, by a tenth, that it should be drawn anew."""
    if newest is None:
        return None
    return now + max((now - newest) / 10, _SOONEST)
