// Asks the program whether what a page shows has changed, and has the page drawn again only then.
// An ask costs the program a small query; drawing a page again costs it a hundred times as much.

const CALM = 2000 // milliseconds between two asks
const HIDDEN = 30000 // the same while nobody sees the page
const LONGEST = 60000 // the same after many asks that failed
const FORGOTTEN = 3600000 // after so long without an answer (a laptop asleep) the page is old
const UNDRAWN = 20000 // a trigger that led to nothing in this time has got lost

const watches = new WeakMap()

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  let watch = watches.get(parentElement)
  if (!watch) {
    watch = new Watch(parentElement)
    watches.set(parentElement, watch)
  }
  watch.drawn(data, setTriggerValue)
  return () => {
    watch.stop()
    watches.delete(parentElement)
  }
}

class Watch {
  constructor(parent) {
    this.failures = 0
    this.answered = Date.now()
    // Nothing is seen of it, so it takes no room in the page.
    const holder = (parent.host ?? parent).closest("[data-testid=stElementContainer]")
    if (holder) holder.style.display = "none"
    this.shown = () => document.visibilityState === "visible" && this.next(0)
    document.addEventListener("visibilitychange", this.shown)
  }

  stop() {
    this.ended = true
    clearTimeout(this.timer)
    document.removeEventListener("visibilitychange", this.shown)
  }

  // The page was drawn: `data` says what it shows, and which version of it.
  drawn(data, trigger) {
    this.data = data
    this.trigger = trigger
    this.due = Date.now() + data.due * 1000
    this.sent = 0
    this.next(this.pause())
  }

  pause() {
    if (document.visibilityState !== "visible") return HIDDEN
    if (this.isWaiting()) return CALM
    const calm = Math.min(CALM * 2 ** this.failures, LONGEST)
    return Math.max(0, Math.min(calm, this.due - Date.now()))
  }

  next(pause) {
    clearTimeout(this.timer)
    if (!this.ended) this.timer = setTimeout(() => this.look(), pause)
  }

  async look() {
    if (this.asking) return
    this.asking = true
    if (!this.isWaiting()) await (Date.now() >= this.due ? this.draw() : this.ask())
    this.asking = false
    this.next(Math.max(this.pause(), 200))
  }

  async ask() {
    const data = this.data
    const question = { subject: data.subject, key: data.key, seal: data.seal }
    try {
      const answer = await fetch(data.path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(question),
        signal: AbortSignal.timeout(10000),
      })
      if (this.ended) return
      if (answer.status === 401 || answer.status === 403) return this.end()
      if (!answer.ok) throw new Error(answer.status)
      const { version } = await answer.json()
      const slept = Date.now() - this.answered > FORGOTTEN
      this.failures = 0
      this.answered = Date.now()
      // Drawn anew while this was on its way: the answer is about what was drawn before.
      if (data === this.data && (slept || version !== data.version)) this.draw()
    } catch {
      this.failures += 1
    }
  }

  // Whether the program was told, and has yet to draw the page.
  isWaiting() {
    return Date.now() - this.sent < UNDRAWN
  }

  draw() {
    this.sent = Date.now()
    this.trigger("changed", this.data.version)
  }

  // Whoever looks on is not signed in any more: the program is told, and asked nothing further.
  end() {
    this.stop()
    this.trigger("signed_out", true)
  }
}
