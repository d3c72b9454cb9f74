// The keys of a list: arrows walk from row to row and within a row, Home and End go to its ends.
// Tab goes from row to row as well: the arrows are only faster, and reach what Tab passes over.
const REACHED = "a, button, input"
const STEPS = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }
const ENDS = { Home: "firstElementChild", End: "lastElementChild" }

function walk(event, root, body) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Escape") closeMenu(root)
  const row = event.target.closest?.("tbody tr")
  if (!row) return
  const inRow = [...row.querySelectorAll(REACHED)]
  let target = null
  if (STEPS[event.key]) target = row[STEPS[event.key]]?.querySelector(REACHED)
  else if (ENDS[event.key]) target = body[ENDS[event.key]]?.querySelector(REACHED)
  else if (event.key === "ArrowRight") target = inRow[inRow.indexOf(event.target) + 1]
  else if (event.key === "ArrowLeft") target = inRow[inRow.indexOf(event.target) - 1]
  else if (event.key === " " && event.target.matches("a.row[role=button]")) event.target.click()
  else return
  event.preventDefault()
  target?.focus()
}

function closeMenu(root) {
  const menu = root.querySelector("details[open]")
  if (!menu) return
  menu.open = false
  menu.querySelector("summary").focus()
}
