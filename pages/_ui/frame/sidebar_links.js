// The links of the sidebar as entries of the browser's history, each of which Back undoes in one step.
// Streamlit first enters the address of the page that is left, without its filters.
let listening = false

export default function () {
  if (listening) return
  listening = true
  document.addEventListener("click", follow, true)
}

function follow(event) {
  const link = event.target.closest?.('a[data-testid="stSidebarNavLink"]')
  const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
  if (!link || !plain) return
  event.preventDefault()
  event.stopPropagation()
  navigate(new URL(link.href).pathname)
}
