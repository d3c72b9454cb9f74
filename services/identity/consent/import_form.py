"""What the company's app hands in, checked field by field. Pure: JSON in, consents out.

The complaints name fields and what is expected, never a value: values are people's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.clock import CLOCK_TOLERANCE
from services.errors import InvalidInput
from services.identity.consent.texts import MOST_CHARACTERS, VERSION, text_hash
from services.ids import is_uuid
from services.store.columns import storable

MOST_CONSENTS = 500
"""Consents in one request."""

_FIELDS = ("id", "patientId", "version", "text", "textHash", "givenAt", "endsAt", "revokedAt")
_NEEDED = ("id", "patientId", "version", "givenAt")
_ID = re.compile(r"[!-~]{1,100}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=100 * 366)
_TIME_FORM = "must be a time with its zone, as in 2026-11-02T15:04:05Z"


@dataclass(frozen=True)
class GivenElsewhere:
    """A consent as the company's app tells it; `import_id` is that app's own id of it."""

    import_id: str
    patient_id: str
    version: str
    text_hash: str
    given_at: datetime
    ends_at: datetime | None = None
    revoked_at: datetime | None = None
    text: str | None = field(default=None, repr=False)


def read_consents(body: Any, now: datetime) -> list[GivenElsewhere]:
    """One consent or a list of them; raises `InvalidInput`, with every wrong field by its name."""
    rows = body if isinstance(body, list) else [body]
    if not rows or len(rows) > MOST_CONSENTS:
        raise InvalidInput(f"Send one consent, or a list of 1 to {MOST_CONSENTS}.")
    wrong: dict[str, str] = {}
    read = []
    for index, row in enumerate(rows):
        complaints: dict[str, str] = {}
        consent = _read(row, now, complaints)
        prefix = f"[{index}]." if isinstance(body, list) else ""
        wrong |= {prefix + name: complaint for name, complaint in complaints.items()}
        if consent is not None:
            read.append(consent)
    wrong |= _repeated(read) if not wrong else {}
    if wrong:
        raise InvalidInput("Some fields cannot be used, so nothing was kept.", wrong)
    return read


def _read(row: Any, now: datetime, wrong: dict[str, str]) -> GivenElsewhere | None:
    """The consent, or None with what is wrong of it, by field, in `wrong`."""
    if not isinstance(row, dict):
        wrong["consent"] = "must be an object"
        return None
    for name in row:
        if name not in _FIELDS:
            # Its name is from outside as well: it is cut, and shown as text by whoever reads it.
            wrong[storable(str(name))[:40]] = f"is not known; known are {', '.join(_FIELDS)}"
    wrong.update({name: "is missing" for name in _NEEDED if row.get(name) is None})
    _check_form(row, "id", _ID, "must be 1 to 100 letters, digits and signs", wrong)
    _check_form(row, "version", VERSION, "must be 1 to 40 letters, digits, . _ / -", wrong)
    if row.get("patientId") is not None and not is_uuid(str(row["patientId"])):
        wrong["patientId"] = "must be the id of a patient, a UUID"
    hashed = _hash_of(row, wrong)
    times = {name: _time(row, name, now, wrong) for name in ("givenAt", "endsAt", "revokedAt")}
    _check_order(times, now, wrong)
    if wrong or times["givenAt"] is None:
        return None
    return GivenElsewhere(
        import_id=row["id"],
        patient_id=row["patientId"].lower(),
        version=row["version"],
        text_hash=hashed,
        given_at=times["givenAt"],
        ends_at=times["endsAt"],
        revoked_at=times["revokedAt"],
        text=row.get("text"),
    )


def _check_form(
    row: Mapping[str, Any], name: str, form: re.Pattern[str], expected: str, wrong: dict[str, str]
) -> None:
    value = row.get(name)
    if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
        wrong[name] = expected


def _hash_of(row: Mapping[str, Any], wrong: dict[str, str]) -> str:
    """The hash of the text that was agreed to; empty, with a complaint, where none can be told."""
    text, hashed = row.get("text"), row.get("textHash")
    if text is None and hashed is None:
        wrong["textHash"] = "is missing: send the text, or its SHA-256 in hexadecimal"
        return ""
    if text is not None and not (isinstance(text, str) and _is_usable(text)):
        wrong["text"] = f"must be a text of 1 to {MOST_CHARACTERS:,} characters"
        return ""
    if hashed is not None and not (isinstance(hashed, str) and _HASH.fullmatch(hashed)):
        wrong["textHash"] = "must be the SHA-256 of the text, 64 digits in small hexadecimal"
        return ""
    own = text_hash(text) if text is not None else hashed
    if hashed not in (None, own):
        wrong["textHash"] = "is not the SHA-256 of the text"
    return own or ""


def _is_usable(text: str) -> bool:
    # What the log would have to change would not fit its hash any more.
    return text.strip() != "" and len(text) <= MOST_CHARACTERS and storable(text) == text


def _time(
    row: Mapping[str, Any], name: str, now: datetime, wrong: dict[str, str]
) -> datetime | None:
    value = row.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        wrong[name] = _TIME_FORM
        return None
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        wrong[name] = _TIME_FORM
        return None
    if not _EARLIEST <= at <= now + _LONGEST:
        wrong[name] = "must be between the year 2000 and a hundred years from now"
        return None
    return at


def _check_order(
    times: Mapping[str, datetime | None], now: datetime, wrong: dict[str, str]
) -> None:
    given = times["givenAt"]
    for name in ("givenAt", "revokedAt"):
        at = times[name]
        if at is not None and at > now + CLOCK_TOLERANCE:
            wrong[name] = "is in the future"
    for name in ("endsAt", "revokedAt"):
        at = times[name]
        if at is not None and given is not None and at < given:
            wrong[name] = "is before givenAt"


def _repeated(read: Sequence[GivenElsewhere]) -> dict[str, str]:
    seen: set[str] = set()
    wrong = {}
    for index, consent in enumerate(read):
        if consent.import_id in seen:
            wrong[f"[{index}].id"] = "stands in this list already"
        seen.add(consent.import_id)
    return wrong
