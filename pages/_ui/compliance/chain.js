// The chain of evidence: an overview in one line, and below it one item for each link. It stands in
// one module with cells.js and fact.js. Text is only ever put in as text, never as HTML.

export default function (component) {
  const place = component.parentElement.querySelector(".evidence")
  const links = component.data.links
  const shape = JSON.stringify(links)
  // A page that repeats draws the same links again: what is being copied stays as it is.
  if (place.dataset.shape === shape) return
  place.dataset.shape = shape
  const items = links.map(drawLink)
  const chain = make("ol", "chain", items)
  chain.setAttribute("aria-label", "Chain of evidence, link by link")
  place.replaceChildren(drawOverview(links, items), chain)
}

function drawOverview(links, items) {
  const parts = links.map((link, position) => {
    const jump = make("button", "jump", [icon(link.icon), make("span", "", link.short)])
    jump.type = "button"
    jump.title = `${link.title}: ${link.label}`
    jump.ariaLabel = `${link.title}: ${link.label}. Go to this link.`
    jump.onclick = () => goTo(items[position])
    return make("li", link.state, [jump])
  })
  const overview = make("ol", "overview", parts)
  overview.setAttribute("aria-label", "Overview of the chain")
  return overview
}

function goTo(item) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  item.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" })
  item.querySelector("h3").focus({ preventScroll: true })
}

function drawLink(link) {
  const heading = make("h3", "", link.title)
  heading.tabIndex = -1
  const badge = drawState({ label: link.label, icon: link.icon, colour: link.colour })
  const node = make("span", "node", [icon(link.icon)])
  node.ariaHidden = "true"
  const body = make("div", "body", [make("div", "head", [heading, badge]), ...drawWords(link)])
  if (link.facts.length) body.append(make("dl", "", link.facts.map(drawFact)))
  if (link.rows.length) body.append(drawRows(link.rows))
  return make("li", `link ${link.state}`, [node, body])
}

function drawWords(link) {
  if (link.state === "missing") {
    const wanted = make("p", "shows", [make("span", "wanted", "It should show: "), link.shows])
    return [make("p", "why", [link.why]), wanted]
  }
  return [make("p", "shows", link.why || link.shows)]
}

function drawRows(rows) {
  const parts = rows.map((row) => {
    const copy = copyButton(row.key)
    copy.tabIndex = 0
    const name = withHover(make("span", "table", row.table), row.whole)
    return make("li", "", [name, " ", ...[drawId(row.key)].flat(), copy])
  })
  return make("div", "rows", [make("span", "wanted", "Rests on"), make("ul", "", parts)])
}
