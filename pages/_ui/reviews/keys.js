// The keys of an open item: on its heading 1, 2 and 3 choose a decision, and n goes to the next item.
// They work while the heading has the focus, and nowhere else, so that nothing typed is a key.
const FIRST = { 1: "textarea", 2: "textarea", 3: "input" } // where the cursor goes after each
const FIELDS = { 1: "note", 2: "note", 3: "owner" }
const LONGEST = 3000 // milliseconds to wait for a field that is still to be drawn
let done = "" // the wish that was carried out last

export default function ({ parentElement, data, setTriggerValue }) {
  // Nothing is seen of it, so it takes no room in the page.
  const holder = (parentElement.host ?? parentElement).closest("[data-testid=stElementContainer]")
  if (holder) holder.style.display = "none"
  const press = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (document.activeElement !== heading(data)) return
    if (event.key === "n") setTriggerValue("pressed", event.key)
    else if (FIELDS[event.key]) choose(data, event.key)
    else return
    event.preventDefault()
  }
  document.addEventListener("keydown", press)
  const timer = setTimeout(() => openHeading(data), 80)
  return () => {
    document.removeEventListener("keydown", press)
    clearTimeout(timer)
  }
}

function heading(data) {
  return document.querySelector(`.st-key-${data.heading} :is(h1, h2, h3)`)
}

// Puts the focus on the heading of an item that was just opened, once.
function openHeading(data) {
  const target = heading(data)
  if (!target || !data.turn || done === data.turn) return
  done = data.turn
  target.tabIndex = -1
  target.focus({ preventScroll: true })
  target.scrollIntoView({ block: "start" })
}

// Presses the button of the decision itself: the page would know of a choice made elsewhere later
// than of what is pressed next.
function choose(data, key) {
  const buttons = document.querySelectorAll(`.st-key-${data.fields.judgement} [role=radio]`)
  const button = buttons[Number(key) - 1]
  if (!button) return
  if (button.getAttribute("aria-checked") !== "true") button.click()
  focusSoon(`.st-key-${data.fields[FIELDS[key]]} ${FIRST[key]}`, performance.now() + LONGEST)
}

function focusSoon(selector, until) {
  const field = document.querySelector(selector)
  if (field) field.focus()
  else if (performance.now() < until) setTimeout(() => focusSoon(selector, until), 50)
}
