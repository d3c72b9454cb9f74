// How one fact, a name and a value, is drawn. It stands in one module with cells.js, whose functions
// draw the values. Text from outside is only ever put in as text, never as HTML.

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
