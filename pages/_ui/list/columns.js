// Which columns of a list are shown, and the menu in which the viewer chooses them. The choice is
// kept in their browser: it says nothing about anybody.
class Columns {
  constructor(data, changed) {
    this.all = data.columns
    this.name = `columns:${data.name}`
    this.changed = changed
    const usual = this.all.filter(column => column.hidden).map(column => column.name)
    const kept = stored("localStorage", this.name)
    this.hidden = new Set(kept ? kept.split("\n") : usual)
  }

  // The columns that are shown with their places in a row; the first one names the row and stays.
  shown() {
    return this.all
      .map((column, position) => ({ column, position }))
      .filter(({ column, position }) => position === 0 || !this.hidden.has(column.name))
  }

  draw() {
    const tools = make("div", "tools")
    if (this.all.length < 6) return tools
    const menu = make("div", "menu", this.all.slice(1).map(column => this.drawChoice(column.name)))
    const summary = make("summary", "", [icon("view_column"), make("span", "", " Columns")])
    tools.append(make("details", "", [summary, menu]))
    return tools
  }

  drawChoice(name) {
    const box = make("input")
    box.type = "checkbox"
    box.checked = !this.hidden.has(name)
    box.onchange = () => {
      this.hidden[box.checked ? "delete" : "add"](name)
      store("localStorage", this.name, [...this.hidden].join("\n") || "\n")
      this.changed()
    }
    return make("label", "", [box, make("span", "", name)])
  }
}

// A browser may refuse to keep anything, and throws then: even where its storage is only named.
function stored(storage, name) {
  try {
    return window[storage].getItem(name) ?? ""
  } catch {
    return ""
  }
}

function store(storage, name, text) {
  try {
    window[storage].setItem(name, text)
  } catch {
    // What is not kept is as usual the next time.
  }
}
