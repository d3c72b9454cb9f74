"""The names of sources, purposes of use, origins and roles, and ids cut short.

A word of upstream that is new here is answered as it came.
"""

from collections.abc import Mapping

from services.queries.source_names import SOURCE_NAMES
from services.queries.source_names import requested_names as requested_names
from services.queries.source_names import source_name as source_name

SOURCES = SOURCE_NAMES
PURPOSES = {"treatment": "Treatment", "ias": "IAS"}
ORIGINS = {"dashboard": "Access Desk", "external": "Elsewhere"}
ROLES = {
    "support": "Support",
    "compliance": "Compliance",
    "product": "Product",
    "admin": "Admin",
    "": "—",
}


def purpose_name(purpose: str) -> str:
    """The name of a purpose of use."""
    return PURPOSES.get(purpose, purpose)


def origin_name(origin: str) -> str:
    """Where a query was started."""
    return ORIGINS.get(origin, origin)


def role_name(role: str) -> str:
    """The name of a role; a dash for the program itself and for whoever had none."""
    return ROLES.get(role, role)


def short(identifier: str | None) -> str:
    """The end of an id, or a dash for none."""
    if not identifier:
        return "—"
    # A UUIDv7 begins with its time: only the end tells two of one minute apart.
    return identifier if len(identifier) <= 12 else f"…{identifier[-8:]}"


def staff_name(staff_id: str, staff: Mapping[str, str]) -> str:
    """The name of the member of the staff with the id `staff_id`; `staff` maps ids to names.

    Where somebody else there has the same name, the end of the id follows it in brackets. Raises
    `KeyError` for an id that is not in `staff`.
    """
    name = staff[staff_id]
    same = list(staff.values()).count(name) > 1
    return f"{name} ({short(staff_id)})" if same else name
