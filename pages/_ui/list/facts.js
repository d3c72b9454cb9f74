// The facts of one thing as a list of names and values. It stands in one module with cells.js,
// whose functions draw the values. Text from outside is only ever put in as text, never as HTML.

export default function (component) {
  const list = component.parentElement.querySelector("dl")
  const shape = JSON.stringify(component.data.facts)
  // A page that repeats draws the same facts again: what is being copied stays as it is.
  if (list.dataset.shape === shape) return
  list.dataset.shape = shape
  list.replaceChildren(...component.data.facts.map(drawFact))
}

function drawFact(fact) {
  const value = make("dd", "", [])
  value.append(...[drawValue(fact)].flat())
  return make("div", "", [make("dt", "", fact.name), value])
}

function drawValue(fact) {
  if (fact.kind === "id") {
    const copy = copyButton(fact.value)
    // In a table the row has the focus; here the button is reached by itself.
    copy.tabIndex = 0
    return [...[drawId(fact.value)].flat(), copy]
  }
  const text = make("span", fact.value ? "" : "none", fact.value || "—")
  return withHover(text, fact.whole)
}
