"""The conditions that the sandbox is put under: its speed, faults, allowlist; what it has seen."""

from collections import deque
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

# How a call fails, and how webhooks do.
CALL_FAULTS = ("status", "html", "slow", "half_body", "drop_answer", "refuse_key")
WEBHOOK_FAULTS = ("no_webhooks", "fail_webhooks", "double_webhooks", "reverse_webhooks")

REMEMBERED_REQUESTS = 500


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong `times` times (None: until cleared), for paths that begin so."""

    kind: str
    path: str = ""
    times: int | None = None
    status: int = 500
    seconds: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request that arrived; the path is without its query, below the sandbox's own."""

    method: str
    path: str
    status: int


class Conditions:
    """Shared by all threads; forgotten when the sandbox stops."""

    def __init__(self, speed: float, redirect_urls: tuple[str, ...] = ()) -> None:
        self.speed = speed
        self.redirect_urls = redirect_urls
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._requests: deque[Seen] = deque(maxlen=REMEMBERED_REQUESTS)

    def switch_on(self, fault: Fault) -> None:
        """Let `fault` happen from now on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """No faults any more."""
        with self._lock:
            self._faults.clear()

    def take(self, *kinds: str, path: str = "") -> Fault | None:
        """The first fault of these kinds that applies; one of its times is used up by it."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.kind in kinds and path.startswith(fault.path):
                    self._use(at, fault)
                    return fault
        return None

    def remember(self, seen: Seen) -> None:
        """A request was answered."""
        with self._lock:
            self._requests.append(seen)

    def requests(self) -> list[dict[str, Any]]:
        """The last few hundred requests, oldest first."""
        with self._lock:
            return [asdict(seen) for seen in self._requests]

    def wire(self) -> dict[str, Any]:
        """Speed, allowlist and faults, as the control shows them."""
        with self._lock:
            faults = [asdict(fault) for fault in self._faults]
        return {"speed": self.speed, "redirectUrls": list(self.redirect_urls), "faults": faults}

    def _use(self, at: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times > 1:
            self._faults[at] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[at]
