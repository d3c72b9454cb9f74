"""The people and facilities that ship with the sandbox: synthetic, and the same for everybody."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parents[2] / "data" / "sandbox_people.json"


@dataclass(frozen=True)
class Person:
    """Somebody the sandbox knows.

    `patient` is the wire form of a patient. `trouble` says what goes wrong with them:
    `lab_fails`, `pharmacy_not_enabled`, `webhooks_lost`, `opted_out`, `no_records`, `slow`,
    `identity_inactive`, `hie_fails` or `all_fail`; None when all is well. `scenario`
    names the demo scenario that they are in when the program is started for the first time; such
    a person is in no other past query. `proofed_identity_id` is their identity in that scenario.
    """

    patient: dict[str, Any]
    trouble: str | None
    scenario: str | None = None
    proofed_identity_id: str | None = None


def load_people() -> list[Person]:
    """About 400 people: the vendor's five examples, then people with a trouble, then the rest."""
    return [
        Person(
            entry["patient"],
            entry.get("trouble"),
            entry.get("scenario"),
            entry.get("proofedIdentityId"),
        )
        for entry in _shipped()["people"]
    ]


def load_facilities() -> list[dict[str, Any]]:
    """The six facilities, in wire form."""
    facilities: list[dict[str, Any]] = _shipped()["facilities"]
    return facilities


def _shipped() -> dict[str, list[dict[str, Any]]]:
    # Read for each caller and not cached: a caller may change the dictionaries that it gets.
    shipped: dict[str, list[dict[str, Any]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return shipped
