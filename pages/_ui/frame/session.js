// Keeps an eye on the viewer's sign-in: warns before it ends, renews it as long as somebody is
// active, and hides the page once it is over, in whichever tab or by whomever it was ended.
// What the page asks by itself is no activity: only a key, a press or a turn of the wheel is.

const SOONEST = 1000 // milliseconds between two asks, at the least
const HIDDEN = 25000 // between two asks of a page that nobody sees
const RETRIED = 5000 // until activity is reported again that could not be
const READ = 6000 // for so long the reason stands there before the sign-in page comes

const WHY = {
  idle: "Nothing was done here for a while, so you were signed out.",
  too_old: "You have been signed in for as long as it is allowed. Sign in again to go on.",
  revoked: "An administrator ended your sign-in.",
  role_lost: "Your role was taken away. Ask an administrator if you need it for your work.",
  provider: "You signed out at your company’s provider.",
  sign_out: "You signed out.",
  replaced: "You signed in again in this browser.",
  somebody_else: "Somebody signed in here in another name or another role.",
}
const KEPT = "What you had started stands in the log; what you typed was not sent."
const UNKNOWN = "You signed out, or your sign-in was ended."
const BUTTON =
  "font:inherit;font-weight:600;padding:6px 14px;border-radius:6px;background:#0b6e6e;color:#fff"
const UNREACHED = "Access Desk cannot be reached, and your time without activity is over."

// One for the whole window: Streamlit mounts the component anew with every page.
let guard = null

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const holder = (parentElement.host ?? parentElement).closest(
    "[data-testid=stElementContainer]",
  )
  if (holder) holder.style.display = "none"
  guard ??= new Guard()
  guard.drawn(data, setTriggerValue)
}

class Guard {
  constructor() {
    this.reported = Date.now()
    this.at = Infinity // when the next ask is planned
    for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"])
      addEventListener(kind, () => this.act(), { capture: true, passive: true })
    document.addEventListener("visibilitychange", () => this.isSeen() && this.next(0))
    addEventListener("online", () => this.next(0))
    // What Back brings out of the browser's memory shows nothing until the program has answered.
    addEventListener("pagehide", () => this.cover(true))
    addEventListener("pageshow", event => {
      if (!event.persisted) return this.cover(false)
      this.covered = true
      this.ask()
    })
  }

  // The page was drawn for whom `data` says, or for nobody any more.
  drawn(data, trigger) {
    this.data = data
    this.trigger = trigger
    this.next(this.deadline ? this.pause() : 0)
  }

  isSeen() {
    return document.visibilityState === "visible"
  }

  act() {
    if (this.over || this.covered || !this.data) return
    this.active = true
    if (this.warning?.dataset.kind === "idle") this.renew()
    else this.next(this.pause())
  }

  renew() {
    this.active = true
    this.reported = 0
    this.next(0)
  }

  // Milliseconds until the next ask: often enough to see an end in time, and when activity is to
  // be reported or a warning is due.
  pause() {
    const now = Date.now()
    const calm = this.isSeen() ? this.data.ask * 1000 : HIDDEN
    const report = this.active ? this.reported + this.data.report * 1000 - now : calm
    const moments = Object.values(this.deadline ?? {})
      .flatMap(end => [end - this.data.warn * 1000, end])
      .map(moment => moment - now)
      .filter(left => left > 0)
    return Math.max(0, Math.min(calm, report, ...moments.map(left => Math.max(SOONEST, left))))
  }

  // An ask that is planned for earlier stays: a page that is drawn often must not put it off.
  next(pause) {
    const at = Date.now() + pause
    if (this.over || at >= this.at) return
    clearTimeout(this.timer)
    this.at = at
    this.timer = setTimeout(() => this.ask(), pause)
  }

  async ask() {
    this.at = Infinity
    clearTimeout(this.timer)
    // Whoever is asking plans the next ask once the answer is there.
    if (this.asking || this.over) return
    this.asking = true
    await this.question()
    this.asking = false
    if (!this.over) this.next(this.pause())
  }

