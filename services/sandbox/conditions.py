"""What the sandbox is told to do: its speed, its faults, its allowlist; and the requests it got."""

from collections import deque
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

# Ways in which a call fails, and in which webhooks do.
CALL_FAULTS = ("status", "html", "slow", "half_body", "drop_answer", "refuse_key")
WEBHOOK_FAULTS = ("no_webhooks", "fail_webhooks", "double_webhooks", "reverse_webhooks")

REMEMBERED_REQUESTS = 500


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on paths that start with `path`, `times` times (None: always).

    `seconds` is the delay of a slow answer.
    """

    kind: str
    path: str = ""
    times: int | None = None
    status: int = 500
    seconds: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request that was answered; the path is relative to the sandbox, without its query."""

    method: str
    path: str
    status: int


class Conditions:
    """Kept in memory only, for all threads: a restart clears it."""

    def __init__(self, speed: float, redirect_urls: tuple[str, ...] = ()) -> None:
        self.speed = speed
        self.redirect_urls = redirect_urls
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._requests: deque[Seen] = deque(maxlen=REMEMBERED_REQUESTS)

    def switch_on(self, fault: Fault) -> None:
        """Switch `fault` on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults.clear()

    def take(self, *kinds: str, path: str = "") -> Fault | None:
        """The first fault of these kinds that applies to `path`; uses up one of its `times`."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.kind in kinds and path.startswith(fault.path):
                    self._use(at, fault)
                    return fault
        return None

    def remember(self, seen: Seen) -> None:
        """Keep a request that was answered."""
        with self._lock:
            self._requests.append(seen)

    def requests(self) -> list[dict[str, Any]]:
        """The last requests, oldest first, at most `REMEMBERED_REQUESTS`."""
        with self._lock:
            return [asdict(seen) for seen in self._requests]

    def wire(self) -> dict[str, Any]:
        """Speed, allowlist and faults, as the control answers them."""
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
