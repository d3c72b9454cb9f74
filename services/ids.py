"""Ids made here: UUIDv7 strings (RFC 9562).

They sort by the time they were made, which keeps indexes small; but an id may be made long before
its row, so nothing may read a time from it.
"""

import re
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.errors import UpstreamNotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def new_id(at: datetime) -> str:
    """A new UUIDv7 for the moment `at` (aware), to the microsecond in sort order."""
    # Whole numbers: a timestamp as a float is off by a microsecond now and then.
    millis, fraction = divmod((at - _EPOCH) // timedelta(microseconds=1), 1000)
    # RFC 9562 section 6.2, method 3: the fraction of a millisecond fills rand_a.
    rand_a = fraction * 4096 // 1000
    value = (millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | secrets.randbits(62)
    return str(UUID(int=value))


def is_uuid(text: str) -> bool:
    """Whether `text` has the form of a UUID, of whichever version."""
    return _UUID.fullmatch(text) is not None


def checked_id(patient_id: str) -> str:
    """The id of a patient, if it has the form of one.

    Raises `UpstreamNotFound` for any other text: upstream need not be asked.
    """
    if is_uuid(patient_id):
        return patient_id
    raise UpstreamNotFound("This is not a patient id: patient ids are UUIDs.")
