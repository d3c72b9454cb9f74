"""What of this program a document was made by: its version, and the settings that mattered."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from services.settings import Settings

_PROJECT = Path(__file__).parents[3] / "pyproject.toml"


@dataclass(frozen=True)
class Program:
    """The program that makes documents: its version, and settings by name, as text."""

    version: str
    settings: Mapping[str, str]
    is_sandbox: bool


def this_program(settings: Settings) -> Program:
    """What documents say of this program under these settings; nothing secret is among it."""
    return Program(program_version(), _limits(settings), settings.sandboxed)


@cache
def program_version() -> str:
    """The version, as `pyproject.toml` beside the program names it."""
    version: str = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version


def _limits(settings: Settings) -> dict[str, str]:
    return {
        "AAL2_MAX_AGE": _duration(settings.aal2_max_age),
        "AAL2_MAX_IDLE": _duration(settings.aal2_max_idle),
        "CONSENT": str(settings.consent),
        "CONSENT_LASTS": _duration(settings.consent_lasts),
        "REVIEW_SAMPLE": f"{settings.review_sample:g}",
        "RETENTION_LOG": _duration(settings.retention_log),
        "RETENTION_WEBHOOK_BODIES": _duration(settings.retention_webhook_bodies),
        "SESSION_MAX_AGE": _duration(settings.session_max_age),
        "SESSION_MAX_IDLE": _duration(settings.session_max_idle),
    }


def _duration(length: timedelta) -> str:
    """As the settings write it: the largest unit that divides it."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
