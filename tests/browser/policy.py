"""What a browser says against the content security policy while people work."""

from playwright.sync_api import BrowserContext, ConsoleMessage

# A library for large whole numbers, inside Streamlit, tries WebAssembly and does without it: no
# reason to allow that to every script.
_LISTEN = """document.addEventListener('securitypolicyviolation', event => {
  const { violatedDirective, blockedURI, sourceFile } = event
  if (blockedURI === 'wasm-eval' && sourceFile.includes('/static/js/protobuf.')) return
  window.tellViolation(`${violatedDirective} ${blockedURI} on ${location.pathname}`)
})"""

_WORDS = ("Content Security Policy", "Content-Security-Policy", "Permissions-Policy",
          "permissions policy", "Cross-Origin-Opener-Policy")  # fmt: skip


def watch_policy(context: BrowserContext) -> list[str]:
    """Every violation, on all pages of a window, as they come."""
    found: list[str] = []
    context.expose_binding("tellViolation", lambda _source, text: found.append(text))
    context.add_init_script(_LISTEN)
    context.on("console", lambda message: found.extend(_complaints(message)))
    return found


def _complaints(message: ConsoleMessage) -> list[str]:
    return [message.text] if any(word in message.text for word in _WORDS) else []
