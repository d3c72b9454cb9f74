"""What an administrator sees and switches: the setup, and in the sandbox its faults."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx

from services.access import Actor, Permission
from services.addresses import Addresses
from services.audit import Audit
from services.doctor import Finding
from services.errors import Unreachable

CALL_FAULTS = {
    "status": "The next call fails with status 500",
    "html": "The next call is answered with HTML",
    "slow": "The next call is slow (10 s)",
    "half_body": "The next answer breaks off",
    "drop_answer": "The next call is carried out, its answer lost",
}
WEBHOOK_FAULTS = {
    "no_webhooks": "Webhooks are lost",
    "double_webhooks": "Webhooks come twice",
    "reverse_webhooks": "Webhooks come in reverse order",
}
"""What the sandbox can be told to do wrong."""

_API, _SLOW = "/medical/", 10


class SandboxControls:
    """The switches of the embedded sandbox, over its own `/_control`."""

    def __init__(self, http: httpx.Client, audit: Audit) -> None:
        self._http = http
        self._audit = audit

    def state(self, actor: Actor) -> dict[str, Any]:
        """`speed`, and the `faults` that are switched on."""
        self._audit.require(actor, Permission.SYSTEM)
        return self._ask("GET")

    def switch_on(self, actor: Actor, kind: str) -> None:
        """Let a fault happen: a call's once, a webhook's until all are cleared."""
        fault: dict[str, Any] = {"kind": kind}
        if kind in CALL_FAULTS:
            fault["path"] = _API
        if kind == "slow":
            fault["seconds"] = _SLOW
        self._noted(actor, {"fault": kind})
        self._ask("POST", {"fault": fault})

    def set_speed(self, actor: Actor, speed: float) -> None:
        """How fast sources answer; 1 is as in life."""
        self._noted(actor, {"speed": speed})
        self._ask("POST", {"speed": speed})

    def clear(self, actor: Actor) -> None:
        """No faults any more."""
        self._noted(actor, {"fault": "cleared"})
        self._ask("DELETE")

    def _noted(self, actor: Actor, details: dict[str, Any]) -> None:
        self._audit.require(actor, Permission.SYSTEM)
        self._audit.note(actor, "sandbox.control", details=details)

    def _ask(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, "/_control", json=body).raise_for_status()
        except httpx.HTTPError as error:
            raise Unreachable(f"The sandbox did not answer ({type(error).__name__}).") from None
        state: dict[str, Any] = answer.json()
        return state


class System:
    """The setup check and, in the sandbox, its controls."""

    def __init__(
        self,
        audit: Audit,
        checks: Callable[[], Iterable[Finding]],
        addresses: Addresses,
        sandbox: SandboxControls | None,
    ) -> None:
        self._audit = audit
        self._checks = checks
        self.addresses = addresses
        self.sandbox = sandbox

    def examine(self, actor: Actor) -> list[Finding]:
        """Every check of `services.doctor`, in turn; takes a second or two."""
        self._audit.require(actor, Permission.SYSTEM)
        self._audit.note(actor, "system.check")
        return list(self._checks())
