"""The sandbox's own controls, under `/_control`: its speed and its faults."""

from typing import Any

import httpx

from services.errors import Unreachable


class SandboxControl:
    """Speaks to the embedded sandbox over the upstream's connection pool."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def state(self) -> dict[str, Any]:
        """`speed`, and the `faults` that are switched on; raises `Unreachable`."""
        return self._exchange("GET")

    def change(self, **change: Any) -> None:
        """Set the `speed`, or switch on a `fault`; raises `Unreachable`."""
        self._exchange("POST", change)

    def clear(self) -> None:
        """Switch every fault off; raises `Unreachable`."""
        self._exchange("DELETE")

    def _exchange(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, "/_control", json=body).raise_for_status()
        except httpx.HTTPError as error:
            raise Unreachable(f"The sandbox did not answer ({type(error).__name__}).") from None
        state: dict[str, Any] = answer.json()
        return state
