"""The embedded upstream: a synthetic Metriport that answers the API over real HTTP.

Owns its own SQLite file. Of the dashboard it imports only what both sides share: ids, the clock,
the signature, the demographic rules and the rate limits.
"""

from services.sandbox.sandbox import Sandbox
from services.sandbox.upstream import SandboxConfig

__all__ = ["Sandbox", "SandboxConfig"]
