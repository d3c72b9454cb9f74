// The list in the browser. Rows are named by their key, so that a row that is drawn anew keeps its
// place, focus and selection. Text from outside is only ever put in as text, never as HTML.

const lists = new WeakMap()
const SAME_PRESS = 700 // milliseconds within which a second press of a row counts as the first
const HOLD = 700 // milliseconds for which rows stay where they are once the pointer has moved
const RELEASES = ["pointerup", "pointercancel"]
const LONGEST_HOLD = 4000 // the same for a pointer that never rests
const STILL = 4 // pixels within which a pointer that is pressed and released has not moved
const TOUCH = matchMedia("(hover: none)").matches // nothing hovers over a row before it is pressed

export default function (component) {
  const { parentElement, data, setTriggerValue, setStateValue } = component
  let list = lists.get(parentElement)
  if (!list) {
    list = new List(parentElement.querySelector(".list"))
    lists.set(parentElement, list)
  }
  list.send = { trigger: setTriggerValue, state: setStateValue }
  list.draw(data)
  return () => list.stop()
}

class List {
  constructor(root) {
    this.root = root
    this.rows = new Map()
    this.selected = new Set()
    this.pressed = { key: "", at: 0 }
    this.moved = -HOLD
    this.timer = setInterval(() => this.drawTimes(), 20000)
    root.addEventListener("click", event => this.click(event))
    root.addEventListener("auxclick", event => this.click(event))
    root.addEventListener("keydown", event => walk(event, this.root, this.body))
    for (const kind of ["pointerover", "focusin"]) {
      root.addEventListener(kind, event => offerCopies(event.target.closest?.("tbody tr")))
    }
    for (const kind of ["pointermove", "pointerdown"]) {
      root.addEventListener(kind, event => this.point(event))
    }
    // A pointer that was pressed on a row may be released anywhere.
    this.release = () => (this.held = false)
    for (const kind of RELEASES) document.addEventListener(kind, this.release)
    this.sizes = new ResizeObserver(() => this.fit())
    this.sizes.observe(root)
    this.closeMenu = event => {
      const menu = this.root.querySelector("details[open]")
      if (menu && !event.composedPath().includes(menu)) menu.open = false
    }
    document.addEventListener("pointerdown", this.closeMenu)
  }

  stop() {
    this.sizes.disconnect()
    clearInterval(this.timer)
    clearTimeout(this.later)
    document.removeEventListener("pointerdown", this.closeMenu)
    for (const kind of RELEASES) document.removeEventListener(kind, this.release)
  }

  // Draws `data` now or, so that no row slips away under somebody's pointer, as soon as it rests.
  draw(data, since = performance.now()) {
    clearTimeout(this.later)
    const now = performance.now()
    const wait = this.held ? HOLD : this.moved + HOLD - now
    // Between press and release no row may move at all: the press would be of no row.
    const waited = now - since > LONGEST_HOLD && !this.held
    if (!this.data || wait <= 0 || waited) this.drawNow(data)
    else this.later = setTimeout(() => this.draw(data, since), wait)
  }

  point(event) {
    const inRows = event.composedPath().includes(this.body)
    if (inRows) this.moved = performance.now()
    if (event.type !== "pointerdown") return
    this.held = inRows
    this.press = { row: this.rowOf(event), x: event.clientX, y: event.clientY }
  }

  // The row that a press is of; a button or a box in it is pressed for itself.
  rowOf(event) {
    const target = event.composedPath()[0]
    return target.closest("button, input") ? null : target.closest("tbody tr.opens")
  }

  // Whether the pointer is where it was pressed. A click by a key has no place, and no detail.
  isStill(event) {
    if (!this.press || !event.detail) return false
    return Math.hypot(event.clientX - this.press.x, event.clientY - this.press.y) < STILL
  }

  drawNow(data) {
    const first = !this.data
    const shape = JSON.stringify([data.columns, data.select, data.name, data.opens])
    this.data = data
    this.received = performance.now()
    if (shape !== this.shape) this.drawFrame(shape)
    this.drawRows(first)
    const scrolls = data.most > 0 && data.rows.length > data.most
    this.frame.classList.toggle("scrolls", scrolls)
    this.frame.style.maxHeight = scrolls ? `${(data.most + 1) * 2.05}rem` : ""
    this.fit()
    if (first) this.showLast()
  }

