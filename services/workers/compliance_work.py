"""The background work of compliance: judging, the review queue, the sample, the retention.

Each step is a function that answers how much it did; `bootstrap` puts them in order.
"""

import logging
from collections.abc import Callable, Mapping

from services.errors import LogUnavailable

_log = logging.getLogger(__name__)


class ComplianceWork:
    """Carries out its steps one after the other; one that fails stops no other."""

    def __init__(self, steps: Mapping[str, Callable[[], int]]) -> None:
        """`steps` by the name under which a failure is logged, in the order of the work."""
        self._steps = steps

    def step(self) -> int:
        """One round; answers how much was done, 0 once there is nothing left for now.

        Raises `LogUnavailable`: what the log does not answer to one step it answers to none.
        """
        return sum(self._try(name, step) for name, step in self._steps.items())

    def _try(self, name: str, step: Callable[[], int]) -> int:
        try:
            return step()
        except LogUnavailable:
            raise
        except Exception as error:
            # The text may hold what upstream said of a person, so only the class is logged.
            _log.error("compliance: %s: %s", name, type(error).__name__)
            return 0
