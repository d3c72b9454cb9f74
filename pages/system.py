"""System: is everything set up, and, in the sandbox, what shall go wrong."""

from typing import Any

import streamlit as st

from pages._ui.errors import errors_shown
from pages._ui.status import escaped
from pages._ui.viewer import actor, forget, remembered
from services.bootstrap import desk
from services.operations.doctor import CheckStatus
from services.operations.sandbox_switches import FAULTS, SandboxSwitches

_LOOKS = {
    CheckStatus.OK: ("check_circle", "green", "OK"),
    CheckStatus.FAILED: ("error", "red", "Failed"),
    CheckStatus.UNCLEAR: ("help", "orange", "Unclear"),
}
_SPEEDS = (0.5, 1.0, 3.0, 10.0, 100.0)


def _check() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Setup")
        st.space("stretch")
        if st.button("Check again", icon=":material/refresh:"):
            forget("setup")
    with st.spinner("Checking …"):
        results = remembered("setup", 300, lambda: desk().system.examine(who))
    failed = sum(one.status is CheckStatus.FAILED for one in results)
    if failed:
        st.error(f"**{failed} of {len(results)} checks failed.**", icon=":material/error:")
    for one in results:
        icon, colour, word = _LOOKS[one.status]
        st.markdown(f":{colour}-badge[:material/{icon}: {word}] {escaped(one.what)}")


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
        format_func=lambda one: FAULTS[one][0],
        help="It lasts until it is cleared, for everybody who uses this sandbox.",
    )
    if right.button("Switch it on", icon=":material/bolt:"):
        switches.switch_on(who, name)
        st.rerun()
    for fault in state["faults"]:
        st.markdown(f":orange-badge[:material/bolt: {escaped(_sentence(fault))}] until cleared")
    if state["faults"] and st.button("Clear all faults", icon=":material/close:"):
        switches.clear(who)
        st.rerun()
    speeds = sorted({*_SPEEDS, state["speed"]})
    speed = st.segmented_control(
        "How fast sources answer",
        speeds,
        default=state["speed"],
        format_func=lambda one: f"{one:g}×",
        help="1× is as in life.",
    )
    if speed and speed != state["speed"]:
        switches.set_speed(who, speed)
        st.rerun()


def _sentence(fault: dict[str, Any]) -> str:
    """A fault in words; one that somebody switched on over the control as it came."""
    known = (told for told, given in FAULTS.values() if given.items() <= fault.items())
    return next(known, str(fault["kind"]))


who = actor()
st.title("System")
_check()
_addresses()
if (switches := desk().system.sandbox) is not None:
    with errors_shown():
        _sandbox(switches)
