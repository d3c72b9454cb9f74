"""System: whether everything is set up and, in the sandbox, which faults are switched on."""

from typing import Any

import streamlit as st

from pages._ui.frame.errors import errors_shown
from pages._ui.frame.viewer import actor, forget, remembered
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import CHECK_STATES, StateWords, badge, badge_of
from services.desk import desk
from services.operations.doctor import CheckStatus
from services.operations.sandbox_switches import FAULTS, SandboxSwitches

_SPEEDS = (0.5, 1.0, 3.0, 10.0, 100.0)


def _setup() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Setup")
        st.space("stretch")
        if st.button("Check again", icon=":material/refresh:"):
            forget("setup")
    with st.spinner("Checking …"):
        results = remembered("setup", 300, lambda: desk().system.examine(who))
    failed = sum(result.status is CheckStatus.FAILED for result in results)
    if failed:
        st.error(f"**{failed} of {len(results)} checks failed.**", icon=":material/error:")
    for result in results:
        st.markdown(f"{badge(CHECK_STATES, result.status)} {markdown_text(result.what)}")


def _addresses() -> None:
    st.subheader("Addresses that Metriport must know")
    addresses = desk().system.addresses
    st.caption("Redirect URLs for the account’s allowlist, each exactly as it stands")
    for url in addresses.redirects.values():
        st.code(url, language=None)
    st.caption("Webhook URL")
    st.code(addresses.webhook, language=None)


def _sandbox(switches: SandboxSwitches) -> None:
    st.subheader("Sandbox")
    state = switches.state(who)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    name = left.selectbox(
        "What shall go wrong",
        list(FAULTS),
        format_func=lambda fault: FAULTS[fault][0],
        help="It lasts until it is cleared, for everybody who uses this sandbox.",
    )
    if right.button("Switch it on", icon=":material/bolt:"):
        switches.switch_on(who, name)
        st.rerun()
    for fault in state["faults"]:
        words = StateWords(_name_fault(fault), "bolt", "orange")
        st.markdown(f"{badge_of(words)} until cleared")
    if state["faults"] and st.button("Clear all faults", icon=":material/close:"):
        switches.clear(who)
        st.rerun()
    speeds = sorted({*_SPEEDS, state["speed"]})
    speed = st.segmented_control(
        "How fast sources answer",
        speeds,
        default=state["speed"],
        format_func=lambda factor: f"{factor:g}×",
        help="1× is as in life.",
    )
    if speed and speed != state["speed"]:
        switches.set_speed(who, speed)
        st.rerun()


def _name_fault(fault: dict[str, Any]) -> str:
    """The name of a fault; one that was switched on elsewhere is called by its kind."""
    known = (name for name, given in FAULTS.values() if given.items() <= fault.items())
    return next(known, str(fault["kind"]))


who = actor()
st.title("System")
_setup()
_addresses()
if (switches := desk().system.sandbox) is not None:
    with errors_shown():
        _sandbox(switches)
