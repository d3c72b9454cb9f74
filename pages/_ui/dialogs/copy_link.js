// Copies the link, and tells the program that it was copied, by whatever way.
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
