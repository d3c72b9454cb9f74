"""What an administrator sees and switches: the setup, and in the sandbox its faults."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx

from services.access import Actor, Permission
from services.addresses import Addresses
from services.audit import Audit
from services.doctor import Finding
from services.errors import Unreachable

FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "fail": ("Every call fails with status 500", {"kind": "status", "path": "/medical/"}),
    "html": ("Every call is answered with HTML", {"kind": "html", "path": "/medical/"}),
    "slow": ("Every call takes 3 s longer", {"kind": "slow", "path": "/medical/", "seconds": 3}),
    "half": ("Every answer breaks off", {"kind": "half_body", "path": "/medical/"}),
    "key": ("The API key is refused", {"kind": "refuse_key", "path": "/medical/"}),
    "lost_answers": (
        "Queries are started, and the answers lost",
        {"kind": "drop_answer", "path": "/medical/v1/network/query"},
    ),
    "rate_limit": (
        "Queries are over the rate limit",
        {"kind": "status", "status": 429, "path": "/medical/v1/network/query"},
    ),
    "lost_webhooks": ("Webhooks are lost", {"kind": "no_webhooks"}),
    "failing_webhooks": ("Webhook deliveries fail", {"kind": "fail_webhooks"}),
    "double_webhooks": ("Webhooks come twice", {"kind": "double_webhooks"}),
    "reversed_webhooks": ("Webhooks come in reverse order", {"kind": "reverse_webhooks"}),
}
"""What the sandbox can be told to do wrong: a sentence, and the fault as its control takes it."""


class SandboxControls:
    """The switches of the embedded sandbox, over its own `/_control`."""

    def __init__(self, http: httpx.Client, audit: Audit) -> None:
        self._http = http
        self._audit = audit

    def state(self, actor: Actor) -> dict[str, Any]:
        """`speed`, and the `faults` that are switched on."""
        self._audit.require(actor, Permission.SYSTEM)
        return self._ask("GET")

    def switch_on(self, actor: Actor, name: str) -> None:
        """Let one of `FAULTS` happen until all are cleared; one that is on already stays on."""
        self._noted(actor, {"fault": name})
        fault = FAULTS[name][1] | {"times": None}
        if not any(fault.items() <= one.items() for one in self._ask("GET")["faults"]):
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
