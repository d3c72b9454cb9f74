"""What the embedded sandbox can be told to do wrong, and how fast it answers."""

from typing import Any

from services.metriport.sandbox_control import SandboxControl
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission

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


class SandboxSwitches:
    """Switches the embedded sandbox's faults and speed; every switch is noted."""

    def __init__(self, control: SandboxControl, audit: Audit) -> None:
        self._control = control
        self._audit = audit

    def state(self, actor: Actor) -> dict[str, Any]:
        """`speed`, and the `faults` that are switched on."""
        self._audit.require(actor, Permission.SYSTEM)
        return self._control.state()

    def switch_on(self, actor: Actor, name: str) -> None:
        """Let one of `FAULTS` happen until all are cleared; one that is on already stays on."""
        self._note(actor, {"fault": name})
        fault = FAULTS[name][1] | {"times": None}
        if not any(fault.items() <= on.items() for on in self._control.state()["faults"]):
            self._control.change(fault=fault)

    def set_speed(self, actor: Actor, speed: float) -> None:
        """Set how fast sources answer; 1 is as in life."""
        self._note(actor, {"speed": speed})
        self._control.change(speed=speed)

    def clear(self, actor: Actor) -> None:
        """Switch every fault off."""
        self._note(actor, {"fault": "cleared"})
        self._control.clear()

    def _note(self, actor: Actor, details: dict[str, Any]) -> None:
        self._audit.require(actor, Permission.SYSTEM)
        self._audit.note(actor, "sandbox.control", details=details)
