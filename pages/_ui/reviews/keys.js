// The keys of an open item: on its heading 1, 2 and 3 choose a decision, and n goes to the next item.
// They work while the heading has the focus, and nowhere else, so that nothing typed is a key.
const KEYS = ["1", "2", "3", "n"]
let done = "" // the wish that was carried out last

export default function ({ parentElement, data, setTriggerValue }) {
  // Nothing is seen of it, so it takes no room in the page.
  const holder = (parentElement.host ?? parentElement).closest("[data-testid=stElementContainer]")
  if (holder) holder.style.display = "none"
  const heading = () => document.querySelector(`.st-key-${data.heading} :is(h1, h2, h3)`)
  const press = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (document.activeElement !== heading() || !KEYS.includes(event.key)) return
    event.preventDefault()
    setTriggerValue("pressed", event.key)
  }
  document.addEventListener("keydown", press)
  const timer = setTimeout(() => {
    if (!data.turn || done === data.turn) return
    done = data.turn
    const field = `.st-key-${data.field} :is(textarea, input)`
    const target = data.field ? document.querySelector(field) : heading()
    if (!target) return
    if (!data.field) target.tabIndex = -1
    target.focus({ preventScroll: true })
    target.scrollIntoView({ block: data.field ? "nearest" : "start" })
  }, 80)
  return () => {
    document.removeEventListener("keydown", press)
    clearTimeout(timer)
  }
}