  async question() {
    const isDue = Date.now() - this.reported >= this.data.report * 1000
    const active = Boolean(this.active && isDue)
    if (active) {
      this.active = false
      this.reported = Date.now()
    }
    try {
      const answer = await fetch(this.data.path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ tag: this.data.tag, session: this.data.session, active }),
        signal: AbortSignal.timeout(8000),
      })
      if (answer.status === 401) return this.end((await answer.json().catch(() => ({}))).why)
      if (!answer.ok) throw new Error(answer.status)
      this.heard(await answer.json())
    } catch {
      if (active) {
        // Told again soon, and not all the time: the program may have enough to do.
        this.active = true
        this.reported = Date.now() - this.data.report * 1000 + RETRIED
      }
      this.unheard()
    }
  }

  heard({ idle, altogether, renewed }) {
    // Signed in again as the same person: this page belongs to the session before.
    if (renewed) return this.reload()
    const now = Date.now()
    this.deadline = { idle: now + idle * 1000, altogether: now + altogether * 1000 }
    this.cover(false)
    if (altogether <= this.data.warn) this.warn("altogether", altogether)
    else if (idle <= this.data.warn) this.warn("idle", idle)
    else this.unwarn()
  }

  unheard() {
    const end = this.deadline && Math.min(this.deadline.idle, this.deadline.altogether)
    if (end && Date.now() >= end) this.end("unreached")
  }

  reload() {
    this.over = true
    location.reload()
  }

  // Nothing of the page may be seen, and nothing on it pressed.
  cover(isCovered) {
    if (this.covered === isCovered) return
    this.covered = isCovered
    for (const part of document.body.children) {
      if (part.dataset.session) continue
      part.style.display = isCovered ? "none" : ""
      part.inert = isCovered
    }
  }

  end(why) {
    this.over = true
    clearTimeout(this.timer)
    this.unwarn()
    // The program forgets what this page has read; whether it still can be told does not matter.
    try {
      this.trigger("signed_out", true)
    } catch {}
    const here = location.pathname + location.search
    const address = here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`
    this.cover(true)
    document.title = "Signed out · Access Desk"
    this.notice(why === "unreached" ? UNREACHED : (WHY[why] ?? UNKNOWN), address)
    this.timer = setTimeout(() => location.replace(address), READ)
  }

  notice(sentence, address) {
    const box = this.box("alert", "inset:0;display:grid;place-content:center;gap:12px;padding:24px")
    const title = document.createElement("h1")
    title.textContent = "Your sign-in has ended"
    title.style.cssText = "font-size:1.65rem;font-weight:650;margin:0"
    const text = document.createElement("p")
    text.textContent = `${sentence} ${KEPT}`
    text.style.cssText = "margin:0;max-width:34rem"
    const link = document.createElement("a")
    link.href = address
    link.textContent = "Sign in"
    link.style.cssText = `${BUTTON};text-decoration:none;justify-self:start`
    box.append(title, text, link)
    document.body.append(box)
    link.focus()
  }

  warn(kind, seconds) {
    if (this.warning?.dataset.kind !== kind) this.openWarning(kind)
    clearInterval(this.ticking)
    const end = Date.now() + seconds * 1000
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      this.count.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
      if (left === 0) {
        clearInterval(this.ticking)
        this.next(0)
      }
    }
    tick()
    this.ticking = setInterval(tick, 1000)
  }

  openWarning(kind) {
    this.unwarn()
    const place = "right:24px;bottom:24px;width:min(24rem,calc(100vw - 48px));border-radius:8px;"
    const box = this.box("region", `${place}padding:16px 20px;box-shadow:0 4px 24px #0005`)
    box.setAttribute("aria-label", "Your sign-in ends soon")
    box.dataset.kind = kind
    const { line, link } = this.colours()
    box.style.border = `1px solid ${line}`
    box.style.borderLeft = `4px solid ${link}`
    const text = document.createElement("p")
    text.setAttribute("role", "alert")
    text.style.cssText = "margin:0 0 8px"
    this.count = document.createElement("strong")
    // Seconds that are read aloud one by one would drown everything else.
    this.count.setAttribute("aria-hidden", "true")
    this.count.style.cssText = "font-variant-numeric:tabular-nums;font-size:1.2rem"
    const row = document.createElement("div")
    row.style.cssText = "display:flex;align-items:center;gap:16px"
    row.append(this.count)
    if (kind === "idle") row.append(this.stayButton())
    box.append(text, row)
    document.body.append(box)
    // Filled once it stands in the page: only what changes there is read aloud.
    text.textContent =
      kind === "idle"
        ? "Nothing was done here for a while. You will be signed out soon."
        : "You have been signed in for almost as long as it is allowed. Finish what you are doing, " +
          "then sign in again."
    this.warning = box
  }

  stayButton() {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = "Stay signed in"
    button.style.cssText = `${BUTTON};border:0;cursor:pointer`
    button.addEventListener("click", () => this.renew())
    return button
  }

  unwarn() {
    clearInterval(this.ticking)
    this.warning?.remove()
    this.warning = null
  }

  box(role, style) {
    const box = document.createElement("div")
    box.dataset.session = role
    box.setAttribute("role", role)
    const { back, text } = this.colours()
    // In front of Streamlit's dialogs.
    box.style.cssText = `position:fixed;z-index:2000000;${style};background:${back};color:${text}`
    box.style.fontFamily = getComputedStyle(document.querySelector(".stApp") ?? document.body)
      .fontFamily
    return box
  }

  // Those of the viewer's theme.
  colours() {
    const { dark } = this.data
    return dark
      ? { back: "#1a252b", text: "#e4ecef", line: "#2d3b43", link: "#5fcbc2" }
      : { back: "#ffffff", text: "#0c161b", line: "#d5dde1", link: "#0b6e6e" }
  }
}
