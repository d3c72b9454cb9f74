"""Switches of the embedded sandbox: faults that it can show, and how fast its sources answer."""

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
"""Each fault by name: a sentence for the page, and the body for the sandbox's control."""


class SandboxSwitches:
    """Switches faults and speed of the embedded sandbox, and notes it in the access log.

    Every method raises `NotPermitted` and `Unreachable`.
    """

    def __init__(self, control: SandboxControl, audit: Audit) -> None:
        self._control = control
        self._audit = audit

    def state(self, actor: Actor) -> dict[str, Any]:
        """`speed`, and the `faults` that are switched on."""
        self._audit.require(actor, Permission.SYSTEM)
        return self._control.state()

    def switch_on(self, actor: Actor, name: str) -> None:
        """Switch on one of `FAULTS` until `clear`; one that is on already is not doubled."""
        self._note(actor, {"fault": name})
        # Without a number of times it happens until it is cleared. The sandbox adds fields of its
        # own to a fault, so only ours are compared.
        fault = FAULTS[name][1] | {"times": None}
        active_faults = self._control.state()["faults"]
        if not any(fault.items() <= active.items() for active in active_faults):
            self._control.change(fault=fault)

    def set_speed(self, actor: Actor, speed: float) -> None:
        """Set how fast sources answer: 1 is as long as real sources take, 2 is twice as fast."""
        self._note(actor, {"speed": speed})
        self._control.change(speed=speed)

    def clear(self, actor: Actor) -> None:
        """Switch every fault off."""
        self._note(actor, {"fault": "cleared"})
        self._control.clear()

    def _note(self, actor: Actor, details: dict[str, Any]) -> None:
        self._audit.require(actor, Permission.SYSTEM)
        self._audit.note(actor, "sandbox.control", details=details)
