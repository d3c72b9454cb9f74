"""Why an act was done: a reason from a closed list, and the ticket that it belongs to.

Free text would bring personal data into the log.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

OTHER_REASON = "Other, see ticket"
"""The last reason of every list; with it a ticket is required."""

_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9#._/-]{0,39}")


@dataclass(frozen=True)
class Grounds:
    """The reason that was chosen, and the number of the ticket; empty for none."""

    reason: str
    ticket: str = ""

    def complaints(self, reasons: Collection[str]) -> dict[str, str]:
        """What is wrong, by field; `reasons` are those that may be chosen."""
        found = {"reason": "" if self.reason in reasons else "Choose a reason."}
        found["ticket"] = check_ticket(self.ticket)
        if not self.ticket and self.reason == OTHER_REASON:
            found["ticket"] = "Name the ticket."
        return {name: complaint for name, complaint in found.items() if complaint}


def check_ticket(ticket: str) -> str:
    """What is wrong with the number of a ticket; empty where nothing is."""
    if not ticket or _TICKET.fullmatch(ticket):
        return ""
    return "A ticket number: up to 40 letters, digits and # . _ / -, without spaces."
