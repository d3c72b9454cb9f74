"""A link with a button that copies it, and that tells when it was copied.

The copy button of `st.code` tells nobody, and does nothing where a browser has no clipboard for
programs, as without HTTPS.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "access_desk_copy_link",
    html="""
<div class="row">
  <input readonly aria-label="Link" spellcheck="false">
  <button type="button">Copy</button>
</div>
<div class="told" role="status"></div>
""",
    css=(_HERE / "copy_link.css").read_text("utf-8"),
    js=(_HERE / "copy_link.js").read_text("utf-8"),
)


def copy_link(url: str, key: str) -> bool:
    """Draw the link; answers whether it was copied just now."""
    result = _mount(key=key, data={"url": url}, on_copied_change=lambda: None)
    return bool(result.copied)
