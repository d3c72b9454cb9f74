"""When old rows were purged last, and what went."""

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.words.times import ago, exact
from services.compliance.retention.kept import KEPT
from services.compliance.retention.retention import LastPurge
from services.desk import desk

_WHAT = {kept.name: kept.what for kept in KEPT}


def last_purge(last: LastPurge) -> None:
    """Draw it as a sentence, with the numbers folded below."""
    if last.ended_at is None:
        st.info(
            "No purge has come to its end yet. The program purges once a day by itself.",
            icon=":material/hourglass_empty:",
        )
    else:
        now = desk().clock()
        st.markdown(
            f"The program looked for old rows {ago(last.ended_at, now)} "
            f"({exact(last.ended_at, zone())}), and does so once a day. {_took(last)}"
        )
    if last.rows:
        with st.expander("What the last purge took"):
            st.markdown("\n".join(_line(name, number) for name, number in last.rows.most_common()))


def _took(last: LastPurge) -> str:
    if last.took_at is None:
        return "Nothing was old enough so far."
    return f"It last took **{last.rows.total():,} rows**, {exact(last.took_at, zone())}."


def _line(name: str, number: int) -> str:
    return f"- {number:,}: {_WHAT.get(name, name.replace('_', ' '))}"
