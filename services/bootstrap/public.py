"""The process that the internet reaches: the services of the program, over the same log."""

from dataclasses import replace

from services.bootstrap import build
from services.clock import Clock, utc_now
from services.desk import Desk
from services.errors import BadSettings
from services.settings import Settings


def build_public(settings: Settings, clock: Clock = utc_now) -> Desk:
    """Make every service; when it runs it only receives, and leaves all else to the dashboard.

    Raises `BadSettings` as `build` does, and in the sandbox, which lives with the dashboard.
    """
    if settings.sandboxed:
        raise BadSettings(
            "METRIPORT_API_KEY: empty, which means the sandbox. It lives in the process of the "
            "dashboard, which serves the public addresses too: start app:app alone"
        )
    return replace(build(settings, settings.port, clock), receives_only=True)
