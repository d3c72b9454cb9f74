"""The rules by which queries and looks are judged, of all versions, and what cannot be proved."""

import streamlit as st

from pages._ui.compliance.rule_list import rule_list
from pages._ui.frame.go import back_link
from pages._ui.frame.viewer import actor
from pages._ui.list.facts_grid import facts_grid
from pages._ui.words.compliance.rules import NOT_PROVED
from services.compliance.rules.rule_sets import RULE_SETS

actor()
back_link("ias_audit.py", "IAS audit")
st.title("Rules")
st.markdown(
    "Every query and every look is judged by the rules that were in force on its day (UTC). A "
    "finding says that something needs a human, not that somebody did wrong."
)
newest = RULE_SETS[-1].version
chosen = st.segmented_control(
    "Version",
    [rule_set.version for rule_set in reversed(RULE_SETS)],
    default=newest,
    required=True,
    key="version",
    bind="query-params",
)
rule_list(next(one for one in RULE_SETS if one.version == (chosen or newest)))

st.subheader("What the tool cannot prove")
facts_grid([(what, why) for what, why in NOT_PROVED], key="not_proved")