  // In a narrow window, or with large text, the list scrolls sideways by itself, not the page.
  fit() {
    if (!this.frame) return
    this.frame.classList.remove("wide")
    const isWide = this.frame.scrollWidth > this.frame.clientWidth
    this.frame.classList.toggle("wide", isWide)
  }

  // --- the frame: tools, heading, body -------------------------------------------------------

  drawFrame(shape) {
    this.shape = shape
    this.rows.clear()
    this.columns = new Columns(this.data, () => this.redraw())
    this.last = this.lastOpened()
    this.head = make("tr")
    this.body = make("tbody")
    const caption = make("caption", "unseen", this.data.caption)
    this.frame = make("div", "frame", [
      make("table", "", [caption, make("thead", "", [this.head]), this.body]),
    ])
    this.empty = make("div", "empty")
    this.frame.append(this.empty)
    this.root.replaceChildren(this.columns.draw(), this.frame)
    this.drawHead()
  }

  redraw() {
    this.rows.clear()
    this.body.replaceChildren()
    this.drawHead()
    this.drawRows(true)
  }

  drawHead() {
    const cells = this.columns.shown().map(({ column }) => this.drawHeading(column))
    if (this.data.select) cells.unshift(this.drawSelectAll())
    this.head.replaceChildren(...cells)
  }

  drawHeading(column) {
    const heading = make("th", this.classOf(column))
    heading.scope = "col"
    if (column.help) heading.title = column.help
    if (!column.order) {
      heading.textContent = column.name
      return heading
    }
    const newest = column.order === "newest"
    heading.ariaSort = newest ? "descending" : "ascending"
    const turn = make("button", "", [
      make("span", "", column.name),
      icon(newest ? "arrow_downward" : "arrow_upward"),
    ])
    turn.title = newest ? "Newest first. Turn round" : "Oldest first. Turn round"
    turn.onclick = () => this.send.trigger("turned", newest ? "oldest" : "newest")
    heading.append(turn)
    return heading
  }

  drawSelectAll() {
    const heading = make("th", "select")
    heading.scope = "col"
    this.all = make("input")
    this.all.type = "checkbox"
    this.all.ariaLabel = "Select all rows that are shown"
    this.all.onchange = () => this.select(this.all.checked ? [...this.rows.keys()] : [])
    heading.append(this.all)
    return heading
  }

  classOf(column) {
    return column.kind === "share" ? "number" : column.kind
  }

  // --- rows ----------------------------------------------------------------------------------

