// The facts of one thing as a list of names and values. It stands in one module with cells.js and
// fact.js, whose functions draw them.

export default function (component) {
  const list = component.parentElement.querySelector("dl")
  const shape = JSON.stringify(component.data.facts)
  // A page that repeats draws the same facts again: what is being copied stays as it is.
  if (list.dataset.shape === shape) return
  list.dataset.shape = shape
  list.replaceChildren(...component.data.facts.map(drawFact))
}
