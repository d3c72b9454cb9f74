"""The dialog that annotates the charts, and takes annotations off them."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from pages._ui.frame.viewer import zone
from pages._ui.goals.words import KINDS
from pages._ui.words.times import exact
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.outcomes.annotations import MOST_CHARACTERS, AnnotationKind, NewAnnotation
from services.staff.permissions import Actor

_SHOWN = timedelta(days=366)
_MOST_LISTED = 10


@dialog("Annotate the charts", icon=":material/flag:", width="medium")
def annotation_dialog(who: Actor) -> None:
    """Ask what happened and when, in the viewer's time zone; below it what is noted already."""
    st.markdown(
        "What happened outside and explains a chart stands on its axis of time, for everybody. "
        "Write nothing about a person."
    )
    kind: AnnotationKind = st.segmented_control(
        "Kind",
        list(KINDS),
        default=AnnotationKind.RELEASE,
        required=True,
        format_func=lambda one: KINDS[one][0],
        key="note_kind",
    )
    # One more than is taken, so that a text that was cut is refused and not kept in part.
    text = st.text_input(
        f"What happened ({MOST_CHARACTERS} characters at most)",
        key="note_text",
        max_chars=MOST_CHARACTERS + 1,
        autocomplete="off",
    )
    now = desk().clock().astimezone(zone())
    at = _moment("When, or its beginning", "note_at", now.date(), now.time())
    lasts = st.checkbox("It lasted until a later moment", key="note_lasts")
    until = _moment("Its end", "note_until", now.date(), now.time()) if lasts else None
    if lasts and until is None:
        st.error("Say when it ended, or that it did not last.", icon=":material/error:")
    elif st.button("Annotate", type="primary", key="annotate", icon=":material/flag:"):
        _add(who, NewAnnotation(kind, at, until, text or ""))
    _list(who)


def _moment(label: str, key: str, day: date, clock: time) -> datetime | None:
    """A moment in the viewer's time zone; None where its day or time is empty."""
    left, right = st.columns(2)
    chosen: date | None = left.date_input(label, value=day, format="YYYY-MM-DD", key=f"{key}_day")
    at: time | None = right.time_input(
        f"Time ({zone().key})", value=clock.replace(second=0, microsecond=0), key=f"{key}_time",
        step=60,
    )  # fmt: skip
    return datetime.combine(chosen, at, zone()) if chosen and at else None


def _add(who: Actor, new: NewAnnotation) -> None:
    try:
        desk().annotations.add(who, new)
    except InvalidInput as error:
        for text in error.fields.values():
            st.error(text, icon=":material/error:")
        return
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast("The charts are annotated.", icon=":material/flag:")
    st.rerun()


def _list(who: Actor) -> None:
    """The newest annotations, each with a button that takes it off."""
    now = desk().clock()
    newest = list(reversed(desk().annotations.between(who, now - _SHOWN, now + _SHOWN)))
    if not newest:
        return
    st.markdown("**On the charts now**")
    for annotation in newest[:_MOST_LISTED]:
        with st.container(horizontal=True, vertical_alignment="center"):
            # As text: what somebody has written is no Markdown.
            st.text(f"{exact(annotation.at, zone())}: {annotation.text}", width="stretch")
            if st.button("Take it off", key=f"take_off_{annotation.id}"):
                _remove(who, annotation.id)


def _remove(who: Actor, annotation_id: str) -> None:
    try:
        desk().annotations.remove(who, annotation_id)
    except AccessDeskError as error:
        show_error(error)
        return
    st.toast("It is taken off the charts.", icon=":material/flag:")
    st.rerun()