  drawRows(first) {
    const wanted = new Set(this.data.rows.map(row => row.key))
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue
      row.element.remove()
      this.rows.delete(key)
      this.selected.delete(key)
    }
    let place = this.body.firstChild
    for (const row of this.data.rows) {
      const element = this.drawRow(row, first)
      // Moving a row would take the focus from it: only a row out of place is moved.
      if (element === place) place = place.nextSibling
      else this.body.insertBefore(element, place)
    }
    this.drawEmpty()
    this.drawSelection()
  }

  drawRow(row, first) {
    const content = JSON.stringify(row)
    const drawn = this.rows.get(row.key)
    if (drawn && drawn.content === content) return drawn.element
    const element = drawn ? drawn.element : make("tr")
    element.dataset.key = row.key
    element.className = row.address || this.data.opens ? "opens" : ""
    if (!drawn && !first) element.classList.add("fresh")
    if (row.key === this.last) element.classList.add("last")
    const focused = drawn && element.contains(this.root.getRootNode().activeElement)
    const cells = this.columns.shown().map(({ column, position }) => this.drawCell(row, column, position))
    if (this.data.select) cells.unshift(this.drawSelect(row))
    element.replaceChildren(...cells)
    if (focused) element.querySelector("a, button, input")?.focus({ preventScroll: true })
    this.rows.set(row.key, { element, content, row })
    return element
  }

  drawCell(row, column, position) {
    const value = row.cells[position]
    const cell = make(position ? "td" : "th", this.classOf(column))
    if (!position) cell.scope = "row"
    const drawn = this.drawValue(value, column)
    cell.append(...(position ? drawn : this.drawOpener(row, drawn)))
    if (column.kind === "id" && value) cell.dataset.id = value
    // Those who do not see the row hear the exact moment.
    if (column.kind === "moment" && value) cell.ariaLabel = value.exact
    if (TOUCH) offerCopies(cell)
    return cell
  }

  // The first cell names the row: it is the link by which the row opens.
  drawOpener(row, drawn) {
    if (!row.address && !this.data.opens) return drawn
    const link = make("a", "row", drawn)
    link.href = row.address || "#"
    if (!row.address) link.role = "button"
    return [link]
  }

  drawValue(value, column) {
    if (value === null || value === "") return ["—"]
    if (column.kind === "moment" && value.at !== undefined) return drawMoment(value, this.now())
    if (value.icon) return [drawState(value)]
    if (column.kind === "id" && typeof value === "string") return drawId(value)
    if (column.kind === "share") return drawShare(value)
    if (typeof value === "number") return [number(value) + unit(column)]
    if (value.whole !== undefined) return [withHover(make("span", "", value.text), value.whole)]
    return [String(value)]
  }

  drawSelect(row) {
    const box = make("input", "above")
    box.type = "checkbox"
    box.ariaLabel = `Select ${nameOf(row.cells[0])}`
    box.onchange = () => {
      this.selected[box.checked ? "add" : "delete"](row.key)
      this.select([...this.selected])
    }
    return make("td", "select", [box])
  }

  select(keys) {
    this.selected = new Set(keys)
    this.drawSelection()
    this.send.state("selected", keys)
  }

  drawSelection() {
    if (!this.data.select) return
    for (const [key, { element }] of this.rows) {
      element.querySelector("td.select input").checked = this.selected.has(key)
    }
    this.all.checked = this.rows.size > 0 && this.selected.size === this.rows.size
    this.all.indeterminate = this.selected.size > 0 && !this.all.checked
  }

  drawEmpty() {
    const none = this.data.rows.length === 0
    this.empty.hidden = !none
    this.empty.style.display = none ? "" : "none"
    this.frame.querySelector("table").style.display = none ? "none" : ""
    if (none) this.empty.replaceChildren(icon("inbox"), make("span", "", this.data.empty))
  }

  now() {
    return this.data.now + performance.now() - this.received
  }

  drawTimes() {
    for (const time of this.root.querySelectorAll("time[data-at]")) {
      time.textContent = ago(Number(time.dataset.at), this.now())
    }
  }

  // The key of the row that this viewer has opened last, in this window.
  lastOpened() {
    const name = `opened:${this.data.name}`
    const kept = stored("sessionStorage", name)
    const viewer = `${this.data.viewer} `
    if (kept.startsWith(viewer)) return kept.slice(viewer.length)
    // Somebody else has signed in since: whom the one before had opened is not theirs to see.
    if (kept) store("sessionStorage", name, "")
    return ""
  }

  showLast() {
    const row = this.rows.get(this.last)?.element
    if (!row) return
    row.scrollIntoView({ block: "nearest" })
    row.querySelector("a.row")?.focus({ preventScroll: true })
  }

  // --- what people do ------------------------------------------------------------------------

  click(event) {
    const target = event.composedPath()[0]
    const still = this.isStill(event)
    // What stands above the list may grow between press and release: what was pressed is meant.
    const element = still ? this.press.row : this.rowOf(event)
    if (!element?.isConnected) return
    // Somebody who draws the pointer over a text selects it.
    if (!still && String(getSelection()).length > 0 && event.type === "click" && event.detail) return
    const { row } = this.rows.get(element.dataset.key)
    const { address } = row
    const other = event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey
    if (other) {
      // On the link the browser does it; on a text in front of it we do, if the row has an address.
      if (!target.closest("a") && address && event.button < 2) window.open(address, "_blank", "noopener")
      return
    }
    if (event.button) return
    event.preventDefault()
    this.open(row, address, element)
  }

  open(row, address, element) {
    const now = performance.now()
    if (this.pressed.key === row.key && now - this.pressed.at < SAME_PRESS) return
    this.pressed = { key: row.key, at: now }
    element.classList.add("opening")
    setTimeout(() => element.classList.remove("opening"), 4000)
    // Whoever comes back finds the row again that they had opened.
    store("sessionStorage", `opened:${this.data.name}`, `${this.data.viewer} ${row.key}`)
    if (address) navigate(address)
    else this.send.trigger("opened", row.key)
  }
}
