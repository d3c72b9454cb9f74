"""The System page's service: the setup check, and in the sandbox its switches."""

from collections.abc import Callable, Iterable

from services.addresses import Addresses
from services.operations.doctor import CheckResult
from services.operations.sandbox_switches import SandboxSwitches
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission


class System:
    """`addresses` are those to configure elsewhere; `sandbox` is None with an API key."""

    def __init__(
        self,
        audit: Audit,
        checks: Callable[[], Iterable[CheckResult]],
        addresses: Addresses,
        sandbox: SandboxSwitches | None,
    ) -> None:
        self._audit = audit
        self._checks = checks
        self.addresses = addresses
        self.sandbox = sandbox

    def examine(self, actor: Actor) -> list[CheckResult]:
        """The results of every check of `doctor`, which takes a second or two.

        Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.SYSTEM)
        self._audit.note(actor, "system.check")
        return list(self._checks())
