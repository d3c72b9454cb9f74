"""A link with a button that copies it, and that tells when it was copied.

The copy button of `st.code` tells nobody, and does nothing where a browser has no clipboard for
programs, as without HTTPS.
"""

import streamlit as st

_mount = st.components.v2.component(
    "access_desk_copy_link",
    html="""
<div class="row">
  <input readonly aria-label="Link" spellcheck="false">
  <button type="button">Copy</button>
</div>
<div class="told" role="status"></div>
""",
    css="""
.row { display: flex; gap: .5rem }
input {
  flex: 1; min-width: 0; padding: .45rem .6rem; font: .85rem var(--st-code-font);
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
button {
  padding: .45rem 1.1rem; font: 600 .95rem var(--st-font); cursor: pointer; color: #fff;
  background: var(--st-primary-color); border: 0; border-radius: var(--st-button-radius);
}
input:focus-visible, button:focus-visible {
  outline: 2px solid var(--st-primary-color); outline-offset: 2px;
}
.told { min-height: 1.4rem; font: .85rem var(--st-font); color: var(--st-text-color) }
""",
    js="""
export default function ({ data, parentElement, setTriggerValue }) {
  const field = parentElement.querySelector("input")
  const button = parentElement.querySelector("button")
  const told = parentElement.querySelector(".told")
  field.value = data.url
  const tell = () => {
    told.textContent = "Copied."
    setTriggerValue("copied", true)
  }
  field.onfocus = () => field.select()
  // Also when it is copied by the keyboard or the context menu.
  field.oncopy = tell
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.url)
      tell()
    } catch {
      field.focus()
      field.select()
      // It makes the event of a copy where it succeeds.
      if (!document.execCommand("copy"))
        told.textContent = "The link is selected: copy it with Ctrl+C or ⌘C."
    }
  }
}
""",
)


def copy_link(url: str, key: str) -> bool:
    """Draw the link; answers whether it was copied just now."""
    result = _mount(key=key, data={"url": url}, on_copied_change=lambda: None)
    return bool(result.copied)
