// Puts the cursor into the field whose key is `data.key`.
export default function ({ data }) {
  const focus = () => {
    const field = document.querySelector(`.st-key-${data.key} input`)
    field?.focus({ preventScroll: true })
    // Not only just into view, where the foot of the dialog would cover it.
    field?.scrollIntoView({ block: "center" })
  }
  // The field may be drawn a moment later than this.
  const timer = setTimeout(focus, 50)
  return () => clearTimeout(timer)
}
