// How the values of a row are drawn. It stands in one module with table.js, or with facts.js.

const DAY = 86400 // seconds

function make(name, className = "", content = []) {
  const element = document.createElement(name)
  if (className) element.className = className
  if (typeof content === "string") element.textContent = content
  else element.append(...content)
  return element
}

function icon(name) {
  const element = make("span", "icon", name)
  element.ariaHidden = "true"
  return element
}

// The whole text on hover, and beside the short one for those who do not see it.
function withHover(element, whole) {
  if (!whole) return element
  element.classList.add("above")
  element.title = whole
  return element
}

function drawMoment(value, now) {
  const time = make("time", "above", ago(value.at, now))
  time.dataset.at = value.at
  time.dateTime = new Date(value.at).toISOString()
  time.title = value.exact
  return [time]
}

function drawState(value) {
  const state = make("span", `badge ${value.colour}`, [icon(value.icon), value.label])
  return withHover(state, value.whole)
}

function drawId(value) {
  const short = value.length <= 16 ? value : `${value.slice(0, 4)}…${value.slice(-8)}`
  return [withHover(make("span", "id-text", short), short === value ? "" : value)]
}

// The buttons that copy the ids of a row come once somebody is at it: a thousand rows would take
// twice as long to draw with all of theirs.
function offerCopies(row) {
  for (const cell of row?.matches("[data-id]") ? [row] : row?.querySelectorAll("[data-id]") ?? []) {
    if (!cell.querySelector("button.copy")) cell.append(copyButton(cell.dataset.id))
  }
}

function copyButton(value) {
  const copy = make("button", "copy", [icon("content_copy")])
  copy.type = "button"
  copy.tabIndex = -1
  copy.title = `Copy ${value}`
  copy.ariaLabel = `Copy the id ${value}`
  copy.onclick = () => copyText(value, copy)
  return copy
}

function drawShare(value) {
  const filled = make("span")
  filled.style.width = `${Math.round(value * 100)}%`
  return [make("span", "share", [filled]), make("span", "", `${(value * 100).toFixed(1)} %`)]
}

async function copyText(text, button) {
  let copied = false
  try {
    await navigator.clipboard.writeText(text)
    copied = true
  } catch {
    copied = copyBySelection(text, button)
  }
  button.firstChild.textContent = copied ? "check" : "error"
  button.classList.add("done")
  button.title = copied ? "Copied" : `Cannot be copied here. The id is ${text}`
  setTimeout(() => {
    button.firstChild.textContent = "content_copy"
    button.classList.remove("done")
    button.title = `Copy ${text}`
  }, 1600)
}

// Without HTTPS a browser has no clipboard for programs, but still copies what is selected.
function copyBySelection(text, button) {
  const field = make("textarea", "unseen")
  field.value = text
  button.after(field)
  field.select()
  const copied = document.execCommand("copy")
  field.remove()
  button.focus()
  return copied
}

function number(value) {
  return value.toLocaleString("en-US", { maximumFractionDigits: 1 })
}

function unit(column) {
  return column.unit ? ` ${column.unit}` : ""
}

function nameOf(cell) {
  return cell?.text ?? cell?.label ?? cell?.exact ?? String(cell ?? "row")
}

function ago(at, now) {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < -5) return `in ${length(-seconds)}`
  if (seconds < 5) return "just now"
  return seconds < 7 * DAY ? `${length(seconds)} ago` : day(at)
}

function length(seconds) {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < DAY) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / DAY)} d`
}

function day(at) {
  const date = new Date(at)
  const thisYear = date.getFullYear() === new Date().getFullYear()
  const shape = { month: "short", day: "numeric", ...(thisYear ? {} : { year: "numeric" }) }
  return date.toLocaleDateString("en-US", shape)
}
